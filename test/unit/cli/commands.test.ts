/** How commands read what people name, and how they print what a node answers. */
import { describe, expect, it } from 'vitest'
import { chooseProfile } from '../../../src/main/choose-profile.ts'
import { describeActivity } from '../../../src/main/cli/activity.ts'
import { describeHistory, describeWeeks, wantedOf } from '../../../src/main/cli/archive.ts'
import { describeStanding } from '../../../src/main/cli/archive-owner.ts'
import { archiveIdOf, contactIdOf, findChannel, findCommunity, switchOf } from '../../../src/main/cli/arguments.ts'
import { searchAll } from '../../../src/main/cli/message-search.ts'
import { describeFound, describePage, printable } from '../../../src/main/cli/message-text.ts'
import { placeOf } from '../../../src/main/cli/messages.ts'
import { formatTable } from '../../../src/main/cli/output.ts'
import { changeOf } from '../../../src/main/cli/settings.ts'
import { UsageError } from '../../../src/main/usage-error.ts'
import type { ActivityLine } from '../../../src/shared/activity.ts'
import { createClient } from '../../../src/shared/client.ts'
import type { Profile, Seconds } from '../../../src/shared/domain.ts'
import { createFakeApi } from '../../support/fake-api.ts'

const plan = { role: 'owner', channels: [{ name: 'general', messages: 0 }], weeks: 3, archives: 'published' } as const
const people = [
  { id: 'a1', name: 'Ada' },
  { id: 'b2', name: 'Bo' },
  { id: 'c3', name: 'Bo' },
] as Profile[]

describe('a profile on the command line', () => {
  it('is the only one, or named by name or id', () => {
    expect(chooseProfile(people.slice(0, 1), undefined).id).toBe('a1')
    expect(chooseProfile(people, 'Ada').id).toBe('a1')
    expect(chooseProfile(people, 'c3').id).toBe('c3')
  })

  it('that nobody or more than one could be is asked for, with a list', () => {
    expect(() => chooseProfile([], undefined)).toThrow(/profile create/)
    expect(() => chooseProfile(people, undefined)).toThrow(/--profile.*a1 {2}Ada/s)
    expect(() => chooseProfile(people, 'Bo')).toThrow(UsageError)
    expect(() => chooseProfile(people, 'Cy')).toThrow(/no profile called “Cy”/)
  })
})

describe('a community on the command line', () => {
  const api = createFakeApi({
    profiles: ['Ada'],
    loggedIn: true,
    communities: [
      { ...plan, name: 'Harbour' },
      { ...plan, name: 'Twin' },
      { ...plan, name: 'Twin' },
    ],
  })
  const client = createClient({ request: (name, input) => api.handle(name, input), subscribe: () => () => {} })

  it('is named by id, or by a name that only it has; so is a channel', async () => {
    const harbour = await findCommunity(client, 'Harbour')
    expect((await findCommunity(client, harbour.id)).name).toBe('Harbour')
    await expect(findCommunity(client, 'Twin')).rejects.toThrow(/use its id/)
    await expect(findCommunity(client, 'Nowhere')).rejects.toThrow(/community list/)
    expect(findChannel(harbour, '#general').name).toBe('general')
    expect(() => findChannel(harbour, 'news')).toThrow(UsageError)
  })

  it('has its history told in lines', async () => {
    const { id } = await findCommunity(client, 'Harbour')
    const text = describeHistory(await client.request('history.show', { communityId: id }), 'owner')
    expect(text).toMatch(/^archives {4}\d+ /)
    expect(text).toContain('unarchived  19 messages')
  })

  it('has it said why nothing is published, and who else publishes', () => {
    const hold = { reason: 'fetching', detail: 'Its archives are being fetched.', since: 0, done: 3, total: 9 } as const
    const rival = { device: 'beef', since: 0, heardAt: 0, link: '', clock: 0, followed: 'other-device', choice: null }
    expect(describeStanding({ hold, rival } as Parameters<typeof describeStanding>[0])).toEqual([
      'held        Its archives are being fetched. (3 of 9 archives)',
      'rival       device beef publishes with the same key; members follow the other one',
    ])
    expect(describeStanding({ hold: null, rival: null })).toEqual([])
  })

  it('has its weeks told, each with why it is missing', () => {
    const [from, to] = [0 as Seconds, 604_800 as Seconds]
    const week = { from, to, reasons: [], archives: 0, messages: 0, bytes: 0, live: 2, peers: null }
    const text = describeWeeks([{ ...week, state: 'missing', missing: 'gap' }])
    expect(text).toMatch(/1970-01-01 +1970-01-08 +missing: gap +0 +2 +unknown/)
  })
})

