/** What people name on a command line, as the ids that the contract takes. */
import type { Client } from '../../shared/client.ts'
import type { ArchiveId, Community, ContactId } from '../../shared/domain.ts'
import { UsageError } from '../usage-error.ts'

/** By its id, or by its name where only one has it. @throws UsageError */
export async function findCommunity(client: Client, wanted: string): Promise<Community> {
  const communities = await client.request('communities.list')
  return only(communities, (one) => [one.id, one.name], wanted, 'community', 'chronicle community list')
}

/** By its id, or by its name within the community. @throws UsageError */
export function findChannel({ channels }: Community, wanted: string): Community['channels'][number] {
  const name = wanted.replace(/^#/, '')
  return only(channels, (one) => [one.chatId, one.name], name, 'channel', 'chronicle community show')
}

/** @throws UsageError */
export function contactIdOf(text: string): ContactId {
  if (/^0x04[0-9a-f]{128}$/.test(text)) return text as ContactId
  throw new UsageError(`A person is named by their key, 0x04 and 128 digits, not “${text}”.`)
}

/** @throws UsageError */
export function archiveIdOf(text: string): ArchiveId {
  if (/^0x[0-9a-f]{64}$/.test(text)) return text as ArchiveId
  throw new UsageError(`An archive is named by its id, 0x and 64 digits, not “${text}”. See: chronicle archive list`)
}

/** On or off. @throws UsageError */
export function switchOf(text: string): boolean {
  if (text === 'on' || text === 'off') return text === 'on'
  throw new UsageError(`It takes on or off, not “${text}”.`)
}

function only<T>(
  all: readonly T[],
  names: (one: T) => readonly string[],
  wanted: string,
  what: string,
  listing: string,
): T {
  const found = all.filter((one) => names(one).includes(wanted))
  const [first] = found
  if (first !== undefined && found.length === 1) return first
  if (found.length === 0) throw new UsageError(`There is no ${what} “${wanted}”. See: ${listing}`)
  throw new UsageError(`More than one ${what} is called “${wanted}”; use its id. See: ${listing}`)
}
