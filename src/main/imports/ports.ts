/** What this room asks of the others, in its own words; node/ hands it over. */
import type { Import } from '../../shared/contract.ts'
import type { Channel, ChatId, CommunityId } from '../../shared/domain.ts'
import type { Clock } from '../clock.ts'
import type { InterpretContext } from '../messages/index.ts'
import type { Store } from '../store/index.ts'

/** The communities of this profile, as far as a past is brought into one. All throw CommunityError for a stranger's. */
export interface CommunityPort {
  /** Only its owner signs for a community. */
  channels(communityId: CommunityId): readonly Channel[]
  /** A channel of this name, published; the one there is, if it has been made meanwhile. */
  addChannel(communityId: CommunityId, name: string): Promise<ChatId>
  /** A copy of the private key, to be zeroed. */
  signingKey(communityId: CommunityId): Uint8Array
  /** The topic on which the messages of a channel travel, 4 bytes. */
  topic(communityId: CommunityId, chatId: ChatId): Uint8Array
  interpretContext(communityId: CommunityId): InterpretContext
}

export interface ImportsParts {
  readonly store: Pick<Store, 'imports' | 'messages'>
  readonly clock: Clock
  readonly random: (length: number) => Uint8Array
  readonly communities: CommunityPort
  /** No archive is made of a community until it is released: half a past would make twice as many. */
  readonly hold: (communityId: CommunityId) => () => void
  /** After a batch is durable: channels with something new in them. */
  readonly imported: (communityId: CommunityId, chatIds: readonly ChatId[]) => void
  readonly changed: (state: Import) => void
  readonly log: (line: string) => void
}
