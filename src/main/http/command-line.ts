/** What the daemon may be told when it is started. A password is not among it, only where it lies. */
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { PasswordOptions } from '../secret.ts'
import { UsageError } from '../usage-error.ts'

export interface DaemonOptions {
  readonly show: 'help' | 'version' | null
  /** 0 for any that is free. */
  readonly port: number
  /** Absolute; null for the platform's own. */
  readonly folder: string | null
  readonly json: boolean
  /** Who is logged in at once; null: nobody, a browser does it. */
  readonly login: Login | null
}

export interface Login extends PasswordOptions {
  /** Name or id; undefined for the only profile there is. */
  readonly profile: string | undefined
}

export const help = `chronicle serve: the whole app as a server for browsers on this machine

  --port N       port on 127.0.0.1 (default: any that is free)
  --folder DIR   where profiles, messages and archives are kept
                 (default: CHRONICLE_HOME, else the system's place for such data)
  --profile NAME log this person in at once; the password comes from the terminal, or
  --password-fd N       from an open file descriptor, or
  --password-file FILE  from the first line of a file
  --json         print the sign-in link as one line of JSON
  --version      print the version
  --help         print this

Instead of options: CHRONICLE_PROFILE, and CHRONICLE_PASSWORD_FILE with the name of a file.
It prints a link that signs one browser in, once. Press Enter in its terminal for another, or send it SIGUSR2.
From another computer: ssh -L PORT:127.0.0.1:PORT server, then open the link here.
/healthz says that it runs, /metrics what it does (Prometheus), both on 127.0.0.1 and localhost only.
It stops cleanly on Ctrl C and on SIGTERM.
`

type Environment = Readonly<Record<string, string | undefined>>

/** @throws {UsageError} */
export function readCommandLine(args: readonly string[], env: Environment): DaemonOptions {
  const values = parse(args)
  const port = number('--port', values.port, 65_535) ?? 0
  if (values.folder === '') throw refusal('--folder takes the path of a folder.')
  return {
    show: values.help ? 'help' : values.version ? 'version' : null,
    port,
    folder: values.folder === undefined ? null : path.resolve(values.folder),
    json: values.json,
    login: loginOf(
      values.profile ?? env.CHRONICLE_PROFILE,
      number('--password-fd', values['password-fd'], 1024),
      values['password-file'] ?? env.CHRONICLE_PASSWORD_FILE,
    ),
  }
}

/** Where there is a password, somebody is meant, even if only one profile exists and nobody named it. */
const loginOf = (profile?: string, passwordFd?: number, passwordFile?: string): Login | null =>
  profile === undefined && passwordFd === undefined && passwordFile === undefined
    ? null
    : { profile, passwordFd, passwordFile }

function number(option: string, text: string | undefined, highest: number): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (Number.isInteger(value) && value >= 0 && value <= highest && text.trim() !== '') return value
  throw refusal(`${option} takes a number from 0 to ${highest}, not "${text}".`)
}

const refusal = (message: string, options?: { cause: unknown }): UsageError =>
  new UsageError(`${message} See --help.`, options)

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        folder: { type: 'string' },
        profile: { type: 'string' },
        'password-fd': { type: 'string' },
        'password-file': { type: 'string' },
        json: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split('. ', 1)[0] : 'Cannot read the options'
    throw refusal(`${message}.`.replace(/\.\.$/, '.'), { cause })
  }
}
