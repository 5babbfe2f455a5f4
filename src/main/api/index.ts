/**
 * The contract, carried out: every request of src/shared/contract.ts checked on its way in, answered by the node of the
 * person who is logged in, and checked on its way out. No logic of its own. Front ends of every kind come through here.
 */
import { events, type Handlers, isRequestName, type Reply, type RequestName, requests } from '../../shared/contract.ts'
import type { Profile } from '../../shared/domain.ts'
import { BenchRoom } from './bench/bench.ts'
import { ApiError, failureOf } from './failures.ts'
import type { Desktop } from './handlers/desktop.ts'
import { createHandlers } from './handlers.ts'
import { type HostOptions, openHost } from './host.ts'
import { checkedInput } from './input.ts'
import type { Answering, Joined, Neighbours } from './neighbours.ts'

export type { Desktop, DesktopChange } from './handlers/desktop.ts'
export type { Answering, Join, Joined, Neighbours, Share } from './neighbours.ts'

export interface ApiOptions {
  /** The program's data folder. */
  readonly folder: string
  readonly mode: 'desktop' | 'headless'
  readonly version: string
  readonly log?: (line: string) => void
  /** How nodes are composed where that differs from the program's own way, as in a test that plays several machines. */
  readonly node?: HostOptions['node']
  /** Whether a node is shared with the person's other programs, and theirs used. Not unless given. */
  readonly neighbours?: Neighbours
  /** The desktop that this program shows itself on. */
  readonly desktop?: Desktop
}

export interface Api extends Answering {
  /**
   * Uses the node of the program that has this profile open; null if there is none. Without a password: whoever may
   * read the profile's folder is its owner. Not a request, so that no browser can ask for it.
   */
  join(id: string): Promise<Profile | null>
  /** Logs out and stops everything. */
  close(): Promise<void>
}

export async function openApi(options: ApiOptions): Promise<Api> {
  const { version, mode, log = () => {} } = options
  const { folder, node, neighbours } = options
  const host = openHost({ folder, log, node, neighbours, api: () => api })
  const bench = new BenchRoom({
    open: (home, composition) => openApi({ folder: home, mode, version, log, node: composition }),
    changed: (state) => host.emit('bench.changed', state),
    signal: (line) => host.emit('bench.signal', line),
  })
  host.on('history.signal', (payload) => bench.log.hear(null, payload))
  const handlers = createHandlers(host, { version, mode }, options.desktop ?? null, bench)
  const api: Api = {
    handle: async (name, input) => {
      try {
        const joined = own.has(name) || name.startsWith('bench.') ? null : host.joined()
        if (joined !== null) return await answerFrom(joined, name, input)
        return { ok: true, value: await answer(handlers, name, input) }
      } catch (error) {
        const failure = failureOf(error)
        if (failure.code === 'failed')
          log(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : error}`)
        return { ok: false, error: failure }
      }
    },
    subscribe: (name, listener) => host.on(name, (payload) => listener(events[name].parse(payload))),
    join: (id) => host.join(id),
    close: async () => {
      await bench.clear()
      await host.close()
    },
  }
  return api
}

/** What a program answers for itself, even while it uses another's node. */
const own: ReadonlySet<string> = new Set<RequestName>([
  'app.info',
  'profiles.login',
  'profiles.beginAnew',
  'profiles.logout',
  'desktop.settings',
  'desktop.configure',
  'desktop.chooseFiles',
])

/** Another program's answer; it may be of another version, so it is checked as if it came from further away. */
async function answerFrom(joined: Joined, name: string, input: unknown): Promise<Reply> {
  if (!isRequestName(name)) throw new ApiError('unknown-request', 'This version of Chronicle has no such request.')
  const reply = await joined.handle(name, input)
  if (!reply.ok) return reply
  const output = requests[name].output.safeParse(reply.value)
  if (output.success) return { ok: true, value: output.data }
  throw new ApiError(
    'other-version',
    'The Chronicle that has this profile open is of another version, and answers otherwise.',
  )
}

async function answer(handlers: Handlers, name: string, input: unknown): Promise<unknown> {
  if (!isRequestName(name)) throw new ApiError('unknown-request', 'This version of Chronicle has no such request.')
  const checked = checkedInput(name, input)
  // The handler of a name takes what the schema of that name gave.
  const handler = handlers[name] as (input: unknown) => Promise<unknown>
  return requests[name].output.parse(await handler(checked))
}
