/** A manifest's bytes in each of its three forms, written from CODEX.md §4 and sharing no code with ours. */
import { bytes, number } from './codex-bytes.ts'

export type ManifestForm = 'v0' | 'storage03' | 'codex'
/** bytes */
export const blockBytes = 65_536

/** CODEX.md §4: the fields in their order, each form with its own numbers. */
export function manifestBytes(
  format: ManifestForm,
  treeCid: Uint8Array,
  size: number,
  { filename, mimetype }: { readonly filename?: string; readonly mimetype?: string },
): Buffer {
  const first = format === 'v0' ? 2 : 1
  const name = format === 'storage03' ? 7 : 8
  const parts = [
    ...(format === 'v0' ? [number(1, 0)] : []),
    bytes(first, treeCid),
    ...[blockBytes, size, 0xcd02, 0x12, 2].map((value, at) => number(first + 1 + at, value)),
    ...(filename === undefined ? [] : [bytes(name, Buffer.from(filename))]),
    ...(mimetype === undefined ? [] : [bytes(name + 1, Buffer.from(mimetype))]),
  ]
  return bytes(1, Buffer.concat(parts))
}
