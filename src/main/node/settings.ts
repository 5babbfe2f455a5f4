/** What a profile chose, kept in its own database. Every value has a default that talks to nothing but this machine. */
import { readCodexNode, usualCodexNode } from '../../shared/codex-node.ts'
import type { Settings } from '../../shared/contract.ts'
import type { Millis } from '../../shared/domain.ts'
import type { PlanPreference } from '../archives/index.ts'
import { readSetting, type Setting, type Store, writeSetting } from '../store/index.ts'

const WEEK = (7 * 24 * 3600 * 1000) as Millis

/** What is absent stays as it is. */
export type SettingsChange = { readonly [K in keyof Settings]?: Settings[K] | undefined }

type Distribution = Settings['distribution']

const distribution: Setting<Distribution> = {
  key: 'distribution',
  fallback: 'both',
  is: (value): value is Distribution => value === 'torrent' || value === 'codex' || value === 'both',
}
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
const distributionFallback: Setting<boolean> = { key: 'distribution-fallback', fallback: true, is: isFlag }
type CodexEngine = Settings['codexEngine']
const codexEngine: Setting<CodexEngine> = {
  key: 'codex-engine',
  fallback: 'embedded',
  is: (value): value is CodexEngine => value === 'embedded' || value === 'external',
}
const codexNode: Setting<string> = {
  key: 'codex-node',
  fallback: usualCodexNode,
  is: (value): value is string => typeof value === 'string' && readCodexNode(value) !== null,
}
const codexNodeElsewhere: Setting<boolean> = { key: 'codex-node-elsewhere', fallback: false, is: isFlag }
const isList = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')
const codexPeers: Setting<readonly string[]> = { key: 'codex-peers', fallback: [], is: isList }
const codexNearby: Setting<boolean> = { key: 'codex-nearby', fallback: false, is: isFlag }
const codexBootstrap: Setting<readonly string[]> = { key: 'codex-bootstrap', fallback: [], is: isList }
const archiveInterval: Setting<Millis> = {
  key: 'archive-interval',
  fallback: WEEK,
  is: (value): value is Millis => Number.isSafeInteger(value) && Number(value) >= 10_000,
}
const nodes: Setting<string[]> = {
  key: 'nodes',
  fallback: [],
  is: isList,
}
type Reach = Settings['reach']
const reach: Setting<Reach> = {
  key: 'reach',
  fallback: 'machine',
  is: (value): value is Reach => value === 'machine' || value === 'lan' || value === 'internet',
}
const publicAddress: Setting<string> = {
  key: 'public-address',
  fallback: '',
  is: (value): value is string => typeof value === 'string',
}
const isLimit = (value: unknown): value is number | null =>
  value === null || (Number.isSafeInteger(value) && Number(value) >= 0)
