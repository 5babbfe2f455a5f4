/** Ways of moving archives between nodes: one interface (engine.ts), one folder for each engine. */
export { type CodexEngineOptions, createCodexEngine } from './codex/embedded/engine.ts'
export { createExternalCodexEngine, type ExternalEngineOptions } from './codex/external/engine.ts'
export * from './engine.ts'
export { createTorrentEngine, type TorrentEngineOptions } from './torrent/engine.ts'
