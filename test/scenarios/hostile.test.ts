/**
 * A member under attack: a whole program in a process of its own, a stranger's store node and a dishonest owner's swarms in
 * others, all on this machine over the real network. Whatever they send, the history stays what it was, each thing is
 * counted under its reason where people look (`history.show`), and memory stays bounded. How promptly the member answers
 * meanwhile is printed as a figure, together with the load of the machine.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Inhabitant, moveIn } from '../../src/main/demo/inhabitant.ts'
import { startServiceNode } from '../../src/main/node/index.ts'
import { hexToBytes } from '../../src/main/wire/index.ts'
import type { ArchiveLink, Millis, Seconds } from '../../src/shared/domain.ts'
import type { FloodTask, FromFlood, ToFlood } from './support/flood-child.ts'
import { chatOf, outOfPlace, type Place, relabelled } from './support/hostile-records.ts'
import { Liar } from './support/liar.ts'
import { type Lie, WEEK, type Week } from './support/lies.ts'
import { Person } from './support/person.ts'
import { Report } from './support/report.ts'
import { memoryOf, processorOf, type Watch, watch } from './support/watched.ts'

/** The greatest share of its memory before that a member may have while it is attacked. */
const MOST_MEMORY = 2.5
const WEEKS = 4
const EACH = 40
const FLOOD = 10_000
const GARBAGE = 500

const report = new Report('hostile')
const closing: (() => unknown)[] = []
let owner: Inhabitant
let member: Person
let place: Place
let liar: Liar
let stranger: ChildProcess
let watching: Watch
let truth: Lie
let weeks: Week[]
let before: ReturnType<typeof memoryOf>
let most = 0
let garbage: { readonly address: string; readonly connections: () => number }
let clock = Date.now()

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'chronicle-hostile-'))
  closing.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  const service = await startServiceNode({ storeFile: join(folder, 'service.sqlite'), identityFile: null })
  closing.push(() => service.stop())
  const nodes = [...(await service.service.addresses())]
  const flood = fileURLToPath(new URL('./support/flood-child.ts', import.meta.url))
  const task: FloodTask = { storeFile: join(folder, 'stranger.sqlite') }
  stranger = fork(flood, [JSON.stringify(task)])
  closing.push(() => stranger.kill('SIGKILL'))
  const { addresses } = await said('open')

  owner = await moveIn({ root: join(folder, 'owner'), name: 'Owner', nodes, engines: ['torrent'] })
  closing.push(() => owner.close())
  const { communities } = owner.node
  const about = { name: 'Besieged', description: '', color: '#1f2c75', channels: [{ name: 'general' }] }
  const { id: communityId, channels } = await communities.create({ ...about, historyArchives: false })
  const chatId = channels[0]?.chatId
  if (chatId === undefined) throw new Error('a community without a channel')
  place = { communityId, chatId, key: hexToBytes(communities.exportKey(communityId).slice(2)) }
  liar = new Liar(folder)
  closing.push(() => liar.close())
  const first = (Math.floor(clock / 1000 / WEEK) - WEEKS) * WEEK
  weeks = Array.from({ length: WEEKS }, (_one, week) => {
    const at = (n: number) => (first + week * WEEK + n * 60) as Seconds
    const said = Array.from({ length: EACH }, (_two, n) => [at(n), chatOf(place, at(n), `${week} ${n}`)] as const)
    return { from: at(0), said }
  })
  truth = await liar.publish(place, weeks)
  const machine = { kind: 'person', folder: join(folder, 'member'), nodes: [...nodes, ...addresses] } as const
  const interval = (WEEK * 1000) as Millis
  member = await Person.start({ name: 'member', machine: { ...machine, engines: ['torrent'] }, interval, report })
  closing.push(() => member.close())
  await member.join(communityId, 60)
  const { server, connections } = await babbler()
  closing.push(() => server.close())
  garbage = { address: `127.0.0.1:${portOf(server)}`, connections }
  await announce(truth)
  await until('has the history', 60, async () => (await texts()).length === WEEKS * EACH)
  await settled()
  ask({ to: 'prepare', communityId, announcements: FLOOD })
  await said('ready')
  watching = watch(member, communityId, chatId)
  closing.push(() => watching.end())
  await new Promise((resolve) => setTimeout(resolve, 3000))
  before = memoryOf(member.pid)
  tell('nobody attacks')
}, 300_000)

afterAll(async () => {
  report.print()
  for (const step of closing.reverse()) await step()
}, 60_000)

