/** The node of another program of the same person, as if it were composed here. */
import { connect } from 'node:net'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { resync } from '../../shared/channels.ts'
import { CodecError, decode, encode } from '../../shared/codec.ts'
import { type EventName, isEventName, type Reply } from '../../shared/contract.ts'
import type { Join } from '../api/index.ts'
import { knownAddress } from './address.ts'

/** ms for a program of this machine to take up a socket; one that hangs is as good as none. */
const patience = 5_000
const maxFrame = 64 << 20

const failure = z.object({ code: z.string(), message: z.string(), action: z.string() })
const answer = z.object({
  id: z.int(),
  reply: z.union([
    // No value at all is what many requests answer.
    z.object({ ok: z.literal(true), value: z.unknown().optional() }),
    z.object({ ok: z.literal(false), error: failure }),
  ]),
})
const told = z.object({ event: z.string(), payload: z.unknown().optional() })

const gone: Reply = {
  ok: false,
  error: {
    code: 'unavailable',
    message: 'The program that had this profile open was closed.',
    action: 'Try again: then this one opens the profile itself.',
  },
}

export const joinSocket: Join = async (folder) => {
  const address = await knownAddress(folder)
  if (address === null) return null
  const socket = await open(address)
  if (socket === null) return null
  const waiting = new Map<number, (reply: Reply) => void>()
  const listeners = new Map<string, Set<(payload: unknown) => void>>()
  let last = 0

  socket.on('message', (data) => {
    const frame = parse(String(data))
    if (frame === null) return socket.terminate()
    if ('event' in frame) {
      for (const listener of listeners.get(frame.event) ?? []) listener(frame.payload)
      return
    }
    waiting.get(frame.id)?.(frame.reply.ok ? { ok: true, value: frame.reply.value } : frame.reply)
    waiting.delete(frame.id)
  })
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      for (const settle of waiting.values()) settle(gone)
      waiting.clear()
      resolve()
    })
  })
  const on = (name: string, listener: (payload: unknown) => void): (() => void) => {
    const set = listeners.get(name) ?? new Set()
    listeners.set(name, set.add(listener))
    return () => set.delete(listener)
  }
  return {
    closed,
    handle: (name, input) =>
      new Promise((resolve) => {
        if (socket.readyState !== socket.OPEN) return resolve(gone)
        const id = ++last
        waiting.set(id, resolve)
        socket.send(encode({ id, name, input }))
      }),
    subscribe: (name: EventName, listener) => on(name, listener),
    onMissed: (listener) => on(resync, listener),
    close: async () => {
      socket.close()
      await closed
    },
  }
}

/** Null where nobody listens: the program that did was killed, or is just ending. */
function open(address: string): Promise<WebSocket | null> {
  const socket = new WebSocket('ws://localhost/', {
    createConnection: () => connect(address),
    handshakeTimeout: patience,
    maxPayload: maxFrame,
    perMessageDeflate: false,
  })
  return new Promise((resolve) => {
    socket.once('open', () => resolve(socket))
    // Also when it breaks later; then it closes, which is told where it is waited for.
    socket.on('error', () => resolve(null))
  })
}

function parse(text: string): z.output<typeof answer> | z.output<typeof told> | null {
  try {
    const frame = decode(text)
    const reply = answer.safeParse(frame)
    if (reply.success) return reply.data
    const event = told.safeParse(frame)
    return event.success && (isEventName(event.data.event) || event.data.event === resync) ? event.data : null
  } catch (error) {
    if (error instanceof CodecError) return null
    throw error
  }
}
