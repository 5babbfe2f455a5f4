/** Thread entry: reads and signs what an owner brings from Discord. */
import { parentPort } from 'node:worker_threads'
import { serveDiscord } from '../imports/discord/discord-thread.ts'

if (parentPort) serveDiscord(parentPort)
