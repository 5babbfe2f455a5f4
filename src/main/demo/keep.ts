/** Leaves what a demonstration made in a folder, laid out as other implementations lay it out, for others to check. */
import { copyFile, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { CommunityId } from '../../shared/domain.ts'
import type { HistoryLine } from './speaker.ts'

/** `owner/{cid}/data`, `owner/{cid}/index`, `owner/{cid}.torrent`, `member-N/history.ndjson`. PROTOCOL.md §4.6. */
export async function keepFor(
  folder: string,
  kept: {
    readonly communityId: CommunityId
    /** The torrent engine's folder of the owner; null if nothing travelled by torrent. */
    readonly torrents: string | null
    readonly histories: readonly (readonly HistoryLine[])[]
  },
): Promise<void> {
  const { communityId, torrents, histories } = kept
  if (torrents !== null) await keepTorrent(path.join(folder, 'owner'), torrents, communityId)
  for (const [index, history] of histories.entries()) {
    const member = path.join(folder, `member-${index + 1}`)
    await mkdir(member, { recursive: true })
    const lines = history.map(({ id, channel, author, timestamp, text }) =>
      JSON.stringify({ id, channel, author, timestamp, text }),
    )
    await writeFile(path.join(member, 'history.ndjson'), lines.map((line) => `${line}\n`).join(''))
  }
}

async function keepTorrent(owner: string, torrents: string, communityId: CommunityId): Promise<void> {
  await mkdir(path.join(owner, communityId), { recursive: true })
  const newest = await newestPublication(path.join(torrents, communityId), communityId)
  for (const name of ['data', 'index']) await copyFile(path.join(newest, name), path.join(owner, communityId, name))
  await copyFile(path.join(torrents, `${communityId}.torrent`), path.join(owner, `${communityId}.torrent`))
}

/** Publications lie in numbered folders; the greatest number is the newest (RULES.md R1.4). */
async function newestPublication(folder: string, name: string): Promise<string> {
  const numbers = (await readdir(folder)).filter((entry) => /^\d+$/.test(entry)).map(Number)
  for (const number of numbers.toSorted((a, b) => b - a)) {
    const found = path.join(folder, String(number), name)
    if (await stat(path.join(found, 'index')).catch(() => null)) return found
  }
  throw new Error(`No publication was found in ${folder}.`)
}
