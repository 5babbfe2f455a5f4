/**
 * How fast archives moved in the last minutes, for the charts. Sampled while the app is open, whichever page is shown,
 * so that a chart is there when it is looked at. Kept in this page alone.
 */
import { create } from 'zustand'
import type { CommunityId, Transfer } from '../../shared/domain.ts'

export interface Sample {
  /** bytes/s */
  readonly down: number
  readonly up: number
}

/** ms between two samples, and how many are kept: five minutes. */
export const sampleEvery = 2_000
export const samplesKept = 150

interface Rates {
  /** Oldest first, all communities together and each by itself; one that moves nothing has none. */
  readonly all: readonly Sample[]
  readonly of: ReadonlyMap<CommunityId, readonly Sample[]>
  add(transfers: readonly Transfer[]): void
  clear(): void
}

const still: Sample = { down: 0, up: 0 }
const longer = (samples: readonly Sample[], next: Sample): readonly Sample[] => [...samples, next].slice(-samplesKept)

export const sumOf = (transfers: readonly Transfer[]): Sample =>
  transfers.reduce(
    ({ down, up }, { downloadRate, uploadRate }) => ({ down: down + downloadRate, up: up + uploadRate }),
    still,
  )

export const useRates = create<Rates>((set) => ({
  all: [],
  of: new Map(),
  add: (transfers) =>
    set(({ all, of }) => {
      const communities = new Set([...of.keys(), ...transfers.map(({ communityId }) => communityId)])
      const next = new Map<CommunityId, readonly Sample[]>()
      for (const id of communities) {
        const now = sumOf(transfers.filter(({ communityId }) => communityId === id))
        const samples = longer(of.get(id) ?? all.map(() => still), now)
        // What has not moved for as long as samples are kept is forgotten.
        if (samples.some(({ down, up }) => down + up > 0)) next.set(id, samples)
      }
      return { all: longer(all, sumOf(transfers)), of: next }
    }),
  clear: () => set({ all: [], of: new Map() }),
}))
