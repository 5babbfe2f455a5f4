import { describe, expect, it } from 'vitest'
import { PieceSet } from '../../../src/main/distribution/torrent/piece-set.ts'
import { WantList } from '../../../src/main/distribution/torrent/want-list.ts'

const range = (from: number, to: number, urgent = false) => ({ from, to, urgent, onPiece: () => {} })

describe('WantList', () => {
  it('keeps the order of asking, urgent ranges before all others', () => {
    const wants = new WantList(1000)
    const have = new PieceSet(100)
    const second = wants.add(have, range(50, 60))
    const third = wants.add(have, range(0, 10))
    const first = wants.add(have, range(90, 100, true))
    expect(wants.active()).toEqual([first, second, third])
  })

  it('selects a further range only while fewer pieces than the window are missing', () => {
    const wants = new WantList(10)
    const have = new PieceSet(100)
    const first = wants.add(have, range(0, 8))
    const second = wants.add(have, range(20, 40))
    wants.add(have, range(50, 60))
    expect(wants.active()).toEqual([first, second])
    for (let index = 0; index < 8; index += 1) wants.arrived(index)
    expect(wants.active()).toEqual([second])
  })

  it('always selects the first, however large', () => {
    const wants = new WantList(10)
    const large = wants.add(new PieceSet(100), range(0, 100))
    expect(wants.active()).toEqual([large])
  })

  it('completes a range when its last missing piece arrives, not before', async () => {
    const wants = new WantList(10)
    const have = new PieceSet(10)
    have.add(3)
    const wanted = wants.add(have, range(2, 5))
    expect([...wanted.missing]).toEqual([2, 4])
    expect(wants.arrived(2)).toBe(false)
    expect(wants.arrived(2)).toBe(false)
    expect(wants.arrived(4)).toBe(true)
    await wanted.complete
    expect(wants.size).toBe(0)
  })

  it('wants a piece again that was lost', () => {
    const wants = new WantList(10)
    const wanted = wants.add(new PieceSet(10), range(0, 2))
    wants.arrived(0)
    wants.lost(0)
    wants.lost(7)
    wants.arrived(1)
    expect([...wanted.missing]).toEqual([0])
    expect(wants.size).toBe(1)
  })

  it('fails all that wait', async () => {
    const wants = new WantList(10)
    const wanted = wants.add(new PieceSet(10), range(0, 2))
    wants.failAll(new Error('disk full'))
    await expect(wanted.complete).rejects.toThrow('disk full')
    expect(wants.size).toBe(0)
  })

  it('has nothing to wait for where every piece is there', async () => {
    const wants = new WantList(10)
    await wants.add(PieceSet.full(10), range(0, 10)).complete
    expect(wants.size).toBe(0)
  })
})
