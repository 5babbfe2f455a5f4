/**
 * One machine of a scenario in a process of its own: `machine-child.ts '<json>'`. It speaks the program's own contract
 * with its parent, whose end is its end.
 */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { openApi } from '../../../src/main/api/index.ts'
import { startServiceNode } from '../../../src/main/node/index.ts'
import { type EventName, events, type Reply } from '../../../src/shared/contract.ts'
import type { Millis } from '../../../src/shared/domain.ts'
import { doom } from './threads.ts'
import { type FromChild, type Holdings, holdingsRequest, type Machine, type ToChild } from './words.ts'

interface Opened {
  readonly addresses: readonly string[]
  handle(name: string, input: unknown): Promise<Reply>
  close(): Promise<void>
}

const looks = 10
/** ms */
const betweenLooks = 150

// The parent's own words.
const machine = JSON.parse(process.argv[2] ?? '{}') as Machine
const say = (words: FromChild) => process.send?.(words)

await mkdir(machine.folder, { recursive: true })
const opened = machine.kind === 'service' ? await openService(machine) : await openPerson(machine)
process.on('disconnect', () => process.exit(0))
process.on('message', (words: ToChild) => {
  if (words.to === 'stop') void opened.close().then(() => process.exit(0))
  else void answer(words.name, words.input).then((reply) => say({ from: 'reply', id: words.id, reply }))
})
say({ from: 'open', addresses: opened.addresses })

async function answer(name: string, input: unknown): Promise<Reply> {
  return name === holdingsRequest ? { ok: true, value: await holdings() } : opened.handle(name, input)
}

async function holdings(): Promise<Holdings> {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  // What a finalizer lets go is collected the second time.
  collect()
  await new Promise(setImmediate)
  collect()
  const { used_heap_size: heap, external_memory: beside } = getHeapStatistics()
  // Requests, timers and sockets come and go: held is what is there at every look.
  let handles = Number.POSITIVE_INFINITY
  let files = Number.POSITIVE_INFINITY
  for (let look = 0; look < looks; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, betweenLooks))
    handles = Math.min(handles, process.getActiveResourcesInfo().length)
    files = Math.min(files, (await readdir('/proc/self/fd').catch(() => [])).length)
  }
  return { heap: heap + beside, resident: process.memoryUsage().rss, handles, files }
}

/** Its one request prunes what is past its retention now, which it else does twice a minute. */
async function openService({ folder, retention }: Extract<Machine, { kind: 'service' }>): Promise<Opened> {
  const waku = await startServiceNode({
    storeFile: join(folder, 'store.sqlite'),
    identityFile: null,
    ...(retention === null ? {} : { retentionMs: retention }),
  })
  return {
    addresses: await waku.service.addresses(),
    handle: async () => ({ ok: true, value: await waku.service.prune(Date.now() as Millis) }),
    close: () => waku.stop(),
  }
}

async function openPerson({ folder, nodes, engines }: Extract<Machine, { kind: 'person' }>): Promise<Opened> {
  const log = (line: string) => process.stderr.write(`${line}\n`)
  const node = { service: false, nodes, engines, backupEvery: null }
  const api = await openApi({ folder, mode: 'headless', version: 'scenario', log, node })
  for (const name of Object.keys(events) as EventName[])
    api.subscribe(name, (payload) => say({ from: 'event', name, payload }))
  const handle = async (name: string, input: unknown): Promise<Reply> =>
    name === 'doom' ? { ok: true, value: await doom(String(input)) } : await api.handle(name, input)
  return { addresses: [], handle, close: () => api.close() }
}
