/** What the program is made of and under which licences, read when it is asked for. */
import { useState } from 'react'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Area } from '../../components/field.tsx'

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
        <Area label="Packages" rows={18} readOnly value={list?.join('\n') ?? ''} className="text-meta" />
      </Dialog>
    </>
  )
}
