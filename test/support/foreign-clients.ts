/** Other people's BitTorrent clients, run on loopback with everything else turned off. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { root } from '../../scripts/lib/supported-node.mjs'

export interface ForeignClient {
  readonly name: string
  /** Why it cannot be tried here, or null. */
  readonly missing: string | null
  /** As it says itself; empty if it is not here. */
  readonly version: string
  /** Fetches all of a magnet link into `folder`; resolves when it says that it has everything. */
  readonly download: (magnet: string, folder: string) => Promise<void>
  /** Serves `folder` by a .torrent file; resolves to its address. */
  readonly seed?: (torrent: string, folder: string) => Promise<string>
}

const children: ChildProcess[] = []
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'close')
  }
})

// Debian's own Python: another one on the path would not see Debian's modules.
const python = '/usr/bin/python3'
const peerScript = new URL('../interop/libtorrent-peer.py', import.meta.url).pathname
const anacrolixSource = new URL('../interop/anacrolix', import.meta.url).pathname
/** What runs libtorrent on loopback; interop/libtorrent-peer.py says how it is told. */
export const libtorrentCommand = [python, peerScript] as const
const quietAria = [
  '--enable-dht=false',
  '--enable-dht6=false',
  '--bt-enable-lpd=false',
  '--interface=127.0.0.1',
  '--disable-ipv6=true',
  '--no-conf=true',
  '--bt-tracker-interval=1',
]

export const libtorrent: ForeignClient = {
  name: 'libtorrent',
  ...found('python3-libtorrent is not installed', python, '-c', 'import libtorrent; print(libtorrent.version)'),
  download: (magnet, folder) => finished(run(python, [peerScript, 'download', magnet, folder])),
  async seed(torrent, folder) {
    const child = run(python, [peerScript, 'seed', torrent, folder])
    const [line] = await Promise.race([once(child.stdout, 'data'), failed(child)])
    return `127.0.0.1:${String(line).trim()}`
  },
}

export const aria2: ForeignClient = {
  name: 'aria2',
  ...found('aria2 is not installed', 'aria2c', '--version'),
  download: async (magnet, folder) =>
    finished(
      run('aria2c', [...quietAria, `--dir=${folder}`, '--seed-time=0', `--listen-port=${await freePort()}`, magnet]),
    ),
  async seed(torrent, folder) {
    const port = await freePort()
    const child = run('aria2c', [
      ...quietAria,
      `--dir=${folder}`,
      `--listen-port=${port}`,
      '--check-integrity=true',
      '--seed-ratio=0',
      torrent,
    ])
    await said(child, /verification finished|SEED/i)
    return `127.0.0.1:${port}`
  },
}

export const transmission: ForeignClient = {
  name: 'transmission',
  ...found('transmission-cli is not installed', 'transmission-cli', '--version'),
  async download(magnet, folder) {
    const done = join(folder, 'done')
    const { child } = await runTransmission(folder, magnet, `#!/bin/sh\necho done > '${done}'\n`)
    const ended = failed(child)
    while ((await readFile(done).catch(() => null)) === null)
      await Promise.race([new Promise((resolve) => setTimeout(resolve, 100)), ended])
  },
  async seed(torrent, folder) {
    const { child, port } = await runTransmission(folder, torrent, '#!/bin/sh\n')
    await said(child, /Seeding/)
    return `127.0.0.1:${port}`
  },
}

/** With a folder of settings beside what it downloads; `finish` is the script that it runs when it has everything. */
async function runTransmission(folder: string, source: string, finish: string) {
  const config = join(folder, 'config')
  await mkdir(config, { recursive: true })
  await writeFile(join(config, 'finish'), finish, { mode: 0o755 })
  const settings = {
    'bind-address-ipv4': '127.0.0.1',
    'dht-enabled': false,
    'lpd-enabled': false,
    'utp-enabled': false,
    'rename-partial-files': false,
  }
  await writeFile(join(config, 'settings.json'), JSON.stringify(settings))
  const port = await freePort()
  const child = run('transmission-cli', [
    ...['-g', config, '-w', folder, '-p', String(port), '-M', '-D', '-U'],
    ...['-f', join(config, 'finish'), source],
  ])
  return { child, port }
}

/** The library that the reference uses, in a program of ours around it: built from source, minutes the first time. */
export const anacrolix: ForeignClient = {
  name: 'anacrolix/torrent',
  ...anacrolixFound(),
  download: async (magnet, folder) => finished(run(await anacrolixProgram(), ['download', magnet, folder])),
  async seed(torrent, folder) {
    const child = run(await anacrolixProgram(), ['seed', torrent, folder])
    const [line] = await Promise.race([once(child.stdout, 'data'), failed(child)])
    return `127.0.0.1:${String(line).trim()}`
  },
}

function anacrolixFound(): Pick<ForeignClient, 'missing' | 'version'> {
  const { missing } = found('Go is not installed', 'go', 'version')
  const [, version = ''] = /anacrolix\/torrent v(\S+)/.exec(readFileSync(join(anacrolixSource, 'go.mod'), 'utf8')) ?? []
  return { missing, version: missing === null ? version : '' }
}

/** Go keeps what it built, and only looks whether it is still current. */
async function anacrolixProgram(): Promise<string> {
  const program = join(root, '.cache', 'anacrolix-peer')
  const go = spawn('go', ['build', '-o', program, '.'], {
    cwd: anacrolixSource,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(go)
  await finished(go)
  return program
}

/** Whether a program is there, and the number by which it calls itself. */
function found(
  absent: string,
  program: string,
  ...args: readonly string[]
): Pick<ForeignClient, 'missing' | 'version'> {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  const [version = ''] = /\d+(\.\d+)+/.exec(`${stdout}${stderr}`) ?? []
  return status === 0 ? { missing: null, version } : { missing: absent, version: '' }
}

function run(program: string, args: readonly string[]) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  return child
}

type Running = ReturnType<typeof run>

/** Everything a program says, for the message of an error. */
function heard(child: Running): () => string {
  const parts: string[] = []
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part) => parts.push(String(part)))
  return () => parts.join('').slice(-2000)
}

async function finished(child: Running): Promise<void> {
  const output = heard(child)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${child.spawnfile} ended with ${code}: ${output()}`)
}

async function failed(child: Running): Promise<never> {
  const output = heard(child)
  const [code, signal] = await once(child, 'close')
  throw new Error(`${child.spawnfile} ended early (${code ?? signal}): ${output()}`)
}

async function said(child: Running, pattern: RegExp): Promise<void> {
  const output = heard(child)
  const ended = failed(child)
  while (!pattern.test(output())) await Promise.race([once(child.stdout, 'data'), ended])
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
