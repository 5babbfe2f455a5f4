/** R4.7: an exported page in a real browser, when everybody in the history meant harm. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Exports } from '../../src/main/messages/index.ts'
import { openStoreInThread } from '../../src/main/store/index.ts'
import { ContentType, encodeChat, MessageType } from '../../src/main/wire/index.ts'
import type { MessageId } from '../../src/shared/domain.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { chat, community, general, ms, only, react } from '../unit/store/support.ts'
import { launchBrowser } from './surfaces.ts'

const attacks = [
  '<script>document.title="taken"</script>',
  '"><img src=https://evil.example/a.png onerror=document.title="taken">',
  "' onmouseover='document.title=1' x='",
  '</div></article><iframe src=https://evil.example/></iframe><base href=https://evil.example/>',
  '![x](https://evil.example/pixel.png) [y](javascript:document.title="taken")',
  'https://evil.example/"onclick="document.title=1 http://x.example/?a=1&b=<b>',
  '<!-- <style>@import url(https://evil.example/x.css)</style> {{7*7}}',
  '\u202etxet siht \u2066 &lt;b&gt; &#60;i&#62; `',
]
const png = Uint8Array.from(
  atob('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='),
  (character) => character.charCodeAt(0),
)

let browser: Browser
let folder: string
beforeAll(async () => {
  browser = await launchBrowser()
  folder = await mkdtemp(join(tmpdir(), 'chronicle-export-page-'))
})
afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true, force: true })
})

it('R4.7 an exported page is text and embedded images: nothing in it runs, and nothing is loaded', async () => {
  const store = await openStoreInThread(':memory:', new FakeClock())
  const ids = attacks.map((attack, n) => `${n}${attack.replace(/[^\x21-\x7e]/g, '')}` as MessageId)
  await store.records.ingest(
    attacks.flatMap((text, n) => {
      const id = ids[n] as MessageId
      const said = { id, text, displayName: text, contentType: 12, clock: ms(n), responseTo: ids[(n + 1) % 8] ?? null }
      const reaction = react(`r${n}`, '', text)
      return [only(chat(n, said)), only({ ...reaction, target: id } as typeof reaction)]
    }),
  )
  const body = encodeChat({
    clock: 99,
    timestamp: 99,
    chatId: general,
    messageType: MessageType.COMMUNITY_CHAT,
    contentType: ContentType.IMAGE,
    image: { payload: png, format: 1 },
  })
  const contents = { images: 2, held: [], thread: null }
  await store.records.ingest([only(chat('image', { text: 'an image', clock: ms(99), body, contents }))])
  const name = attacks.join(' ')
  const exports = new Exports({
    messages: store.messages,
    folder,
    now: () => ms(0),
    about: (id) => ({ community: { id, name }, channels: [{ chatId: general, name }] }),
    onProgress: () => {},
  })
  const { path } = await exports.export({ communityId: community, chatId: null, format: 'html' })
  await store.close()

  const page = await browser.newPage()
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(pathToFileURL(path).href)
  const seen = await page.evaluate(() => ({
    elements: [...new Set([...document.querySelectorAll('body *')].map(({ localName }) => localName))].sort(),
    attributes: [...new Set([...document.querySelectorAll('body *')].flatMap((one) => one.getAttributeNames()))].sort(),
    texts: [...document.querySelectorAll('.text')].map(({ textContent }) => textContent),
    names: [...document.querySelectorAll('.name')].map(({ textContent }) => textContent),
    links: [...document.querySelectorAll('.text a')].map((link) => (link as HTMLAnchorElement).protocol),
    images: [...document.querySelectorAll('img')].map(({ src, naturalWidth }) => [src.slice(0, 15), naturalWidth]),
    heading: document.querySelector('h1')?.textContent,
    title: document.title,
    scripts: document.scripts.length,
    background: getComputedStyle(document.body).maxWidth,
  }))
  expect(seen.texts.slice(0, attacks.length)).toEqual(attacks)
  expect(seen.names.slice(0, attacks.length)).toEqual(attacks)
  expect(seen.heading).toBe(name)
  expect(seen.title).toBe(name.replace(/\s+/g, ' '))
  expect(seen.scripts).toBe(0)
  expect(seen.elements).toEqual(['a', 'article', 'bdi', 'div', 'h1', 'h2', 'header', 'img', 'p', 'time'])
  expect(seen.attributes).toEqual(['alt', 'class', 'dir', 'href', 'id', 'rel', 'src'])
  expect(seen.links.every((protocol) => protocol === 'https:' || protocol === 'http:')).toBe(true)
  expect(seen.images).toEqual([['data:image/png;', 1]])
  // Its own style is the one thing that the policy lets through.
  expect(seen.background).not.toBe('none')
  expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(path).href])
  await page.close()
})
