/** The thread of the Codex engine that works through somebody's own node (RULES.md R7.3). */
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../clock.ts'
import { ExternalService } from '../distribution/codex/external/service.ts'
import type { ExternalSettings } from '../distribution/codex/external/settings.ts'
import type { EngineEvents } from '../distribution/engine.ts'
import { serve } from './rpc.ts'

if (parentPort === null) throw new Error('codex-external-worker runs in a worker thread only.')

/** Put together by `externalSettings` on the other side of this thread. */
const { settings } = workerData as { readonly settings: ExternalSettings }

const service: ExternalService = new ExternalService(settings, systemClock, (event, value) => server.emit(event, value))
const server = serve<EngineEvents>(parentPort, service)
