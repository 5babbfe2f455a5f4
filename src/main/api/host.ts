/**
 * Who is logged in, and their node. At most one person at a time; logging out and in needs no new process. Where another
 * program of this machine has the person's profile open, its node is used (RULES.md R7.2).
 */

import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { type EventName, type EventPayload, events, type Settings } from '../../shared/contract.ts'
import type { Profile } from '../../shared/domain.ts'
import { systemClock } from '../clock.ts'
import {
  type ChronicleNode,
  type NodeOptions,
  openProfiles,
  opensAnew,
  type Profiles,
  prepareNode,
  type ReadableNode,
  type Session,
  type SettingsChange,
} from '../node/index.ts'
import { ApiError } from './failures.ts'
import type { Answering, Joined, Neighbours } from './neighbours.ts'

type Listener = (payload: unknown) => void

export interface Host {
  readonly profiles: Profiles
  /** @throws ApiError `not-logged-in` */
  node(): ChronicleNode
  profile(): Profile | null
  /** Composes the person's node, or joins the one that another program has. */
  login(id: string, password: string, options?: { readonly beginAnew: boolean }): Promise<Profile>
  /** Joins the node of another program; null if none has this profile open. */
  join(id: string): Promise<Profile | null>
  /** The other program whose node is used. */
  joined(): Joined | null
  logout(): Promise<void>
  /** Also of the person who is logged in. */
  rename(id: string, name: string): Promise<Profile>
  /** For requests that demand it of the person who is logged in. @throws ProfileError `wrong-password`, `too-many-attempts` */
  checkPassword(password: string): Promise<void>
  configure(change: SettingsChange): Promise<Settings>
  on(name: EventName, listener: Listener): () => void
  /** Tells what does not come from a node. */
  emit<K extends EventName>(name: K, payload: EventPayload<K>): void
  close(): Promise<void>
}

/** The bench is each program's own. */
const eventNames = (Object.keys(events) as EventName[]).filter((name) => !name.startsWith('bench.'))

export interface HostOptions {
  readonly folder: string
  readonly log: (line: string) => void
  /** What differs from the program's own nodes; nothing unless given. */
  readonly node?: Partial<Omit<NodeOptions, 'session' | 'log'>> | undefined
  readonly neighbours?: Neighbours | undefined
  /** What others are given who join. */
  readonly api: () => Answering
}

/** A node of this program, or another's. */
type Open =
  | { readonly session: Session; node: ChronicleNode; shared: { close(): Promise<void> } | null }
  | JoinedElsewhere
interface JoinedElsewhere {
  profile: Profile
  readonly joined: Joined
}

