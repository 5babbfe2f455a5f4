/** `chronicle archive inspect`: what is in an index and its archives, of any implementation, and what is wrong there. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import type { CommunityId } from '../../shared/domain.ts'
import { communityIdPattern } from '../../shared/ids.ts'
import { UsageError } from '../usage-error.ts'
import {
  type ArchiveEntry,
  type ArchiveInspection,
  detectBlob,
  type IndexInspection,
  inspectArchive,
  inspectIndex,
  summarizeArchive,
} from '../wire/index.ts'
import { exitCodes } from './failure.ts'
import { formatBytes, type Output } from './output.ts'

/** @returns the exit code: 1 if anything is wrong. @throws UsageError */
export async function inspectCommand(target: string, options: { messages: boolean }, output: Output): Promise<number> {
  const found = await stat(target).catch(() => null)
  if (found === null) throw new UsageError(`There is nothing at ${target}.`)
  const file = found.isDirectory() ? path.join(target, 'index') : target
  const bytes = await readFile(file).catch(() => null)
  if (bytes === null) throw new UsageError(`${target} holds no file called index.`)
  const kind = found.isDirectory() || path.basename(file) === 'index' ? 'index' : detectBlob(bytes)
  if (kind === 'archive') {
    const archive = inspectArchive(bytes)
    output.result(archiveReport(archive, options.messages), describeArchive(archive, '').join('\n'))
    return archiveIsBad(archive) ? exitCodes.bad : exitCodes.ok
  }
  return inspectIndexFile(file, bytes, options, output)
}

async function inspectIndexFile(
  file: string,
  bytes: Uint8Array,
  options: { messages: boolean },
  output: Output,
): Promise<number> {
  const folder = path.dirname(file)
  const name = path.basename(path.resolve(folder))
  const data = openData(path.join(folder, 'data'))
  try {
    const index = inspectIndex(bytes, {
      dataLength: data?.length,
      readArchive: data === null ? undefined : (entry) => data.read(entry),
      communityId: communityIdPattern.test(name) ? (name as CommunityId) : undefined,
    })
    const report = {
      file,
      bytes: bytes.length,
      flavour: index.flavour,
      reason: index.reason,
      message: index.message,
      data: data?.length ?? null,
      entries: index.entries.map((entry) => ({
        id: entry.id,
        reason: entry.reason,
        message: entry.message,
        from: entry.entry?.from ?? null,
        to: entry.entry?.to ?? null,
        topics: entry.entry?.topics ?? [],
        locator: entry.entry?.locator ?? null,
        archive: entry.archive === null ? null : archiveReport(entry.archive, options.messages),
      })),
    }
    output.result(report, describeIndex(index, bytes.length, data === null).join('\n'))
    return indexIsBad(index) ? exitCodes.bad : exitCodes.ok
  } finally {
    data?.close()
  }
}

/** Archives are read one at a time: a data file may be larger than memory. Null where there is none. */
function openData(file: string) {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch {
    return null
  }
  const length = fstatSync(descriptor).size
  return {
    length,
    read({ locator }: ArchiveEntry): Uint8Array | null {
      if (locator.kind !== 'torrent' || locator.offset + locator.size > length) return null
      const bytes = new Uint8Array(locator.size)
      return bytes.subarray(0, readSync(descriptor, bytes, 0, locator.size, locator.offset))
    },
    close: () => closeSync(descriptor),
  }
}

function archiveReport(archive: ArchiveInspection, withMessages: boolean) {
  const { accepted, refused } = summarizeArchive(archive)
  return {
    bytes: archive.bytes,
    reason: archive.reason,
    message: archive.message,
    accepted,
    refused: Object.fromEntries(refused),
    ...(withMessages ? { messages: archive.messages } : {}),
  }
}

function describeIndex(index: IndexInspection, bytes: number, withoutData: boolean): string[] {
  const head = `Index: ${index.flavour ?? 'unreadable'}, ${index.entries.length} archives, ${formatBytes(bytes)}`
  const lines = [index.reason === null ? head : `${head}. ${index.reason}: ${index.message}`]
  if (withoutData && index.flavour === 'torrent') lines.push('No data file lies beside it: only the index was checked.')
  for (const { id, entry, reason, message, archive } of index.entries) {
    const range = entry === null ? '' : ` ${day(entry.from)} to ${day(entry.to)}`
    lines.push(`${reason === null ? 'ok ' : 'BAD'} ${id}${range}${reason === null ? '' : ` ${reason}: ${message}`}`)
    if (archive !== null) lines.push(...describeArchive(archive, '    '))
  }
  return lines
}

function describeArchive(archive: ArchiveInspection, indent: string): string[] {
  if (archive.reason !== null) return [`${indent}BAD ${archive.reason}: ${archive.message}`]
  const { accepted, refused } = summarizeArchive(archive)
  const reasons = [...refused].map(([reason, count]) => `${count} ${reason}`)
  const bad = reasons.length === 0 ? '' : `, refused: ${reasons.join(', ')}`
  return [`${indent}${accepted} messages in ${formatBytes(archive.bytes)}${bad}`]
}

const archiveIsBad = (archive: ArchiveInspection): boolean =>
  archive.reason !== null || archive.messages.some(({ reason }) => reason !== null)

const indexIsBad = (index: IndexInspection): boolean =>
  index.reason !== null ||
  index.entries.some(({ reason, archive }) => reason !== null || (archive !== null && archiveIsBad(archive)))

/** A range that lies may be outside of what a date can say. */
function day(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().slice(0, 10)
}
