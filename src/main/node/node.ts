/**
 * One node: its store, its network, its engines and the rooms above them, started in the order in which they need each
 * other and stopped in the reverse. All state is in the database, so opening a node is also its recovery.
 */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import type { Settings } from '../../shared/contract.ts'
import type { Community, CommunityId, NetworkStatus, Profile } from '../../shared/domain.ts'
import { Archives } from '../archives/index.ts'
import type { AdoptCommunity, Communities } from '../communities/index.ts'
import type { Imports } from '../imports/index.ts'
import {
  convertMessages,
  type Exports,
  type Intake,
  type Posting,
  type Reading,
  Searchable,
} from '../messages/index.ts'
import { openStore, type Store } from '../store/index.ts'
import { Outbox, parseAddress, prepareWaku, type Waku } from '../waku/index.ts'
import { ActivityLog, recoveryEntry } from './activity.ts'
import { CatchUp } from './catch-up.ts'
import { Datasets } from './datasets.ts'
import { Engines } from './engines.ts'
import { NodeEvents } from './events.ts'
import { Following } from './following.ts'
import { keysPort, memberPort, ownerPort } from './history-ports.ts'
import { composeImports } from './imports.ts'
import { knownInstallation } from './installation.ts'
import { createEngines, type NodeOptions, surroundingsOf, wakuOptions } from './options.ts'
import { composePeople } from './people.ts'
import { sentence } from './sentence.ts'
import { changed, checkSettings, readSettings, type SettingsChange, writeSettings } from './settings.ts'
import { createTelling } from './telling.ts'
import { wire } from './wiring.ts'

export interface ChronicleNode {
  readonly profile: Profile
  readonly store: Store
  readonly waku: Waku
  readonly outbox: Outbox
  readonly engines: Engines
  readonly datasets: Datasets
  readonly intake: Pick<Intake, 'catchUp'>
  readonly communities: Communities
  readonly posting: Posting
  readonly reading: Reading
  readonly exports: Exports
  readonly archives: Archives
  readonly imports: Imports
  readonly events: NodeEvents
  /** What a person can read of what this node did. */
  readonly activity: ActivityLog
  settings(): Settings
  configure(change: SettingsChange): Promise<Settings>
  /** Archiving and restoring for one community, on or off. PROTOCOL.md §5.8. */
  setHistoryArchives(communityId: CommunityId, on: boolean): Promise<void>
  /** Becomes the owner of a community by its private key, and takes its history over. RULES.md R1.3. */
  adopt(input: AdoptCommunity): Promise<Community>
  leave(communityId: CommunityId): Promise<void>
  network(): Promise<NetworkStatus>
  close(): Promise<void>
}

/** A node of which only the store is open: what is there can be read, nothing is fetched, sent or made. */
export interface ReadableNode extends ChronicleNode {
  /** Once. If it fails the node is of no use and is to be closed. @throws WakuError if the network cannot be opened */
  start(): Promise<void>
}

const folders = { torrent: 'torrents', codex: 'codex' } as const

/**
 * @throws StoreError, WakuError if the database or the network cannot be opened; an engine that cannot start is logged
 *   and left out, since the others can stand in for it (RULES.md R5.1).
 */
export async function openNode(options: NodeOptions): Promise<ChronicleNode> {
  const node = await prepareNode(options)
  try {
    await node.start()
    return node
  } catch (error) {
    await node.close().catch(() => {})
    throw error
  }
}

