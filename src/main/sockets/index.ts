/** The contract in frames over a WebSocket: for browsers (http/ does the rest) and for a person’s other programs. */
export { type Connection, serveSocket } from './connection.ts'
export { joinSocket } from './join.ts'
export { shareOverSocket } from './share.ts'
