/** A whole history in its archives, imported into an empty database as often as asked. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Importer } from '../../../src/main/archives/importer.ts'
import { Signals } from '../../../src/main/archives/signals.ts'
import { systemClock } from '../../../src/main/clock.ts'
import { type CorpusMessage, readCorpus } from '../../../src/main/demo/index.ts'
import type { ArchiveEntry } from '../../../src/main/distribution/index.ts'
import { sealChat } from '../../../src/main/messages/index.ts'
import { openStore } from '../../../src/main/store/index.ts'
import type { ArchiveLink, Millis } from '../../../src/shared/domain.ts'
import { contextOf, databaseOf, keyOf, openRooms, universal } from '../../support/history-rooms.ts'
import { communityId, general, person, random, seededRandom } from '../../support/people.ts'
import { itemOf, until } from './owners.ts'
import { recoverers, signedIn } from './recovering.ts'

const THREADS = 2
const link = 'magnet:?xt=urn:btih:0000000000000000000000000000000000000000' as ArchiveLink

export interface ImportBench {
  readonly messages: number
  readonly archives: number
  readonly threads: number
  /** Everything into an empty database; ms, from the first archive to the last message being durable. */
  importAll(): Promise<number>
  /** The signatures of everything. */
  recoverAll(): Promise<void>
  close(): Promise<void>
}

/** Archives a corpus, each message signed by its author, and makes ready to import it. */
export async function importBench(corpus: string, scratch: string): Promise<ImportBench> {
  const messages = await readCorpus(corpus)
  const sealed = await sealAll(messages)
  const owner = await openRooms({ folder: join(scratch, 'owner'), network: join(scratch, 'network'), role: 'owner' })
  for (let at = 0; at < sealed.length; at += 500)
    await owner.store.records.ingest(sealed.slice(at, at + 500).map((record) => itemOf({ record })))
  owner.archives.startOwner(communityId)
  await until(async () => {
    const { unarchived, unfinished } = owner.store.archives
    return (await unarchived(communityId)) + (await unfinished(communityId)).length === 0
  })
  const set = await owner.store.archives.published(communityId, 'torrent')
  if (set === null) throw new Error('nothing was published')
  const files = new Map<ArchiveEntry, Awaited<ReturnType<typeof owner.engine.fetch>>>()
  for (const entry of set.entries) files.set(entry, await owner.engine.fetch(communityId, set.link, entry))
  const { recoverAll, end } = await recoverers(
    sealed.map(({ payload }) => signedIn(payload)),
    THREADS,
  )

  let runs = 0
  const importAll = async () => {
    const folder = join(scratch, `import-${runs++}`)
    mkdirSync(folder)
    const clock = systemClock
    const store = await openStore({ file: databaseOf(folder), clock, backupEvery: null })
    await store.downloads.acceptLink(
      communityId,
      { engine: 'torrent', link, clock: 1 as Millis, hints: [] },
      clock.now(),
    )
    await store.downloads.openLink(
      communityId,
      { engine: 'torrent', link },
      { entries: set.entries, refused: {} },
      clock.now(),
    )
    const importer = new Importer(
      {
        store,
        clock,
        signals: new Signals(clock),
        member: { interpretContext: async () => contextOf('archive', false), imported: () => {} },
      },
      { threads: THREADS },
    )
    const { signal } = new AbortController()
    const run = (entry: ArchiveEntry) => {
      const file = files.get(entry)
      if (file === undefined) throw new Error('an archive is missing')
      return importer.import({ communityId, engine: 'torrent', entry, file, signal })
    }
    try {
      // Its threads start with the first archives: those are imported, and then once more with all.
      await Promise.all(set.entries.slice(0, THREADS).map(run))
      const began = performance.now()
      const outcomes = await Promise.all(set.entries.map(run))
      const took = performance.now() - began
      const found = await store.messages.count({ communityId })
      if (found !== messages.length || outcomes.some(({ state }) => state !== 'imported'))
        throw new Error(`${found} of ${messages.length} messages were imported`)
      return took
    } finally {
      await importer.close()
      await store.close()
    }
  }
  const close = async () => {
    await end()
    await owner.close()
  }
  return { messages: messages.length, archives: set.entries.length, threads: THREADS, importAll, recoverAll, close }
}

async function sealAll(messages: readonly CorpusMessage[]) {
  const key = await keyOf(universal)
  const chance = seededRandom('import')
  return messages.flatMap(({ author, channel, clock, timestamp, text }) => {
    const { parts } = sealChat({
      communityId,
      // Two channels are enough to be more than one.
      chatId: channel.length % 2 === 0 ? general : random,
      generation: 'N2',
      key,
      author: person(author).key,
      clock,
      timestamp,
      text: `${text} (${channel})`,
      random: chance,
    })
    return parts.map(({ record }) => record)
  })
}
