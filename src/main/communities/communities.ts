/**
 * The communities of the person who is logged in. What changes a community goes through its owner's or its member's
 * half; both keep what they know in one registry, and what the network says comes in through `handlers`.
 */
import type {
  ChatId,
  Community,
  CommunityId,
  ContactId,
  ContentTopic,
  Generation,
  JoinRequest,
  Millis,
  Member as Person,
  Topic4,
} from '../../shared/domain.ts'
import { communityOf } from '../../shared/ids.ts'
import { type ControlHandler, type InterpretContext, type PostingChannel, standingOf } from '../messages/index.ts'
import type { AuthorStanding } from '../store/records.ts'
import type { OutboxEntry } from '../waku/network.ts'
import { type CommunityDescription, contentTopicOf, type RatchetStep } from '../wire/index.ts'
import { Admission } from './admission.ts'
import { type AdoptCommunity, Adopting } from './adopting.ts'
import { type ChannelEdit, type ChannelPosting, channelsInOrder, type NewChannel } from './channels.ts'
import { type AnnouncementInput, Composer } from './composing.ts'
import type { CommunityEdit } from './description.ts'
import { GroupKeys } from './group-keys.ts'
import { communityIdIn, linkTo } from './invitation.ts'
import type { CommunityChange, Known } from './known.ts'
import { Member } from './member.ts'
import { type CreateCommunity, Owner } from './owner.ts'
import { type MemberQuery, People } from './people.ts'
import type { CommunitiesEvents, CommunitiesParts, Emit } from './ports.ts'
import { hasOwnKeys, isEncrypted } from './private-part.ts'
import { Publishing } from './publishing.ts'
import { Registry } from './registry.ts'
import { communityContact, rightsIn } from './roles.ts'
import { archivedTopics, listenedChats } from './topics.ts'
import { communityView, contextOf } from './view.ts'

type Handled =
  | 'community-description'
  | 'request-to-join'
  | 'cancel-request-to-join'
  | 'request-to-join-response'
  | 'request-to-leave'
  | 'user-kicked'

