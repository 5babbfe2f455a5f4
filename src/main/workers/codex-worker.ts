/** The thread of the Codex engine: one libp2p host, the datasets it serves and their catalogue (RULES.md R7.3). */
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../clock.ts'
import { CodexService } from '../distribution/codex/embedded/service.ts'
import type { CodexSettings } from '../distribution/codex/embedded/settings.ts'
import type { EngineEvents } from '../distribution/engine.ts'
import { serve } from './rpc.ts'

if (parentPort === null) throw new Error('codex-worker runs in a worker thread only.')

/** Put together by `codexSettings` on the other side of this thread. */
const { settings } = workerData as { readonly settings: CodexSettings }

const service: CodexService = new CodexService(settings, systemClock, (event, value) => server.emit(event, value))
const server = serve<EngineEvents>(parentPort, service)
