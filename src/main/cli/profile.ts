/** `chronicle profile …`: the people of this machine. */
import type { Command } from 'commander'
import { activitySentence } from '../../shared/activity.ts'
import type { Profile } from '../../shared/domain.ts'
import { chooseProfile } from '../choose-profile.ts'
import type { PasswordOptions } from '../secret.ts'
import { readPassword, readSecret } from '../secret.ts'
import { whole } from './context.ts'
import { type FolderOptions, type NodeOptions, withFolder, withNode, withPassword } from './node-options.ts'
import { formatTable } from './output.ts'
import { withProfiles } from './with-client.ts'

interface NewPasswordOptions {
  readonly newPasswordFd?: number
  readonly newPasswordFile?: string
}
interface PhraseOptions {
  readonly phraseFd?: number
  readonly phraseFile?: string
}

export function registerProfile(program: Command): void {
  const profile = program.command('profile').description('the people of this machine')

  withFolder(profile.command('list').description('every profile, with its id')).action((options: FolderOptions) =>
    withProfiles(options, async (client, output) => {
      const profiles = await client.request('profiles.list')
      const rows = profiles.map(({ id, name }) => [id, name])
      output.result(profiles, rows.length === 0 ? 'There is no profile here yet.' : formatTable(['ID', 'NAME'], rows))
    }),
  )

  withPassword(
    withFolder(
      profile
        .command('create')
        .argument('<name>', 'shown to the members of your communities')
        .description('a new person, and the recovery phrase to write down'),
    ),
  ).action((name: string, options: FolderOptions & PasswordOptions) =>
    withProfiles(options, async (client, output) => {
      const password = await readNewPassword(
        options.passwordFd,
        options.passwordFile,
        '--password-fd or --password-file',
      )
      const made = await client.request('profiles.create', { name, password })
      output.say('Write these words on paper, in this order: whoever has them is this person.')
      output.result(made, `${describe(made.profile)}\nphrase   ${made.phrase}`)
    }),
  )

  withPhrase(
    withPassword(
      withFolder(
        profile
          .command('restore')
          .argument('<name>', 'shown to the members of your communities')
          .description('a person again, from the recovery phrase')
          .option('--replace', 'set a new password for a profile that is already here', false),
      ),
    ),
  ).action((name: string, options: FolderOptions & PasswordOptions & PhraseOptions & { replace: boolean }) =>
    withProfiles(options, async (client, output) => {
      const phrase = await readSecret({
        title: 'Recovery phrase',
        options: '--phrase-fd or --phrase-file',
        fd: options.phraseFd,
        file: options.phraseFile,
      })
      const password = await readNewPassword(
        options.passwordFd,
        options.passwordFile,
        '--password-fd or --password-file',
      )
      const restored = await client.request('profiles.restore', { name, phrase, password, replace: options.replace })
      output.result(restored, describe(restored))
    }),
  )

  withFolder(
    profile
      .command('rename')
      .argument('<profile>', 'its name or id')
      .argument('<name>', 'its new name')
      .description('another name for a profile'),
  ).action((wanted: string, name: string, options: FolderOptions) =>
    withProfiles(options, async (client, output) => {
      const { id } = chooseProfile(await client.request('profiles.list'), wanted)
      const renamed = await client.request('profiles.rename', { id, name })
      output.result(renamed, describe(renamed))
    }),
  )

  withFolder(
    profile
      .command('remove')
      .argument('<profile>', 'its name or id')
      .description('delete everything that this machine has of a person: keys, messages, archives')
      .requiredOption('--confirm <name>', 'the name of the profile, to show that it is meant'),
  ).action((wanted: string, options: FolderOptions & { confirm: string }) =>
    withProfiles(options, async (client, output) => {
      const { id, name } = chooseProfile(await client.request('profiles.list'), wanted)
      await client.request('profiles.remove', { id, name: options.confirm })
      output.result({ removed: id }, `${name} is no longer on this machine.`)
    }),
  )

  withNode(
    profile
      .command('begin-anew')
      .description('replace a damaged database of which no backup is whole by an empty one; the damaged one is kept'),
  ).action((options: NodeOptions) =>
    withProfiles(options, async (client, output) => {
      const { id, name } = chooseProfile(await client.request('profiles.list'), options.profile)
      const begun = await client.request('profiles.beginAnew', { id, password: await readPassword(name, options) })
      const notices = await client.request('notices.list')
      output.result({ profile: begun, notices }, notices.map((line) => activitySentence(line.kind, line)).join('\n'))
    }),
  )

  withNode(profile.command('phrase').description('show the recovery phrase once more')).action((options: NodeOptions) =>
    withProfiles(options, async (client, output) => {
      const { id, name } = chooseProfile(await client.request('profiles.list'), options.profile)
      const shown = await client.request('profiles.phrase', { id, password: await readPassword(name, options) })
      output.result(shown, shown.phrase)
    }),
  )

  withNode(profile.command('password').description('change the password of a profile'))
    .option('--new-password-fd <n>', 'read the new password from this open file descriptor', whole(0, 1024))
    .option('--new-password-file <file>', 'read the new password from this file')
    .action((options: NodeOptions & NewPasswordOptions) =>
      withProfiles(options, async (client, output) => {
        const { id, name } = chooseProfile(await client.request('profiles.list'), options.profile)
        const password = await readPassword(name, options)
        const { newPasswordFd, newPasswordFile } = options
        const next = await readNewPassword(newPasswordFd, newPasswordFile, '--new-password-fd or --new-password-file')
        await client.request('profiles.changePassword', { id, password, next })
        output.result({ changed: id }, `${name} has a new password.`)
      }),
    )
}

const describe = ({ id, name, contactId }: Profile): string => `profile  ${id}\nname     ${name}\nkey      ${contactId}`

const withPhrase = (command: Command): Command =>
  command
    .option('--phrase-fd <n>', 'read the recovery phrase from this open file descriptor', whole(0, 1024))
    .option('--phrase-file <file>', 'read the recovery phrase from this file')

const readNewPassword = (fd: number | undefined, file: string | undefined, options: string): Promise<string> =>
  readSecret({ title: 'New password', options, fd, file, twice: true })
