/** Pasts from elsewhere, as the node that is not there brings them in: files by their names, and no faster than a test asks. */
import type { EventName, EventPayload, Handlers, Import, ImportFile } from '../../src/shared/contract.ts'
import type { CommunityId, Millis } from '../../src/shared/domain.ts'

export interface FakeImportsParts {
  emit<K extends EventName>(name: K, payload: EventPayload<K>): void
  now(): number
  refuse(code: string, message: string, action: string): Error
}

/** Messages that each file holds. */
export const perFile = 1_200
/** bytes */
const fileSize = 480_000
export const leftOutReason = 'a kind of message that has no text'

export interface FakeImports {
  readonly handlers: Pick<
    Handlers,
    'imports.start' | 'imports.list' | 'imports.show' | 'imports.cancel' | 'imports.resume'
  >
  /** Lets the import that is under way come this far: 1 ends it. */
  advance(share: number): void
}

export function fakeImports({ emit, now, refuse }: FakeImportsParts): FakeImports {
  const all: { one: Import; files: readonly string[] }[] = []
  const found = (id: string) => {
    const entry = all.find(({ one }) => one.id === id)
    if (!entry) throw refuse('not-found', 'There is no such import.', '')
    return entry
  }
  const change = (id: string, next: Partial<Import>): Import => {
    const entry = found(id)
    entry.one = { ...entry.one, ...next }
    emit('imports.changed', { import: entry.one })
    return entry.one
  }
  const whole = (files: number): Partial<Import> => ({
    state: 'done',
    endedAt: now() as Millis,
    bytesDone: files * fileSize,
    messages: files * perFile,
    added: files * perFile - 7,
    leftOut: [{ reason: leftOutReason, count: 7 }],
    rate: 0,
  })
  const begin = (communityId: CommunityId, files: readonly string[], dryRun: boolean): Import => {
    const one: Import = {
      id: (all.length + 1).toString(16).padStart(16, '0'),
      communityId,
      kind: 'discord',
      dryRun,
      state: 'running',
      startedAt: now() as Millis,
      endedAt: null,
      files: files.length,
      bytesDone: 0,
      bytesTotal: files.length * fileSize,
      messages: 0,
      added: 0,
      known: 0,
      leftOut: [],
      rate: 900,
      error: '',
    }
    all.unshift({ one, files })
    return dryRun ? change(one.id, whole(files.length)) : one
  }
  return {
    handlers: {
      'imports.start': async ({ communityId, files, dryRun }) => begin(communityId, files, dryRun ?? false),
      'imports.list': async ({ limit }) => all.map(({ one }) => one).slice(0, limit),
      'imports.show': async ({ id }) => {
        const { one, files } = found(id)
        const isDone = one.state === 'done'
        return {
          import: one,
          files: files.map(
            (path): ImportFile => ({
              path,
              state: isDone ? 'done' : 'reading',
              channel: (path.split('/').at(-1) ?? path).replace(/\.json$/, ''),
              chatId: null,
              bytesDone: isDone ? fileSize : 0,
              bytesTotal: fileSize,
              messages: isDone ? perFile : 0,
              added: isDone ? perFile : 0,
              known: 0,
              error: null,
            }),
          ),
          examples: isDone
            ? [{ reason: leftOutReason, path: files[0] ?? '', line: 42, byte: 9_000, detail: 'type GuildMemberJoin' }]
            : [],
        }
      },
      'imports.cancel': async ({ id }) => change(id, { state: 'cancelled', endedAt: now() as Millis, rate: 0 }),
      'imports.resume': async ({ id }) => change(id, { state: 'running', endedAt: null, rate: 900 }),
    },
    advance(share) {
      const entry = all.find(({ one }) => one.state === 'running')
      if (!entry) throw new Error('No import is under way.')
      const { id, files } = entry.one
      if (share >= 1) change(id, whole(files))
      else
        change(id, {
          bytesDone: Math.round(files * fileSize * share),
          messages: Math.round(files * perFile * share),
          added: Math.round(files * perFile * share),
        })
    },
  }
}
