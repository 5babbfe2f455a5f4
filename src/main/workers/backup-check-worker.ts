/** Thread: looks through one backup while the database goes on, says what is wrong with it, and ends. */
import { parentPort, workerData } from 'node:worker_threads'
import { faultOf } from '../store/backup-check.ts'

parentPort?.postMessage(faultOf(workerData.file))
