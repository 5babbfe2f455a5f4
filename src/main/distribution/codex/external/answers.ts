/** What a node's answers may look like: text and JSON with limits, then shapes. CODEX.md §1. */
import { z } from 'zod'
import { NodeStrange } from './http.ts'

/** bytes of an answer that is no dataset */
export const MAX_ANSWER = 1024 * 1024
const deepest = 16

/** @throws NodeStrange */
export function textOf(bytes: Uint8Array, longest: number): string {
  const text = new TextDecoder().decode(bytes).trim()
  if (text.length > longest) throw new NodeStrange('it answers with a text that is too long')
  return text
}

/** @throws NodeStrange for what is no JSON, is nested too deeply, or is not of this shape */
export function jsonOf<T>(bytes: Uint8Array, shape: z.ZodType<T>): T {
  const text = new TextDecoder().decode(bytes)
  if (depthOf(text) > deepest) throw new NodeStrange('its answer is nested too deeply')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new NodeStrange('its answer is no JSON')
  }
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  throw new NodeStrange(`its answer is not what such a node answers (${parsed.error.issues[0]?.path.join('.') ?? ''})`)
}

/** How deeply brackets are nested, counted before anything is made of them. */
function depthOf(text: string): number {
  let depth = 0
  let most = 0
  let quoted = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (quoted && character === '\\') at += 1
    else if (character === '"') quoted = !quoted
    else if (quoted) continue
    else if (character === '[' || character === '{') most = Math.max(most, ++depth)
    else if (character === ']' || character === '}') depth -= 1
  }
  return most
}

const count = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
const short = z.string().max(4096)
const version = z.object({ version: short.optional(), revision: short.optional() }).optional()

/** `GET /debug/info`; the object that holds the version is what tells the generations apart. */
export const infoShape = z.object({
  id: z.string().min(1).max(128),
  addrs: z.array(short).max(256).default([]),
  announceAddresses: z.array(short).max(256).default([]),
  spr: short.default(''),
  storage: version,
  codex: version,
})
export type NodeInfo = z.output<typeof infoShape>

export const versionOf = ({ storage, codex }: NodeInfo): string => storage?.version ?? codex?.version ?? ''

/** `GET /data/{cid}/network/manifest`: old nodes say `protected`, new ones `manifestVersion`. */
export const manifestShape = z.object({
  cid: z.string().max(128).optional(),
  manifest: z.object({
    treeCid: z.string().max(128),
    datasetSize: count,
    blockSize: count,
    filename: z.string().max(255).nullish(),
    mimetype: z.string().max(128).nullish(),
    protected: z.boolean().optional(),
  }),
})
export type DescribedDataset = z.output<typeof manifestShape>['manifest']

/** `POST /data/{cid}/network`: only new nodes name the download, and only such a one has progress and can be cancelled. */
export const fetchShape = z.object({
  downloadId: z.union([z.string().regex(/^[\w-]{1,64}$/), count.transform(String)]).optional(),
})

/** `active: false` may mean finished, unknown or failed. */
export const progressShape = z.object({
  active: z.boolean(),
  received: count.optional(),
  total: count.optional(),
  bytes: count.optional(),
})
export type NodeProgress = z.output<typeof progressShape>

export const spaceShape = z.object({ quotaMaxBytes: count, quotaUsedBytes: count, quotaReservedBytes: count })
export type NodeSpace = z.output<typeof spaceShape>

export const existsShape = z.record(z.string().max(128), z.boolean())
