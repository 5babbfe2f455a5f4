/** What the program is made of and under which licences, read when it is asked for. */
import { useState } from 'react'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'

export function Licences() {
  const [list, setList] = useState<readonly string[] | null>(null)
  const open = async (): Promise<void> => {
    const { default: text } = await import('../../../../resources/licences.txt?raw')
    const [, ...lines] = text.split('\n').filter((line) => line !== '')
    setList(lines)
  }
  return (
    <>
      <Button size="small" onClick={() => void open()}>
        Licences
      </Button>
      <Dialog
        title="What Chronicle is made of"
        description={`${list?.length ?? 0} packages, with their versions and licences.`}
        open={list !== null}
        onClose={() => setList(null)}
      >
        <ul aria-label="Packages" className="max-h-[56vh] overflow-auto text-meta focus-visible:-outline-offset-2">
          {list?.map((line) => (
            <li key={line} className="border-line border-b py-1 break-all">
              {line}
            </li>
          ))}
        </ul>
      </Dialog>
    </>
  )
}