export function openHost({ folder, log, node: composition, neighbours = {}, api }: HostOptions): Host {
  const random = (length: number) => new Uint8Array(randomBytes(length))
  const profiles = openProfiles({ root: folder, random, clock: systemClock })
  const listeners = new Map<EventName, Set<Listener>>()
  let open: Open | null = null
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

  const compose = async (session: Session, beginAnew = false): Promise<ReadableNode> => {
    const node = await prepareNode({ service: true, ...composition, session, log, beginAnew })
    for (const name of eventNames) node.events.on(name, (payload: unknown) => emit(name, payload))
    return node
  }

  /** The network takes its nodes and its reach when it is opened, so a change of them composes the node anew. */
  const configure = async (change: SettingsChange): Promise<Settings> => {
    if (open === null || 'joined' in open) throw notLoggedIn()
    const before = open.node.settings()
    const after = await open.node.configure(change)
    if (opensAnew(before, after)) {
      await open.node.close()
      const node = await compose(open.session)
      open.node = node
      await node.start()
    }
    return after
  }

  const current = (): Profile | null => (open === null ? null : 'joined' in open ? open.profile : open.session.profile)

  const free = (): void => {
    const profile = current()
    if (profile !== null) throw new ApiError('logged-in', `${profile.name} is logged in. Log out first.`)
  }

  const enter = async (id: string, password: string, beginAnew: boolean): Promise<Profile> => {
    free()
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const session = await profiles.login(id, password).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'in-use') return error
      throw error
    })
    if (session instanceof Error) return enterJoined(id, password, session)
    let node: ReadableNode | null = null
    try {
      node = await compose(session, beginAnew)
      open = { session, node, shared: null }
      // What is here can be read from now on; what else a node does comes up meanwhile.
      emit('session.changed', { profile: session.profile })
      await node.start()
      open.shared = (await neighbours.share?.({ folder: session.folder, api: api(), log })) ?? null
    } catch (error) {
      const wasOpen = open !== null
      open = null
      await node?.close().catch(() => {})
      await session.close()
      if (wasOpen) emit('session.changed', { profile: null })
      throw error
    }
    return session.profile
  }

  /** Only who knows the password comes in by it, whether the node runs here or there. */
  const enterJoined = async (id: string, password: string, inUse: Error): Promise<Profile> => {
    const joined = await neighbours.join?.(profiles.folder(id))
    if (!joined) throw inUse
    try {
      await profiles.checkPassword(id, password)
      return await adopt(id, joined)
    } catch (error) {
      await joined.close()
      throw error
    }
  }

  const join = async (id: string): Promise<Profile | null> => {
    free()
    const joined = await neighbours.join?.(profiles.folder(id))
    return joined ? adopt(id, joined) : null
  }

  const adopt = async (id: string, joined: Joined): Promise<Profile> => {
    const profile = (await profiles.list()).profiles.find((one) => one.id === id)
    if (profile === undefined) throw new ApiError('not-found', 'There is no such profile on this machine.')
    const joining = { profile, joined }
    open = joining
    for (const name of eventNames) joined.subscribe(name, (payload) => hear(joining, name, payload))
    joined.onMissed(() => emit('session.changed', { profile: joining.profile }))
    void joined.closed.then(() => inTurn(() => part(joining)))
    emit('session.changed', { profile })
    return profile
  }

  const hear = (joining: JoinedElsewhere, name: EventName, payload: unknown): void => {
    // Another version may tell otherwise: what does not fit the contract is not told on.
    if (open !== joining || !events[name].safeParse(payload).success) return
    if (name === 'session.changed') {
      const { profile } = events[name].parse(payload)
      if (profile === null) {
        void inTurn(() => part(joining))
        return
      }
      joining.profile = profile
    }
    emit(name, payload)
  }

  /** The other program logged out or was closed, or this one did. */
  const part = async (joining: JoinedElsewhere): Promise<void> => {
    if (open !== joining) return
    open = null
    await joining.joined.close()
    emit('session.changed', { profile: null })
  }

  const leave = async (): Promise<void> => {
    const leaving = open
    if (leaving === null) return
    if ('joined' in leaving) return part(leaving)
    open = null
    try {
      await leaving.shared?.close()
      await leaving.node.close()
    } finally {
      await leaving.session.close()
      emit('session.changed', { profile: null })
    }
  }

  const rename = async (id: string, name: string): Promise<Profile> => {
    const profile = await profiles.rename(id, name)
    if (current()?.id === id) emit('session.changed', { profile })
    return profile
  }

  return {
    profiles,
    node: () => {
      if (open === null || 'joined' in open) throw notLoggedIn()
      return open.node
    },
    profile: current,
    login: (id, password, { beginAnew } = { beginAnew: false }) => inTurn(() => enter(id, password, beginAnew)),
    join: (id) => inTurn(() => join(id)),
    joined: () => (open !== null && 'joined' in open ? open.joined : null),
    logout: () => inTurn(leave),
    rename: (id, name) => inTurn(() => rename(id, name)),
    checkPassword: async (password) => {
      const profile = current()
      if (profile === null) throw notLoggedIn()
      await profiles.checkPassword(profile.id, password)
    },
    configure: (change) => inTurn(() => configure(change)),
    on: (name, listener) => {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set.add(listener))
      return () => set.delete(listener)
    },
    emit,
    close: () => inTurn(leave),
  }
}

const notLoggedIn = () => new ApiError('not-logged-in', 'Nobody is logged in.')
