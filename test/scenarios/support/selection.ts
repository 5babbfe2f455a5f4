/** Which scenarios run, and on what: by environment variables, so that CI takes the quick ones and verify all. R8.1. */
import type { Engine } from './stage.ts'

const given = process.env.CHRONICLE_ENGINE

/** CHRONICLE_SCENARIOS=all: also those that take minutes. */
export const all = process.env.CHRONICLE_SCENARIOS === 'all'

export const engine: Engine = given === 'codex' || given === 'both' ? given : 'torrent'

/** Logging in again is tried on the other engine, too, unless one was asked for. */
export const enginesOfT5: readonly Engine[] = given === undefined ? ['torrent', 'codex'] : [engine]
