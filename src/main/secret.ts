/** Passwords and recovery phrases: from a file descriptor, a file, or a person at a terminal, who is not shown them. */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { UsageError } from './usage-error.ts'

/** A password is never an option itself: process lists and shell histories are read by others. */
export interface PasswordOptions {
  readonly passwordFd?: number | undefined
  readonly passwordFile?: string | undefined
}

export interface SecretSource {
  /** As a person is asked for it. */
  readonly title: string
  /** The options that name another source, for whoever has no terminal. */
  readonly options: string
  readonly fd: number | undefined
  readonly file: string | undefined
  /** Asked twice: a slip in a new password would lock its owner out. */
  readonly twice?: boolean
}

/** Longer than any password or phrase; more is a mistake, such as the wrong file. */
const limit = 4096

/** @throws UsageError when it is nowhere to be had */
export async function readSecret({ title, options, fd, file, twice = false }: SecretSource): Promise<string> {
  if (fd !== undefined) return firstLine(read(fd, `file descriptor ${fd}`), title)
  if (file !== undefined) return firstLine(read(file, file), title)
  if (!process.stdin.isTTY) throw new UsageError(`${title}: give it with ${options}, or use a terminal.`)
  const secret = await ask(`${title}: `)
  if (twice && secret !== (await ask(`${title}, again: `))) throw new UsageError('The two are not the same.')
  return firstLine(secret, title)
}

/** The password of a profile, by the options that every command has for it. */
export const readPassword = (name: string, { passwordFd, passwordFile }: PasswordOptions): Promise<string> =>
  readSecret({
    title: `Password of ${name}`,
    options: '--password-fd or --password-file',
    fd: passwordFd,
    file: passwordFile,
  })

function read(source: number | string, name: string): string {
  try {
    return readFileSync(source, 'utf8')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : 'unreadable'
    throw new UsageError(`${name} cannot be read (${code}).`)
  }
}

/** Files end with a line break that nobody typed. */
function firstLine(text: string, title: string): string {
  const [line = ''] = text.split(/\r?\n/, 1)
  if (line === '') throw new UsageError(`${title}: it is empty.`)
  if (line.length > limit) throw new UsageError(`${title}: it is longer than ${limit} characters.`)
  return line
}

/** Nothing of what is typed is echoed, nor kept as history. */
async function ask(question: string): Promise<string> {
  process.stderr.write(question)
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 })
  const stopped = new AbortController()
  lines.on('SIGINT', () => stopped.abort())
  lines.on('close', () => stopped.abort())
  try {
    return await lines.question('', { signal: stopped.signal })
  } catch {
    throw new UsageError('Nothing was entered.')
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}
