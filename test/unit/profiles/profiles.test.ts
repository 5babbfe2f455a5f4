import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openProfiles, type Profiles } from '../../../src/main/profiles/index.ts'
import { publicKey, recover } from '../../../src/main/wire/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'

const PHRASE = 'test test test test test test test test test test test junk'
const quick = { N: 2 ** 4, r: 8, p: 1 }

let root: string
let profiles: Profiles
let clock: FakeClock
const random = (length: number) => new Uint8Array(randomBytes(length))

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'chronicle-profiles-'))
  clock = new FakeClock()
  profiles = openProfiles({ root, random, clock, cost: quick })
})
afterEach(() => rm(root, { recursive: true, force: true }))

const file = (id: string) => join(root, 'profiles', id, 'keystore.json')

describe('profiles', () => {
  it('a new profile has a phrase of twelve words, and the phrase is the person', async () => {
    const { profile, phrase } = await profiles.create({ name: ' Ada ', password: 'a password' })
    expect(phrase.split(' ')).toHaveLength(12)
    expect(profile.name).toBe('Ada')
    const elsewhere = openProfiles({ root: join(root, 'other'), random, clock: new FakeClock(), cost: quick })
    const restored = await elsewhere.restore({ name: 'Ada again', password: 'another', phrase })
    expect(restored.contactId).toBe(profile.contactId)
    expect(restored.id).toBe(profile.id)
  })

  it('several people live on one machine, listed by name', async () => {
    for (const name of ['Cleo', 'Ada', 'Bo']) await profiles.create({ name, password: 'x' })
    const { profiles: found, damaged } = await profiles.list()
    expect(found.map(({ name }) => name)).toEqual(['Ada', 'Bo', 'Cleo'])
    expect(damaged).toEqual([])
  })

  it('lists nobody where there is no folder yet', async () => {
    expect(await profiles.list()).toEqual({ profiles: [], damaged: [] })
  })

  it('logs in, signs as that person, and logs out', async () => {
    const { profile } = await profiles.create({ name: 'Ada', password: 'right' })
    const session = await profiles.login(profile.id, 'right')
    const digest = random(32)
    expect(recover(digest, session.identity.sign(digest))).toEqual(session.identity.publicKey)
    expect(publicKey(session.identity.privateKey())).toEqual(session.identity.publicKey)
    const live = session.identity.privateKey()
    await session.close()
    await session.close()
    expect(live.every((byte) => byte === 0)).toBe(true)
    expect(() => session.identity.sign(digest)).toThrow(expect.objectContaining({ code: 'logged-out' }))
    expect(await readdir(session.folder)).toEqual(['keystore.json'])
  })

  it('a wrong password says so and leaves the folder free', async () => {
    const { profile } = await profiles.create({ name: 'Ada', password: 'right' })
    await expect(profiles.login(profile.id, 'wrong')).rejects.toMatchObject({ code: 'wrong-password' })
    await expect(profiles.login(profile.id, '')).rejects.toMatchObject({ code: 'empty-password' })
    await (await profiles.login(profile.id, 'right')).close()
  })

  it('the same password typed in another Unicode form opens the profile', async () => {
    const { profile } = await profiles.create({ name: 'Ada', password: 'caf\u00e9' })
    await (await profiles.login(profile.id, 'cafe\u0301')).close()
  })

  it('refuses empty passwords and impossible names before writing anything', async () => {
    await expect(profiles.create({ name: 'Ada', password: '' })).rejects.toMatchObject({ code: 'empty-password' })
    await expect(profiles.create({ name: '  ', password: 'x' })).rejects.toMatchObject({ code: 'bad-name' })
    await expect(profiles.create({ name: 'n'.repeat(101), password: 'x' })).rejects.toMatchObject({ code: 'bad-name' })
    expect((await profiles.list()).profiles).toEqual([])
  })

  it('a phrase with a misspelt word, a wrong order or too few words is refused', async () => {
    for (const phrase of [PHRASE.replace('junk', 'jnk'), PHRASE.replace('junk', 'test'), 'test junk', '']) {
      await expect(profiles.restore({ name: 'Ada', password: 'x', phrase })).rejects.toMatchObject({
        code: 'bad-phrase',
      })
    }
  })

  it('a phrase is read whatever its spacing and case', async () => {
    const a = await profiles.restore({
      name: 'Ada',
      password: 'x',
      phrase: `  ${PHRASE.toUpperCase().replaceAll(' ', '\n ')} `,
    })
    await expect(profiles.restore({ name: 'B', password: 'y', phrase: PHRASE })).rejects.toMatchObject({
      code: 'exists',
    })
    const again = await profiles.restore({ name: 'Ada', password: 'new', phrase: PHRASE, replace: true })
    expect(again.id).toBe(a.id)
    await expect(profiles.login(a.id, 'x')).rejects.toMatchObject({ code: 'wrong-password' })
    await (await profiles.login(a.id, 'new')).close()
  })

  it('a profile restored from its phrase opens what it sealed before', async () => {
    const { id } = await profiles.restore({ name: 'Ada', password: 'x', phrase: PHRASE })
    const before = await profiles.login(id, 'x')
    const sealed = before.identity.seal(Uint8Array.of(1, 2, 3), 'community key')
    await before.close()
    await profiles.restore({ name: 'Ada', password: 'y', phrase: PHRASE, replace: true })
    const after = await profiles.login(id, 'y')
    expect(after.identity.open(sealed, 'community key')).toEqual(Uint8Array.of(1, 2, 3))
    expect(() => after.identity.open(sealed, 'another purpose')).toThrow(
      expect.objectContaining({ code: 'sealed-elsewhere' }),
    )
    sealed[20] = (sealed[20] ?? 0) ^ 1
    expect(() => after.identity.open(sealed, 'community key')).toThrow()
    expect(() => after.identity.open(new Uint8Array(), 'community key')).toThrow()
    expect(after.identity.phrase()).toBe(PHRASE)
    await after.close()
  })

  it('the key file is private, names its costs, and shows no key', async () => {
    const { id } = await profiles.restore({ name: 'Ada', password: 'canary password', phrase: PHRASE })
    const text = await readFile(file(id), 'utf8')
    expect((await stat(file(id))).mode & 0o777).toBe(0o600)
    expect((await stat(join(root, 'profiles', id))).mode & 0o777).toBe(0o700)
    expect(JSON.parse(text)).toMatchObject({ version: 1, name: 'Ada', kdf: { name: 'scrypt', ...quick } })
    const session = await profiles.login(id, 'canary password')
    expect(text).not.toContain(Buffer.from(session.identity.privateKey()).toString('hex'))
    expect(text).not.toContain('canary')
    await session.close()
  })

  it('a damaged, foreign or newer key file is refused with its reason, and the others stay listed', async () => {
    const { profile: good } = await profiles.create({ name: 'Good', password: 'x' })
    const { profile } = await profiles.create({ name: 'Ada', password: 'x' })
    const text = await readFile(file(profile.id), 'utf8')
    const cases: [string, string][] = [
      ['{', 'damaged-keystore'],
      ['{"version":2}', 'unsupported-keystore'],
      [text.replace(/"N": 16/, '"N": 1099511627776'), 'damaged-keystore'],
      [text.replace(profile.id, '0123456789abcdef'), 'damaged-keystore'],
      [text.replace(/"contactId": "0x04/, '"contactId": "0x05'), 'damaged-keystore'],
    ]
    for (const [content, code] of cases) {
      await writeFile(file(profile.id), content)
      await expect(profiles.login(profile.id, 'x')).rejects.toMatchObject({ code })
      const { profiles: found, damaged } = await profiles.list()
      expect(found).toEqual([good])
      expect(damaged.map(({ error }) => error.code)).toEqual([code])
    }
    await writeFile(file(profile.id), text.replace(profile.contactId, good.contactId))
    await expect(profiles.login(profile.id, 'x')).rejects.toMatchObject({ code: 'wrong-password' })
  })

  it('an id that is no id leads nowhere', async () => {
    for (const id of ['../../etc', '', '0123456789abcdef']) {
      await expect(profiles.login(id, 'x')).rejects.toMatchObject({ code: 'not-found' })
    }
  })

  it('a name can change without the password', async () => {
    const { profile } = await profiles.create({ name: 'Ada', password: 'x' })
    expect(await profiles.rename(profile.id, 'Ada Two')).toEqual({ ...profile, name: 'Ada Two' })
    await (await profiles.login(profile.id, 'x')).close()
  })

  it('a stray file or folder beside the profiles disturbs nothing', async () => {
    await mkdir(join(root, 'profiles', 'stray'), { recursive: true })
    await writeFile(join(root, 'profiles', 'note.txt'), 'hello')
    expect(await profiles.list()).toEqual({ profiles: [], damaged: [] })
  })
})

describe('a password', () => {
  it('R7.1 is not looked at after five wrong ones, until a growing wait is over', async () => {
    const { profile } = await profiles.create({ name: 'Ada', password: 'right' })
    const other = await profiles.create({ name: 'Bo', password: 'right' })
    // At once, so that nobody gains by not waiting for an answer.
    const guesses = await Promise.allSettled(
      Array.from({ length: 9 }, () => profiles.checkPassword(profile.id, 'wrong')),
    )
    const codes = guesses.map((guess) => (guess.status === 'rejected' ? guess.reason.code : 'right'))
    expect(codes).toEqual([...Array(5).fill('wrong-password'), ...Array(4).fill('too-many-attempts')])
    await expect(profiles.login(profile.id, 'right')).rejects.toMatchObject({
      code: 'too-many-attempts',
      action: 'Next try in 4 s.',
    })
    await (await profiles.login(other.profile.id, 'right')).close()
    await clock.advance(4_000)
    await expect(profiles.phrase(profile.id, 'wrong')).rejects.toMatchObject({ code: 'wrong-password' })
    await clock.advance(7_000)
    await expect(profiles.changePassword(profile.id, 'wrong', 'x')).rejects.toMatchObject({
      action: 'Next try in 1 s.',
    })
    await clock.advance(1_000)
    await (await profiles.login(profile.id, 'right')).close()
    await expect(profiles.checkPassword(profile.id, 'wrong')).rejects.toMatchObject({ code: 'wrong-password' })
  })

  it('is changed, also while its owner is logged in, and the old one no longer opens anything', async () => {
    const { profile, phrase } = await profiles.create({ name: 'Ada', password: 'old' })
    const session = await profiles.login(profile.id, 'old')
    await profiles.changePassword(profile.id, 'old', 'new')
    await session.close()
    await expect(profiles.login(profile.id, 'old')).rejects.toMatchObject({ code: 'wrong-password' })
    expect(await profiles.phrase(profile.id, 'new')).toBe(phrase)
  })
})

describe('a profile', () => {
  it('has its new name at once, also where it is logged in', async () => {
    const { profile } = await profiles.create({ name: 'Ada', password: 'x' })
    const session = await profiles.login(profile.id, 'x')
    expect(await profiles.rename(profile.id, ' Ada L. ')).toMatchObject({ name: 'Ada L.' })
    expect(session.profile.name).toBe('Ada L.')
    await session.close()
    expect((await profiles.list()).profiles.map(({ name }) => name)).toEqual(['Ada L.'])
  })

  it('is removed with all that it had, once its name was typed and it is logged out', async () => {
    const { profile, phrase } = await profiles.create({ name: 'Ada', password: 'x' })
    await profiles.create({ name: 'Bo', password: 'x' })
    const session = await profiles.login(profile.id, 'x')
    await writeFile(join(session.folder, 'chronicle.sqlite'), 'messages')
    await expect(profiles.remove(profile.id, 'Ada')).rejects.toMatchObject({ code: 'logged-in' })
    const elsewhere = openProfiles({ root, random, clock, cost: quick })
    await expect(elsewhere.remove(profile.id, 'Ada')).rejects.toMatchObject({ code: 'in-use' })
    await session.close()
    await expect(profiles.remove(profile.id, 'ada')).rejects.toMatchObject({ code: 'name-differs' })
    // What an earlier removal left when it was killed goes, too, and is nobody meanwhile.
    await mkdir(join(root, 'profiles', '0123456789abcdef.removed'))
    expect((await profiles.list()).profiles).toHaveLength(2)
    await profiles.remove(profile.id, 'Ada')
    expect(await readdir(join(root, 'profiles'))).toHaveLength(1)
    await expect(profiles.login(profile.id, 'x')).rejects.toMatchObject({ code: 'not-found' })
    expect(await profiles.restore({ name: 'Ada', password: 'y', phrase })).toMatchObject({ id: profile.id })
  })
})
