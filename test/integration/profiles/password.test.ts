import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openProfiles } from '../../../src/main/profiles/index.ts'
import { FakeClock } from '../../support/fake-clock.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'chronicle-password-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

describe('a password', () => {
  it('R7.1 is stretched with scrypt N=2^17, r=8, p=1, off the thread that serves people', async () => {
    const random = (length: number) => new Uint8Array(randomBytes(length))
    const profiles = openProfiles({ root, random, clock: new FakeClock() })
    const { profile } = await profiles.create({ name: 'Ada', password: 'right' })
    const text = await readFile(join(root, 'profiles', profile.id, 'keystore.json'), 'utf8')
    expect(JSON.parse(text)).toMatchObject({ kdf: { name: 'scrypt', N: 131_072, r: 8, p: 1 } })
    let turns = 0
    const ticking = setInterval(() => {
      turns += 1
    }, 1)
    await expect(profiles.login(profile.id, 'wrong')).rejects.toMatchObject({ code: 'wrong-password' })
    clearInterval(ticking)
    expect(turns).toBeGreaterThan(5)
    await (await profiles.login(profile.id, 'right')).close()
  })
})
