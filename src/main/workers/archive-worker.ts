/** Thread entry: encodes archives into staging files. Several partitions may be open at once. */
import { parentPort } from 'node:worker_threads'
import { serveStaging } from '../archives/staging-thread.ts'

if (parentPort) serveStaging(parentPort)
