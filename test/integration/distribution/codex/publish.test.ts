import { describe, expect, it } from 'vitest'
import { contents, entryOf, publish, startEngine, startMember } from '../../../support/codex-engines.ts'
import { bytesOf, communityA, temporaryFolder } from '../../../support/torrent.ts'

const block = 65_536

describe('publishing by Codex', () => {
  it('is served again after a restart, when it is told to, at the same address', async () => {
    const root = temporaryFolder()
    const owner = await startEngine({ root })
    const set = await publish(owner, [3 * block])
    const [before] = owner.status().addresses
    await owner.stop()
    const again = await startEngine({ root })
    expect(again.status().addresses).toEqual([before])
    await again.seed(communityA, set.link, true)
    const member = await startMember([again])
    expect(await contents(await member.fetch(communityA, set.link, entryOf(set, 0)))).toEqual(bytesOf('0', 3 * block))
  })
})
