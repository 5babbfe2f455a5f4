/**
 * The contract for a command: of the node that runs already, or of one composed in this process for as long as the
 * command takes (RULES.md R7.2). Every command does its work through the same typed client as windows and browsers do.
 */
import { setTimeout } from 'node:timers/promises'
import { type Client, createClient, RequestError } from '../../shared/client.ts'
import { isEventName } from '../../shared/contract.ts'
import { type Api, openApi } from '../api/index.ts'
import { chooseProfile } from '../choose-profile.ts'
import { readPassword } from '../secret.ts'
import { joinSocket, shareOverSocket } from '../sockets/index.ts'
import { readVersion } from '../version.ts'
import { type FolderOptions, folderOf, type NodeOptions } from './node-options.ts'
import { createOutput, type Output } from './output.ts'

type Work = (client: Client, output: Output) => Promise<void>
/** `password`: of the profile, for requests that demand it; read once, however often it is needed. */
type NodeWork = (client: Client, output: Output, password: () => Promise<string>) => Promise<void>

/** ms that a command waits for another one to be done with the profile, and how often it looks. */
const patience = 60_000
const pause = 200

/** For commands that need nobody logged in. @throws RequestError, UsageError */
export function withProfiles(options: FolderOptions, work: Work): Promise<void> {
  return withApi(options, false, async (api) => work(clientOf(api), createOutput(options)))
}

/**
 * For commands about a profile’s node: chooses the profile, joins the program that has it open or logs in, works, and
 * leaves. `share`: others may join meanwhile, for commands that take long.
 * @throws RequestError, UsageError
 */
export function withClient(options: NodeOptions, work: NodeWork, { share = false } = {}): Promise<void> {
  return withApi(options, share, async (api) => {
    const client = clientOf(api)
    const output = createOutput(options)
    const { id, name } = chooseProfile(await client.request('profiles.list'), options.profile)
    let read: Promise<string> | null = null
    const password = () => {
      read ??= readPassword(name, options)
      return read
    }
    if ((await api.join(id)) === null) await enter(client, id, await password(), output)
    await work(client, output, password)
  })
}

async function withApi(options: FolderOptions, share: boolean, work: (api: Api) => Promise<void>): Promise<void> {
  const neighbours = { join: joinSocket, ...(share ? { share: shareOverSocket } : {}) }
  const api = await openApi({ folder: folderOf(options), mode: 'headless', version: readVersion(), log, neighbours })
  try {
    await work(api)
  } finally {
    await api.close()
  }
}

/** Another command may have the profile open for a moment, which nobody can join. */
async function enter(client: Client, id: string, password: string, output: Output): Promise<void> {
  for (let waited = 0; ; waited += pause) {
    try {
      await client.request('profiles.login', { id, password })
      return
    } catch (error) {
      if (!(error instanceof RequestError && error.code === 'in-use') || waited >= patience) throw error
      if (waited === 0) output.say('Another program has this profile open; waiting for it.')
      await setTimeout(pause)
    }
  }
}

const clientOf = (api: Api): Client =>
  createClient({
    request: (name, input) => api.handle(name, input),
    subscribe: (name, listener) => (isEventName(name) ? api.subscribe(name, listener) : () => {}),
  })

const log = (line: string): void => {
  if (process.env.CHRONICLE_DEBUG) process.stderr.write(`${line}\n`)
}
