/** What a test and the processes it starts say to each other, and how a machine of a scenario is set up. */
import type { EngineKind } from '../../../src/shared/domain.ts'

/** A store node that others use, or a person's whole program. */
export type Machine =
  | { readonly kind: 'service'; readonly folder: string; readonly retention: number | null }
  | {
      readonly kind: 'person'
      readonly folder: string
      /** Addresses of the store node: all that a newcomer's machine knows of the world. */
      readonly nodes: readonly string[]
      readonly engines: readonly EngineKind[]
    }

/** What a machine holds, after its garbage was collected. */
export interface Holdings {
  /** bytes of the main thread's heap, and of what lies beside it */
  readonly heap: number
  /** bytes of the whole process, its other threads included */
  readonly resident: number
  /** Timers, sockets and the like that keep its main thread alive. */
  readonly handles: number
  /** Open files and sockets; 0 where the system does not say. */
  readonly files: number
}

/** The one question of every machine that its program does not know. */
export const holdingsRequest = 'machine.holdings'

export type ToChild =
  | { readonly to: 'request'; readonly id: number; readonly name: string; readonly input: unknown }
  | { readonly to: 'stop' }

export type FromChild =
  | { readonly from: 'open'; readonly addresses: readonly string[] }
  | { readonly from: 'reply'; readonly id: number; readonly reply: unknown }
  | { readonly from: 'event'; readonly name: string; readonly payload: unknown }
