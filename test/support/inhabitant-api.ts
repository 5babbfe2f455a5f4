/** The contract of somebody who lives in a demonstration, so that the page can be looked at as they would see it. */

import { BenchRoom } from '../../src/main/api/bench/bench.ts'
import { failureOf } from '../../src/main/api/failures.ts'
import { createHandlers } from '../../src/main/api/handlers.ts'
import type { Host } from '../../src/main/api/host.ts'
import type { Answering } from '../../src/main/api/index.ts'
import { systemClock } from '../../src/main/clock.ts'
import type { Inhabitant } from '../../src/main/demo/index.ts'
import { openProfiles } from '../../src/main/node/index.ts'
import { isRequestName, requests } from '../../src/shared/contract.ts'

/** `root`: their folder. They stay who they are: nobody else can log in. */
export async function apiOf({ node, random }: Inhabitant, root: string): Promise<Answering> {
  const profiles = openProfiles({ root, random, clock: systemClock })
  const [profile = null] = (await profiles.list()).profiles
  const no = async () => {
    throw new Error('Who lives in a demonstration stays logged in.')
  }
  const host: Host = {
    profiles,
    node: () => node,
    profile: () => profile,
    joined: () => null,
    ...{ login: no, join: no, logout: no, rename: no, checkPassword: no, close: async () => {} },
    configure: (change) => node.configure(change),
    on: (name, listener) => node.events.on(name as never, listener),
    emit: () => {},
  }
  const bench = new BenchRoom({ open: no, changed: () => {}, signal: () => {} })
  const handlers = createHandlers(host, { version: '0.1.0', mode: 'headless' }, null, bench)
  return {
    async handle(name, input) {
      try {
        if (!isRequestName(name)) throw new Error(`There is no ${name}.`)
        const handler = handlers[name] as (input: unknown) => Promise<unknown>
        return { ok: true, value: await handler(requests[name].input.parse(input)) }
      } catch (error) {
        return { ok: false, error: failureOf(error) }
      }
    },
    subscribe: (name, listener) => node.events.on(name as never, listener),
  }
}
