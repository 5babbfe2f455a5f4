/** How this node is, for the clipboard of somebody who asks for help. It holds no key and no message. */
import { Check, ClipboardCopy } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../components/button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Failure } from '../../components/note.tsx'
import { useAction } from '../../lib/client.tsx'

export function Diagnostics() {
  const [isOpen, setIsOpen] = useState(false)
  const [isCopied, setIsCopied] = useState(false)
  const read = useAction('diagnostics.show', ({ text }) => {
    setIsOpen(true)
    // Not everywhere is there a clipboard, and it may refuse: the text is there to be copied by hand.
    navigator.clipboard?.writeText(text).then(
      () => setIsCopied(true),
      () => {},
    )
  })
  const close = (): void => {
    setIsOpen(false)
    setIsCopied(false)
    read.reset()
  }
  return (
    <>
      <Button size="small" icon={ClipboardCopy} busy={read.isPending} onClick={() => read.mutate(undefined)}>
        Copy diagnostics
      </Button>
      <Dialog
        title="Diagnostics"
        description="Counts and states of this node. No key, no password and no message is in it; lines of its log may name a channel or a file, so read it before you pass it on."
        open={isOpen || read.isError}
        onClose={close}
      >
        {read.isError && <Failure error={read.error} what="The diagnostics could not be read" />}
        {isCopied && (
          <p role="status" className="mb-2 flex items-center gap-1.5 text-ok">
            <Check size={16} aria-hidden />
            Copied
          </p>
        )}
        {read.data && (
          <textarea
            readOnly
            aria-label="Diagnostics"
            rows={12}
            value={read.data.text}
            className="w-full rounded-control border border-edge bg-side p-2 font-mono text-[11.5px]"
          />
        )}
      </Dialog>
    </>
  )
}
