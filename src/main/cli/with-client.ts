/**
 * The contract for a command: of a node composed in this process for as long as the command takes. Every command does
 * its work through the same typed client as the windows and the browsers do.
 */
import { type Client, createClient } from '../../shared/client.ts'
import { isEventName } from '../../shared/contract.ts'
import { type Api, openApi } from '../api/index.ts'
import { readVersion } from '../version.ts'
import { chooseProfile, type FolderOptions, folderOf, type NodeOptions } from './node-options.ts'
import { createOutput, type Output } from './output.ts'
import { readPassword } from './secret.ts'

type Work = (client: Client, output: Output) => Promise<void>

/** For commands that need nobody logged in. @throws RequestError, UsageError */
export async function withProfiles(options: FolderOptions, work: Work): Promise<void> {
  const api = await openApi({ folder: folderOf(options), mode: 'headless', version: readVersion(), log })
  try {
    await work(clientOf(api), createOutput(options))
  } finally {
    await api.close()
  }
}

/** For commands about a profile’s node: chooses the profile, logs in, works, logs out. @throws RequestError, UsageError */
export function withClient(options: NodeOptions, work: Work): Promise<void> {
  return withProfiles(options, async (client, output) => {
    const { id, name } = chooseProfile(await client.request('profiles.list'), options.profile)
    await client.request('profiles.login', { id, password: await readPassword(name, options) })
    await work(client, output)
  })
}

const clientOf = (api: Api): Client =>
  createClient({
    request: (name, input) => api.handle(name, input),
    subscribe: (name, listener) => (isEventName(name) ? api.subscribe(name, listener) : () => {}),
  })

const log = (line: string): void => {
  if (process.env.CHRONICLE_DEBUG) process.stderr.write(`${line}\n`)
}
