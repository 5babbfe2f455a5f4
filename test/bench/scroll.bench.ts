/**
 * A channel of 1,000,000 messages in the built interface, in a real browser: how long frames take while one scrolls
 * fast, how long the list is empty meanwhile, how long a jump takes, and what the page's memory holds afterwards. The
 * messages are made as they are asked for; everything from the carrier to the screen is what people have.
 *
 *     CHRONICLE_SCROLL_SECONDS   how long is scrolled, default 10
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAssets } from '../../src/main/assets.ts'
import { systemClock } from '../../src/main/clock.ts'
import { type Server, serve } from '../../src/main/http/index.ts'
import type { Cursor, RequestInput, RequestOutput } from '../../src/shared/contract.ts'
import type { ChatId, Message, MessageId, Millis } from '../../src/shared/domain.ts'
import { launchBrowser } from '../e2e/surfaces.ts'
import { createFakeApi } from '../support/fake-api.ts'
import { fakeCommunityId, fakeContact, fakeLine, fakeNow, fakePeople } from '../support/fake-world.ts'

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
let chatId: ChatId

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

function pageOf({ before, after, limit }: RequestInput<'messages.page'>): RequestOutput<'messages.page'> {
  const start = after ? indexOf(after, true) : Math.max(0, (before ? indexOf(before, false) : total) - limit)
  const end = after ? Math.min(total, start + limit) : before ? indexOf(before, false) : total
  const messages = Array.from({ length: end - start }, (_, at) => messageAt(start + at))
  return { messages, total, hasOlder: start > 0, hasNewer: end < total, target: null }
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
  await page.goto(server.signInLink())
  await page.getByRole('article').first().waitFor()
})
afterAll(async () => {
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
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize / 1e6
}

describe('1,000,000 messages on the screen', () => {
  it(`scroll at ${pxPerSecond} px/s: p99 frame < 34 ms, no empty list for more than 100 ms; heap < 150 MB`, async () => {
    const { frames, blank, moved } = await scroll(pxPerSecond, seconds)
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => percentile(frames, share).toFixed(1))
    const used = await heap()
    const drawn = await page.locator('article').count()
    console.log(
      `scroll ${pxPerSecond} px/s for ${seconds} s: frames p50 ${p50}, p95 ${p95}, p99 ${p99}, max ${Math.max(...frames).toFixed(1)} ms (${frames.length}); ` +
        `blank at most ${blank.toFixed(1)} ms; moved ${Math.round(moved)} px; heap ${used.toFixed(1)} MB; ${drawn} rows drawn`,
    )
    expect(moved).toBeGreaterThan(0.5 * pxPerSecond * seconds)
    expect(Number(p99)).toBeLessThan(34)
    expect(blank).toBeLessThanOrEqual(100)
    expect(used).toBeLessThan(150)
  })

  it('a jump anywhere < 50 ms', async () => {
    const times: number[] = []
    for (let turn = 1; turn <= jumps; turn++) {
      const index = Math.floor((total * turn) / (jumps + 1))
      const hash = `#/c/${fakeCommunityId(1)}/${chatId.slice(68)}?at=${clockAt(index)}.${idAt(index)}`
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
    }
    const [p50, worst] = [percentile(times, 0.5), Math.max(...times)]
    console.log(
      `jump: p50 ${p50.toFixed(1)}, max ${worst.toFixed(1)} ms (${jumps}); heap ${(await heap()).toFixed(1)} MB`,
    )
    expect(percentile(times, 0.9)).toBeLessThan(50)
  })
})
