/** Who is logged in, and their node. At most one person at a time; logging out and in needs no new process. */

import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { type EventName, events, type Settings } from '../../shared/contract.ts'
import type { Profile } from '../../shared/domain.ts'
import { systemClock } from '../clock.ts'
import {
  type ChronicleNode,
  type NodeOptions,
  openNode,
  openProfiles,
  opensAnew,
  type Profiles,
  type Session,
  type SettingsChange,
} from '../node/index.ts'
import { ApiError } from './failures.ts'

type Listener = (payload: unknown) => void

export interface Host {
  readonly profiles: Profiles
  /** @throws ApiError `not-logged-in` */
  node(): ChronicleNode
  profile(): Profile | null
  login(id: string, password: string): Promise<Profile>
  logout(): Promise<void>
  /** Also of the person who is logged in. */
  rename(id: string, name: string): Promise<Profile>
  /** For requests that demand it of the person who is logged in. @throws ProfileError `wrong-password`, `too-many-attempts` */
  checkPassword(password: string): Promise<void>
  configure(change: SettingsChange): Promise<Settings>
  on(name: EventName, listener: Listener): () => void
  close(): Promise<void>
}

const eventNames = Object.keys(events) as EventName[]

export interface HostOptions {
  readonly folder: string
  readonly log: (line: string) => void
  /** What differs from the program's own nodes; nothing unless given. */
  readonly node?: Partial<Omit<NodeOptions, 'session' | 'log'>> | undefined
}

export function openHost({ folder, log, node: composition }: HostOptions): Host {
  const random = (length: number) => new Uint8Array(randomBytes(length))
  const profiles = openProfiles({ root: folder, random, clock: systemClock })
  const listeners = new Map<EventName, Set<Listener>>()
  let open: { readonly session: Session; node: ChronicleNode } | null = null
  /** Logins and logouts, one after the other. */
  let turn: Promise<unknown> = Promise.resolve()

  const emit = (name: EventName, payload: unknown): void => {
    for (const listener of listeners.get(name) ?? []) listener(payload)
  }
  const inTurn = <T>(step: () => Promise<T>): Promise<T> => {
    const run = turn.then(step, step)
    turn = run.catch(() => {})
    return run
  }

  const compose = async (session: Session): Promise<ChronicleNode> => {
    const node = await openNode({ service: true, ...composition, session, log })
    for (const name of eventNames) node.events.on(name, (payload: unknown) => emit(name, payload))
    return node
  }

  /** The network takes its nodes and its reach when it is opened, so a change of them composes the node anew. */
  const configure = async (change: SettingsChange): Promise<Settings> => {
    if (open === null) throw notLoggedIn()
    const before = open.node.settings()
    const after = await open.node.configure(change)
    if (opensAnew(before, after)) {
      await open.node.close()
      open.node = await compose(open.session)
    }
    return after
  }

  const enter = async (id: string, password: string): Promise<Profile> => {
    if (open !== null) throw new ApiError('logged-in', `${open.session.profile.name} is logged in. Log out first.`)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const session = await profiles.login(id, password)
    try {
      open = { session, node: await compose(session) }
    } catch (error) {
      await session.close()
      throw error
    }
    emit('session.changed', { profile: session.profile })
    return session.profile
  }

  const leave = async (): Promise<void> => {
    const leaving = open
    open = null
    if (leaving === null) return
    try {
      await leaving.node.close()
    } finally {
      await leaving.session.close()
      emit('session.changed', { profile: null })
    }
  }

  const rename = async (id: string, name: string): Promise<Profile> => {
    const profile = await profiles.rename(id, name)
    if (open?.session.profile.id === id) emit('session.changed', { profile })
    return profile
  }

  return {
    profiles,
    node: () => {
      if (open === null) throw notLoggedIn()
      return open.node
    },
    profile: () => open?.session.profile ?? null,
    login: (id, password) => inTurn(() => enter(id, password)),
    logout: () => inTurn(leave),
    rename: (id, name) => inTurn(() => rename(id, name)),
    checkPassword: async (password) => {
      if (open === null) throw notLoggedIn()
      await profiles.checkPassword(open.session.profile.id, password)
    },
    configure: (change) => inTurn(() => configure(change)),
    on: (name, listener) => {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(listener))
      return () => set.delete(listener)
    },
    close: () => inTurn(leave),
  }
}

const notLoggedIn = () => new ApiError('not-logged-in', 'Nobody is logged in.')
