/** Options of every command that speaks to a node: where its profiles lie, whose it is, and where the password is. */
import { homedir } from 'node:os'
import path from 'node:path'
import { type Command, Option } from 'commander'
import { dataFolder } from '../data-folder.ts'
import type { PasswordOptions } from '../secret.ts'
import { type JsonOption, jsonOption, whole } from './context.ts'

export interface FolderOptions extends JsonOption {
  readonly folder?: string
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
