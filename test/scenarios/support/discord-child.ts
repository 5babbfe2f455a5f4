/**
 * An owner's whole node in a process of its own that imports a large export through the API, while its memory and the
 * promptness of its main thread are measured. Arguments: data folder, export. The last line of stdout is the result.
 */
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { openApi } from '../../../src/main/api/index.ts'
import { createClient } from '../../../src/shared/client.ts'
import { isEventName } from '../../../src/shared/contract.ts'

const [folder = '', file = ''] = process.argv.slice(2)

/** MB; what this process alone has in memory, threads and mapped files included. */
function memory(): { pss: number; rss: number } {
  const rollup = readFileSync('/proc/self/smaps_rollup', 'utf8')
  const of = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) / 1000
  return { pss: of('Pss'), rss: of('Rss') }
}

const api = await openApi({
  folder,
  mode: 'headless',
  version: 'test',
  log: (line) => process.stderr.write(`${line}\n`),
})
const client = createClient({
  request: (name, input) => api.handle(name, input),
  subscribe: (name, listener) => (isEventName(name) ? api.subscribe(name, listener) : () => {}),
})
const password = 'a lamp in the dark'
const { profile } = await client.request('profiles.create', { name: 'Owner', password })
await client.request('profiles.login', { id: profile.id, password })
const community = await client.request('communities.create', {
  name: 'Lighthouse',
  description: '',
  color: '#1f2c75',
  channels: ['general'],
  historyArchives: false,
})

const idle = memory()
let peak = idle
const watch = setInterval(() => {
  const now = memory()
  peak = { pss: Math.max(peak.pss, now.pss), rss: Math.max(peak.rss, now.rss) }
}, 200)
const delay = monitorEventLoopDelay({ resolution: 5 })

const ended = new Promise<void>((resolve) => {
  client.subscribe('imports.changed', ({ import: state }) => {
    if (state.endedAt !== null) resolve()
    else process.stderr.write(`${state.messages} messages, ${state.rate}/s, ${Math.round(peak.pss)} MB\n`)
  })
})
delay.enable()
const began = performance.now()
const { id } = await client.request('imports.start', { communityId: community.id, kind: 'discord', files: [file] })
await ended
const seconds = (performance.now() - began) / 1000
delay.disable()
clearInterval(watch)
const { import: done } = await client.request('imports.show', { id })
const [channel] = community.channels
if (channel === undefined) throw new Error('a community without a channel')
const { total } = await client.request('messages.page', { chatId: channel.chatId, limit: 1 })
await api.close()
const result = { idle, peak, seconds, p99: delay.percentile(99) / 1e6, longest: delay.max / 1e6, total, import: done }
process.stdout.write(`${JSON.stringify(result)}\n`)
process.exit(0)
