/**
 * How programs of one person on one machine use the same node (RULES.md R7.2): whoever logs in first composes it and
 * shares it, the others join it. The carrier is in sockets/; a program gets it when it is put together.
 */
import type { EventName, Reply } from '../../shared/contract.ts'

type Unsubscribe = () => void

/** What a front end needs of a node, wherever it runs. */
export interface Answering {
  /** Never rejects: what went wrong is in the reply. */
  handle(name: string, input: unknown): Promise<Reply>
  subscribe(name: EventName, listener: (payload: unknown) => void): Unsubscribe
}

/** Shares what `api` answers with whoever may read `folder`, a profile's. */
export type Share = (parts: {
  readonly folder: string
  readonly api: Answering
  readonly log: (line: string) => void
}) => Promise<{ close(): Promise<void> }>

/** A node in another program. Its answers and events are yet to be checked. */
export interface Joined extends Answering {
  /** Called when events had to be left out. */
  onMissed(listener: () => void): Unsubscribe
  /** Resolves when the other program is gone, or `close` was called. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

/** The node that another program shares from `folder`; null if there is none. */
export type Join = (folder: string) => Promise<Joined | null>

/** Each as far as a program takes part: a command joins, and shares nothing, since it ends when its work is done. */
export interface Neighbours {
  readonly share?: Share
  readonly join?: Join
}
