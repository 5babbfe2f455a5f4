/**
 * Attachments that lie beside an export. Only a plain file inside the export's own folder of media is read: no path out
 * of it, no link, nothing larger than an archive can carry; and nothing is ever fetched. RULES.md R4.7.
 */
import { constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import path from 'node:path'

/** bytes; of all that is embedded in one message, so that its record stays far below an archive's 30,000,000. */
export const MAX_EMBEDDED = 8 * 1024 * 1024

export type Media =
  | { readonly kind: 'found'; readonly bytes: Uint8Array; readonly contentType: string }
  /** An address on the web: it stays a text. */
  | { readonly kind: 'remote' }
  | {
      readonly kind: 'refused'
      readonly reason: 'attachment-not-found' | 'attachment-outside' | 'attachment-too-large'
    }

export class MediaFolder {
  readonly #folder: string
  readonly #names: ReadonlySet<string>
  readonly #roots = new Map<string, Promise<string | null>>()

  /** Media of `EXPORT.json`, and of its further parts, lie in `EXPORT.json_Files` beside it. */
  constructor(exportFile: string) {
    const name = path.basename(exportFile)
    this.#folder = path.dirname(exportFile)
    this.#names = new Set([`${name}_Files`, `${name.replace(/ \[part \d+\](?=\.[^.]+$)/, '')}_Files`])
  }

  /** @param room bytes that the message may still hold */
  async read(url: string, room: number): Promise<Media> {
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(url)) return { kind: 'remote' }
    const relative = url.replaceAll('\\', '/')
    const [first = '', ...rest] = relative.split('/')
    const plain = rest.length > 0 && rest.every((part) => part !== '' && part !== '.' && part !== '..')
    if (!this.#names.has(first) || !plain || url.includes('\0')) return refused('attachment-outside')
    const root = await this.#root(first)
    if (root === null) return refused('attachment-not-found')
    const wanted = path.join(root, ...rest)
    // A link anywhere on the way shows in the real path being another one; the last step must not be one when opened.
    const real = await realpath(wanted).catch(() => null)
    if (real === null) return refused('attachment-not-found')
    if (real !== wanted) return refused('attachment-outside')
    const file = await open(real, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(() => null)
    if (file === null) return refused('attachment-not-found')
    try {
      return await readPlain(file, room)
    } finally {
      await file.close()
    }
  }

  /** The real path of a folder of media; null if there is none there, but maybe a link to one elsewhere. */
  #root(name: string): Promise<string | null> {
    const known = this.#roots.get(name)
    if (known !== undefined) return known
    const found = (async () => {
      const wanted = path.join(await realpath(this.#folder), name)
      return (await realpath(wanted)) === wanted ? wanted : null
    })().catch(() => null)
    this.#roots.set(name, found)
    return found
  }
}

async function readPlain(file: FileHandle, room: number): Promise<Media> {
  const { size } = await file.stat().then((found) => (found.isFile() ? found : { size: -1 }))
  if (size < 0) return refused('attachment-outside')
  if (size > room) return refused('attachment-too-large')
  const bytes = new Uint8Array(size)
  const { bytesRead } = await file.read(bytes, 0, size, 0)
  if (bytesRead < size || size === 0) return refused('attachment-not-found')
  return { kind: 'found', bytes, contentType: contentTypeOf(bytes) }
}

const refused = (reason: (Media & { kind: 'refused' })['reason']): Media => ({ kind: 'refused', reason })

const SIGNATURES: readonly (readonly [type: string, offset: number, bytes: string])[] = [
  ['image/png', 0, '89504e470d0a1a0a'],
  ['image/jpeg', 0, 'ffd8ff'],
  ['image/gif', 0, '474946383761'],
  ['image/gif', 0, '474946383961'],
  ['image/webp', 8, '57454250'],
  ['video/mp4', 4, '66747970'],
  ['video/webm', 0, '1a45dfa3'],
  ['audio/ogg', 0, '4f676753'],
  ['audio/mpeg', 0, '494433'],
  ['audio/wav', 8, '57415645'],
  ['application/pdf', 0, '255044462d'],
]

/** By its first bytes; a file's name proves nothing. */
export function contentTypeOf(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 16)).toString('hex')
  const found = SIGNATURES.find(([, offset, signature]) => head.startsWith(signature, offset * 2))
  return found?.[0] ?? 'application/octet-stream'
}
