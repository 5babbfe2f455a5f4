/** Thread: the only write connection of the process. */
import { parentPort, workerData } from 'node:worker_threads'
import { serveWriter } from '../store/threads.ts'

const { file, now, recover, beginAnew } = workerData
if (parentPort !== null) serveWriter(parentPort, { file, now, recover, beginAnew })
