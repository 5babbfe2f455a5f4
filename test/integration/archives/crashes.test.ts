import { spawn } from 'node:child_process'
import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Publication } from '../../../src/main/archives/index.ts'
import { systemClock } from '../../../src/main/clock.ts'
import { decodeArchive } from '../../../src/main/wire/index.ts'
import { communityId } from './support/people.ts'
import { type Folders, TestNode, temporaryFolders } from './support/world.ts'

const child = fileURLToPath(new URL('./support/crash-child.ts', import.meta.url))
const WEEKS = 3

let folders: Folders
beforeEach(() => {
  folders = temporaryFolders()
})
afterEach(() => folders.remove())

/** Runs a node until it is done, is killed by its crash point, or by us after `killAfter` ms. */
function run(role: 'owner' | 'member' | 'heir', options: { point?: string; each?: number; killAfter?: number } = {}) {
  const { point = '', each = 4, killAfter } = options
  const args = ['--no-warnings', child, folders.root, role, point, `${WEEKS}`, `${each}`]
  return new Promise<'done' | 'killed'>((resolve, reject) => {
    const node = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    node.stdout.on('data', (bytes) => {
      said += bytes
    })
    node.stderr.on('data', (bytes) => {
      said += bytes
    })
    const timer = killAfter === undefined ? undefined : setTimeout(() => node.kill('SIGKILL'), killAfter)
    node.on('exit', (code, signal) => {
      clearTimeout(timer)
      if (signal === 'SIGKILL') resolve('killed')
      else if (code === 0) resolve('done')
      else reject(new Error(`the node ended with ${code ?? signal}: ${said}`))
    })
  })
}

const publication = (): Publication => JSON.parse(readFileSync(join(folders.root, 'publication.json'), 'utf8'))

/** Every message is in exactly one archive, what is announced is fetchable, and nothing is left half done. */
async function checkOwner(each: number) {
  const node = await TestNode.open({ root: folders.root, name: 'owner', role: 'owner', clock: systemClock })
  try {
    const { archives, unarchived } = await node.archives.history(communityId)
    expect(unarchived).toBe(0)
    expect(archives.map(({ state, messages }) => [state, messages])).toEqual(
      Array.from({ length: WEEKS }, () => ['published', each]),
    )
    const { links } = publication()
    const [{ link } = { link: undefined }] = links
    if (link === undefined) throw new Error('nothing was announced')
    const set = await node.store.archives.published(communityId, 'torrent')
    expect(set?.link).toBe(link)
    expect(node.engine.isFetchable(link)).toBe(true)
    const seen: string[] = []
    for (const entry of set?.entries ?? []) {
      const { path, offset, length } = await node.engine.fetch(communityId, link, entry)
      const { records } = decodeArchive(new Uint8Array(readFileSync(path)).subarray(offset, offset + length))
      seen.push(...records.map(({ hash }) => Buffer.from(hash).toString('hex')))
    }
    expect(seen.length).toBe(WEEKS * each)
    expect(new Set(seen).size).toBe(seen.length)
    expect(await node.store.archives.files(communityId)).toEqual([])
    expect(readdirSync(join(folders.root, 'owner', 'staging', communityId))).toEqual([])
  } finally {
    await node.close()
  }
}

async function checkMember(each: number) {
  const node = await TestNode.open({ root: folders.root, name: 'member', role: 'member', clock: systemClock })
  try {
    const { archives, refused } = await node.archives.history(communityId)
    expect(archives.map(({ state, messages }) => [state, messages])).toEqual(
      Array.from({ length: WEEKS }, () => ['imported', each]),
    )
    expect(refused.filter(({ reason }) => reason !== 'link:same-link')).toEqual([])
    expect(await node.texts()).toEqual(Array.from({ length: WEEKS * each }, (_, i) => `message ${i}`))
  } finally {
    await node.close()
  }
}

const both = (names: readonly string[]) => names.flatMap((name) => [`${name}:before`, `${name}:after`])

describe('R1.1 killed while publishing', () => {
  it.each(both(['publish.claim', 'publish.stage', 'publish.engine', 'publish.commit']))(
    'at %s, nothing is lost, doubled or announced in vain',
    async (point) => {
      expect(await run('owner', { point })).toBe('killed')
      expect(await run('owner')).toBe('done')
      await checkOwner(4)
    },
  )
})

describe('R8.2 killed while importing', () => {
  const each = 600
  let prepared: Folders
  beforeAll(async () => {
    folders = temporaryFolders()
    prepared = folders
    await run('owner', { each })
    return () => prepared.remove()
  })

  it.each(both(['import.batch', 'import.done']))('at %s, the history is the same in the end', async (point) => {
    cpSync(prepared.root, folders.root, { recursive: true })
    expect(await run('member', { point })).toBe('killed')
    expect(await run('member')).toBe('done')
    await checkMember(each)
  })
})

describe('R1.3 killed while a history is taken over', () => {
  it.each(both(['adopt.community', 'adopt.mark', 'adopt.continue']))(
    'at %s, it is continued whole in the end, and nothing is archived twice',
    async (point) => {
      expect(await run('owner')).toBe('done')
      expect(await run('heir', { point })).toBe('killed')
      expect(await run('heir')).toBe('done')
      const heir = await TestNode.open({ root: folders.root, name: 'heir', role: 'owner', clock: systemClock })
      const home = await TestNode.open({ root: folders.root, name: 'owner', role: 'owner', clock: systemClock })
      try {
        const [taken, before] = [heir, home].map((node) => node.store.archives.published(communityId, 'torrent'))
        expect((await taken)?.entries).toEqual((await before)?.entries)
        expect((await heir.archives.history(communityId)).unarchived).toBe(0)
        expect(await heir.texts()).toEqual(Array.from({ length: WEEKS * 4 }, (_, i) => `message ${i}`))
      } finally {
        await heir.close()
        await home.close()
      }
    },
  )
})

describe('R8.2 killed at any moment', () => {
  const seed = Number(process.env.CHRONICLE_SEED ?? Date.now() % 1_000_000)
  let state = seed
  const rounds = Number(process.env.CHRONICLE_KILLS ?? 1)
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state % below
  }
  it.each(Array.from({ length: rounds }, (_, i) => i))(
    `publishing and importing come to the same end (seed ${seed}, %i)`,
    async () => {
      for (const killAfter of [300 + random(700), 300 + random(700)]) await run('owner', { each: 50, killAfter })
      expect(await run('owner', { each: 50 })).toBe('done')
      await checkOwner(50)
      for (const killAfter of [300 + random(700), 300 + random(700)]) await run('member', { each: 50, killAfter })
      expect(await run('member', { each: 50 })).toBe('done')
      await checkMember(50)
    },
  )
})
