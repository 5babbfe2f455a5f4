/** What an engine says of itself while it does not run, and what outlives its thread. */
import type { EngineStatus } from './engine.ts'

export const stoppedStatus: EngineStatus = {
  state: 'stopped',
  error: '',
  addresses: [],
  transfers: [],
  downloaded: 0,
  uploaded: 0,
  hashed: 0,
}

export function totals({ downloaded, uploaded, hashed }: EngineStatus) {
  return { downloaded, uploaded, hashed }
}
