/** The network's state in a word and a shape. */
import type { NetworkStatus } from '../../../shared/domain.ts'
import { counted } from '../../lib/format.ts'

export interface NetworkWords {
  readonly word: string
  /** Filled disc, diamond, square: told apart without colour. */
  readonly shape: 'disc' | 'ring' | 'square'
  readonly means: string
}

export function networkWords({ state, peers }: NetworkStatus): NetworkWords {
  if (state === 'online')
    return {
      word: `Connected · ${counted(peers, 'peer')}`,
      shape: 'disc',
      means: 'Messages arrive as they are posted.',
    }
  if (state === 'connecting')
    return { word: 'Connecting', shape: 'ring', means: 'Looking for nodes that carry messages.' }
  return {
    word: 'Not connected',
    shape: 'square',
    means: 'Nothing arrives and nothing leaves. What you post is kept and sent when a node is reached.',
  }
}
