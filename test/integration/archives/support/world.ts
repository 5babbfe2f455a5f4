/** Owners and members of one community on one machine: real stores and workers, a swarm that is a folder. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Announcement,
  type ArchiveSignal,
  Archives,
  type ArchivesOptions,
  type KeysPort,
  type PlanPreference,
  type Publication,
  type RestorationOptions,
} from '../../../../src/main/archives/index.ts'
import type { Clock } from '../../../../src/main/clock.ts'
import type { DistributionEngine } from '../../../../src/main/distribution/engine.ts'
import { openStore, openStoreInThread, type Store } from '../../../../src/main/store/index.ts'
import type { OutboxEntry } from '../../../../src/main/waku/network.ts'
import type {
  CommunityId,
  ContentTopic,
  EngineKind,
  Millis,
  Nanos,
  PubsubTopic,
  Topic4,
} from '../../../../src/shared/domain.ts'
import { FakeEngine } from './fake-engine.ts'
import { communityId, contextOf, itemOf, type Said, topics } from './people.ts'

export interface Folders {
  readonly root: string
  remove(): void
}

export function temporaryFolders(): Folders {
  const root = mkdtempSync(join(tmpdir(), 'chronicle-archives-'))
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) }
}

export interface NodeOptions {
  readonly root: string
  readonly name: string
  readonly clock: Clock
  readonly role: 'owner' | 'member'
  readonly kinds?: readonly EngineKind[]
  /** Instead of the pretended ones. */
  readonly real?: readonly DistributionEngine[]
  /** s */
  readonly interval?: number
  readonly preference?: PlanPreference
  readonly restoration?: Partial<RestorationOptions>
  /** Real threads for the store, too. */
  readonly threads?: boolean
  /** Group keys of an encrypted community. */
  readonly keys?: KeysPort
  readonly catchUp?: (communityId: CommunityId, signal: AbortSignal) => Promise<void>
  readonly findAnnouncements?: (communityId: CommunityId, signal: AbortSignal) => Promise<void>
  /** 16 times this byte is its device id. */
  readonly device?: number
}

/** An announcement as the outbox has it here: the publication itself, as JSON. */
export const announcementOf = ({ sealed }: Pick<OutboxEntry, 'sealed'>): Publication =>
  JSON.parse(Buffer.from(sealed.payload).toString())

/** What the wire would make of a publication. */
export function announced({ clock, links }: Publication): Announcement {
  return { clock, link: links[0]?.link ?? '', otherLink: links[1]?.link ?? null, peers: [] }
}

export class TestNode {
  readonly archives: Archives
  readonly store: Store
  readonly engines: readonly FakeEngine[]
  readonly signals: ArchiveSignal[] = []
  readonly counts: string[] = []
  standing = { known: true, historyArchives: true, owner: false, joined: true }
  interval: number
  retentionDays = 30
  /** What the community lists when an archive is made of it. */
  listed: () => readonly Topic4[] = () => topics
  down = new Set<EngineKind>()
  /** bytes */
  diskLimit: number | null = null

  private constructor(options: NodeOptions, store: Store) {
    const { root, name, clock } = options
    const disk = join(root, name)
    const folders = { swarm: join(root, 'swarm'), disk }
    this.store = store
    this.interval = options.interval ?? 7 * 24 * 3600
    this.standing.owner = options.role === 'owner'
    this.engines = (options.kinds ?? ['torrent']).map((kind) => new FakeEngine(kind, name, folders))
    const engines: readonly DistributionEngine[] = options.real ?? this.engines
    const running = () => engines.filter(({ kind }) => !this.down.has(kind))
    const parts: ArchivesOptions = {
      store,
      clock,
      staging: join(disk, 'staging'),
      engines: {
        running,
        wanted: () => engines.map(({ kind }) => kind),
        publishing: running,
        preference: () => options.preference ?? { first: 'both', fallback: true },
      },
      owner: {
        interval: () => this.interval,
        retentionDays: () => this.retentionDays,
        catchUp: options.catchUp ?? (async () => {}),
        topics: async () => this.listed(),
        composeAnnouncement: async (publication, at, successor) =>
          entryOf({ ...publication, ...(successor ? { successor } : {}) }, at),
        findAnnouncements: options.findAnnouncements ?? (async () => {}),
        queued: () => {},
      },
      member: {
        standing: async () => this.standing,
        interpretContext: async () => ({
          ...contextOf('archive', false),
          groupKeys: options.keys?.held(communityId) ?? [],
        }),
        imported: () => {},
        replaced: () => {},
        count: (_communityId, reason) => this.counts.push(reason),
        linkRules: () => ({ trackers: false, peerScopes: new Set(['loopback'] as const) }),
        diskLimit: () => this.diskLimit,
      },
      ...(options.keys ? { keys: options.keys } : {}),
      importThreads: 1,
      importBatch: 500,
      restoration: { firstRetry: 50, ...options.restoration },
    }
    this.archives = new Archives(parts)
    this.archives.signals.on((signal) => this.signals.push(signal))
  }

  static async open(options: NodeOptions): Promise<TestNode> {
    const { root, name, clock } = options
    mkdirSync(join(root, name), { recursive: true })
    const file = join(root, name, 'node.db')
    const store = options.threads ? await openStore({ file, clock }) : await openStoreInThread(file, clock)
    const { role } = options
    await store.communities.add({
      id: communityId,
      role,
      membership: 'joined',
      generation: 'N2',
      historyArchives: true,
      sealedKey: null,
      deviceId: new Uint8Array(16).fill(options.device ?? 0),
      createdAt: clock.now(),
    })
    return new TestNode(options, store)
  }

  get engine(): FakeEngine {
    const [first] = this.engines
    if (!first) throw new Error('no engine')
    return first
  }

  async hear(...said: readonly Said[]): Promise<void> {
    await this.store.records.ingest(said.map(itemOf))
  }

  /** Everything announced so far that the outbox has not sent. */
  async announcements(): Promise<Publication[]> {
    const far = Number.MAX_SAFE_INTEGER as Millis
    return (await this.store.outbox.due(far, 100)).map(announcementOf)
  }

  /** The whole history, as text, oldest first. */
  async texts(): Promise<string[]> {
    const page = await this.store.messages.history({ communityId, limit: 10_000 })
    return page.map(({ text }) => text)
  }

  names(): string[] {
    return this.signals.map(({ name }) => name)
  }

  async close(): Promise<void> {
    await this.archives.close()
    await this.store.close()
  }
}

function entryOf(publication: Publication, at: Millis): OutboxEntry {
  return {
    id: `announce:${publication.communityId}:${publication.clock}:${at}`,
    createdAt: at,
    sealed: {
      pubsubTopic: '/waku/2/rs/16/32' as PubsubTopic,
      contentTopic: '/waku/1/0xc09a9d22/rfc26' as ContentTopic,
      payload: Buffer.from(JSON.stringify(publication)),
      timestamp: (BigInt(at) * 1_000_000n) as Nanos,
      ephemeral: false,
    },
  }
}

/** Waits for a condition that events bring about. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  patience = 20_000,
): Promise<void> {
  const end = performance.now() + patience
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`gave up waiting: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
