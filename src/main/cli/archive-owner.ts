/** `chronicle archive …`, what only an owner decides: a past that cannot be found, and a second device with the key. */
import { type Command, InvalidArgumentError } from 'commander'
import type { History, RequestInput } from '../../shared/contract.ts'
import { findCommunity } from './arguments.ts'
import { type NodeOptions, withNode } from './node-options.ts'
import { withClient } from './with-client.ts'

type Choice = RequestInput<'history.resolveRival'>['choice']

export function registerArchiveOwner(archive: Command): void {
  const ofOne = (name: string, description: string) =>
    withNode(archive.command(name).description(description).argument('<community>', 'its id or name'))

  ofOne('start-afresh', 'give up what was published before and cannot be found')
    .requiredOption('--name <name>', 'the name of the community, to show that this is meant')
    .action((wanted: string, { name, ...options }: NodeOptions & { name: string }) =>
      withClient(options, async (client, output) => {
        const { id } = await findCommunity(client, wanted)
        await client.request('history.startAfresh', { communityId: id, name })
        output.result({ id, startedAfresh: true }, 'Its history starts afresh.')
      }),
    )

  ofOne('rival', 'which of two devices with the same key goes on publishing')
    .argument('<choice>', 'keep-publishing or yield', choiceOf)
    .action((wanted: string, choice: Choice, options: NodeOptions) =>
      withClient(options, async (client, output) => {
        const { id } = await findCommunity(client, wanted)
        await client.request('history.resolveRival', { communityId: id, choice })
        output.result({ id, choice }, choice === 'yield' ? 'The other device goes on.' : 'This device goes on.')
      }),
    )
}

/** Why nothing is published now, and who else publishes. */
export function describeStanding({ hold, rival }: Pick<History, 'hold' | 'rival'>): string[] {
  const progress = hold !== null && hold.total > 0 ? ` (${hold.done} of ${hold.total} archives)` : ''
  return [
    ...(hold === null ? [] : [`held        ${hold.detail}${progress}`]),
    ...(rival === null
      ? []
      : [
          `rival       device ${rival.device} publishes with the same key; members follow ` +
            (rival.followed === 'this-device' ? 'this device' : 'the other one'),
        ]),
  ]
}

function choiceOf(text: string): Choice {
  if (text === 'keep-publishing' || text === 'yield') return text
  throw new InvalidArgumentError('It is keep-publishing or yield.')
}
