/** The contract over HTTP and WebSocket: sign-in, sessions, static files, health, and the daemon's command line. */
export { type DaemonOptions, help, readCommandLine, UsageError } from './command-line.ts'
export { type ServeOptions, type Server, ServerError, serve } from './server.ts'
