/** Thread: the only write connection of the process. */
import { parentPort, workerData } from 'node:worker_threads'
import { serveWriter } from '../store/threads.ts'

if (parentPort !== null) serveWriter(parentPort, { file: workerData.file, now: workerData.now })
