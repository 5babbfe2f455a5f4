/**
 * A channel of 1,000,000 messages in the built interface, in a real browser: how long frames take while one scrolls
 * fast, how long the list is empty meanwhile, how long a jump takes, and what the page's memory holds afterwards. The
 * messages are made as they are asked for; everything from the carrier to the screen is what people have. Times depend
 * on what else the machine does; what one frame costs the page's main thread, and how often React draws, hardly do.
 *
 *     CHRONICLE_SCROLL_SECONDS   how long is scrolled, default 10
 */
import { loadavg } from 'node:os'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAssets } from '../../src/main/assets.ts'
import { systemClock } from '../../src/main/clock.ts'
import { type Server, serve } from '../../src/main/http/index.ts'
import type { Cursor, RequestInput, RequestOutput } from '../../src/shared/contract.ts'
import type { ChatId, Message, MessageId, Millis } from '../../src/shared/domain.ts'
import { settled } from '../e2e/rows.ts'
import { launchBrowser } from '../e2e/surfaces.ts'
import { createFakeApi } from '../support/fake-api.ts'
import { fakeCommunityId, fakeContact, fakeLine, fakeNow, fakePeople } from '../support/fake-world.ts'
import { type Figure, figure, holds, writeReport } from './support/figures.ts'

const total = 1_000_000
/** ms between two messages: ten years of them. */
const step = 315_000
const first = fakeNow - total * step
const pxPerSecond = 24_000
const seconds = Number(process.env.CHRONICLE_SCROLL_SECONDS ?? 10)
const jumps = 10

let browser: Browser
let server: Server
let page: Page
let devtools: CDPSession
let chatId: ChatId
const figures: Figure[] = []

const clockAt = (index: number) => (first + index * step) as Millis
const idAt = (index: number) => `0x${index.toString(16).padStart(64, '0')}` as MessageId

function messageAt(index: number): Message {
  const author = (index * index + (index >> 2)) % fakePeople.length
  return {
    ...{ id: idAt(index), chatId, author: fakeContact(author), authorName: fakePeople[author] ?? '' },
    ...{ clock: clockAt(index), timestamp: clockAt(index), text: fakeLine(index), contentType: 1, deleted: false },
    ...{ responseTo: null, editedAt: index % 23 === 11 ? clockAt(index + 1) : null, pinned: index % 53 === 11 },
    ...{ images: 0, thread: null, source: 'archive', standing: 'member', origin: null },
    reactions: index % 13 === 5 ? [{ emoji: '👍', authors: [fakeContact(0), fakeContact(1)] }] : [],
  }
}

/** The first message that is not before a cursor, or, with `isPast`, the first one after it. */
function indexOf({ clock, id }: Cursor, isPast: boolean): number {
  const index = Math.ceil((clock - first) / step)
  const isIt = clockAt(index) === clock && idAt(index) === id
  return Math.max(0, Math.min(total, isIt && isPast ? index + 1 : index))
}

function pageOf({ before, after, around, at, limit }: RequestInput<'messages.page'>): RequestOutput<'messages.page'> {
  const aim = around === undefined ? at && indexOf({ clock: at, id: idAt(0) }, false) : Number(around)
  const half = Math.floor(limit / 2)
  const last = aim === undefined ? (before ? indexOf(before, false) : total) : aim + limit - half
  const start = after ? indexOf(after, true) : Math.max(0, aim === undefined ? last - limit : aim - half)
  const end = Math.min(total, after ? start + limit : last)
  const messages = Array.from({ length: end - start }, (_, place) => messageAt(start + place))
  return { messages, total, hasOlder: start > 0, hasNewer: end < total, target: aim === undefined ? null : idAt(aim) }
}

beforeAll(async () => {
  const channels = [{ name: 'messenger', messages: 1 }]
  const plan = { name: 'Logbook', role: 'member', weeks: 520, archives: 'imported', channels } as const
  const api = createFakeApi({ profiles: ['Ines Ferro'], loggedIn: true, communities: [plan] })
  const handle: typeof api.handle = async (name, input) =>
    name === 'messages.page'
      ? { ok: true, value: pageOf(input as RequestInput<'messages.page'>) }
      : api.handle(name, input)
  const listed = await api.handle('communities.list', undefined)
  chatId =
    (listed.ok ? (listed.value as RequestOutput<'communities.list'>)[0]?.channels[0]?.chatId : null) ?? expect.fail()
  const assets = await readAssets('out/renderer')
  server = await serve({ api: { ...api, handle }, assets, port: 0, log: () => {}, clock: systemClock })
  browser = await launchBrowser()
  page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage()
  // React tells its developer tools of every commit, in production too.
  await page.addInitScript(() => {
    const counted = {
      renderers: new Map(),
      supportsFiber: true,
      inject: () => 1,
      commits: 0,
      onCommitFiberUnmount() {},
    }
    const onCommitFiberRoot = () => counted.commits++
    Object.assign(window, { __REACT_DEVTOOLS_GLOBAL_HOOK__: Object.assign(counted, { onCommitFiberRoot }) })
  })
  devtools = await page.context().newCDPSession(page)
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' })
  await page.goto(server.signInLink())
  await page.getByRole('article').first().waitFor()
})
afterAll(async () => {
  if (figures.length > 0) writeReport('A million messages on the screen', figures, meaning)
  await browser?.close()
  await server?.close()
})

interface Scrolled {
  readonly frames: readonly number[]
  /** ms; the longest time without a message in the middle of the list. */
  readonly blank: number
  /** px that were scrolled, of those that were wanted. */
  readonly moved: number
}