const downloadLimit: Setting<number | null> = { key: 'download-limit', fallback: null, is: isLimit }
const uploadLimit: Setting<number | null> = { key: 'upload-limit', fallback: null, is: isLimit }
const diskLimit: Setting<number | null> = { key: 'disk-limit', fallback: null, is: isLimit }
const retentionDays: Setting<number> = {
  key: 'retention-days',
  fallback: 30,
  is: (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
}

export async function readSettings(store: Store): Promise<Settings> {
  return {
    distribution: await readSetting(store.settings, distribution),
    distributionFallback: await readSetting(store.settings, distributionFallback),
    codexEngine: await readSetting(store.settings, codexEngine),
    codexNode: await readSetting(store.settings, codexNode),
    codexNodeElsewhere: await readSetting(store.settings, codexNodeElsewhere),
    codexPeers: await readSetting(store.settings, codexPeers),
    codexNearby: await readSetting(store.settings, codexNearby),
    codexBootstrap: await readSetting(store.settings, codexBootstrap),
    archiveInterval: await readSetting(store.settings, archiveInterval),
    nodes: await readSetting(store.settings, nodes),
    reach: await readSetting(store.settings, reach),
    publicAddress: await readSetting(store.settings, publicAddress),
    downloadLimit: await readSetting(store.settings, downloadLimit),
    uploadLimit: await readSetting(store.settings, uploadLimit),
    diskLimit: await readSetting(store.settings, diskLimit),
    retentionDays: await readSetting(store.settings, retentionDays),
  }
}

export async function writeSettings(store: Store, change: SettingsChange): Promise<Settings> {
  if (change.distribution !== undefined) await writeSetting(store.settings, distribution, change.distribution)
  if (change.distributionFallback !== undefined)
    await writeSetting(store.settings, distributionFallback, change.distributionFallback)
  if (change.codexEngine !== undefined) await writeSetting(store.settings, codexEngine, change.codexEngine)
  if (change.codexNode !== undefined) await writeSetting(store.settings, codexNode, change.codexNode)
  if (change.codexNodeElsewhere !== undefined)
    await writeSetting(store.settings, codexNodeElsewhere, change.codexNodeElsewhere)
  if (change.codexPeers !== undefined) await writeSetting(store.settings, codexPeers, change.codexPeers)
  if (change.codexNearby !== undefined) await writeSetting(store.settings, codexNearby, change.codexNearby)
  if (change.codexBootstrap !== undefined) await writeSetting(store.settings, codexBootstrap, change.codexBootstrap)
  if (change.archiveInterval !== undefined) await writeSetting(store.settings, archiveInterval, change.archiveInterval)
  if (change.nodes !== undefined) await writeSetting(store.settings, nodes, change.nodes)
  if (change.reach !== undefined) await writeSetting(store.settings, reach, change.reach)
  if (change.publicAddress !== undefined) await writeSetting(store.settings, publicAddress, change.publicAddress)
  if (change.downloadLimit !== undefined) await writeSetting(store.settings, downloadLimit, change.downloadLimit)
  if (change.uploadLimit !== undefined) await writeSetting(store.settings, uploadLimit, change.uploadLimit)
  if (change.diskLimit !== undefined) await writeSetting(store.settings, diskLimit, change.diskLimit)
  if (change.retentionDays !== undefined) await writeSetting(store.settings, retentionDays, change.retentionDays)
  return readSettings(store)
}

/** What the network and the engines take up only when they are opened. */
export const opensAnew = (before: Settings, after: Settings): boolean =>
  before.nodes.join() !== after.nodes.join() ||
  before.reach !== after.reach ||
  before.publicAddress !== after.publicAddress ||
  before.codexEngine !== after.codexEngine ||
  before.codexPeers.join() !== after.codexPeers.join() ||
  before.codexNearby !== after.codexNearby ||
  before.codexBootstrap.join() !== after.codexBootstrap.join() ||
  (after.codexEngine === 'external' &&
    (before.codexNode !== after.codexNode || before.codexNodeElsewhere !== after.codexNodeElsewhere))

/** RULES.md R5.1: which engine a member tries first; the other one stands in for it unless that was forbidden. */
export const preferenceOf = ({
  distribution: first,
  distributionFallback: fallback,
}: Pick<Settings, 'distribution' | 'distributionFallback'>): PlanPreference => ({ first, fallback })

/** Settings that do not go together. */
export class SettingsError extends Error {
  readonly code = 'settings'
  readonly action: string
  constructor(message: string, action: string) {
    super(message)
    this.name = 'SettingsError'
    this.action = action
  }
}

/** Before a change is stored. @throws SettingsError */
export function checkSettings({ codexNode: address, codexNodeElsewhere: elsewhere }: Settings): void {
  if (elsewhere || readCodexNode(address)?.onThisMachine === true) return
  throw new SettingsError(
    `The Codex node ${address} is on another computer, and such a node lets in everybody who reaches it.`,
    'Allow it expressly (codexNodeElsewhere=true) if you trust that computer and the way to it.',
  )
}

/** The settings as they would be. */
export function changed(settings: Settings, change: SettingsChange): Settings {
  const given = Object.entries(change).filter(([, value]) => value !== undefined)
  return { ...settings, ...Object.fromEntries(given) }
}
