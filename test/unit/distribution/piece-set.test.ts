import { describe, expect, it } from 'vitest'
import { PieceSet } from '../../../src/main/distribution/torrent/piece-set.ts'

describe('PieceSet', () => {
  it('keeps BitTorrent’s bit order: piece 0 is the highest bit of the first byte', () => {
    const set = new PieceSet(10)
    set.add(0)
    set.add(9)
    expect([...set.bytes()]).toEqual([0b1000_0000, 0b0100_0000])
    expect(set.count).toBe(2)
  })

  it('counts each piece once, added or deleted twice', () => {
    const set = new PieceSet(3)
    set.add(1)
    set.add(1)
    set.delete(2)
    expect(set.count).toBe(1)
    set.delete(1)
    set.delete(1)
    expect(set.count).toBe(0)
  })

  it('ignores bits past its length and takes missing ones as not there', () => {
    expect(new PieceSet(3, Uint8Array.of(0xff)).bytes()).toEqual(Uint8Array.of(0b1110_0000))
    expect([...new PieceSet(10, Uint8Array.of(0xff)).missing()]).toEqual([8, 9])
    const set = new PieceSet(3)
    set.add(3)
    set.add(-1)
    expect(set.count).toBe(0)
  })

  it('says what a range lacks', () => {
    const set = PieceSet.full(20)
    expect(set.complete).toBe(true)
    set.delete(7)
    expect(set.hasAll(0, 7)).toBe(true)
    expect(set.hasAll(0, 8)).toBe(false)
    expect([...set.missing(5, 20)]).toEqual([7])
  })
})
