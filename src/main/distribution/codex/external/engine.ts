/**
 * The Codex engine for those who run a Logos Storage (Codex) node themselves: from outside the same engine as the one
 * inside Chronicle, with another thread behind it.
 */
import type { Worker } from 'node:worker_threads'
import type { Clock } from '../../../clock.ts'
import { spawnWorker } from '../../../workers/spawn.ts'
import type { DistributionEngine } from '../../engine.ts'
import { createCodexEngine } from '../embedded/engine.ts'
import { type ExternalOptions, type ExternalSettings, externalSettings } from './settings.ts'

export interface ExternalEngineOptions extends ExternalOptions {
  readonly clock?: Clock
  /** Starts the thread; for tests that want to hold, and kill, it themselves. */
  readonly spawn?: (settings: ExternalSettings) => Worker
}

/** A `DistributionEngine` over the REST interface of a node. Nothing is asked before `start`. */
export function createExternalCodexEngine(options: ExternalEngineOptions): DistributionEngine {
  const settings = externalSettings(options)
  const spawn = options.spawn ?? ((each: ExternalSettings) => spawnWorker('codex-external', { settings: each }))
  return createCodexEngine({
    root: settings.root,
    loose: false,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...{ downloadLimit: settings.downloadLimit, uploadLimit: settings.uploadLimit },
    // A new thread is told the limits of today.
    spawn: ({ downloadLimit, uploadLimit }) => spawn({ ...settings, downloadLimit, uploadLimit }),
  })
}
