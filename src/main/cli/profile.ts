/** `chronicle profile …`: the people of this machine. */
import type { Command } from 'commander'
import { type FolderOptions, withFolder } from './node-options.ts'
import { formatTable } from './output.ts'
import { withProfiles } from './with-client.ts'

export function registerProfile(program: Command): void {
  const profile = program.command('profile').description('the people of this machine')

  withFolder(profile.command('list').description('every profile, with its id')).action((options: FolderOptions) =>
    withProfiles(options, async (client, output) => {
      const profiles = await client.request('profiles.list')
      const rows = profiles.map(({ id, name }) => [id, name])
      output.result(profiles, rows.length === 0 ? 'There is no profile here yet.' : formatTable(['ID', 'NAME'], rows))
    }),
  )
}
