/**
 * More than the acceptance tests ask: a newcomer who knows nothing but an id and is interrupted, twenty members at once
 * whose owner goes away, two communities at once. CHRONICLE_SCENARIOS=all runs them; CHRONICLE_CROWD=n takes fewer people.
 */
import { afterEach, describe, expect, it } from 'vitest'
import type { ChatId, CommunityId, Millis } from '../../src/shared/domain.ts'
import type { Person } from './support/person.ts'
import { engine } from './support/selection.ts'
import { Stage, type StageOptions } from './support/stage.ts'

const HOUR = 3_600_000 as Millis
/** ms; so many processes need their time to start. */
const crowdPatience = 1_500_000
/** s; the owner answers all of them at once, on as few processors as there are. */
const joinPatience = 180
const crowd = Number(process.env.CHRONICLE_CROWD ?? 20)

const stages: Stage[] = []
afterEach(async () => {
  for (const stage of stages.splice(0)) await stage.close()
})

async function open(options: StageOptions): Promise<Stage> {
  const stage = await Stage.open(options)
  stages.push(stage)
  return stage
}

/** Says so much that the archive has several pieces and blocks. */
async function talk(person: Person, chatId: ChatId, messages: number): Promise<void> {
  for (let n = 0; n < messages; n += 1) await person.say(chatId, `${n} `.padEnd(4000, `${n % 10}`))
}

const isWhole = (person: Person, id: CommunityId) => async () => {
  const { links, archives } = await person.history(id)
  const done = links.some(({ state }) => state === 'done')
  return done && archives.some(({ state }) => state === 'imported')
}

const count = async (person: Person, chatId: ChatId) =>
  (await person.client.request('messages.page', { chatId, limit: 1 })).total

describe(`over ${engine}`, () => {
  it('a newcomer with nothing but the id gets everything, though logged out and killed on the way', async () => {
    const stage = await open({ title: 'Newcomer', engine, interval: HOUR })
    const owner = await stage.person('owner')
    const { id } = await owner.found('Newcomer')
    const chatId = await owner.channel(id, 'general')
    await owner.within('talks', 120, talk(owner, chatId, 200))
    await owner.within('archives', 60, owner.client.request('history.archiveNow', { communityId: id }))

    const newcomer = await stage.person('newcomer')
    await newcomer.client.request('settings.set', { downloadLimit: 65_536 })
    await newcomer.join(id)
    const isUnderWay = async () => {
      const transfers = await newcomer.client.request('transfers.list')
      return transfers.some(({ bytesDone, bytesTotal }) => bytesDone > 150_000 && bytesDone < bytesTotal)
    }
    await newcomer.until('has a part', 60, isUnderWay)
    await newcomer.logout()
    await newcomer.login()
    await newcomer.until('goes on', 60, isUnderWay)
    const again = await stage.revive(newcomer)
    await again.client.request('settings.set', { downloadLimit: null })
    await again.until('has everything', 60, isWhole(again, id))
    expect(await count(again, chatId)).toBe(200)
    expect((await again.history(id)).archives.filter(({ state }) => state === 'imported')).toHaveLength(1)
  })

  it(
    `${crowd} members at once have it from each other when the owner goes after the first is done`,
    async () => {
      const stage = await open({ title: 'Crowd', engine, interval: HOUR })
      const owner = await stage.person('owner')
      const { id } = await owner.found('Crowd')
      const chatId = await owner.channel(id, 'general')
      const members: Person[] = []
      for (let n = 1; n <= crowd; n += 1) members.push(await stage.person(`member ${n}`))
      await Promise.all(members.map((member) => member.join(id, joinPatience)))
      await talk(owner, chatId, 100)
      // So slow that nobody could have all of it from the owner alone.
      await owner.client.request('settings.set', { uploadLimit: 131_072 })
      await owner.client.request('history.archiveNow', { communityId: id })
      await Promise.any(members.map((member) => member.until('is the first', 300, isWhole(member, id))))
      const done = await Promise.all(members.map((member) => isWhole(member, id)()))
      stage.report.say(`${done.filter(Boolean).length} of ${crowd} are done: the owner goes`)
      await owner.kill()
      await Promise.all(members.map((member) => member.until('has everything', 300, isWhole(member, id))))
      for (const member of members) expect(await count(member, chatId)).toBe(100)
    },
    crowdPatience,
  )

  it('two communities at once keep apart', async () => {
    const stage = await open({ title: 'Two', engine })
    const owner = await stage.person('owner')
    const member = await stage.person('member')
    const both = await Promise.all(['One', 'Other'].map((name) => owner.found(name)))
    await Promise.all(both.map(({ id }) => member.join(id)))
    const places = await Promise.all(
      both.map(async ({ id, name }) => ({ id, name, chatId: await owner.channel(id, 'general') })),
    )
    for (const n of [1, 2])
      await Promise.all(
        places.map(async ({ id, name, chatId }) => {
          await owner.say(chatId, `${name} ${n}`)
          await owner.signal('historyArchivesCreated', id, 20, n)
          await member.signal('historyArchivesSeeding', id, 10, n)
        }),
      )
    for (const { id, name, chatId } of places) {
      await member.until('has both archives', 10, async () => (await member.archives(id)).length === 2)
      expect(await member.texts(chatId)).toEqual([`${name} 1`, `${name} 2`])
    }
  })
})
