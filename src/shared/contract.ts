/**
 * Everything a front end may ask of a node and everything a node tells its front ends: one map of requests and one of
 * events. Electron's IPC, the WebSocket of the headless server and the command line all carry exactly these, and every
 * type is derived from them. A password travels one way, inwards. A private key travels outwards in
 * one answer only, to a request that demands the password: `communities.exportKey`.
 */
import type { z } from 'zod'
import { activityEvents, activityRequests } from './contract/activity.ts'
import { benchEvents, benchRequests } from './contract/bench.ts'
import { codexRequests } from './contract/codex.ts'
import { communityEvents, communityRequests } from './contract/communities.ts'
import { desktopEvents, desktopRequests } from './contract/desktop.ts'
import { historyEvents, historyRequests } from './contract/history.ts'
import { importEvents, importRequests } from './contract/imports.ts'
import { messageEvents, messageRequests } from './contract/messages.ts'
import { nodeEvents, nodeRequests } from './contract/node.ts'
import type { cursor } from './contract/nouns.ts'
import { profileEvents, profileRequests } from './contract/profiles.ts'

export type { Bench, BenchPerson, BenchQuestion, BenchRun, BenchSignal, BenchStep } from './contract/bench.ts'
export type { DesktopSettings, FileKind } from './contract/desktop.ts'
export type { History, PublishingHold, ReplacementPreview, Rival } from './contract/history.ts'
export type { Import, ImportExample, ImportFile, ImportReport } from './contract/imports.ts'
export type { EngineState, Settings } from './contract/node.ts'
export * from './contract/nouns.ts'

export const requests = {
  ...profileRequests,
  ...communityRequests,
  ...messageRequests,
  ...historyRequests,
  ...importRequests,
  ...nodeRequests,
  ...codexRequests,
  ...activityRequests,
  ...benchRequests,
  ...desktopRequests,
} as const

export const events = {
  ...profileEvents,
  ...communityEvents,
  ...messageEvents,
  ...historyEvents,
  ...importEvents,
  ...nodeEvents,
  ...activityEvents,
  ...benchEvents,
  ...desktopEvents,
} as const

export type Cursor = z.output<typeof cursor>
export type RequestName = keyof typeof requests
export type EventName = keyof typeof events
export type RequestInput<K extends RequestName> = z.input<(typeof requests)[K]['input']>
export type RequestOutput<K extends RequestName> = z.output<(typeof requests)[K]['output']>
export type EventPayload<K extends EventName> = z.output<(typeof events)[K]>

/** One function for each request; a missing one is a type error. */
export type Handlers = {
  readonly [K in RequestName]: (input: z.output<(typeof requests)[K]['input']>) => Promise<RequestOutput<K>>
}

/** What a person is told when a request fails: what happened, and what can be done about it. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly action: string
}
export type Reply = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: Failure }

export const isRequestName = (value: unknown): value is RequestName =>
  typeof value === 'string' && Object.hasOwn(requests, value)
export const isEventName = (value: unknown): value is EventName =>
  typeof value === 'string' && Object.hasOwn(events, value)
