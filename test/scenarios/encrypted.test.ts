/**
 * RULES.md R6.2 over whole nodes: an encrypted community through some weeks, with a service node, real engines and real
 * time. Who has the key reads, live and from archives; who lost membership has the bytes and cannot; who missed the key
 * waits for it, through restarts.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openBlob } from '../../src/main/archives/index.ts'
import { systemClock } from '../../src/main/clock.ts'
import type { ArchiveEntry } from '../../src/main/distribution/engine.ts'
import { type ChronicleNode, openNode, startServiceNode } from '../../src/main/node/index.ts'
import { openProfiles } from '../../src/main/profiles/index.ts'
import { isEncryptedBlob } from '../../src/main/wire/index.ts'
import type { ChatId, CommunityId, EngineKind, Millis } from '../../src/shared/domain.ts'
import { reasonOf } from '../unit/wire/support.ts'

const MONTHS = 90 * 24 * 3600 * 1000
const ENGINES: readonly EngineKind[] = ['torrent', 'codex']

type Service = Awaited<ReturnType<typeof startServiceNode>>

/** Somebody with a profile on a machine of their own, who can leave it and come back. */
class Resident {
  readonly #open: () => Promise<{ node: ChronicleNode; close(): Promise<void> }>
  #home: { node: ChronicleNode; close(): Promise<void> } | null = null

  private constructor(open: () => Promise<{ node: ChronicleNode; close(): Promise<void> }>) {
    this.#open = open
  }

  static async arrive(root: string, name: string, nodes: readonly string[]): Promise<Resident> {
    const folder = join(root, name)
    mkdirSync(folder, { recursive: true })
    const random = (length: number) => new Uint8Array(crypto.getRandomValues(new Uint8Array(length)))
    const profiles = openProfiles({ root: folder, random, clock: systemClock, cost: { N: 4096, r: 8, p: 1 } })
    const password = 'correct horse battery staple'
    const { profile } = await profiles.create({ name, password })
    const resident = new Resident(async () => {
      const session = await profiles.login(profile.id, password)
      const log = (line: string) => process.env.CHRONICLE_LOG && console.error(`${name}: ${line}`)
      const restoration = { firstRetry: 300 }
      const node = await openNode({
        session,
        service: false,
        nodes,
        engines: ENGINES,
        backupEvery: null,
        restoration,
        log,
      })
      await until(`${name} is online`, async () => node.waku.status().state === 'online')
      const close = async () => {
        await node.close()
        await session.close()
      }
      return { node, close }
    })
    await resident.comeBack()
    return resident
  }

