/** The publications that are in the client now, and whether each is there to be served or only to be fetched. */
import type { ArchiveLink, CommunityId } from '../../../shared/domain.ts'
import type { Clock } from '../../clock.ts'
import { EngineError, type SeedStatus } from '../engine.ts'
import { pieceMap } from '../piece-map.ts'
import type { TorrentClient } from './client.ts'
import type { Library, Publication } from './library.ts'
import { bytesHeld, isSuperseded } from './publisher.ts'
import { Transfer } from './transfer.ts'

export interface Loaded {
  readonly transfer: Transfer
  readonly publication: Publication
  link: ArchiveLink
  /** Serving was asked for, rather than a by-product of fetching. */
  seeding: boolean
}

export interface LoadedTransfersParts {
  readonly library: Library
  readonly clock: Clock
  readonly peersOf: (communityId: CommunityId) => Iterable<string>
  readonly onMoved: (loaded: Loaded) => void
  readonly onPayload: (bytes: { readonly down: number; readonly up: number }) => void
  readonly onLost: (error: EngineError) => void
}

export class LoadedTransfers {
  readonly #parts: LoadedTransfersParts
  readonly #loading = new Map<string, Promise<Loaded>>()
  readonly #loaded = new Map<string, Loaded>()
  /** Those on their way out; the client knows a torrent only once, so that loading it again waits for them. */
  readonly #unloading = new Map<string, Promise<void>>()
  /** Info-hashes that are not to be served once nobody waits for them. */
  readonly #silent = new Set<string>()
  #client: TorrentClient | null = null

  constructor(parts: LoadedTransfersParts) {
    this.#parts = parts
  }

  begin(client: TorrentClient): void {
    this.#client = client
  }

  async end(): Promise<void> {
    for (const loading of [...this.#loading.values()])
      await loading.then(({ transfer }) => transfer.stop()).catch(() => {})
    this.#loading.clear()
    this.#loaded.clear()
    this.#client = null
  }

  /**
   * Drops publications that the new one has made superfluous: those before the one it continues. That one stays, and
   * is served, until the next: members may be in the middle of it, and a crash may bring the caller back to it.
   */
  async retire(made: Publication, previousHash: string | null): Promise<void> {
    if (previousHash === null) return
    const { library } = this.#parts
    await library.exclusive(made.communityId, async () => {
      const before = await library.find(made.communityId, previousHash)
      for (const old of await library.list(made.communityId)) {
        if (before === null || old.number >= before.number || !isSuperseded(old, made)) continue
        if (this.of(old)?.transfer.busy === true) continue
        await this.unload(old)
        await library.remove(old)
      }
    })
  }

  all(): Iterable<Loaded> {
    return this.#loaded.values()
  }

  of(publication: Publication): Loaded | undefined {
    return this.#loaded.get(publication.folder)
  }

  /** Loads a publication, or finds it loaded. `link` is what it is called from now on. */
  async load(
    publication: Publication,
    link: ArchiveLink,
    options: { readonly trackers: readonly string[]; readonly seeding: boolean },
  ): Promise<Loaded> {
    const key = publication.folder
    if (options.seeding) this.#silent.delete(publication.layout.infoHash)
    const loading = this.#loading.get(key) ?? this.#load(publication, link, options.trackers)
    this.#loading.set(key, loading)
    loading.catch(() => {
      if (this.#loading.get(key) === loading) this.#loading.delete(key)
    })
    const loaded = await loading
    loaded.link = link
    if (options.seeding) loaded.seeding = true
    return loaded
  }

  async unload({ folder }: Publication): Promise<void> {
    const loading = this.#loading.get(folder)
    if (loading === undefined) return await this.#unloading.get(folder)
    this.#loading.delete(folder)
    this.#loaded.delete(folder)
    const unloading = loading
      .then(async ({ transfer }) => {
        this.#loaded.delete(folder)
        await transfer.stop()
      })
      .catch(() => {})
      .then(() => {
        if (this.#unloading.get(folder) === unloading) this.#unloading.delete(folder)
      })
    this.#unloading.set(folder, unloading)
    await unloading
  }

  /** From now on this torrent is loaded only while somebody waits for pieces of it. */
  async silence(infoHash: string, publication: Publication | null): Promise<void> {
    this.#silent.add(infoHash)
    const loaded = publication === null ? undefined : await this.#loading.get(publication.folder)
    if (loaded === undefined) return
    loaded.seeding = false
    await this.unloadIfSilent(loaded.publication)
  }

  async unloadIfSilent(publication: Publication): Promise<void> {
    const loaded = this.of(publication)
    if (loaded === undefined || loaded.transfer.busy || !this.#silent.has(publication.layout.infoHash)) return
    await this.unload(publication)
  }

  async #load(publication: Publication, link: ArchiveLink, trackers: readonly string[]): Promise<Loaded> {
    const { library, clock, peersOf, onMoved, onPayload, onLost } = this.#parts
    const client = this.#client
    if (client === null) throw new EngineError('unavailable', 'The torrent engine is not running.')
    await this.#unloading.get(publication.folder)
    await library.prepare(publication)
    const transfer = new Transfer(client, publication, {
      clock,
      trackers,
      peers: () => peersOf(publication.communityId),
      events: {
        onChange: () => onMoved(loaded),
        onPayload: (bytes) => {
          onPayload(bytes)
          onMoved(loaded)
        },
        onLost: (error) => {
          this.unload(publication).catch(() => {})
          onLost(error)
        },
      },
    })
    const loaded: Loaded = { transfer, publication, link, seeding: false }
    await transfer.start()
    this.#loaded.set(publication.folder, loaded)
    onMoved(loaded)
    return loaded
  }
}

export function seedStatus({ publication, transfer, link, seeding }: Loaded): SeedStatus {
  const { communityId, layout } = publication
  const { peers, down, up } = transfer.rates
  return {
    communityId,
    link,
    seeding,
    peers,
    bytesDone: bytesHeld(publication),
    bytesTotal: layout.dataLength + layout.indexLength,
    downloadRate: down,
    uploadRate: up,
    pieces: pieceMap([publication.files.have]),
    trouble: '',
  }
}
