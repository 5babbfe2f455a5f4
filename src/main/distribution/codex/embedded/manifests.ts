/** Gets a manifest from peers. Its bytes are what the CID says or the peer is at fault; what they say is checked, too. */
import { type Clock, wait } from '../../../clock.ts'
import { decodeManifest, manifestCidOf, parseManifestCid, type ReadManifest, WireError } from '../../../wire/index.ts'
import { EngineError } from '../../engine.ts'
import { toEngineError } from './errors.ts'
import type { PeerSession } from './peer-session.ts'
import type { Follower } from './swarm.ts'
import type { Wire } from './wires.ts'

export interface ManifestOptions {
  readonly clock: Clock
  /** ms */
  readonly timeout: number
  /** bytes of the dataset; more are refused before any of them is asked for. */
  readonly maxBytes: number
  readonly signal: AbortSignal
  readonly follow: (follower: Follower) => () => void
  readonly onFault: (peer: string, reason: string) => void
  /** A peer does not follow the protocol, if that is what the error says. */
  readonly onGarbled: (peer: string, wire: Wire, error: unknown) => void
}

export interface FoundManifest {
  readonly manifest: ReadManifest
  readonly bytes: Uint8Array
}

/** ms before a peer that has it not is asked again. */
const askAgain = 1500

/** @throws EngineError `timeout`, `aborted`, `corrupt`, `too-large`, `unsupported` */
export async function fetchManifest(cid: string, options: ManifestOptions): Promise<FoundManifest> {
  const { clock, timeout, signal, follow, onFault, onGarbled } = options
  const over = new AbortController()
  const found = Promise.withResolvers<FoundManifest>()
  const asked = new Set<string>()

  const ask = async (session: PeerSession) => {
    while (session.open && !over.signal.aborted) {
      const bytes = await session.manifest(cid, over.signal).catch((error: unknown) => {
        if (error instanceof WireError) throw error
        return null
      })
      if (bytes !== null) {
        if (manifestCidOf(bytes) !== cid) onFault(session.peer, 'sent a manifest of another CID')
        // By now only who made the manifest can be to blame.
        else found.resolve({ manifest: readManifest(bytes, options.maxBytes), bytes })
        return
      }
      await wait(clock, askAgain, over.signal)
    }
  }
  const follower: Follower = {
    joined(session) {
      if (asked.has(session.peer)) return
      asked.add(session.peer)
      ask(session)
        .catch((error: unknown) => {
          if (error instanceof EngineError) found.reject(error)
          else onGarbled(session.peer, session.wire, error)
        })
        .finally(() => asked.delete(session.peer))
    },
  }
  const abort = () => found.reject(toEngineError(signal.reason, 'fetch a manifest'))
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  const unfollow = follow(follower)
  const late = wait(clock, timeout, over.signal).then(
    () => found.reject(new EngineError('timeout', `No peer gave the manifest ${cid} within ${timeout / 1000} s.`)),
    () => {},
  )
  try {
    return await found.promise
  } finally {
    signal.removeEventListener('abort', abort)
    over.abort()
    unfollow()
    await late
  }
}

/** @throws EngineError */
function readManifest(bytes: Uint8Array, maxBytes: number): ReadManifest {
  let manifest: ReadManifest
  try {
    manifest = decodeManifest(bytes)
  } catch (cause) {
    const coded = cause instanceof WireError && cause.code === 'ERASURE_CODED'
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new EngineError(coded ? 'unsupported' : 'corrupt', `This dataset is refused: ${why}.`, {
      retryable: false,
      cause,
    })
  }
  if (manifest.size > maxBytes)
    throw new EngineError('too-large', `This dataset has ${manifest.size} bytes, and at most ${maxBytes} are taken.`)
  return manifest
}

/** @throws WireError BAD_CID: a link of another engine, a path, a CID of another codec */
export function checked(cid: string): string {
  parseManifestCid(cid)
  return cid
}
