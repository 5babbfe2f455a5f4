/**
 * A process with an outbox, for outbox.test.ts to kill: `node outbox-child.ts ADDRESS DATABASE MESSAGE [CRASH POINT]`.
 * Adds one message, sends what is due, and ends by itself when everything has arrived.
 */
import { systemClock } from '../../../src/main/clock.ts'
import { openStoreInThread } from '../../../src/main/store/index.ts'
import { LocalWaku } from '../../../src/main/waku/local.ts'
import { Outbox } from '../../../src/main/waku/outbox.ts'
import { armCrashPoint } from '../../../src/main/workers/crash-point.ts'
import type { ContentTopic, Nanos, PubsubTopic } from '../../../src/shared/domain.ts'

const [address = '', database = '', message = '', crashAt] = process.argv.slice(2)
const store = await openStoreInThread(database, systemClock)
const network = new LocalWaku({ nodes: [address] })
await network.start()
armCrashPoint(crashAt ?? null)
const outbox = new Outbox({ port: store.outbox, network, lookup: network, clock: systemClock, random: Math.random })
const createdAt = systemClock.now()
await outbox.add({
  id: message,
  createdAt,
  sealed: {
    pubsubTopic: '/waku/2/rs/16/32' as PubsubTopic,
    contentTopic: '/waku/1/0xabcdef12/rfc26' as ContentTopic,
    payload: new Uint8Array(Buffer.from(message)),
    timestamp: (BigInt(createdAt) * 1_000_000n) as Nanos,
    ephemeral: false,
  },
})
await new Promise<void>((resolve) => {
  const stop = network.on('status', ({ state }) => {
    if (state !== 'online') return
    stop()
    resolve()
  })
  if (network.status().state === 'online') resolve()
})
outbox.start()
await outbox.drained()
await outbox.stop()
await network.stop()
await store.close()
