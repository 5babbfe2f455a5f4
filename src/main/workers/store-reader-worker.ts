/** Thread: a read-only connection, so that reading never waits for writing. */
import { parentPort, workerData } from 'node:worker_threads'
import { serveReader } from '../store/threads.ts'

if (parentPort !== null) serveReader(parentPort, { file: workerData.file, now: workerData.now })
