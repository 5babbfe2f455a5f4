/** What a person should not miss, at the top of every page until they have seen it. */
import { activitySentence } from '../../shared/activity.ts'
import { Button } from '../components/button.tsx'
import { Note } from '../components/note.tsx'
import { useAction, useRequest } from '../lib/client.tsx'

const titles: Readonly<Record<string, string>> = {
  databaseRestored: 'A backup of your database is in use',
  databaseStartedAnew: 'Your database was begun anew',
}

export function Notices() {
  const { data: notices = [] } = useRequest('notices.list')
  const dismiss = useAction('notices.dismiss')
  if (notices.length === 0) return null
  return (
    <div className="grid gap-2 px-4 pt-3">
      {notices.map((notice) => (
        <Note
          key={notice.seq}
          tone="warn"
          title={titles[notice.kind] ?? 'Something to know'}
          actions={
            <Button size="small" onClick={() => dismiss.mutate({ seq: notice.seq })}>
              Understood
            </Button>
          }
        >
          <p>{activitySentence(notice.kind, notice)}</p>
        </Note>
      ))}
    </div>
  )
}
