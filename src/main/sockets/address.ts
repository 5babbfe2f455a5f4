/**
 * Where a profile's node can be reached by the person's other programs on this machine (RULES.md R7.2): a socket in the
 * profile's folder. Only the person who owns that folder (mode 0700) gets at the socket (mode 0600), and whoever can is
 * taken for that person: it grants what being logged in grants, and what demands the password still demands it.
 *
 * The address is a file beside the socket, because a socket's path may have only about a hundred bytes, and because a
 * pipe of Windows lies outside of every folder: there its name is a secret of 128 bits, which only that file tells.
 */
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

const ADDRESS = 'node.address'
const SOCKET = 'node.sock'
/** Bytes of a socket's path that every Unix takes. */
const longest = 100

export interface Place {
  /** What to listen on. */
  readonly address: string
  /** Makes it known to the others. */
  tell(): Promise<void>
  /** Takes everything away again. */
  clear(): Promise<void>
}

/** For whoever holds the lock of the folder: what lies there of an earlier socket is nobody's. */
export async function placeOf(folder: string): Promise<Place> {
  const known = path.join(folder, ADDRESS)
  const { address, extra } = await choose(folder)
  return {
    address,
    async tell() {
      if (process.platform !== 'win32') await chmod(address, 0o600)
      const draft = `${known}.new`
      await writeFile(draft, address, { mode: 0o600 })
      await rename(draft, known)
    },
    async clear() {
      await rm(known, { force: true })
      if (extra !== null) await rm(extra, { recursive: true, force: true })
    },
  }
}

/** Null where nobody shares a node. */
export async function knownAddress(folder: string): Promise<string | null> {
  const text = await readFile(path.join(folder, ADDRESS), 'utf8').catch(() => null)
  return text === null || text === '' ? null : text
}

async function choose(folder: string): Promise<{ address: string; extra: string | null }> {
  if (process.platform === 'win32')
    return { address: `\\\\.\\pipe\\chronicle-${randomBytes(16).toString('hex')}`, extra: null }
  await chmod(folder, 0o700)
  const address = path.join(folder, SOCKET)
  await rm(address, { force: true })
  if (Buffer.byteLength(address) <= longest) return { address, extra: null }
  // Made with mode 0700.
  const extra = await mkdtemp(path.join(tmpdir(), 'chronicle-'))
  return { address: path.join(extra, SOCKET), extra }
}
