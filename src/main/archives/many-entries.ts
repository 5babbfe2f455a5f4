/**
 * Between this thread and the store, what a long index names goes some archives at a time: ten thousand in one message
 * would keep everybody else waiting while it is put together and taken apart.
 */
import type { CommunityId, Millis } from '../../shared/domain.ts'
import type { ArchiveEntry } from '../distribution/engine.ts'
import type { Store } from '../store/index.ts'

/** Archives in one message: one or two milliseconds of this thread. */
const AT_ONCE = 500

type Downloads = Store['downloads']
type Row = Awaited<ReturnType<Downloads['archives']>>[number]

/** As `archives` of the store: newest first. */
export async function archivesOf(
  downloads: Pick<Downloads, 'archivesAfter'>,
  communityId: CommunityId,
): Promise<Row[]> {
  const rows: Row[] = []
  for (;;) {
    const page = await downloads.archivesAfter(communityId, rows.at(-1)?.entry ?? null, AT_ONCE)
    rows.push(...page)
    if (page.length < AT_ONCE) return rows
  }
}

/** As `openLink` of the store, whose last step decides: what a crash leaves before it is named again after it. */
export async function openLink(
  downloads: Pick<Downloads, 'nameArchives' | 'openLink'>,
  communityId: CommunityId,
  link: Parameters<Downloads['openLink']>[1],
  {
    entries,
    refused,
  }: { readonly entries: readonly ArchiveEntry[]; readonly refused: Readonly<Record<string, number>> },
  at: Millis,
): Promise<void> {
  let done = 0
  for (; entries.length - done > AT_ONCE; done += AT_ONCE) {
    await downloads.nameArchives(communityId, entries.slice(done, done + AT_ONCE), at)
  }
  await downloads.openLink(communityId, link, { entries: entries.slice(done), refused }, at)
}
