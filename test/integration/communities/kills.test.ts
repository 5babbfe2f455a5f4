/** RULES.md R8.2 for group keys: SIGKILL at each of their crash points, before and after what is made durable there. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { CommunityId } from '../../../src/shared/domain.ts'
import { crashPointsInSource } from '../../chaos/support/crash-points.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { MemoryNetwork } from '../../support/memory-network.ts'
import { person } from '../../support/people.ts'
import { settle, startNode, until } from '../../support/small-node.ts'

const child = fileURLToPath(new URL('../../support/encrypted-child.ts', import.meta.url))

interface Ended {
  readonly signal: NodeJS.Signals | null
  readonly id: CommunityId
  readonly numbers: readonly number[]
  readonly removed: boolean
}

async function run(folder: string, point: string): Promise<Ended> {
  const process_ = spawn(process.execPath, [child, folder, point], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    process_.once('exit', (_code, signal) => resolve(signal)),
  )
  let id = '' as CommunityId
  let removed = false
  const numbers: number[] = []
  for await (const line of createInterface({ input: process_.stdout })) {
    const [word, value = ''] = line.split(' ')
    if (word === 'community') id = value as CommunityId
    else if (word === 'number') numbers.push(Number(value))
    else if (word === 'removed') removed = true
  }
  return { signal: await ended, id, numbers, removed }
}

/** Everything goes on: nothing is locked, no number comes again, and who stayed reads what is said next. */
async function goesOn(folder: string, { id, numbers, removed }: Ended): Promise<void> {
  const clock = new FakeClock(new FakeClock().now() + 3_600_000)
  const place = { network: new MemoryNetwork(), clock }
  const owner = await startNode(place, 'owner', join(folder, 'owner'))
  const member = await startNode(place, 'member', join(folder, 'member'))
  const other = person('other').id
  try {
    const before = owner.communities.interpretContext(id, 'live')
    const rekeyed = before.groupKeys.length === 2
    expect(before.members.has(other), 'the description and its key are there together, or neither').toBe(!rekeyed)
    if (removed) expect(rekeyed).toBe(true)
    const next = (await owner.communities.nextStep(id))?.seqNo ?? 0
    // A new key counts from the beginning.
    if (!rekeyed) expect(next).toBeGreaterThan(Math.max(0, ...numbers))
    await owner.communities.removeMembers(id, [other])
    // What it published when it started, the member was not there to hear.
    await clock.advance(1000)
    await owner.communities.publishDescription(id)
    await until(() => member.communities.get(id).members === 2, place, owner, member)
    expect(member.communities.get(id).state).toBe('joined')
    expect(member.communities.interpretContext(id, 'live').groupKeys).toHaveLength(2)
    const [channel] = owner.communities.get(id).channels
    if (channel === undefined) throw new Error('no channel')
    await member.posting.post({ chatId: channel.chatId, text: 'still here' })
    await settle(place, owner, member)
    const { messages } = await owner.store.messages.page({ chatId: channel.chatId, limit: 10 })
    expect(messages.map((message) => message.text)).toEqual(['still here'])
  } finally {
    for (const node of [owner, member]) await node.stop()
  }
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chronicle-group-keys-'))
  for (const name of ['owner', 'member']) mkdirSync(join(folder, name))
  return folder
}

describe('R8.2 an encrypted community whose node is killed', () => {
  const points = crashPointsInSource().filter((point) => point.startsWith('groupkeys.'))

  it('has such points', () => {
    expect(points).toHaveLength(6)
  })

  it.each([...points, 'groupkeys.reserve:after@3'])(
    'at %s goes on with its keys, and uses no number twice',
    async (point) => {
      const folder = newFolder()
      try {
        const ended = await run(folder, point)
        expect(ended.signal).toBe('SIGKILL')
        await goesOn(folder, ended)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  )

  it('that nobody kills is given each number once', async () => {
    const folder = newFolder()
    try {
      const ended = await run(folder, '')
      expect(ended.signal).toBeNull()
      const [first, second] = [ended.numbers.slice(0, 40), ended.numbers.slice(40)]
      for (const numbers of [first, second]) expect(new Set(numbers).size).toBe(40)
      await goesOn(folder, ended)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