export class Communities {
  readonly #parts: CommunitiesParts
  readonly #listeners: { [K in keyof CommunitiesEvents]: Set<(event: CommunitiesEvents[K]) => void> } = {
    changed: new Set(),
    joined: new Set(),
    removed: new Set(),
    reading: new Set(),
    requests: new Set(),
    link: new Set(),
    keys: new Set(),
    held: new Set(),
    failed: new Set(),
  }
  readonly #registry: Registry
  readonly #groupKeys: GroupKeys
  readonly #publishing: Publishing
  readonly #admission: Admission
  readonly #owner: Owner
  readonly #member: Member
  readonly #people: People
  readonly #adopting: Adopting
  #running = false
  #isLoaded = false
  /** To be registered with the inbox, each for its type. */
  readonly handlers: { readonly [K in Handled]: ControlHandler<K> }

  constructor(parts: CommunitiesParts) {
    this.#parts = parts
    const emit: Emit = (event, value) => {
      for (const listener of this.#listeners[event]) listener(value)
    }
    const composer = new Composer(parts)
    this.#groupKeys = new GroupKeys(parts)
    this.#registry = new Registry(parts, emit, this.#groupKeys)
    this.#publishing = new Publishing(parts, this.#registry, composer, emit, this.#groupKeys)
    this.#admission = new Admission(parts, this.#registry, composer, this.#publishing, emit)
    this.#owner = new Owner(parts, this.#registry, composer, this.#publishing)
    this.#people = new People(parts, this.#registry)
    this.#member = new Member(parts, this.#registry, composer, emit, this.#groupKeys)
    this.#adopting = new Adopting(parts, this.#registry, emit)
    this.handlers = {
      'community-description': this.#whileRunning((control) => this.#member.onDescription(control)),
      'request-to-join': this.#whileRunning((control) => this.#admission.onRequest(control)),
      'cancel-request-to-join': this.#whileRunning((control) => this.#admission.onCancel(control)),
      'request-to-join-response': this.#whileRunning((control) => this.#member.onJoinResponse(control)),
      'request-to-leave': this.#whileRunning((control) => this.#admission.onLeave(control)),
      'user-kicked': this.#whileRunning((control) => this.#member.onKicked(control)),
    }
  }

  /** From here on what is stored of them can be read; nothing is heard yet. */
  async load(): Promise<void> {
    await this.#registry.load()
    this.#isLoaded = true
  }

  /** Listens to every community, publishes what is due, goes on joining. */
  async start(): Promise<void> {
    this.#running = true
    if (!this.#isLoaded) await this.load()
    await this.#registry.listenToAll()
    this.#publishing.start()
    this.#member.start()
    this.#adopting.start()
  }

  /** No timer, no request under way, and every key zeroed. What comes in after it is left for the next start. */
  async stop(): Promise<void> {
    this.#running = false
    this.#isLoaded = false
    this.#publishing.stop()
    await this.#adopting.stop()
    await this.#member.stop()
    await this.#registry.close()
  }

  on<K extends keyof CommunitiesEvents>(event: K, listener: (value: CommunitiesEvents[K]) => void): () => void {
    this.#listeners[event].add(listener)
    return () => this.#listeners[event].delete(listener)
  }

  /** All but those left, in the order in which they were created or joined. */
  list(): Community[] {
    return this.#registry
      .all()
      .filter(({ row }) => row.membership !== 'left')
      .map((known) => this.#view(known))
  }

  /** @throws CommunityError `unknown-community` */
  get(communityId: CommunityId): Community {
    return this.#view(this.#registry.get(communityId))
  }

  has(communityId: CommunityId): boolean {
    const known = this.#registry.find(communityId)
    return known !== null && known.row.membership !== 'left'
  }

  /** @throws CommunityError `bad-name`, `bad-channel`, `too-many-channels` */
  async create(input: CreateCommunity): Promise<Community> {
    return this.get(await this.#owner.create(input))
  }

  /**
   * Becomes the owner of a community by its private key; a member keeps everything it has.
   * @throws CommunityError `bad-key`, `already-owner`
   */
  async adopt(input: AdoptCommunity): Promise<Community> {
    return this.get(await this.#adopting.adopt(input))
  }

  /** The private key, for whoever just gave the password. @throws CommunityError `unknown-community`, `not-owner` */
  exportKey(communityId: CommunityId): string {
    return this.#adopting.exportKey(communityId)
  }

  /** Begins to join: the description is looked for, then the owner is asked, both until they are found or answered. */
  async join(communityId: CommunityId, generation?: Generation): Promise<Community> {
    await this.#member.join(communityId, generation)
    return this.get(communityId)
  }

  /** Where a link, or an id as text, leads. @throws CommunityError `bad-link` */
  invitedTo(invitation: string): CommunityId {
    return communityIdIn(invitation)
  }

  /** To pass on. @throws CommunityError `unknown-community` */
  link(communityId: CommunityId): string {
    return linkTo(this.#registry.get(communityId).row.id)
  }

  /** Begins to read it without joining, where it allows that. @throws CommunityError `members-only` */
  async spectate(communityId: CommunityId, generation?: Generation): Promise<Community> {
    await this.#member.spectate(communityId, generation)
    return this.get(communityId)
  }

  /** Also takes back a request, and ends reading. @throws CommunityError `unknown-community`, `owner-stays` */
  leave(communityId: CommunityId): Promise<void> {
    return this.#member.leave(communityId)
  }

  /** Lets people in without their asking, all with one new description. @throws CommunityError `not-owner` */
  addMembers(communityId: CommunityId, people: readonly ContactId[]): Promise<void> {
    return this.#owner.addMembers(communityId, people)
  }

  /** They are told. @throws CommunityError `not-owner`, `owner-stays` */
  removeMembers(communityId: CommunityId, people: readonly ContactId[]): Promise<void> {
    return this.#owner.removeMembers(communityId, people)
  }

  /** Removed for good: not let in again, and hidden. @throws CommunityError `not-owner`, `owner-stays` */
  ban(communityId: CommunityId, people: readonly ContactId[]): Promise<void> {
    return this.#owner.ban(communityId, people)
  }

  /** They may ask again. @throws CommunityError `not-owner` */
  unban(communityId: CommunityId, people: readonly ContactId[]): Promise<void> {
    return this.#owner.unban(communityId, people)
  }

  /** Admins delete and pin what others wrote. @throws CommunityError `not-owner`, `not-member`, `owner-stays` */
  setAdmin(communityId: CommunityId, person: ContactId, admin: boolean): Promise<void> {
    return this.#owner.setAdmin(communityId, person, admin)
  }

  /** Whoever is in it, was in it, or is kept out of it, by their id. @throws CommunityError `unknown-community` */
  members(communityId: CommunityId, query: MemberQuery): Promise<{ members: Person[]; total: number }> {
    return this.#people.page(communityId, query)
  }

  /** Who waits for the owner's word, or was declined; longest first. @throws CommunityError `not-owner` */
  requests(
    communityId: CommunityId,
    query: {
      readonly state: JoinRequest['state']
      readonly after?: { readonly since: Millis; readonly contactId: ContactId } | undefined
      readonly limit: number
    },
  ): Promise<{ requests: JoinRequest[]; pending: number }> {
    return this.#admission.requests(communityId, query)
  }

  /** @throws CommunityError `not-owner`, `no-request` */
  accept(communityId: CommunityId, people: readonly ContactId[]): Promise<void> {
    return this.#admission.accept(communityId, people)
  }

  /** @throws CommunityError `not-owner`, `no-request` */
  refuse(communityId: CommunityId, people: readonly ContactId[]): Promise<void> {
    return this.#admission.refuse(communityId, people)
  }

  /** What is not named stays as it is. @throws CommunityError `not-owner`, `bad-name`, `bad-text` */
  async edit(communityId: CommunityId, edit: CommunityEdit): Promise<Community> {
    await this.#owner.edit(communityId, edit)
    return this.get(communityId)
  }

  /** @throws CommunityError `not-owner`, `bad-channel`, `too-many-channels` */
  async addChannel(communityId: CommunityId, channel: NewChannel): Promise<Community> {
    await this.#owner.addChannel(communityId, channel)
    return this.get(communityId)
  }

  /** @throws CommunityError `not-owner`, `bad-channel`, `unknown-channel`, `too-many-posters` */
  async editChannel(chatId: ChatId, edit: ChannelEdit, posting?: ChannelPosting): Promise<Community> {
    await this.#owner.editChannel(communityOf(chatId), chatId, edit, posting)
    return this.get(communityOf(chatId))
  }

  /** What was said there stays in the history. @throws CommunityError `not-owner`, `unknown-channel`, `last-channel` */
  async removeChannel(chatId: ChatId): Promise<Community> {
    await this.#owner.removeChannel(communityOf(chatId), chatId)
    return this.get(communityOf(chatId))
  }

  /** Those not named follow in the order they had. @throws CommunityError `not-owner`, `unknown-channel` */
  async orderChannels(communityId: CommunityId, channels: readonly ChatId[]): Promise<Community> {
    await this.#owner.orderChannels(communityId, channels)
    return this.get(communityId)
  }

  /** A copy of the private key, for a room that signs a whole past; to be zeroed. @throws CommunityError `not-owner` */
  signingKey(communityId: CommunityId): Uint8Array {
    return new Uint8Array(this.#registry.key(communityId))
  }

  /** @throws CommunityError `not-owner` */
  publishDescription(communityId: CommunityId): Promise<void> {
    return this.#owner.publish(communityId)
  }

  /** Local to this profile, never published. PROTOCOL.md §1.6. */
  setHistoryArchives(communityId: CommunityId, on: boolean): Promise<void> {
    return this.#setting(communityId, { historyArchives: on })
  }

  /** In which generation this node speaks to the community from now on. */
  setGeneration(communityId: CommunityId, generation: Generation): Promise<void> {
    return this.#setting(communityId, { generation })
  }

  /** Type 43, sealed for the outbox and not sent. @throws CommunityError `not-owner` */
  composeAnnouncement(communityId: CommunityId, input: AnnouncementInput): Promise<OutboxEntry> {
    return this.#owner.announcement(communityId, input)
  }

  /** The description as it would be sent now, and what must be stored with it; not sent, not stored. */
  composeDescription(communityId: CommunityId): Promise<{ entries: OutboxEntry[]; change: CommunityChange }> {
    return this.#publishing.compose(communityId)
  }

  /** After another room changed the row (the archive clock of a publication): reads it again, and says so. */
  refresh(communityId: CommunityId): Promise<void> {
    return this.#setting(communityId, {})
  }

  /** For `interpret`. @throws CommunityError `unknown-community` */
  interpretContext(communityId: CommunityId, origin: InterpretContext['origin']): InterpretContext {
    return contextOf(this.#registry.get(communityId), origin)
  }

  /** R4.5. @throws CommunityError `unknown-community` */
  standing(communityId: CommunityId, author: ContactId): AuthorStanding {
    const context = contextOf(this.#registry.get(communityId), 'live')
    return standingOf(author, context, communityContact(communityId))
  }

  /** Null where this person has no part in it. */
  postingChannel(chatId: ChatId): PostingChannel | null {
    const communityId = communityOf(chatId)
    const known = this.#registry.find(communityId)
    if (known === null || known.description === null || known.row.membership !== 'joined') return null
    if (!known.description.chats.has(chatId.slice(communityId.length))) return null
    return {
      communityId,
      generation: known.row.generation,
      rights: rightsIn(communityId, known.description, chatId, this.#parts.identity.contactId),
      context: contextOf(known, 'own'),
      nextStep: isEncrypted(known.description) ? () => this.#stepIn(communityId, known.description, chatId) : null,
    }
  }

  /** Where an archive or an index of an encrypted community is sealed; null: it is not encrypted. PROTOCOL.md §4.4. */
  async nextStep(communityId: CommunityId): Promise<RatchetStep | null> {
    const { description } = this.#registry.get(communityId)
    if (description === null || !isEncrypted(description)) return null
    return this.#groupKeys.step(communityId, this.#groupKeys.current(communityId))
  }

  /** Something waits for a group key that is not here. */
  async keyMissing(communityId: CommunityId): Promise<void> {
    if (this.#running) await this.#member.keys.missing(communityId)
  }

  /** What an archive covers: channels in their order, the universal topic last. PROTOCOL.md §4.2. */
  archivedTopics(communityId: CommunityId): Topic4[] {
    return archivedTopics(communityId, channelsOf(this.#registry.get(communityId)))
  }

  /** What is asked of store nodes after a time offline: everything listened to for it. */
  contentTopics(communityId: CommunityId): ContentTopic[] {
    const known = this.#registry.get(communityId)
    const { publicKey } = this.#parts.identity
    const communityKey = known.row.role === 'owner' ? NO_KEY : null
    const chats = listenedChats(communityId, channelsOf(known), { publicKey, privateKey: NO_KEY, communityKey })
    return [...new Set(chats.map(({ chatId }) => contentTopicOf(chatId)))]
  }

  #view(known: Known): Community {
    return communityView(known, this.#parts.identity.contactId)
  }

  #whileRunning<C>(handle: (control: C) => Promise<void>): (control: C) => Promise<void> {
    return async (control) => {
      if (this.#running) await handle(control)
    }
  }

  #stepIn(communityId: CommunityId, description: CommunityDescription | null, chatId: ChatId): Promise<RatchetStep> {
    const own = description !== null && hasOwnKeys(description, chatId)
    const keys = this.#groupKeys
    return keys.step(communityId, own ? keys.ofChannel(communityId, chatId) : keys.current(communityId))
  }

  #setting(communityId: CommunityId, change: CommunityChange): Promise<void> {
    this.#registry.get(communityId)
    return this.#registry.inTurn(communityId, async () => {
      await this.#registry.change(communityId, change)
    })
  }
}

/** Topics follow from ids; nothing is opened with it. */
const NO_KEY = new Uint8Array(32)

const channelsOf = ({ description }: Known): string[] => (description === null ? [] : channelsInOrder(description))