/** Opens what can be read. Whoever waits for the first message does not wait for threads of network and engines. */
export async function prepareNode(options: NodeOptions): Promise<ReadableNode> {
  const { session } = options
  const surroundings = surroundingsOf(options)
  const { clock, log } = surroundings
  const file = (name: string) => path.join(session.folder, name)
  for (const folder of Object.values(folders)) await mkdir(file(folder), { recursive: true, mode: 0o700 })

  const store = await openStore({
    file: file('chronicle.sqlite'),
    clock,
    ...(options.backupEvery === undefined ? {} : { backupEvery: options.backupEvery }),
    ...(options.beginAnew === undefined ? {} : { beginAnew: options.beginAnew }),
    onBackupFailure: (error) => log(`The backup failed: ${error.message}`),
  })
  const closing: (() => Promise<unknown>)[] = [() => store.close()]
  try {
    return await compose()
  } catch (error) {
    await closeAll(closing)
    throw error
  }

  /** Once it is in the log, the note of it goes: killed in between, it is said twice rather than never. */
  async function tellRecovery(activity: ActivityLog): Promise<void> {
    const recovery = await store.recovery()
    if (recovery === null) return
    const entry = recoveryEntry(recovery)
    log(entry.detail ?? entry.kind)
    await activity.add(entry)
    await store.recoveryTold()
  }

  async function compose(): Promise<ReadableNode> {
    const activity = new ActivityLog(store, clock)
    await tellRecovery(activity)
    let settings = await readSettings(store)
    const installationId = await knownInstallation(store, surroundings.random)
    const stopping = new AbortController()
    const waku = prepareWaku({ ...wakuOptions(options, settings, file), clock })
    closing.push(() => waku.stop())
    const outbox = new Outbox({
      port: store.outbox,
      network: waku,
      lookup: waku,
      clock,
      random: Math.random,
      onSent: () => telling.network(),
    })
    const made = createEngines(options, settings, clock, (engine) => file(folders[engine]))
    const engines = new Engines(made, settings, (kind, error) =>
      log(`The ${kind} engine cannot start: ${sentence(error)}`),
    )
    closing.push(() => engines.stop())
    const events = new NodeEvents(clock)
    const telling = createTelling({ events, reading: () => people.reading, network, report })
    const people = composePeople({
      ...surroundings,
      session,
      store,
      waku,
      outbox,
      installationId,
      currentLink: async (communityId) => {
        const publication = await archives.publication(communityId)
        const first = publication?.links[0]
        return publication && first ? { link: first.link, clock: publication.clock } : null
      },
      posted: (communityId, chatIds) => {
        telling.messages(communityId, chatIds)
        telling.network()
      },
      read: (communityId, chatId) => telling.unread(communityId, [chatId]),
      exporting: (progress) => events.gather('messages.exporting', progress.id, () => progress),
    })
    const { communities, inbox, intake } = people
    const catchUp = new CatchUp({
      store,
      intake,
      communities,
      clock,
      onGap: (communityId, gap) => archives.missed(communityId, gap),
    })
    const archives = new Archives({
      store,
      clock,
      engines,
      staging: file('staging'),
      owner: ownerPort({
        communities,
        engines,
        catchUp,
        interval: () => settings.archiveInterval,
        retentionDays: () => settings.retentionDays,
        outbox,
      }),
      member: memberPort({
        communities,
        count: (communityId, reason) => void store.counters.add(communityId, reason).catch(report),
        imported: (communityId, chatIds) => {
          telling.messages(communityId, [...chatIds])
          void searchable.wake().catch(report)
          events.gather('history.changed', communityId, () => ({ communityId }))
        },
        replaced: telling.messages,
        reach: options.torrent?.reach ?? settings.reach,
        trackers: options.torrent?.discovery?.linkTrackers ?? false,
        diskLimit: () => settings.diskLimit,
      }),
      keys: keysPort(communities, surroundings.random, report),
      ...(options.restoration === undefined ? {} : { restoration: options.restoration }),
      ...(options.importThreads === undefined ? {} : { importThreads: options.importThreads }),
    })

    const imports = composeImports({
      ...surroundings,
      store,
      communities,
      archives,
      events,
      activity,
      imported: telling.messages,
    })
    const searchable = new Searchable(
      { backlog: store.searchBacklog, clock, isBusy: () => archives.isImporting },
      stopping.signal,
    )

    const following = new Following({ communities, archives, catchUp, clock, log }, stopping.signal)
    wire({
      ...{ inbox, communities, archives, engines, waku, store, following, telling },
      ...{ events, activity, clock, log, report },
    })

    // The network goes quiet first; what came in until then is kept, then nobody is left to answer it.
    closing.push(
      () => outbox.stop(),
      () => communities.stop(),
      () => inbox.close(),
      () => intake.close(),
      () => archives.close(),
      () => imports.close(),
      async () => {
        stopping.abort(new Error('The profile was logged out.'))
        await people.exports.close()
        events.close()
      },
    )

    await store.unread.readAs(session.profile.contactId)
    await communities.load()

    const start = async (): Promise<void> => {
      engines.limit(settings)
      // Each has threads of its own to start, and waits for nobody.
      const enginesStarted = engines.start()
      await waku.start().finally(() => enginesStarted)
      await communities.start()
      outbox.start()
      await archives.startMember()
      for (const community of communities.list()) {
        if (community.role === 'owner' && community.historyArchives) archives.startOwner(community.id)
      }
      await imports.start()
      following.start(waku.status().state === 'online')
      void convertMessages(store.conversion, stopping.signal).catch(report)
      void searchable.wake().catch(report)
    }

    return {
      profile: session.profile,
      store,
      waku,
      outbox,
      engines,
      datasets: new Datasets(engines, file('tray')),
      intake,
      communities,
      posting: people.posting,
      reading: people.reading,
      exports: people.exports,
      archives,
      imports,
      events,
      activity,
      settings: () => settings,
      configure: async (change) => {
        const before = settings
        // Before it is stored: an address that is none would keep the network from opening ever again.
        for (const address of change.nodes ?? []) parseAddress(address)
        checkSettings(changed(settings, change))
        settings = await writeSettings(store, change)
        engines.prefer(settings)
        const { distribution, distributionFallback } = before
        if (settings.distribution !== distribution || settings.distributionFallback !== distributionFallback)
          await archives.preferenceChanged()
        engines.limit(settings)
        if (settings.diskLimit !== before.diskLimit) await archives.diskLimitChanged()
        if (settings.archiveInterval !== before.archiveInterval) await archives.intervalChanged()
        return settings
      },
      setHistoryArchives: async (communityId, on) => {
        const before = communities.get(communityId).historyArchives
        await communities.setHistoryArchives(communityId, on)
        if (on !== before)
          archives.signals.emit(on ? 'historyArchivesProtocolEnabled' : 'historyArchivesProtocolDisabled', communityId)
        if (communities.get(communityId).role === 'owner') {
          if (on) archives.startOwner(communityId)
          else await archives.stopOwner(communityId)
        } else if (on) await archives.follow(communityId)
        else await archives.leave(communityId)
      },
      adopt: async (input) => {
        const community = await communities.adopt(input)
        await archives.adopted(community.id)
        if (community.historyArchives) archives.startOwner(community.id)
        return community
      },
      leave: async (communityId) => {
        await communities.leave(communityId)
        await archives.leave(communityId)
      },
      network,
      start,
      close: () => closeAll(closing),
    }

    async function network(): Promise<NetworkStatus> {
      return { ...waku.status(), outbox: await outbox.pending() }
    }

    function report(error: unknown): void {
      if (!stopping.signal.aborted) log(sentence(error))
    }
  }
}

/** Last opened, first closed; what fails does not keep the rest open. */
async function closeAll(steps: (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const step of steps.splice(0).reverse()) await step().catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be closed in order.')
}