/** Up, so many pixels a second whatever the frames do; what cannot be scrolled yet, at the end of what is held, waits. */
const scroll = (perSecond: number, during: number): Promise<Scrolled> =>
  page.evaluate(
    async ([speed, time]) => {
      const list = document.querySelector('[role=feed]')?.parentElement
      if (!list) throw new Error('There is no list.')
      const { left, top, width, height } = list.getBoundingClientRect()
      const isBlank = () => !document.elementFromPoint(left + width / 2, top + height / 2)?.closest('article')
      const frames: number[] = []
      let [blank, blankSince, moved] = [0, 0, 0]
      const began = performance.now()
      let last = began
      while (last - began < time * 1000) {
        const now = await new Promise<number>(requestAnimationFrame)
        frames.push(now - last)
        const before = list.scrollTop
        list.scrollTop = before - (speed * Math.max(0, now - last)) / 1000
        moved += before - list.scrollTop
        if (!isBlank()) blankSince = now
        blank = Math.max(blank, blankSince === 0 ? 0 : now - blankSince)
        last = now
      }
      return { frames: frames.slice(1), blank, moved }
    },
    [perSecond, during] as const,
  )

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN

/** Heap in use after a collection, MB. */
async function heap(): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage')
  const { usedSize } = await devtools.send('Runtime.getHeapUsage')
  return usedSize / 1e6
}

interface Spent {
  /** ms of the main thread's time, all of it and that in JavaScript. */
  readonly all: number
  readonly script: number
  /** How often React changed the page. */
  readonly commits: number
}

async function spent(): Promise<Spent> {
  const { metrics } = await devtools.send('Performance.getMetrics')
  const of = (wanted: string) => 1000 * (metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN)
  const commits = await page.evaluate('__REACT_DEVTOOLS_GLOBAL_HOOK__.commits')
  return { all: of('TaskDuration'), script: of('ScriptDuration'), commits: Number(commits) }
}

function show(name: string, value: number, limit: number | null, sides: string): void {
  const one = figure({ name, limit: limit === null ? null : { atMost: limit }, sides }, [value], [1])
  figures.push(one)
  expect.soft(holds(one), `${name}: ${value.toFixed(1)}`).toBe(true)
}

const meaning = `
- A channel of 1,000,000 messages in headless Chromium at 1280 × 800, drawn without a graphics processor, its messages
  made by the server as they are asked for. Scrolled upwards; what is held of the channel ends again and again, and the
  next page has to be there by then. Frames come in steps of 16.7 ms.
- **Of the page's main thread**: processor time, which other programs slow much less than they slow a frame.
- **The load** is what the machine did in the minute before, in processors, this test included.
`

describe('1,000,000 messages on the screen', () => {
  it(`scroll at ${pxPerSecond} px/s: p99 frame < 34 ms, no empty list for more than 100 ms; heap < 150 MB`, async () => {
    await scroll(pxPerSecond, 1)
    const before = await spent()
    const { frames, blank, moved } = await scroll(pxPerSecond, seconds)
    const after = await spent()
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(frames, share))
    const used = await heap()
    const drawn = await page.locator('article').count()
    const load = loadavg()[0] ?? Number.NaN
    const each = (total: number) => total / frames.length
    const many = `${frames.length} frames`
    show(
      ...(['A frame at 24,000 px/s, p99, ms', p99 ?? Number.NaN, 34] as const),
      `p50 ${p50?.toFixed(1)}, p95 ${p95?.toFixed(1)}, most ${Math.max(...frames).toFixed(1)} ms of ${many}; load ${load.toFixed(1)}`,
    )
    show('The longest time without a message in sight, ms', blank, 100, `${Math.round(moved)} px in ${seconds} s`)
    show('The page’s heap afterwards, MB', used, 150, `${drawn} rows drawn`)
    const [all, script] = [each(after.all - before.all), each(after.script - before.script)]
    show('Of the page’s main thread for a frame, ms', all, 16, `${script.toFixed(1)} ms of it in JavaScript`)
    show(
      'Times React draws for a frame',
      each(after.commits - before.commits),
      2,
      `${after.commits - before.commits} of ${many}`,
    )
    expect(moved).toBeGreaterThan(0.5 * pxPerSecond * seconds)
  })

  it('a jump anywhere < 50 ms', async () => {
    const times: number[] = []
    const costs: number[] = []
    for (let turn = 1; turn <= jumps; turn++) {
      const index = Math.floor((total * turn) / (jumps + 1))
      const hash = `#/c/${fakeCommunityId(1)}/${chatId.slice(68)}?at=${clockAt(index)}.${idAt(index)}`
      const before = await spent()
      times.push(
        await page.evaluate(
          async ([to, id]) => {
            const began = performance.now()
            location.hash = to
            while (!document.querySelector(`[data-message="${id}"]`)) await new Promise(requestAnimationFrame)
            return performance.now() - began
          },
          [hash, idAt(index)] as const,
        ),
      )
      costs.push((await spent()).all - before.all)
      await settled(page)
    }
    const [p50, p90, worst] = [percentile(times, 0.5), percentile(times, 0.9), Math.max(...times)]
    const sides = `p50 ${p50.toFixed(1)}, most ${worst.toFixed(1)} ms of ${jumps}; ${percentile(costs, 0.5).toFixed(1)} ms of the main thread; load ${loadavg()[0]?.toFixed(1)}`
    show('A jump to a message anywhere, p90, ms', p90, 50, sides)
  })
})
