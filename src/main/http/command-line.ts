/** What the daemon may be told when it is started. A password is not among it: process lists are public. */
import path from 'node:path'
import { parseArgs } from 'node:util'

export interface DaemonOptions {
  readonly show: 'help' | 'version' | null
  /** 0 for any that is free. */
  readonly port: number
  /** Absolute; null for the platform's own. */
  readonly folder: string | null
  readonly json: boolean
}

export class UsageError extends Error {
  readonly code = 'usage'
  constructor(message: string, options?: { cause: unknown }) {
    super(`${message} See --help.`, options)
    this.name = 'UsageError'
  }
}

export const help = `chronicle headless: the whole app as a server for browsers on this machine

  --port N       port on 127.0.0.1 (default: any that is free)
  --folder DIR   where profiles, messages and archives are kept
                 (default: CHRONICLE_HOME, else the system's place for such data)
  --json         print the sign-in link as one line of JSON
  --version      print the version
  --help         print this

It prints a link that signs one browser in, once. Press Enter in its terminal for another, or send it SIGUSR2.
From another computer: ssh -L PORT:127.0.0.1:PORT server, then open the link here.
It stops cleanly on Ctrl C and on SIGTERM.
`

/** @throws {UsageError} */
export function readCommandLine(args: readonly string[]): DaemonOptions {
  const values = parse(args)
  const port = values.port === undefined ? 0 : Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535 || values.port?.trim() === '')
    throw new UsageError(`--port takes a number from 0 to 65535, not "${values.port}".`)
  if (values.folder === '') throw new UsageError('--folder takes the path of a folder.')
  return {
    show: values.help ? 'help' : values.version ? 'version' : null,
    port,
    folder: values.folder === undefined ? null : path.resolve(values.folder),
    json: values.json,
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        folder: { type: 'string' },
        json: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split('. ', 1)[0] : 'Cannot read the options'
    throw new UsageError(`${message}.`.replace(/\.\.$/, '.'), { cause })
  }
}
