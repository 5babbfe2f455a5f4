/** The plainest index there is: JSON, and its hash for an id. The engine looks into neither. */
import { hash } from 'node:crypto'
import type { ArchiveEntry, IndexCodec } from '../../src/main/distribution/engine.ts'
import type { ArchiveId } from '../../src/shared/domain.ts'

export const plainCodec: IndexCodec = {
  identify: (entry) => `0x${hash('sha256', JSON.stringify(entry))}` as ArchiveId,
  encode: async (entries) => Buffer.from(JSON.stringify(entries)),
  decode: async (bytes) => JSON.parse(Buffer.from(bytes).toString()) as ArchiveEntry[],
}
