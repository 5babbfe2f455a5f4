/**
 * An accelerated year of an owner and five members, each a process, over both engines: 52 weeks of talk, archived and
 * restored, in half an hour (CHRONICLE_SOAK_MINUTES). What each holds at the end of every month must not grow, and all
 * of them end with the same history.
 */
import { afterAll, expect, it } from 'vitest'
import type { ChatId, CommunityId, Millis } from '../../src/shared/domain.ts'
import { circumstances, writeSection } from '../bench/support/figures.ts'
import type { Person } from '../scenarios/support/person.ts'
import { Stage } from '../scenarios/support/stage.ts'
import type { Holdings } from '../scenarios/support/words.ts'
import { type Slope, slopeOf } from './support/slope.ts'

const minutes = Number(process.env.CHRONICLE_SOAK_MINUTES ?? 30)
const MONTHS = 12
/** Months until caches are filled and code is compiled; they are shown, and not counted. */
const WARMING = 3
const MEMBERS = 5
/** Messages of each person in a month. */
const SAID = 8
/** Of its mean in a year: less than that is no leak, even where it is measured without a doubt. */
const SMALL = 0.05
/** ms of a week, which is at least the shortest interval that there is: in a short run a year has fewer weeks. */
const week = Math.max(10_000, Math.round((minutes * 60_000) / 52)) as Millis
const month = Math.max(week, (minutes * 60_000) / MONTHS)

let stage: Stage | null = null
afterAll(() => stage?.close())

it(`a year in ${minutes} minutes leaves nothing behind in an owner or ${MEMBERS} members`, async () => {
  stage = await Stage.open({ title: 'Soak', engine: 'both', interval: week })
  const owner = await stage.person('owner')
  const { id } = await owner.found('A year')
  const chatId = await owner.channel(id, 'general')
  const people = [owner]
  for (let n = 1; n <= MEMBERS; n += 1) {
    const member = await stage.person(`member ${n}`)
    await member.join(id, 120)
    people.push(member)
  }

  const held: Holdings[][] = people.map(() => [])
  for (let n = 0; n < MONTHS; n += 1) {
    await live(people, chatId, n)
    const now = await Promise.all(people.map((person) => person.holdings()))
    now.forEach((one, at) => {
      held[at]?.push(one)
    })
    console.log(`month ${n + 1}: ${now.map(({ heap, files }) => `${mb(heap)} MB, ${files} files`).join(' · ')}`)
  }
  const messages = people.length * SAID * MONTHS
  await everybodyHas(people, chatId, messages, id)

  const rows = people.flatMap(({ name }, at) => measured(name, held[at] ?? []))
  const shown = table(rows)
  console.log(`\n${shown}\n`)
  writeSection('performance.md', 'A year', `${intro(messages)}\n\n${shown}`)
  expect(rows.filter(({ grows }) => grows).map(({ name, what }) => `${name}: ${what}`)).toEqual([])
})

/** Everybody says something now and then, for as long as a month lasts. */
async function live(people: readonly Person[], chatId: ChatId, n: number): Promise<void> {
  const began = performance.now()
  for (let round = 0; round < SAID; round += 1) {
    for (const person of people) await person.say(chatId, `${person.name}, month ${n}, word ${round}`)
    const left = began + ((round + 1) * month) / SAID - performance.now()
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, left)))
  }
}

async function everybodyHas(
  people: readonly Person[],
  chatId: ChatId,
  messages: number,
  id: CommunityId,
): Promise<void> {
  const all = await Promise.all(
    people.map(async (person) => {
      const total = async () => (await person.client.request('messages.page', { chatId, limit: 1 })).total
      await person.until(`has ${messages} messages`, 300, async () => (await total()) >= messages)
      await person.until('has archives', 300, () => person.hasArchive(id))
      return ids(person, chatId)
    }),
  )
  const [first = []] = all
  expect(first).toHaveLength(messages)
  for (const each of all) expect(each).toEqual(first)
}

/** Of all messages, from the newest page to the oldest. */
async function ids(person: Person, chatId: ChatId): Promise<string[]> {
  const found: string[] = []
  let page = await person.client.request('messages.page', { chatId, limit: 200 })
  for (;;) {
    found.push(...page.messages.toReversed().map((message) => message.id))
    const [oldest] = page.messages
    if (!page.hasOlder || oldest === undefined) return found
    const before = { clock: oldest.clock, id: oldest.id }
    page = await person.client.request('messages.page', { chatId, limit: 200, before })
  }
}

interface Row extends Slope {
  readonly name: string
  readonly what: string
  readonly unit: string
  /** Values of all months. */
  readonly all: readonly number[]
  readonly grows: boolean
}

function measured(name: string, months: readonly Holdings[]): Row[] {
  const row = (what: string, unit: string, all: readonly number[], counts: boolean): Row => {
    const slope = slopeOf(all.slice(WARMING))
    const grows = counts && slope.low > 0 && slope.slope * 12 > SMALL * slope.mean
    return { name, what, unit, all, grows, ...slope }
  }
  const megabytes = (of: (one: Holdings) => number) => months.map((one) => of(one) / 2 ** 20)
  return [
    row(
      'heap',
      'MB',
      megabytes((one) => one.heap),
      true,
    ),
    // Allocators keep what they were given: it is shown, and the heap decides.
    row(
      'resident',
      'MB',
      megabytes((one) => one.resident),
      false,
    ),
    row(
      'handles',
      '',
      months.map((one) => one.handles),
      true,
    ),
    row(
      'files and sockets',
      '',
      months.map((one) => one.files),
      true,
    ),
  ]
}

const mb = (bytes: number): string => (bytes / 2 ** 20).toFixed(1)

function table(rows: readonly Row[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const head = ['who', 'holds', 'months 1 to 12', 'a month more', '95 % interval', 'grows']
  const cells = rows.map(({ name, what, unit, all, slope, low, high, grows }) => {
    const digits = unit === '' ? 0 : 1
    const months = all.map((value) => value.toFixed(digits)).join(' ')
    return [
      name,
      `${what} ${unit}`.trim(),
      months,
      slope.toFixed(3),
      `${low.toFixed(3)} to ${high.toFixed(3)}`,
      grows ? 'YES' : 'no',
    ]
  })
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...cells.map(line)].join('\n')
}

function intro(messages: number): string {
  return `Measured on ${circumstances()}, in ${minutes} minutes, by \`npm run soak\`.

An owner and ${MEMBERS} members, each a process, over both engines, with a store node between them: a year of ${MONTHS} months,
a week of ${(week / 1000).toFixed(0)} s, ${messages} messages, the same at everybody's in the end. What each process holds was measured after a
forced collection at the end of every month. The line goes through months ${WARMING + 1} to ${MONTHS}; something grows if its slope's 95 % interval
lies above zero and a year adds more than ${SMALL * 100} %.`
}
