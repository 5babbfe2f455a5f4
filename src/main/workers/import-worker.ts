/** Thread entry: reads and verifies downloaded archives. Several run beside each other. */
import { parentPort } from 'node:worker_threads'
import { serveImports } from '../archives/import-thread.ts'

if (parentPort) serveImports(parentPort)