  get node(): ChronicleNode {
    if (this.#home === null) throw new Error('nobody is at home')
    return this.#home.node
  }

  async comeBack(): Promise<void> {
    this.#home = await this.#open()
  }

  async goAway(): Promise<void> {
    await this.#home?.close()
    this.#home = null
  }

  async texts(chatId: ChatId): Promise<string[]> {
    const { messages } = await this.node.store.messages.page({ chatId, limit: 100 })
    return messages.map(({ text }) => text)
  }

  /** How many stretches of time have been taken in, from whichever engine. */
  async imported(id: CommunityId): Promise<number> {
    const { archives } = await this.node.archives.history(id)
    const done = archives.filter(({ state }) => state === 'imported')
    return new Set(done.map(({ from, to }) => `${from}-${to}`)).size
  }

  keys(id: CommunityId) {
    return this.node.communities.interpretContext(id, 'archive').groupKeys
  }

  async joins(id: CommunityId): Promise<void> {
    await this.node.communities.join(id)
    await until('joined', async () => this.node.communities.get(id).state === 'joined')
  }

  async reads(chatId: ChatId, ...said: string[]): Promise<void> {
    await until(`reads ${said.join()}`, async () => (await this.texts(chatId)).join() === said.join())
  }

  async imports(id: CommunityId, count: number): Promise<void> {
    await until(`imports ${count}`, async () => (await this.imported(id)) === count)
  }
}

async function until(what: string, check: () => Promise<boolean>, seconds = 60): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!(await check())) {
    if (performance.now() > end) throw new Error(`not within ${seconds} s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

let root: string
let service: Service
let residents: Resident[]
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'chronicle-encrypted-'))
  residents = []
  service = await startServiceNode({ storeFile: join(root, 'store.sqlite'), identityFile: null })
})
afterEach(async () => {
  for (const resident of residents) await resident.goAway()
  await service.stop()
  rmSync(root, { recursive: true, force: true })
})

async function arrive(name: string): Promise<Resident> {
  const resident = await Resident.arrive(root, name, await service.service.addresses())
  residents.push(resident)
  return resident
}

async function found(owner: Resident): Promise<{ id: CommunityId; chatId: ChatId }> {
  const { communities, setHistoryArchives } = owner.node
  const text = { name: 'Lighthouse', description: '', color: '#1f2c75' }
  const created = await communities.create({
    ...text,
    channels: [{ name: 'general' }],
    historyArchives: true,
    encrypted: true,
  })
  await setHistoryArchives(created.id, true)
  return { id: created.id, chatId: created.channels[0]?.chatId ?? ('' as ChatId) }
}

/** Says something, and closes the partition it is in. */
async function week(owner: Resident, id: CommunityId, chatId: ChatId, said: string): Promise<void> {
  await owner.node.posting.post({ chatId, text: said })
  await until('an archive', async () => (await owner.node.archives.archiveNow(id)) > 0)
}

/** What an engine of this node gets for the owner's newest link: the index, and an archive of its. */
async function fetched(resident: Resident, owner: Resident, id: CommunityId, kind: EngineKind) {
  const publication = await owner.node.archives.publication(id)
  const link = publication?.links.find(({ engine }) => engine === kind)?.link
  const engine = resident.node.engines.running().find((one) => one.kind === kind)
  if (link === undefined || engine === undefined) throw new Error(`nothing was published on ${kind}`)
  engine.addPeers(id, owner.node.engines.addresses())
  const index = await engine.openIndex(id, link, { timeout: 30_000 })
  const entries: readonly ArchiveEntry[] = (await owner.node.store.archives.published(id, kind))?.entries ?? []
  const blobs: Buffer[] = []
  for (const entry of [...entries].sort((a, b) => a.from - b.from)) {
    const { path, offset, length } = await engine.fetch(id, link, entry, { timeout: 30_000 })
    blobs.push(readFileSync(path).subarray(offset, offset + length))
  }
  return { index, blobs }
}

describe('R6.2 an encrypted community', () => {
  it('members read it live and from archives; who is removed has the bytes of the next week and cannot; a newcomer reads all', async () => {
    const owner = await arrive('owner')
    const ada = await arrive('ada')
    const bob = await arrive('bob')
    const { id, chatId } = await found(owner)
    expect(owner.node.communities.get(id)).toMatchObject({ encrypted: true })
    await ada.joins(id)
    await bob.joins(id)
    await week(owner, id, chatId, 'first')
    await ada.reads(chatId, 'first')
    await bob.reads(chatId, 'first')
    await ada.imports(id, 1)
    await bob.imports(id, 1)

    const bobsKeys = bob.keys(id).map(({ key, keyId }) => ({ key: key.slice(), keyId }))
    await owner.node.communities.removeMembers(id, [bob.node.profile.contactId])
    await until('ada has the next key', async () => ada.keys(id).length === 2)
    await until('bob is out', async () => bob.node.communities.get(id).state !== 'joined')
    await owner.goAway()
    await owner.comeBack()
    await week(owner, id, chatId, 'second')
    await ada.reads(chatId, 'first', 'second')
    await ada.imports(id, 2)
    expect(await bob.texts(chatId)).toEqual(['first'])
    expect(bob.keys(id)).toHaveLength(1)

    const byEngine = await Promise.all(ENGINES.map((kind) => fetched(bob, owner, id, kind)))
    for (const { index, blobs } of byEngine) {
      expect(isEncryptedBlob(index)).toBe(true)
      expect(reasonOf(() => openBlob(index, bobsKeys))).toBe('ENCRYPTED')
      const [first, second] = blobs
      if (first === undefined || second === undefined) throw new Error('two weeks are two archives')
      expect(openBlob(first, bobsKeys).length, 'what he was there for').toBeGreaterThan(0)
      expect(reasonOf(() => openBlob(second, bobsKeys))).toBe('ENCRYPTED')
      expect(openBlob(second, ada.keys(id)).length).toBeGreaterThan(0)
    }
    expect(byEngine[0]?.blobs).toEqual(byEngine[1]?.blobs)

    const carol = await arrive('carol')
    await carol.joins(id)
    expect(carol.keys(id)).toHaveLength(2)
    await carol.imports(id, 2)
    await carol.reads(chatId, 'first', 'second')
    await carol.goAway()
    await carol.comeBack()
    await week(owner, id, chatId, 'third')
    await carol.reads(chatId, 'first', 'second', 'third')
    await carol.imports(id, 3)
  })

  it('a member who missed the new key waits with the newest archives, through a restart, asks, and reads them', async () => {
    const owner = await arrive('owner')
    const ada = await arrive('ada')
    const bob = await arrive('bob')
    const carol = await arrive('carol')
    const { id, chatId } = await found(owner)
    for (const one of [ada, bob, carol]) await one.joins(id)
    await week(owner, id, chatId, 'first')
    await ada.imports(id, 1)
    await ada.goAway()
    await owner.node.communities.removeMembers(id, [bob.node.profile.contactId])
    await until('carol has the next key', async () => carol.keys(id).length === 2)
    await week(owner, id, chatId, 'second')
    await carol.imports(id, 2)
    // The store forgets the description that carried the key. What an owner announces when it starts, the store has.
    service.service.prune((Date.now() + MONTHS) as Millis)
    const repeated = async () => (await carol.node.store.counters.list(id))['link:same-link'] ?? 0
    const before = await repeated()
    await owner.goAway()
    await owner.comeBack()
    await until('the archives are announced again', async () => (await repeated()) > before)
    await owner.goAway()

    await ada.comeBack()
    const waits = async () =>
      (await ada.node.store.downloads.links(id)).some(({ reason }) => reason.startsWith('ENCRYPTED'))
    const meet = () => {
      for (const engine of ada.node.engines.running()) engine.addPeers(id, carol.node.engines.addresses())
    }
    await until('ada waits for the key', async () => {
      meet()
      return waits()
    })
    expect(await ada.texts(chatId)).toEqual(['first'])
    await ada.goAway()
    await ada.comeBack()
    await until('ada still waits', async () => {
      meet()
      return waits()
    })
    expect(ada.keys(id)).toHaveLength(1)
    await owner.comeBack()
    await until('the key has come', async () => ada.keys(id).length === 2)
    await ada.imports(id, 2)
    await ada.reads(chatId, 'first', 'second')
  })
})
