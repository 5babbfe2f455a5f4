/** Where this engine keeps what it publishes: in our library first, then in the node, which says what it is called. */
import type { ManifestFormat } from '../../../wire/index.ts'
import { EngineError } from '../../engine.ts'
import { draftCid, type LinkRow } from '../embedded/catalogue.ts'
import type { Library, StoreOptions } from '../embedded/library.ts'
import type { Shelf } from '../embedded/publisher.ts'
import type { Keeper } from './keeper.ts'
import type { Placements } from './placements.ts'

export interface ShelfParts {
  readonly library: Library
  readonly placements: Placements
  readonly keeper: Keeper
  readonly stopping: AbortSignal
}

export function shelfOfBoth(parts: ShelfParts): Shelf {
  const { library } = parts
  return {
    catalogue: library.catalogue,
    store: (source, options) => storeInBoth(parts, source, options),
    abandonDraft: (communityId) => {
      const draft = library.catalogue.link(communityId, draftCid)
      return freeing(parts, draft, () => library.abandonDraft(communityId))
    },
    datasetOf: (cid) => library.datasetOf(cid),
    dropLink: (row, heir) => freeing(parts, row, () => library.dropLink(row, heir)),
  }
}

/** What goes from our disk with a link, because nothing else holds it, goes from the node, too. */
async function freeing(
  { library, keeper }: Pick<ShelfParts, 'library' | 'keeper'>,
  row: LinkRow | null,
  drop: () => Promise<void>,
): Promise<void> {
  const cids = row === null ? [] : library.catalogue.held(row).filter((cid) => cid !== draftCid)
  if (row !== null) keeper.forget(row)
  await drop()
  await keeper.letGo(cids.filter((cid) => library.catalogue.manifest(cid) === null))
}

/** The form that the node wrote last: the best guess of what it writes next. */
export const lastFormat = (placements: Placements): ManifestFormat =>
  (placements.note('format') ?? 'v0') as ManifestFormat

async function storeInBoth(
  { library, placements, keeper, stopping }: ShelfParts,
  source: AsyncIterable<Uint8Array>,
  options: StoreOptions,
): Promise<{ readonly cid: string; readonly size: number }> {
  const own = await library.store(source, options)
  const dataset = library.datasetOf(own.cid)
  if (dataset === null) throw new EngineError('not-found', 'What was stored a moment ago is gone.')
  const signal = options.signal ?? stopping
  if (placements.get(own.cid) !== null) {
    await keeper.place([own.cid], signal)
    return own
  }
  const { cid, bytes, format } = await keeper.give(dataset, options, signal)
  placements.setNote('format', format)
  library.catalogue.putDataset(dataset.row(true), { cid, bytes })
  library.catalogue.draft(options.community, cid)
  return { cid, size: own.size }
}
