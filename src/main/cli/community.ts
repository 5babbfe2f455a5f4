/** `chronicle community …`: the communities of a profile. */
import type { Command } from 'commander'
import { type NodeOptions, withNode } from './node-options.ts'
import { formatTable } from './output.ts'
import { withClient } from './with-client.ts'

export function registerCommunity(program: Command): void {
  const community = program.command('community').description('the communities of a profile')

  withNode(community.command('list').description('every community, and what this profile is in it')).action(
    (options: NodeOptions) =>
      withClient(options, async (client, output) => {
        const communities = await client.request('communities.list')
        const rows = communities.map(({ id, name, role, state, members }) => [id, role, state, String(members), name])
        const text =
          rows.length === 0
            ? 'There is no community in this profile yet.'
            : formatTable(['ID', 'ROLE', 'STATE', 'MEMBERS', 'NAME'], rows)
        output.result(communities, text)
      }),
  )
}
