/** The contract over HTTP and WebSocket: sign-in, sessions, static files, health, and the daemon's command line. */
export { type DaemonParts, runDaemon } from './daemon.ts'
export { type ServeOptions, type Server, ServerError, serve } from './server.ts'
