import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/main/clock.ts'
import { openStoreInThread } from '../../../src/main/store/index.ts'
import { Outbox } from '../../../src/main/waku/outbox.ts'
import type { Millis } from '../../../src/shared/domain.ts'
import {
  atEnd,
  general,
  historyOf,
  online,
  quick,
  sealed,
  start,
  startMember,
  startService,
  tcpAddress,
  temporaryFolder,
  textOf,
} from './support.ts'

const entry = (id: string) => ({ id, sealed: sealed({ payload: Buffer.from(id) }), createdAt: Date.now() as Millis })

describe('the outbox on a real network and database', () => {
  it('sends everything that was put in while there was no node, once, when there is one', async () => {
    const folder = await temporaryFolder()
    const files = { storeFile: join(folder, 'store.db'), identityFile: join(folder, 'key') }
    const before = await start({ service: files })
    const address = tcpAddress(before)
    await before.stop()

    const store = await openStoreInThread(join(folder, 'chronicle.db'), systemClock)
    atEnd(() => store.close())
    const member = await start({ nodes: [address], backoff: quick })
    const sent: string[] = []
    const clock = systemClock
    const onSent = (id: string) => sent.push(id)
    const outbox = new Outbox({
      port: store.outbox,
      network: member,
      lookup: member,
      clock,
      random: Math.random,
      onSent,
    })
    outbox.start()
    atEnd(() => outbox.stop())
    const ids = Array.from({ length: 300 }, (_, n) => `message ${n}`)
    for (const id of [...ids, ...ids]) await outbox.add(entry(id))
    expect(sent).toEqual([])

    const port = Number(/tcp\/(\d+)/.exec(address)?.[1])
    const node = await start({ service: { ...files, tcpPort: port } })
    await online(member)
    await outbox.drained()
    expect(sent.toSorted()).toEqual(ids.toSorted())
    const texts = (await historyOf(node, Date.now() - 60_000, Date.now())).map(textOf)
    expect(texts.toSorted()).toEqual(ids.toSorted())
  })

  it.each(['outbox.send:before', 'outbox.send:after'])('R8.2 loses nothing when killed at %s', async (crashPoint) => {
    const node = await startService()
    const database = join(await temporaryFolder(), 'chronicle.db')
    const run = async (message: string, ...crashAt: string[]) => {
      const script = join(import.meta.dirname, 'outbox-child.ts')
      const args = ['--no-warnings', script, tcpAddress(node), database, message, ...crashAt]
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
      const [code, signal] = await once(child, 'exit')
      return signal ?? code
    }
    expect(await run('first', crashPoint)).toBe('SIGKILL')
    expect(await run('second')).toBe(0)
    const store = await openStoreInThread(database, systemClock)
    atEnd(() => store.close())
    expect(await store.outbox.pending()).toBe(0)
    const member = await startMember([tcpAddress(node)])
    const texts = (await historyOf(member, Date.now() - 60_000, Date.now(), [general])).map(textOf)
    expect([...new Set(texts)].toSorted()).toEqual(['first', 'second'])
  })
})
