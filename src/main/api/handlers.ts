/** One function for each request; a missing one is a type error. */
import type { Handlers } from '../../shared/contract.ts'
import type { BenchRoom } from './bench/bench.ts'
import { activityHandlers } from './handlers/activity.ts'
import { benchHandlers } from './handlers/bench.ts'
import { codexHandlers } from './handlers/codex.ts'
import { communityHandlers } from './handlers/communities.ts'
import { type Desktop, desktopHandlers } from './handlers/desktop.ts'
import { diagnosticsHandlers } from './handlers/diagnostics.ts'
import { historyHandlers } from './handlers/history.ts'
import { importHandlers } from './handlers/imports.ts'
import { messageHandlers } from './handlers/messages.ts'
import { nodeHandlers } from './handlers/node.ts'
import { profileHandlers } from './handlers/profiles.ts'
import type { Host } from './host.ts'

export function createHandlers(
  host: Host,
  info: { version: string; mode: 'desktop' | 'headless' },
  desktop: Desktop | null,
  bench: BenchRoom,
): Handlers {
  return {
    ...profileHandlers(host, info),
    ...communityHandlers(host),
    ...messageHandlers(host),
    ...historyHandlers(host),
    ...importHandlers(host),
    ...nodeHandlers(host),
    ...codexHandlers(host),
    ...activityHandlers(host),
    ...diagnosticsHandlers(host, info),
    ...benchHandlers(bench),
    ...desktopHandlers(desktop),
  }
}
