/**
 * The contract, carried out: every request of src/shared/contract.ts checked on its way in, answered by the node of the
 * person who is logged in, and checked on its way out. No logic of its own. Front ends of every kind come through here.
 */
import { type EventName, events, type Handlers, isRequestName, type Reply, requests } from '../../shared/contract.ts'
import { ApiError, failureOf } from './failures.ts'
import { createHandlers } from './handlers.ts'
import { type HostOptions, openHost } from './host.ts'

export interface ApiOptions {
  /** The program's data folder. */
  readonly folder: string
  readonly mode: 'desktop' | 'headless'
  readonly version: string
  readonly log?: (line: string) => void
  /** How nodes are composed where that differs from the program's own way, as in a test that plays several machines. */
  readonly node?: HostOptions['node']
}

export interface Api {
  /** Never rejects: what went wrong is in the reply. */
  handle(name: string, input: unknown): Promise<Reply>
  subscribe(name: EventName, listener: (payload: unknown) => void): () => void
  /** Logs out and stops everything. */
  close(): Promise<void>
}

export async function openApi(options: ApiOptions): Promise<Api> {
  const { version, mode, log = () => {} } = options
  const host = openHost({ folder: options.folder, log, node: options.node })
  const handlers = createHandlers(host, { version, mode })
  return {
    handle: async (name, input) => {
      try {
        return { ok: true, value: await answer(handlers, name, input) }
      } catch (error) {
        const failure = failureOf(error)
        if (failure.code === 'failed')
          log(`${name}: ${error instanceof Error ? (error.stack ?? error.message) : error}`)
        return { ok: false, error: failure }
      }
    },
    subscribe: (name, listener) => host.on(name, (payload) => listener(events[name].parse(payload))),
    close: () => host.close(),
  }
}

async function answer(handlers: Handlers, name: string, input: unknown): Promise<unknown> {
  if (!isRequestName(name)) throw new ApiError('unknown-request', 'This version of Chronicle has no such request.')
  const { input: expected, output } = requests[name]
  const parsed = expected.safeParse(input)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    const where = issue?.path.join('.') ?? ''
    throw new ApiError('bad-input', `${where === '' ? 'The request' : where}: ${issue?.message ?? 'is not valid'}`)
  }
  // The handler of a name takes what the schema of that name gave.
  const handler = handlers[name] as (input: unknown) => Promise<unknown>
  return output.parse(await handler(parsed.data))
}
