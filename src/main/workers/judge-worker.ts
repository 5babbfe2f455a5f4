/** Thread entry: opens and judges what the network brings, when it is much. */
import { parentPort } from 'node:worker_threads'
import { serveJudge } from '../messages/judge-thread.ts'

if (parentPort) serveJudge(parentPort)
