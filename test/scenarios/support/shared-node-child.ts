/** A program with somebody logged in, shared with their other programs: `shared-node-child.ts FOLDER ID`, password on stdin. */
import { readFileSync } from 'node:fs'
import { openApi } from '../../../src/main/api/index.ts'
import { joinSocket, shareOverSocket } from '../../../src/main/sockets/index.ts'

const [folder = '', id = ''] = process.argv.slice(2)
const password = readFileSync(0, 'utf8').trim()
const neighbours = { share: shareOverSocket, join: joinSocket }
const node = { service: false, engines: ['torrent'] as const, backupEvery: null }
const api = await openApi({ folder, mode: 'headless', version: '0', neighbours, node })
const reply = await api.handle('profiles.login', { id, password })
api.subscribe('session.changed', () => process.stdout.write('changed\n'))
process.stdout.write(`${reply.ok ? 'open' : reply.error.message}\n`)