describe('a member', () => {
  it.each<[string, () => Promise<Lie>, string]>([
    ['of 100,000 entries', () => liar.publish(place, weeks.slice(0, 1), 'tooMany'), 'TOO_LARGE'],
    ['of overlapping ranges', () => liar.publish(place, weeks.slice(0, 1), 'overlapping'), 'OVERLAP'],
    ['of archives of two gigabytes', () => liar.publish(place, weeks.slice(0, 2), 'endless'), 'TOO_LARGE'],
    [
      'of an archive of one byte',
      () => liar.publish(place, [{ from: (0 + WEEK) as Seconds, said: Uint8Array.of(8) }]),
      'PROTOBUF',
    ],
  ])('§13.2 §13.7 refuses an index %s, and says why', async (what, make, reason) => {
    const lie = await make()
    await announce(lie)
    await until(`refuses an index ${what}`, 60, async () =>
      (await reasons(lie.link)).some((one) => one.startsWith(reason)),
    )
    tell(what)
    await unharmed()
  })

  it('R4.1 R4.3 takes nothing from an archive but what may be said there, under the type that it was said with', async () => {
    const [week] = weeks
    const target = week !== undefined && Array.isArray(week.said) ? week.said[0] : undefined
    if (week === undefined || target === undefined) throw new Error('there is no history')
    const at = (week.from + 3600) as Seconds
    const bad = [...outOfPlace(place, at), ...relabelled(place, at, target[1])]
    const lie = await liar.publish(place, [{ from: week.from, said: bad.map((one) => [at, one]) }])
    await announce(lie)
    await until('refuses all of it', 60, async () => refusedIn(await counts()) >= bad.length)
    expect(await counts()).toMatchObject({ 'wrong-type': expect.any(Number), 'type-not-allowed': expect.any(Number) })
    tell(`an archive of ${bad.length} messages under other types or from elsewhere`)
    await unharmed()
  })

  it('R4.2 R4.3 believes nothing of it live, either, nor garbage', async () => {
    const [week] = weeks
    const target = week !== undefined && Array.isArray(week.said) ? week.said[0] : undefined
    if (week === undefined || target === undefined) throw new Error('there is no history')
    const bad = relabelled(place, week.from, target[1])
    const refused = refusedIn(await counts())
    const messages = bad.map((one) => Buffer.from(one).toString('base64'))
    const sent = said('sent')
    ask({ to: 'push', communityId: place.communityId, messages, garbage: GARBAGE })
    await sent
    // A request to leave and one taken back look alike; to a member neither means anything, so they are not counted.
    const all = refused + GARBAGE + bad.length * 0.95
    const isRefused = async () => {
      const found = await counts()
      return refusedIn(found) >= all && (found.undecryptable ?? 0) >= GARBAGE
    }
    await until('refuses it', 90, isRefused)
    tell(`${bad.length} messages under other types and ${GARBAGE} of garbage, live`)
    await unharmed()
  })

  it('R3.4 contacts nobody whom a link names besides peers that it may', async () => {
    let asked = 0
    const server = createServer(() => {
      asked += 1
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const here = `http%3A%2F%2F127.0.0.1%3A${portOf(server)}%2F`
    const trackers = Array.from({ length: 1000 }, (_one, n) => `&tr=${here}${n}`).join('')
    const links = [
      `&xs=${here}&as=${here}&ws=${here}`,
      '&x.pe=10.0.0.1:7&x.pe=192.168.0.1:7&x.pe=[fe80::1]:7',
      trackers,
    ]
    // Followed again first, so that what the links name is all that is new about them.
    await announce(truth)
    await settled()
    for (const more of links) {
      const ignored = sum(Object.values(await counts()))
      await announce({ link: `${truth.link}${more}` as ArchiveLink, addresses: [] })
      await until(
        `ignores a link with ${more.slice(0, 12)}`,
        60,
        async () => sum(Object.values(await counts())) > ignored,
      )
    }
    server.close()
    expect(asked).toBe(0)
    await unharmed()
  })

  it('lets a stranger announce a thousand times a second', async () => {
    const flooded = (await counts())['wrong-signer'] ?? 0
    const peak = setInterval(() => {
      most = Math.max(most, memoryOf(member.pid).pss)
    }, 500)
    const sent = said('sent')
    const busy = processorOf(member.pid)
    ask({ to: 'flood', perSecond: 1000 })
    const { took, processor } = await sent
    const all = async () => ((await counts())['wrong-signer'] ?? 0) >= flooded + FLOOD * 0.99
    await until(`refuses ${FLOOD} announcements`, 180, all)
    clearInterval(peak)
    const now = processorOf(member.pid)
    const each = (ms: number) => `${((ms / FLOOD) * 1000).toFixed(0)} µs`
    report.say(
      `for each announcement: ${each(now.main - busy.main)} of the member's main thread, ${each(now.all - busy.all)} of all its threads, ${each(processor)} of the stranger`,
    )
    tell(`${FLOOD} announcements, ${Math.round(FLOOD / (took / 1000))} a second`)
    await unharmed()
  }, 300_000)

  it('follows its community afterwards as before, with no more memory than it may take', async () => {
    expect(garbage.connections()).toBeGreaterThan(0)
    const { from } = weeks[0] ?? { from: 0 as Seconds }
    const last = (from + WEEKS * WEEK - 60) as Seconds
    const more = {
      from: (from + (WEEKS - 1) * WEEK) as Seconds,
      said: [[last, chatOf(place, last, 'afterwards')]],
    } as const
    const next = await liar.publish(place, [...weeks, more])
    await announce(next)
    await until('reads what is new', 60, async () => (await texts()).includes('afterwards'))
    const { pss, rss } = memoryOf(member.pid)
    const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
    report.say(
      `PSS ${megabytes(before.pss)} before, ${megabytes(pss)} after, ${megabytes(Math.max(most, pss))} at most`,
    )
    report.say(`RSS ${megabytes(before.rss)} before, ${megabytes(rss)} after`)
    expect(Math.max(most, pss)).toBeLessThanOrEqual(before.pss * MOST_MEMORY)
  })
})

/** Signed with the community's own key, as its owner's node does: later than all before. */
async function announce({ link, addresses }: Lie): Promise<void> {
  clock += 1000
  const hints = [...addresses, ...(garbage === undefined ? [] : [garbage.address])]
  const { communities, outbox, store } = owner.node
  const entry = await communities.composeAnnouncement(place.communityId, { clock: clock as Millis, link, hints })
  await store.outbox.add(entry)
  outbox.wake()
}

const texts = async () =>
  (await member.client.request('messages.page', { chatId: place.chatId, limit: 200 })).messages.map(({ text }) => text)

async function counts(): Promise<Record<string, number>> {
  const { refused } = await member.history(place.communityId)
  return Object.fromEntries(refused.map(({ reason, count }) => [reason, count]))
}

const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)
const isOfLinks = (reason: string) => reason.startsWith('link:')
const refusedIn = (all: Record<string, number>) =>
  sum(Object.entries(all).map(([reason, count]) => (isOfLinks(reason) ? 0 : count)))

/** Why anything of a link was refused: the link itself, entries of its index, an archive. */
async function reasons(link: ArchiveLink): Promise<string[]> {
  const { links, archives, refused } = await member.history(place.communityId)
  const { lines } = await member.client.request('activity.page', { limit: 100 })
  const told = lines.flatMap(({ detail }) => detail ?? [])
  const hash = /btih:[0-9a-f]{40}/.exec(link)?.[0] ?? 'none'
  if (!links.some((one) => one.link.includes(hash))) return []
  return [...refused.map(({ reason }) => reason), ...archives.map(({ reason }) => reason), ...told]
}

/** What was there is there, nothing else is, and the member still belongs to the community of that name. */
async function unharmed(): Promise<void> {
  const expected = weeks.flatMap((_one, week) => Array.from({ length: EACH }, (_two, n) => `${week} ${n}`))
  expect((await texts()).toSorted()).toEqual(expected.toSorted())
  expect(await member.community(place.communityId)).toMatchObject({ name: 'Besieged', state: 'joined' })
}

/** Asked again and again: what is counted is not told of. */
function until(what: string, seconds: number, check: () => Promise<boolean>): Promise<void> {
  let over = false
  const look = async () => {
    while (!over && !(await check())) await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return member.within(what, seconds, look()).finally(() => {
    over = true
  })
}

async function settled(): Promise<void> {
  await until('has settled', 60, async () =>
    (await member.history(place.communityId)).links.some(({ state }) => state === 'done'),
  )
}

function tell(what: string): void {
  const { p50, p99, longest, asked } = watching.lap()
  const now = memoryOf(member.pid)
  most = Math.max(most, now.pss)
  const times = [p50, p99, longest].map((ms) => ms.toFixed(0)).join(' / ')
  report.say(
    `${what}: answers p50 / p99 / longest ${times} ms of ${asked}; PSS ${Math.round(now.pss / 1e6)} MB; load ${loadavg()[0]?.toFixed(1)}`,
  )
}

/** What the stranger's process says next of this kind. */
async function said<K extends FromFlood['from']>(from: K): Promise<Extract<FromFlood, { from: K }>> {
  for (;;) {
    const [words] = (await once(stranger, 'message')) as [FromFlood]
    if (words.from === from) return words as Extract<FromFlood, { from: K }>
  }
}

function ask(words: ToFlood): void {
  stranger.send(words)
}

/** A peer that answers everybody with random bytes, for as long as they listen. */
async function babbler(): Promise<{ server: Server; connections: () => number }> {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    const noise = Buffer.from(Array.from({ length: 65_536 }, (_one, n) => (n * 7919 + connections) % 251))
    const babble = () => {
      while (socket.writable && socket.write(noise));
    }
    socket.on('drain', babble).on('error', () => {})
    babble()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, connections: () => connections }
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
