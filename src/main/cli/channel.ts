/** `chronicle community channel …`: the channels of a community. */
import type { Command } from 'commander'
import { UsageError } from '../usage-error.ts'
import { findChannel, findCommunity } from './arguments.ts'
import { describeCommunity } from './community-text.ts'
import { type NodeOptions, withNode } from './node-options.ts'
import { withClient } from './with-client.ts'

interface ChannelOptions extends NodeOptions {
  readonly name?: string
  readonly description?: string
  readonly emoji?: string
  readonly color?: string
}

export function registerChannel(community: Command): void {
  const channel = community.command('channel').description('the channels of a community')
  const command = (name: string, description: string) =>
    withNode(channel.command(name).description(description).argument('<community>', 'its id or name'))

  withLooks(command('add', 'a new channel').argument('<name>')).action(
    (wanted: string, name: string, options: ChannelOptions) =>
      withClient(options, async (client, output) => {
        const { id } = await findCommunity(client, wanted)
        const changed = await client.request('communities.addChannel', { id, ...looksOf(options), name })
        output.result(changed, describeCommunity(changed))
      }),
  )

  withLooks(
    command('edit', 'change what is given, and leave the rest')
      .argument('<channel>', 'its name or id')
      .option('--name <name>', 'another name'),
  ).action((wanted: string, which: string, options: ChannelOptions) =>
    withClient(options, async (client, output) => {
      const { chatId } = findChannel(await findCommunity(client, wanted), which)
      const { name } = options
      const change = { ...looksOf(options), ...(name === undefined ? {} : { name }) }
      if (Object.keys(change).length === 0) throw new UsageError('Say what to change. See --help.')
      const changed = await client.request('communities.editChannel', { chatId, ...change })
      output.result(changed, describeCommunity(changed))
    }),
  )

  command('remove', 'close a channel; what was said in it stays in the archives')
    .argument('<channel>', 'its name or id')
    .action((wanted: string, which: string, options: NodeOptions) =>
      withClient(options, async (client, output) => {
        const { chatId } = findChannel(await findCommunity(client, wanted), which)
        const changed = await client.request('communities.removeChannel', { chatId })
        output.result(changed, describeCommunity(changed))
      }),
    )

  command('order', 'in which order channels are shown; those not named follow')
    .argument('<channel...>', 'their names or ids')
    .action((wanted: string, which: string[], options: NodeOptions) =>
      withClient(options, async (client, output) => {
        const found = await findCommunity(client, wanted)
        const chatIds = which.map((name) => findChannel(found, name).chatId)
        const changed = await client.request('communities.orderChannels', { id: found.id, chatIds })
        output.result(changed, describeCommunity(changed))
      }),
    )
}

const withLooks = (command: Command): Command =>
  command
    .option('--description <text>', 'what it is for')
    .option('--emoji <emoji>', 'its sign')
    .option('--color <hex>', 'as #0a6470')

const looksOf = ({ description, emoji, color }: ChannelOptions) => ({
  ...(description === undefined ? {} : { description }),
  ...(emoji === undefined ? {} : { emoji }),
  ...(color === undefined ? {} : { color }),
})
