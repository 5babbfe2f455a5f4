/** Batches of made-up messages, the same ones for the same numbers in every process. */
import type { InboxItem } from '../../src/main/store/index.ts'
import { chat, chatOf, hashOf, idOf, ms, personOf, record, s } from '../unit/store/support.ts'

const chats = ['general', 'random', 'help'].map((name) => chatOf(name))
const people = Array.from({ length: 20 }, (_, n) => personOf(`person ${n}`))
const words = 'the quick brown fox jumps over the lazy dog while archives keep every word of it'.split(' ')

export function batchOf(n: number, size: number): InboxItem[] {
  return Array.from({ length: size }, (_, m) => itemOf(n * size + m))
}

function itemOf(n: number): InboxItem {
  const at = 1_700_000_000_000 + n * 1000
  const text = Array.from({ length: 5 + (n % 20) }, (_, w) => words[(n * 7 + w * 3) % words.length]).join(' ')
  const payload = new Uint8Array(300).fill(n % 256)
  return {
    source: 'live',
    record: record(n, { timestamp: s(Math.floor(at / 1000)), hash: hashOf(n), payload }),
    effect: chat(n, {
      id: idOf(n),
      chatId: chats[n % 3] ?? chatOf('general'),
      author: people[n % 20] ?? personOf('x'),
      clock: ms(at),
      timestamp: ms(at),
      text,
      body: payload,
    }),
  }
}
