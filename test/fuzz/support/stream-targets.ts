/** Whole conversations: what a peer sends on a stream of the block exchange, in pieces of any size, until it ends it. */
import type { Connection, Stream } from '@libp2p/interface'
import { systemClock } from '../../../src/main/clock.ts'
import { ByteStream } from '../../../src/main/distribution/codex/embedded/byte-stream.ts'
import { ExchangeStream } from '../../../src/main/distribution/codex/embedded/exchange-stream.ts'
import { OlderPeer } from '../../../src/main/distribution/codex/embedded/older-peer.ts'
import { joinBytes } from '../../../src/main/wire/index.ts'
import { askedTree, controls, olderMessages, request, response } from './codex-targets.ts'
import { refusalOf, type Target } from './target.ts'

/** Gives these bytes, ends, and takes everything. */
function streamOf(input: Uint8Array): Stream {
  const chunk = 1 + ((input[0] ?? 0) % 64)
  const list = (part: Uint8Array) => Object.assign([part], { byteLength: part.length, subarray: () => part })
  async function* source() {
    yield list(input.subarray(0, chunk))
    if (input.length > chunk) yield list(input.subarray(chunk))
  }
  const stream = {
    source: source(),
    sink: async (all: AsyncIterable<Uint8Array>) => {
      for await (const _ of all) {
        // The other side listens, and that is all.
      }
    },
    abort: () => {},
  }
  return stream as unknown as Stream
}

const nobody = { newStream: () => Promise.reject(new Error('no further stream')) } as unknown as Connection

export const streamTargets: readonly Target[] = [
  {
    name: 'stream of the block exchange',
    seeds: () => [joinBytes([...controls(), request(), response()]), joinBytes([response(), request()])],
    run: async (input) => {
      const bytes = new ByteStream(streamOf(input))
      const stream = new ExchangeStream(bytes, { answer: () => Promise.resolve([]), control: () => {} }, systemClock)
      const asked = stream.request(askedTree, [3]).then(
        () => undefined,
        (error: unknown) => reasonOf(error),
      )
      await stream.run().catch(reasonOf)
      return asked
    },
  },
  {
    name: 'stream of the older exchange',
    seeds: () => [joinBytes(olderMessages()), ...olderMessages()],
    run: async (input) => {
      const party = { answer: () => Promise.resolve([]), has: () => false, manifest: () => null, news: () => {} }
      const peer = new OlderPeer(nobody, party, systemClock)
      peer.add(streamOf(input), true)
      return peer.run().then(
        () => undefined,
        (error: unknown) => reasonOf(error),
      )
    },
  },
]

function reasonOf(error: unknown): string {
  const reason = refusalOf(error)
  if (reason === null) throw error
  return reason
}
