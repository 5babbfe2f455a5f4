import { expect, it } from 'vitest'
import { contents, entryOf, publish } from '../../../support/codex-engines.ts'
import { neighbourhood } from '../../../support/external-engines.ts'
import { bytesOf, communityA, plainCodec } from '../../../support/torrent.ts'

it.each(['storage', 'codex'] as const)(
  'goes from one to the other by way of two nodes of flavour %s',
  async (flavour) => {
    const open = neighbourhood({ flavour })
    const owner = await open()
    expect(owner.engine.status()).toMatchObject({ state: 'running', error: '' })
    const set = await publish(owner.engine, [5000, 65_536, 200_000])
    const member = await open()
    const entries = await plainCodec.decode(await member.engine.openIndex(communityA, set.link))
    expect(entries).toEqual(set.entries)
    for (const [at] of entries.entries())
      expect(await contents(await member.engine.fetch(communityA, set.link, entryOf(set, at)))).toEqual(
        bytesOf(`${at}`, [5000, 65_536, 200_000][at] ?? 0),
      )
  },
)
