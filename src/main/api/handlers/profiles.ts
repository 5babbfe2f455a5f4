/** Requests about people: who is on this machine, who logs in. */
import type { Handlers } from '../../../shared/contract.ts'
import type { Host } from '../host.ts'

export const profileHandlers = (host: Host, info: { version: string; mode: 'desktop' | 'headless' }) =>
  ({
    'app.info': async () => ({ ...info, profile: host.profile() }),
    'profiles.list': async () => (await host.profiles.list()).profiles,
    'profiles.create': async (input) => (await host.profiles.create(input)).profile,
    'profiles.login': ({ id, password }) => host.login(id, password),
    'profiles.logout': async () => {
      await host.logout()
      return undefined
    },
  }) satisfies Partial<Handlers>
