/**
 * Two devices with the key of one community: which of them publishes. The one that members follow goes on; the other one
 * keeps recording and waits for its owner's choice. Both work it out from the same announcements by the rule that
 * members go by (device-policy.ts). RULES.md R3.7.
 */
import type { CommunityId, Millis } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import type { Store } from '../store/index.ts'
import { bytesToHex } from '../wire/index.ts'
import type { Announcement } from './announced-links.ts'
import { type DeviceName, type FollowedDevice, isSigned, judgeDevice } from './device-policy.ts'
import { ArchiveError } from './errors.ts'
import type { Publisher } from './publisher.ts'
import type { Signals } from './signals.ts'

export type RivalChoice = 'keep-publishing' | 'yield'
type StoredRival = NonNullable<Awaited<ReturnType<Store['adoptions']['rival']>>>

export interface Rival extends Pick<StoredRival, 'device' | 'since' | 'heardAt' | 'link' | 'clock' | 'choice'> {
  readonly followed: 'this-device' | 'other-device'
}

export interface DeviceHold {
  readonly reason: 'other-device' | 'yielded'
  readonly detail: string
  readonly since: Millis
}

export interface ControlNodesParts {
  readonly store: Pick<Store, 'adoptions' | 'archives' | 'communities'>
  readonly clock: Clock
  /** s */
  readonly interval: () => number
  readonly publisher: Pick<Publisher, 'announce'>
  readonly signals: Signals
}

export class ControlNodes {
  readonly #parts: ControlNodesParts

  constructor(parts: ControlNodesParts) {
    this.#parts = parts
  }

  async isOther(communityId: CommunityId, { from }: Announcement): Promise<boolean> {
    return from?.device != null && from.device !== (await this.#self(communityId))
  }

  /**
   * Another device announced archives with our key. True if it hands over to this one: then what it published is to be
   * continued.
   */
  async heard(communityId: CommunityId, announcement: Announcement): Promise<boolean> {
    const { store, signals } = this.#parts
    const { from, clock, link, otherLink, peers } = announcement
    const self = await this.#self(communityId)
    if (from?.device == null) return false
    const { device, at } = from
    const before = await this.#followed(communityId, self)
    const verdict = judgeDevice(before, from, this.#parts.interval() * 1000)
    if (verdict.act === 'follow') await store.adoptions.follow(communityId, verdict.followed)
    // What was said before this device had the key is the history that was taken over.
    const adoption = await store.adoptions.adoption(communityId)
    if (adoption !== null && at < adoption.since) return false
    const known = await store.adoptions.rival(communityId)
    const same = known?.device === device ? known : null
    const handsOver =
      verdict.act === 'follow' &&
      before?.device === device &&
      from.successor === self &&
      same?.choice !== 'keep-publishing'
    const newest = same === null || clock >= same.clock ? { clock, link, otherLink, peers } : same
    await store.adoptions.putRival(communityId, {
      device,
      since: same?.since ?? at,
      heardAt: Math.max(same?.heardAt ?? 0, at) as Millis,
      clock: newest.clock,
      link: newest.link as StoredRival['link'],
      otherLink: newest.otherLink as StoredRival['otherLink'],
      peers: newest.peers,
      choice: handsOver ? 'keep-publishing' : (same?.choice ?? null),
    })
    if (same === null) {
      const detail = 'Another device publishes archives of this community with the same key.'
      signals.emit('historyArchivesNotice', communityId, null, detail)
    }
    return handsOver
  }

  /** Why this device does not publish; null if it may. */
  async hold(communityId: CommunityId): Promise<DeviceHold | null> {
    const rival = await this.rival(communityId)
    if (rival === null || rival.choice === 'keep-publishing') return null
    const { since } = rival
    if (rival.choice === 'yield') {
      return { reason: 'yielded', detail: 'Another device publishes for this community now; this one records.', since }
    }
    if (rival.followed === 'this-device') return null
    const detail = 'Members follow another device with the same key; this one records, and waits for your choice.'
    return { reason: 'other-device', detail, since }
  }

  async rival(communityId: CommunityId): Promise<Rival | null> {
    const rival = await this.#parts.store.adoptions.rival(communityId)
    if (rival === null) return null
    const { device, since, heardAt, link, clock, choice } = rival
    const self = await this.#self(communityId)
    const followed = (await this.#followed(communityId, self))?.device
    return { device, since, heardAt, link, clock, choice, followed: followed === self ? 'this-device' : 'other-device' }
  }

  /**
   * Durable when it resolves. True if what the other device published is to be continued before anything is published.
   * @throws ArchiveError `no-rival`
   */
  async resolve(communityId: CommunityId, choice: RivalChoice): Promise<boolean> {
    const { store } = this.#parts
    const [stored, shown] = [await store.adoptions.rival(communityId), await this.rival(communityId)]
    if (stored === null || shown === null)
      throw new ArchiveError('no-rival', 'No other device with the key of this community was heard.')
    const held = (await this.hold(communityId)) !== null
    await store.adoptions.putRival(communityId, { ...stored, choice })
    if (choice === 'yield') await this.handOver(communityId)
    return choice === 'keep-publishing' && held
  }

  /** Says, with our last publication, that the other device goes on; again at each start, in case it was not sent. */
  async handOver(communityId: CommunityId): Promise<void> {
    const { store, clock, publisher } = this.#parts
    const rival = await store.adoptions.rival(communityId)
    if (rival?.choice !== 'yield' || !isSigned(rival.device)) return
    const self = await this.#self(communityId)
    if ((await this.#followed(communityId, self))?.device === self) {
      await publisher.announce(communityId, rival.device)
      await store.adoptions.follow(communityId, { device: rival.device, heardAt: clock.now() })
    }
  }

  async #self(communityId: CommunityId): Promise<DeviceName> {
    const row = await this.#parts.store.communities.get(communityId)
    return row === null ? '' : bytesToHex(row.deviceId)
  }

  /** As members have it, our own announcements taken into account. */
  async #followed(communityId: CommunityId, self: DeviceName): Promise<FollowedDevice | null> {
    const { store, interval } = this.#parts
    const stored = await store.adoptions.followed(communityId)
    const at = await store.archives.announcedAt(communityId)
    if (at === null) return stored
    const verdict = judgeDevice(stored, { device: self, successor: null, at }, interval() * 1000)
    return verdict.act === 'follow' ? verdict.followed : stored
  }
}
