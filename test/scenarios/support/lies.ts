/** Links that a dishonest owner announces: torrents of a swarm of their own whose index or archive is not what it should be. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { indexCodec } from '../../../src/main/archives/index.ts'
import type { ArchiveEntry, DistributionEngine } from '../../../src/main/distribution/engine.ts'
import { createTorrentEngine } from '../../../src/main/distribution/index.ts'
import { encodeArchive, encodeIndex, PIECE_LENGTH, topic4Of, universalChatId } from '../../../src/main/wire/index.ts'
import type { ArchiveId, ArchiveLink, Seconds } from '../../../src/shared/domain.ts'
import { type Place, recordOf } from './hostile-records.ts'

export const WEEK = 7 * 24 * 3600
const codec = indexCodec('torrent')

export interface Lie {
  readonly link: ArchiveLink
  readonly addresses: readonly string[]
}

export interface Week {
  readonly from: Seconds
  /** Application messages and when they were said; or the archive's bytes as they are. */
  readonly said: readonly (readonly [at: Seconds, message: Uint8Array])[] | Uint8Array
}

/** What an index says instead of what is there. */
const lies = { tooMany, overlapping, endless }
export type LieName = keyof typeof lies

export class Swarms {
  readonly #folder: string
  readonly #engines: DistributionEngine[] = []

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Publishes these weeks; the index says what the lie of that name says. */
  async publish(place: Place, weeks: readonly Week[], name?: LieName): Promise<Lie> {
    const root = join(this.#folder, `swarm-${this.#engines.length}`)
    const engine = createTorrentEngine({ root })
    this.#engines.push(engine)
    await engine.start()
    const topics = [topic4Of(universalChatId(place.communityId))]
    const staged = weeks.map(({ from, said }, n) => {
      const metadata = { from, to: (from + WEEK) as Seconds, topics }
      const records = () => (said instanceof Uint8Array ? [] : said.map(([at, one]) => recordOf(place, at, one)))
      const bytes = said instanceof Uint8Array ? said : encodeArchive(metadata, records())
      const file = join(this.#folder, `staged-${this.#engines.length}-${n}`)
      writeFileSync(file, bytes)
      return { file, bytes: bytes.length, ...metadata }
    })
    const encode = async (entries: readonly ArchiveEntry[]) => (name === undefined ? encodeIndex : lies[name])(entries)
    const { link } = await engine.publish(place.communityId, null, staged, { ...codec, encode })
    await engine.seed(place.communityId, link, true)
    return { link, addresses: engine.status().addresses }
  }

  async close(): Promise<void> {
    for (const engine of this.#engines) await engine.stop()
  }
}

/** A hundred thousand entries: nobody looks at more than ten thousand. */
function tooMany([first]: readonly ArchiveEntry[]): Uint8Array {
  if (first === undefined) throw new Error('nothing to begin with')
  return encodeIndex(
    Array.from({ length: 100_000 }, (_one, n) => ({
      ...first,
      id: `0x${n.toString(16).padStart(64, '0')}` as ArchiveId,
    })),
  )
}

/** Entries that all claim the same bytes for other weeks. */
function overlapping(honest: readonly ArchiveEntry[]): Uint8Array {
  return encodeIndex(
    honest.flatMap((entry) =>
      Array.from({ length: 50 }, (_one, n) => claim(entry, { from: week(entry.from, -n), to: week(entry.to, -n) })),
    ),
  )
}

/** Each entry says that it is two gigabytes long. */
function endless(honest: readonly ArchiveEntry[]): Uint8Array {
  return encodeIndex(
    honest.map((entry, n) => {
      const size = PIECE_LENGTH * 20_000
      return claim(entry, { locator: { kind: 'torrent', offset: n * size, size, padding: 0 } })
    }),
  )
}

function claim(entry: ArchiveEntry, change: Partial<ArchiveEntry>): ArchiveEntry {
  const lying = { ...entry, ...change }
  return { ...lying, id: codec.identify(lying) }
}

const week = (at: Seconds, by: number): Seconds => (at + by * WEEK) as Seconds
