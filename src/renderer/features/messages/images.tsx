/**
 * The images that came with a message. They lie in the history on this computer and are read from there when their
 * message is in sight; nothing is ever fetched from an address (RULES.md R4.7). Each has its room before it is there,
 * so that nothing moves when it comes.
 */
import { ImageOff } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { Message } from '../../../shared/domain.ts'
import { Dialog } from '../../components/dialog.tsx'
import { useNode } from '../../lib/client.tsx'
import { counted, nameOf } from '../../lib/format.ts'

/** Shown before one asks for more. */
const few = 4

export function Images({ message }: { readonly message: Message }) {
  const [isWhole, setIsWhole] = useState(false)
  const shown = isWhole ? message.images : Math.min(few, message.images)
  return (
    <>
      <ul aria-label={counted(message.images, 'image')} className="mt-1 flex flex-wrap gap-2">
        {Array.from({ length: shown }, (_, index) => index).map((index) => (
          <li key={index}>
            <Tile message={message} index={index} />
          </li>
        ))}
      </ul>
      {shown < message.images && (
        <button
          type="button"
          onClick={() => setIsWhole(true)}
          className="min-h-6 text-meta font-medium text-accent hover:underline"
        >
          Show all {message.images} images
        </button>
      )}
    </>
  )
}

interface TileProps {
  readonly message: Message
  readonly index: number
}

function Tile({ message, index }: TileProps) {
  const image = useImage(message, index)
  const [isOpen, setIsOpen] = useState(false)
  const name = `Image ${index + 1} of ${message.images} from ${nameOf(message.authorName, message.author)}`
  const frame =
    'grid h-40 w-56 max-w-full place-items-center overflow-hidden rounded-control border border-line bg-side'
  if (image === 'broken')
    return (
      <p className={`${frame} gap-1 text-meta text-ink-2`}>
        <span className="grid place-items-center gap-1">
          <ImageOff size={16} aria-hidden />
          This image cannot be shown
        </span>
      </p>
    )
  if (image === null)
    return <span role="img" aria-label={`${name}, being read`} className={`${frame} animate-breathe`} />
  return (
    <>
      <button type="button" aria-label={`Open ${name}`} onClick={() => setIsOpen(true)} className={frame}>
        <img src={image.url} alt={name} onError={image.fail} className="size-full object-cover" />
      </button>
      <Dialog
        title={name}
        description="Kept on this computer."
        size="wide"
        open={isOpen}
        onClose={() => setIsOpen(false)}
      >
        <img src={image.url} alt={name} className="mx-auto max-h-[72vh] max-w-full object-contain" />
      </Dialog>
    </>
  )
}

type Shown = { readonly url: string; readonly fail: () => void } | 'broken' | null

/** Lives as long as what shows it. */
function useImage({ chatId, id }: Message, index: number): Shown {
  const { client } = useNode()
  const [image, setImage] = useState<Shown>(null)
  useEffect(() => {
    let url: string | null = null
    let isGone = false
    const show = async (): Promise<Shown> => {
      const found = await client.request('messages.image', { chatId, id, index })
      if (found === null || isGone) return 'broken'
      url = URL.createObjectURL(new Blob([new Uint8Array(found.bytes)], { type: found.mime }))
      return { url, fail: () => setImage('broken') }
    }
    show()
      .catch((): Shown => 'broken')
      .then((shown) => {
        if (!isGone) setImage(shown)
      })
    return () => {
      isGone = true
      if (url !== null) URL.revokeObjectURL(url)
    }
  }, [client, chatId, id, index])
  return image
}
