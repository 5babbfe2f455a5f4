/** Options of every command that speaks to a node: where its profiles lie, whose it is, and where the password is. */
import { homedir } from 'node:os'
import path from 'node:path'
import { type Command, Option } from 'commander'
import type { Profile } from '../../shared/domain.ts'
import { dataFolder } from '../data-folder.ts'
import { type JsonOption, jsonOption, whole } from './context.ts'
import { UsageError } from './failure.ts'

export interface FolderOptions extends JsonOption {
  readonly folder?: string
}

/** A password is never an option itself: process lists and shell histories are read by others. */
export interface PasswordOptions {
  readonly passwordFd?: number
  readonly passwordFile?: string
}

export interface NodeOptions extends FolderOptions, PasswordOptions {
  readonly profile?: string
}

const folderOption = (): Option =>
  new Option(
    '--folder <dir>',
    'where profiles, messages and archives are kept (default: CHRONICLE_HOME, else the system’s)',
  )

export function withPassword(command: Command): Command {
  return command
    .addOption(
      new Option('--password-fd <n>', 'read the password from this open file descriptor').argParser(whole(0, 1024)),
    )
    .addOption(new Option('--password-file <file>', 'read the password from this file').env('CHRONICLE_PASSWORD_FILE'))
}

/** For commands that need no one logged in. */
export function withFolder(command: Command): Command {
  return command.addOption(folderOption()).addOption(jsonOption())
}

/** For commands that speak to somebody’s node. */
export function withNode(command: Command): Command {
  return withFolder(withPassword(command.option('--profile <name|id>', 'whose node (default: the only profile)')))
}

export const folderOf = (options: FolderOptions): string =>
  options.folder === undefined
    ? dataFolder({ env: process.env, platform: process.platform, home: homedir() })
    : path.resolve(options.folder)

/** @throws UsageError unless exactly one profile is meant */
export function chooseProfile(profiles: readonly Profile[], wanted: string | undefined): Profile {
  const found = profiles.filter(({ id, name }) => wanted === undefined || id === wanted || name === wanted)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const list = profiles.map(({ id, name }) => `\n  ${id}  ${name}`).join('')
  if (profiles.length === 0)
    throw new UsageError('There is no profile here yet. Make one with: chronicle profile create NAME')
  if (found.length === 0) throw new UsageError(`There is no profile called “${wanted}”. There are:${list}`)
  throw new UsageError(`Say which profile, with --profile NAME or ID:${list}`)
}
