/** Requests about people: who is on this machine, who logs in. */
import type { Handlers } from '../../../shared/contract.ts'
import type { Host } from '../host.ts'

export const profileHandlers = (host: Host, info: { version: string; mode: 'desktop' | 'headless' }) =>
  ({
    'app.info': async () => ({ ...info, profile: host.profile() }),
    'profiles.list': async () => (await host.profiles.list()).profiles,
    'profiles.create': (input) => host.profiles.create(input),
    'profiles.restore': ({ name, password, phrase, replace }) =>
      host.profiles.restore({ name, password, phrase, replace: replace ?? false }),
    'profiles.rename': ({ id, name }) => host.rename(id, name),
    'profiles.changePassword': async ({ id, password, next }) => {
      await host.profiles.changePassword(id, password, next)
      return undefined
    },
    'profiles.phrase': async ({ id, password }) => ({ phrase: await host.profiles.phrase(id, password) }),
    'profiles.remove': async ({ id, name }) => {
      await host.profiles.remove(id, name)
      return undefined
    },
    'profiles.login': ({ id, password }) => host.login(id, password),
    'profiles.beginAnew': ({ id, password }) => host.login(id, password, { beginAnew: true }),
    'profiles.logout': async () => {
      await host.logout()
      return undefined
    },
  }) satisfies Partial<Handlers>
