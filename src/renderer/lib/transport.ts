/**
 * The carrier under the client: the desktop's bridge where there is one, else a WebSocket to the server that this page
 * came from. The socket reconnects by itself, and after it has, tells everyone to ask again (`resync`).
 */
import { resync } from '../../shared/channels.ts'
import type { Transport } from '../../shared/client.ts'
import { decode, encode } from '../../shared/codec.ts'
import type { Reply } from '../../shared/contract.ts'

/** `signed-out`: the server is there, but does not know this browser any more. */
export type Connection = 'connected' | 'connecting' | 'signed-out'

export interface Carrier extends Transport {
  readonly connection: {
    get(): Connection
    subscribe(listener: () => void): () => void
  }
}

declare global {
  interface Window {
    /** Put there by the preload script; absent in a browser. */
    readonly chronicle?: Transport
  }
}

export function openCarrier(): Carrier {
  const { chronicle } = window
  if (chronicle) return { ...chronicle, connection: { get: () => 'connected', subscribe: () => () => {} } }
  return openSocketCarrier({
    open: () => new WebSocket(`ws://${location.host}/api`),
    isSignedIn: async () => {
      const { status } = await fetch('/session', { cache: 'no-store' })
      return status !== 401 && status !== 421
    },
    setTimer: (delay, fn) => {
      const timer = setTimeout(fn, delay)
      return () => clearTimeout(timer)
    },
  })
}

/** What the socket carrier needs of its surroundings. */
export interface SocketParts {
  open(): Pick<WebSocket, 'send' | 'close' | 'onopen' | 'onmessage' | 'onclose'>
  /** Asks the server, once a connection failed. Rejects where there is no server. */
  isSignedIn(): Promise<boolean>
  /** ms */
  setTimer(delay: number, fn: () => void): () => void
}

/** ms; doubling from the first to the last. */
const firstRetry = 500
const lastRetry = 8_000
/** ms; how long a request waits for a connection before it fails. */
const patience = 10_000

interface Waiting {
  readonly frame: string
  readonly settle: (reply: Reply) => void
}

export function openSocketCarrier({ open, isSignedIn, setTimer }: SocketParts): Carrier {
  const listeners = new Map<string, Set<(payload: unknown) => void>>()
  const watchers = new Set<() => void>()
  /** Sent, not yet answered. */
  const pending = new Map<number, (reply: Reply) => void>()
  /** Not yet sent. */
  const queue = new Map<number, Waiting>()
  let socket: ReturnType<SocketParts['open']> | null = null
  let connection: Connection = 'connecting'
  let nextId = 1
  let retry = firstRetry
  let hasConnected = false

  const tell = (name: string, payload: unknown): void => {
    for (const listener of [...(listeners.get(name) ?? [])]) listener(payload)
  }
  const become = (state: Connection): void => {
    if (state === connection) return
    connection = state
    for (const watcher of [...watchers]) watcher()
  }
  const forget = (requests: Map<number, (reply: Reply) => void>): void => {
    const settles = [...requests.values()]
    requests.clear()
    for (const settle of settles) settle(disconnected)
  }

  function connect(): void {
    const opening = open()
    opening.onopen = () => {
      socket = opening
      retry = firstRetry
      become('connected')
      for (const [id, { frame, settle }] of queue) {
        pending.set(id, settle)
        opening.send(frame)
      }
      queue.clear()
      if (hasConnected) tell(resync, undefined)
      hasConnected = true
    }
    opening.onmessage = ({ data }) => receive(String(data))
    opening.onclose = () => {
      socket = null
      forget(pending)
      if (connection === 'connected') become('connecting')
      void lookAgain()
    }
  }

  async function lookAgain(): Promise<void> {
    const signedIn = await isSignedIn().catch(() => true)
    // Without a session there is nothing to wait for but a person; look again, but seldom.
    become(signedIn ? 'connecting' : 'signed-out')
    setTimer(signedIn ? retry : lastRetry, connect)
    retry = Math.min(lastRetry, retry * 2)
  }

  function receive(text: string): void {
    const frame = decode(text)
    if (typeof frame !== 'object' || frame === null) return
    if ('event' in frame) {
      tell(String(frame.event), 'payload' in frame ? frame.payload : undefined)
      return
    }
    if (!('id' in frame) || !('reply' in frame) || !isReply(frame.reply)) return
    const id = Number(frame.id)
    const settle = pending.get(id)
    pending.delete(id)
    settle?.(frame.reply)
  }

  connect()
  return {
    request(name, input) {
      const id = nextId++
      const frame = encode({ id, name, input })
      return new Promise((settle) => {
        if (socket) {
          pending.set(id, settle)
          socket.send(frame)
          return
        }
        const giveUp = setTimer(patience, () => {
          if (queue.delete(id)) settle(disconnected)
        })
        queue.set(id, {
          frame,
          settle: (reply) => {
            giveUp()
            settle(reply)
          },
        })
      })
    },
    subscribe(name, listener) {
      const known = listeners.get(name) ?? new Set()
      listeners.set(name, known.add(listener))
      return () => {
        known.delete(listener)
      }
    },
    connection: {
      get: () => connection,
      subscribe(watcher) {
        watchers.add(watcher)
        return () => {
          watchers.delete(watcher)
        }
      },
    },
  }
}

const disconnected: Reply = {
  ok: false,
  error: {
    code: 'disconnected',
    message: 'Chronicle does not answer.',
    action: 'It goes on by itself when the connection is back.',
  },
}

const isReply = (value: unknown): value is Reply =>
  typeof value === 'object' && value !== null && 'ok' in value && (value.ok === true || 'error' in value)
