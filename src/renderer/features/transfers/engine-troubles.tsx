/** Engines that cannot work now: which, why, and what can be done. They try on by themselves. */
import { Note } from '../../components/note.tsx'
import { useRequest } from '../../lib/client.tsx'

const names = { torrent: 'Torrent', codex: 'Codex' } as const

export function EngineTroubles() {
  const { data = [] } = useRequest('engines.list')
  return data
    .filter(({ trouble }) => trouble !== '')
    .map(({ engine, trouble }) => (
      <Note key={engine} tone="warn" title={`${names[engine]} carries nothing now`}>
        <p className="break-words">{trouble}</p>
      </Note>
    ))
}
