/**
 * The daemon from start to end: opens the node, joins the one that runs already (RULES.md R7.2), serves it to browsers of
 * this machine, and stops both. `npm run headless` and `chronicle serve` are this.
 */
import { homedir } from 'node:os'
import path from 'node:path'
import { createClient } from '../../shared/client.ts'
import { type Api, openApi } from '../api/index.ts'
import { readAssets } from '../assets.ts'
import { chooseProfile } from '../choose-profile.ts'
import { systemClock } from '../clock.ts'
import { dataFolder } from '../data-folder.ts'
import { readPassword } from '../secret.ts'
import { joinSocket, shareOverSocket } from '../sockets/index.ts'
import { readVersion } from '../version.ts'
import { help, type Login, readCommandLine } from './command-line.ts'
import { serve } from './server.ts'

/** Lies beside the main process in the build; from source the build's is used. */
const renderer = path.join(
  import.meta.dirname,
  import.meta.filename.endsWith('.ts') ? '../../../out' : '../..',
  'renderer',
)

export interface DaemonParts {
  readonly args: readonly string[]
  /** Aborted when it is to stop. */
  readonly stopped: AbortSignal
}

const log = (line: string): void => console.error(line)

/** Resolves when it was stopped. @throws UsageError, ServerError, and whatever keeps a node from opening */
export async function runDaemon({ args, stopped }: DaemonParts): Promise<void> {
  const { show, port, folder, json, login } = readCommandLine(args, process.env)
  const version = readVersion()
  if (show === 'help') return void process.stdout.write(help)
  if (show === 'version') return console.log(version)

  const assets = await readAssets(renderer)
  const home = folder ?? dataFolder({ env: process.env, platform: process.platform, home: homedir() })
  const neighbours = { share: shareOverSocket, join: joinSocket }
  const api = await openApi({ folder: home, mode: 'headless', version, log, neighbours })
  try {
    if (login !== null) await enter(api, login)
    if (stopped.aborted) return
    const server = await serve({ api, assets, port, log, clock: systemClock })
    const printLink = (): void => {
      const url = server.signInLink()
      console.log(json ? JSON.stringify({ url, port: server.port, folder: home, version }) : `Open Chronicle: ${url}`)
    }
    if (process.platform !== 'win32') process.on('SIGUSR2', printLink)
    if (process.stdin.isTTY) process.stdin.on('data', printLink)
    printLink()
    await aborted(stopped)
    await server.close()
  } finally {
    await api.close()
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })

/** Somebody whose node is open in another program is joined there; that needs the password as well. */
async function enter(api: Api, { profile, ...options }: Login): Promise<void> {
  const client = createClient({ request: (name, input) => api.handle(name, input), subscribe: () => () => {} })
  const { id, name } = chooseProfile(await client.request('profiles.list'), profile)
  await client.request('profiles.login', { id, password: await readPassword(name, options) })
  log(`${name} is logged in.`)
}
