/** `chronicle community …`: the communities of a profile, and what their owners decide. */
import { type Command, Option } from 'commander'
import type { Community, CommunityId } from '../../shared/domain.ts'
import { isCommunityId } from '../../shared/ids.ts'
import { UsageError } from '../usage-error.ts'
import { contactIdOf, findCommunity, switchOf } from './arguments.ts'
import { registerChannel } from './channel.ts'
import { describeCommunity } from './community-text.ts'
import { whole } from './context.ts'
import { type NodeOptions, withNode } from './node-options.ts'
import { formatTable } from './output.ts'
import { registerOwnership } from './ownership.ts'
import { withClient } from './with-client.ts'

interface EditOptions extends NodeOptions {
  readonly name?: string
  readonly description?: string
  readonly color?: string
  readonly emoji?: string
  readonly joining?: Community['joining']
}
interface CreateOptions extends EditOptions {
  readonly channel: string[]
  readonly archives: boolean
  readonly encrypted: boolean
}
interface MembersOptions extends NodeOptions {
  readonly standing: 'member' | 'former' | 'banned'
  readonly limit: number
}

export function registerCommunity(program: Command): void {
  const community = program.command('community').description('the communities of a profile')
  const command = (name: string, description: string) => withNode(community.command(name).description(description))
  const ofOne = (name: string, description: string) =>
    command(name, description).argument('<community>', 'its id or name')

  command('list', 'every community, and what this profile is in it').action((options: NodeOptions) =>
    withClient(options, async (client, output) => {
      const communities = await client.request('communities.list')
      const rows = communities.map(({ id, name, role, state, members }) => [id, role, state, String(members), name])
      const none = 'There is no community in this profile yet.'
      output.result(
        communities,
        rows.length === 0 ? none : formatTable(['ID', 'ROLE', 'STATE', 'MEMBERS', 'NAME'], rows),
      )
    }),
  )

  withLooks(command('create', 'found a community, with this profile as its owner').argument('<name>'))
    .option('--channel <name...>', 'its channels', ['general'])
    .option('--no-archives', 'do not archive its history')
    .option('--encrypted', 'only members can read it; this cannot be changed later', false)
    .action((name: string, options: CreateOptions) =>
      withClient(options, async (client, output) => {
        const made = await client.request('communities.create', {
          ...looksOf(options),
          name,
          description: options.description ?? '',
          color: options.color ?? '#0a6470',
          channels: options.channel,
          historyArchives: options.archives,
          encrypted: options.encrypted,
        })
        output.result(made, describeCommunity(made))
      }),
    )

  withLooks(ofOne('edit', 'change what is given, and leave the rest').option('--name <name>', 'another name')).action(
    (wanted: string, options: EditOptions) =>
      withClient(options, async (client, output) => {
        const { id } = await findCommunity(client, wanted)
        const { name } = options
        const change = { ...looksOf(options), ...(name === undefined ? {} : { name }) }
        if (Object.keys(change).length === 0) throw new UsageError('Say what to change. See --help.')
        const edited = await client.request('communities.edit', { id, ...change })
        output.result(edited, describeCommunity(edited))
      }),
  )

  ofOne('show', 'one community and its channels').action((wanted: string, options: NodeOptions) =>
    withClient(options, async (client, output) => {
      const found = await findCommunity(client, wanted)
      output.result(found, describeCommunity(found))
    }),
  )

  for (const [name, request, description] of [
    ['join', 'communities.join', 'ask to be let in'],
    ['spectate', 'communities.spectate', 'read along without joining, where the community allows it'],
  ] as const) {
    command(name, description)
      .argument('<id|link>', '0x and 66 digits, or a link')
      .action((text: string, options: NodeOptions) =>
        withClient(options, async (client, output) => {
          const found = await client.request(request, invitationOf(text))
          output.result(found, describeCommunity(found))
        }),
      )
  }

  ofOne('leave', 'leave a community').action((wanted: string, options: NodeOptions) =>
    withClient(options, async (client, output) => {
      const { id, name } = await findCommunity(client, wanted)
      await client.request('communities.leave', { id })
      output.result({ left: id }, `Left ${name || id}.`)
    }),
  )

  ofOne('members', 'who belongs to a community, page by page')
    .addOption(
      new Option('--standing <standing>', 'which of them').choices(['member', 'former', 'banned']).default('member'),
    )
    .option('--limit <n>', 'how many', whole(1, 200), 200)
    .action((wanted: string, { standing, limit, ...options }: MembersOptions) =>
      withClient(options, async (client, output) => {
        const { id } = await findCommunity(client, wanted)
        const page = await client.request('communities.members', { id, standing, limit })
        const rows = page.members.map(({ contactId, role, name }) => [contactId, role, name])
        const more = page.total > rows.length ? `\n${page.total - rows.length} more.` : ''
        output.result(page, rows.length === 0 ? 'Nobody.' : `${formatTable(['KEY', 'ROLE', 'NAME'], rows)}${more}`)
      }),
    )

  ofOne('requests', 'who asks to be let in').action((wanted: string, options: NodeOptions) =>
    withClient(options, async (client, output) => {
      const { id } = await findCommunity(client, wanted)
      const page = await client.request('communities.requests', { id, limit: 200 })
      const rows = page.requests.map(({ contactId, since, name }) => [
        contactId,
        new Date(since).toISOString().slice(0, 10),
        name,
      ])
      output.result(page, rows.length === 0 ? 'Nobody asks.' : formatTable(['KEY', 'SINCE', 'NAME'], rows))
    }),
  )

  for (const [name, description, said] of [
    ['accept', 'let people in who ask', 'Let in'],
    ['refuse', 'keep people out who ask', 'Refused'],
  ] as const) {
    ofOne(name, description)
      .argument('<key...>', 'whom')
      .action((wanted: string, keys: string[], options: NodeOptions) =>
        withClient(options, async (client, output) => {
          const { id } = await findCommunity(client, wanted)
          const contactIds = keys.map(contactIdOf)
          await client.request(`communities.${name}`, { id, contactIds })
          output.result({ id, contactIds }, `${said}: ${contactIds.length}.`)
        }),
      )
  }

  for (const [name, request, description, said] of [
    ['remove', 'communities.removeMember', 'put a member out; they may ask again', 'Put out.'],
    ['ban', 'communities.ban', 'put a member out for good', 'Banned.'],
    ['unban', 'communities.unban', 'let a banned person ask again', 'They may ask again.'],
  ] as const) {
    ofOne(name, description)
      .argument('<key>', 'whom')
      .action((wanted: string, key: string, options: NodeOptions) =>
        withClient(options, async (client, output) => {
          const { id } = await findCommunity(client, wanted)
          const contactId = contactIdOf(key)
          await client.request(request, { id, contactId })
          output.result({ id, contactId }, said)
        }),
      )
  }

  ofOne('archives', 'archive its history, or stop; nothing published is deleted')
    .argument('<on|off>')
    .action((wanted: string, text: string, options: NodeOptions) =>
      withClient(options, async (client, output) => {
        const on = switchOf(text)
        const { id, name } = await findCommunity(client, wanted)
        await client.request('communities.setHistoryArchives', { id, on })
        output.result({ id, historyArchives: on }, `History archives of ${name || id} are ${text}.`)
      }),
    )

  registerOwnership(community)
  registerChannel(community)
}

const withLooks = (command: Command): Command =>
  command
    .option('--description <text>', 'what it is for')
    .option('--color <hex>', 'as #0a6470')
    .option('--emoji <emoji>', 'its sign')
    .addOption(new Option('--joining <how>', 'who gets in').choices(['open', 'request']))

const looksOf = ({ description, color, emoji, joining }: EditOptions) => ({
  ...(description === undefined ? {} : { description }),
  ...(color === undefined ? {} : { color }),
  ...(emoji === undefined ? {} : { emoji }),
  ...(joining === undefined ? {} : { joining }),
})

const invitationOf = (text: string): { id: CommunityId } | { link: string } =>
  isCommunityId(text) ? { id: text } : { link: text }
