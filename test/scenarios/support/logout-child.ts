/**
 * A program in which somebody logs in and out several times, counting what is open after each; then it looks through
 * its own heap for their secrets. What it looks for is kept outside of the heap. `KEEP=yes` holds on to the password,
 * as a leak would.
 */
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { getHeapSnapshot } from 'node:v8'
import Database from 'better-sqlite3'
import { openApi } from '../../../src/main/api/index.ts'
import { entropyOf, keysFromEntropy, openProfiles } from '../../../src/main/profiles/index.ts'
import { shareOverSocket } from '../../../src/main/sockets/index.ts'
import { createClient } from '../../../src/shared/client.ts'
import type { EventName } from '../../../src/shared/contract.ts'

const folder = process.argv[2] ?? ''
const rounds = Number(process.argv[3] ?? 0)
const keep = process.env.KEEP === 'yes'

const api = await openApi({ folder, mode: 'headless', version: '0', neighbours: { share: shareOverSocket } })
const client = createClient({
  request: (name, input) => api.handle(name, input),
  subscribe: (name, listener) => api.subscribe(name as EventName, listener),
})

/** Name → the secret in a form in which a heap would hold it as text. */
const secrets = new Map<string, Buffer>()
const note = (name: string, bytes: Uint8Array) => {
  for (const form of ['hex', 'base64'] as const)
    secrets.set(`${name} (${form})`, Buffer.from(Buffer.from(bytes).toString(form)))
}

/** What is open: kinds of resources by number, files, threads, and listeners of the process. */
function opened(): Record<string, number> {
  const count: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) count[kind] = (count[kind] ?? 0) + 1
  count.descriptors = readdirSync('/proc/self/fd').length
  count.threads = readdirSync('/proc/self/task').length
  count.listeners = process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0)
  return count
}

/** Closed handles are gone a few turns of the loop later. */
async function settled(): Promise<Record<string, number>> {
  let last = ''
  for (let same = 0; same < 5; ) {
    await setTimeout(100)
    const now = JSON.stringify(opened())
    same = now === last ? same + 1 : 0
    last = now
  }
  return JSON.parse(last)
}

async function begin(): Promise<string> {
  const password = `canary-${randomBytes(12).toString('hex')}`
  secrets.set('password', Buffer.from(password))
  const { profile, phrase } = await client.request('profiles.create', { name: 'Ada', password })
  secrets.set('phrase', Buffer.from(phrase))
  const keys = await keysFromEntropy(entropyOf(phrase))
  note('chat key', keys.chatKey)
  note('wallet key', keys.walletKey)
  note('profile key', keys.profileKey)
  for (const key of Object.values(keys)) key.fill(0)
  return profile.id
}

async function login(id: string): Promise<void> {
  await client.request('profiles.login', { id, password: secrets.get('password')?.toString() ?? '' })
}

/** From the database, with the keys that seal it. */
async function noteCommunityKey(id: string): Promise<void> {
  const profiles = openProfiles({
    root: folder,
    random: (n) => new Uint8Array(randomBytes(n)),
    clock: { now: () => 1 as never },
  })
  const session = await profiles.login(id, secrets.get('password')?.toString() ?? '')
  const db = new Database(join(session.folder, 'chronicle.sqlite'))
  const row = db.prepare<[], { id: string; key: Buffer }>('SELECT id, sealed_key AS key FROM communities').get()
  db.close()
  if (row === undefined) throw new Error('There is no community.')
  note('community key', session.identity.open(row.key, `community key ${row.id}`))
  await session.close()
}

// These are opened when they are first asked for, which starting a thread does.
for (const stream of [process.stdin, process.stdout, process.stderr]) stream.on('error', () => {})
const id = await begin()
const kept = keep ? [secrets.get('password')?.toString()] : []
const before = await settled()
const after: Record<string, number>[] = []
for (let round = 0; round < rounds; round += 1) {
  await login(id)
  if (round === 0) {
    await client.request('communities.create', {
      name: 'Harbour',
      description: '',
      color: '#0a6470',
      channels: ['general'],
      historyArchives: true,
    })
  }
  await client.request('profiles.logout')
  if (round === 0) await noteCommunityKey(id)
  after.push(await settled())
}
for (let n = 0; n < 5; n += 1) {
  globalThis.gc?.()
  await setTimeout(20)
}
const chunks: Buffer[] = []
for await (const chunk of getHeapSnapshot()) chunks.push(Buffer.from(chunk))
const heap = Buffer.concat(chunks)
const found = [...secrets].filter(([, secret]) => heap.includes(secret)).map(([name]) => name)
if (kept.length > 1) throw new Error('It is still held.')
process.stdout.write(JSON.stringify({ before, after, found, looked: [...secrets.keys()], size: heap.length }), () =>
  process.exit(0),
)