describe('values on the command line', () => {
  it('of what is wanted are all, the latest, or a stretch of days', () => {
    expect(wantedOf('all')).toEqual({ kind: 'all' })
    expect(wantedOf('1970-01-01..1970-01-08')).toEqual({ kind: 'range', from: 0, to: 604_800 })
    for (const bad of ['', 'some', '2026-02-01..2026-01-01', '2026-13-01..2026-14-01', '2026-01-01..'])
      expect(() => wantedOf(bad), bad).toThrow(UsageError)
  })

  it('of settings become what the setting is: a number, a list, text or no limit', () => {
    expect(changeOf('archiveInterval=10000')).toEqual({ archiveInterval: 10_000 })
    expect(changeOf('nodes=')).toEqual({ nodes: [] })
    expect(changeOf('nodes=/a,/b')).toEqual({ nodes: ['/a', '/b'] })
    expect(changeOf('diskLimit=none')).toEqual({ diskLimit: null })
    expect(changeOf('distribution=codex')).toEqual({ distribution: 'codex' })
    expect(changeOf('distributionFallback=false')).toEqual({ distributionFallback: false })
    expect(changeOf('codexNode=http://127.0.0.1:8080')).toEqual({ codexNode: 'http://127.0.0.1:8080' })
    for (const bad of ['distribution', 'distribution=pigeon', 'archiveInterval=1', 'toString=1', '=x'])
      expect(() => changeOf(bad), bad).toThrow(UsageError)
  })

  it('of keys, ids and switches are checked', () => {
    expect(contactIdOf(`0x04${'a'.repeat(128)}`)).toMatch(/^0x04a/)
    expect(archiveIdOf(`0x${'b'.repeat(64)}`)).toMatch(/^0xb/)
    expect([switchOf('on'), switchOf('off')]).toEqual([true, false])
    for (const read of [contactIdOf, archiveIdOf, switchOf]) expect(() => read('0x12')).toThrow(UsageError)
  })
})

describe('what commands print', () => {
  it('is aligned in columns', () => {
    expect(
      formatTable(
        ['ID', 'NAME'],
        [
          ['1', 'Ada'],
          ['100', ''],
        ],
      ),
    ).toBe('ID   NAME\n1    Ada\n100')
  })

  it('of the log is oldest first, in words, with what is no longer kept', () => {
    const line = { communityId: null, from: null, to: null, detail: '' }
    const lines = [
      { ...line, seq: 9, at: 1000, kind: 'historyArchivesSeeding' },
      { ...line, seq: 8, at: 0, kind: 'historyArchivesNotice', detail: 'Look.' },
    ] as ActivityLine[]
    expect(describeActivity({ lines, dropped: 7 }, new Map()).split('\n')).toEqual([
      'The 7 oldest lines are no longer kept.',
      '     8  1970-01-01 00:00:00  Look.',
      '     9  1970-01-01 00:00:01  The history is offered to others.',
    ])
  })
})

describe('messages on the command line', () => {
  const api = createFakeApi({
    profiles: ['Ada'],
    loggedIn: true,
    communities: [{ ...plan, name: 'Harbour', channels: [{ name: 'general', messages: 400 }] }],
  })
  const client = createClient({ request: (name, input) => api.handle(name, input), subscribe: () => () => {} })

  it('are paged by a message, a date or what is unread, and by one of these only', async () => {
    const { channels } = await findCommunity(client, 'Harbour')
    const { chatId } = channels[0] ?? expect.fail()
    const page = await client.request('messages.page', { chatId, limit: 3 })
    const [first] = page.messages
    const text = describePage(page)
    expect(text.split('\n')[0]).toBe(`Older ones: --before ${first?.id}`)
    expect(text).toMatch(/^3 of 400 messages\.$/m)
    expect(text).not.toContain('--after')
    expect(await placeOf(client, chatId, { before: first?.id ?? '' })).toEqual({
      before: { clock: first?.clock, id: first?.id },
    })
    expect(await placeOf(client, chatId, { at: '2026-03-01T14:02Z' })).toEqual({ at: Date.UTC(2026, 2, 1, 14, 2) })
    expect(await placeOf(client, chatId, { unread: true })).toEqual({ unread: true })
    expect(await placeOf(client, chatId, {})).toEqual({})
    for (const bad of [{ at: 'May' }, { before: '0x12' }, { around: 'two words' }, { at: '2026', unread: true }])
      await expect(placeOf(client, chatId, bad), JSON.stringify(bad)).rejects.toThrow(UsageError)
  })

  it('are found page after page, until there are as many as were asked for', async () => {
    const { id, channels } = await findCommunity(client, 'Harbour')
    const found = await searchAll(client, { communityId: id, text: 'harbour nonsense:x', limit: 20 })
    expect(found.hits).toHaveLength(20)
    expect(describeFound(found, channels)).toMatch(/#general {2}[\w ]+: Good morning from the harbour\./)
  })

  it('do not steer the terminal, whoever wrote them', () => {
    expect(printable('a\u001b[31mred\u0007\r\u202eb\n\tc')).toBe('a\ufffd[31mred\ufffd\ufffd\ufffdb\n\tc')
  })
})
