/**
 * Brings pasts from elsewhere into communities of this profile: one import at a time, each gone on with where it was
 * when the node starts again. RULES.md R4.4, R4.7; PROTOCOL.md §1.5, §4.4.
 */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { Import, ImportReport } from '../../shared/contract.ts'
import type { CommunityId } from '../../shared/domain.ts'
import { type ChannelMapping, channelNamed } from './channels.ts'
import { ImportError } from './errors.ts'
import { type Ledger, ledgerOf, reportOf, view } from './ledger.ts'
import type { ImportsParts } from './ports.ts'
import { ImportRun } from './run.ts'

export interface StartImport {
  readonly communityId: CommunityId
  /** Absolute paths. */
  readonly files: readonly string[]
  readonly map?: readonly ChannelMapping[]
  readonly dryRun?: boolean
}

interface Running {
  readonly ledger: Ledger
  readonly controller: AbortController
  readonly done: Promise<void>
}

/** Reports of dry runs that are remembered. */
const DRY_RUNS = 10

export class Imports {
  readonly #parts: ImportsParts
  readonly #dry = new Map<string, Ledger>()
  #running: Running | null = null
  #closed = false
  /** Starting and resuming, one after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: ImportsParts) {
    this.#parts = parts
  }

  /** Goes on with what was interrupted. Returns at once. */
  async start(): Promise<void> {
    const { store, log } = this.#parts
    for (const id of await store.imports.running()) {
      if (this.#running !== null || this.#closed) return
      const ledger = await this.#load(id)
      try {
        this.#parts.communities.channels(ledger.communityId)
        this.#run(ledger)
      } catch (error) {
        // The community is no longer this person's.
        log(`An import was given up: ${sentence(error)}`)
        await store.imports.setState(id, 'failed', this.#parts.clock.now(), sentence(error))
      }
    }
  }

  /**
   * Starts an import, or joins the one of the same files that is under way.
   * @throws ImportError `busy`, `bad-file`, `bad-map`; CommunityError `unknown-community`, `not-owner`
   */
  begin(input: StartImport): Promise<Import> {
    return this.#inTurn(() => this.#begin(input))
  }

  async #begin({ communityId, files, map = [], dryRun = false }: StartImport): Promise<Import> {
    const { store, clock, communities, random } = this.#parts
    const channels = communities.channels(communityId)
    for (const { to } of map) {
      if (channelNamed(to, channels) !== null) continue
      const names = channels.map(({ name }) => `“${name}”`).join(', ')
      throw new ImportError('bad-map', `There is no channel “${to}” here.`, `Name one of these: ${names}.`)
    }
    const found = await Promise.all([...new Set(files)].map(lookAt))
    const current = this.#running?.ledger
    if (current !== undefined) {
      const same = current.communityId === communityId && !dryRun && !current.dryRun
      if (same && found.map((file) => file.path).join('\0') === current.files.map((file) => file.path).join('\0'))
        return view(current)
      throw busy()
    }
    const id = Buffer.from(random(8)).toString('hex')
    const row = { id, communityId, kind: 'discord', map, startedAt: clock.now() }
    if (!dryRun) await store.imports.add(row, found)
    const fresh = { state: 'waiting' as const, foreignId: '', foreignName: '', chatId: null, position: 0, line: 1 }
    const counts = { messages: 0, added: 0, known: 0, leftOut: {}, error: null }
    const rows = found.map((file, n) => ({ ...file, ...fresh, ...counts, n }))
    const ledger = ledgerOf({ ...row, state: 'running', error: '', endedAt: null }, rows, dryRun)
    if (dryRun) this.#rememberDry(ledger)
    this.#run(ledger)
    return view(ledger)
  }

  /** Ends it after the batch that is being written; what is in the history stays there. */
  async cancel(id: string): Promise<Import> {
    const running = this.#running
    if (running?.ledger.id === id) {
      running.controller.abort(new ImportError('cancelled', 'The import was cancelled.', 'Resume it to go on.'))
      await running.done
    } else if ((await this.#find(id)).state === 'running')
      await this.#parts.store.imports.setState(id, 'cancelled', this.#parts.clock.now())
    return view(await this.#find(id))
  }

  /** Goes on where it ended; files that failed are tried again. @throws ImportError `busy`, `not-resumable` */
  resume(id: string): Promise<Import> {
    return this.#inTurn(() => this.#resume(id))
  }

  async #resume(id: string): Promise<Import> {
    if (this.#running?.ledger.id === id) return view(this.#running.ledger)
    if (this.#running !== null) throw busy()
    const before = await this.#find(id)
    if (before.dryRun || before.state === 'done')
      throw new ImportError('not-resumable', 'This import is at its end.', 'Start another one.')
    this.#parts.communities.channels(before.communityId)
    await this.#parts.store.imports.setState(id, 'running', null)
    const ledger = await this.#load(id)
    this.#run(ledger)
    return view(ledger)
  }

  /** Newest first; dry runs before the others. */
  async list(communityId: CommunityId | null, limit: number): Promise<Import[]> {
    const dry = [...this.#dry.values()]
      .reverse()
      .filter((one) => communityId === null || one.communityId === communityId)
    const rows = await this.#parts.store.imports.list(communityId, limit)
    const stored = await Promise.all(rows.map(({ id }) => this.#find(id)))
    return [...dry, ...stored].slice(0, limit).map(view)
  }

  /** @throws ImportError `not-found` */
  async show(id: string): Promise<ImportReport> {
    const ledger = await this.#find(id)
    return reportOf(ledger, ledger.dryRun ? ledger.examples : await this.#parts.store.imports.examples(id))
  }

  /** Resolves when nothing is being imported. */
  async idle(): Promise<void> {
    await this.#running?.done
  }

  /** Stops after the batch that is being written; the next start goes on. */
  async close(): Promise<void> {
    this.#closed = true
    this.#running?.controller.abort(new ImportError('busy', 'The profile was logged out.', 'Log in again.'))
    await this.#running?.done
  }

  #inTurn<T>(step: () => Promise<T>): Promise<T> {
    const run = this.#turn.then(step)
    this.#turn = run.catch(() => {})
    return run
  }

  #run(ledger: Ledger): void {
    const { hold, changed } = this.#parts
    const controller = new AbortController()
    const release = ledger.dryRun ? () => {} : hold(ledger.communityId)
    const work = async () => {
      try {
        await new ImportRun(this.#parts, ledger, controller.signal).run()
        await this.#ended(ledger, ledger.files.some(({ error }) => error !== null) ? 'incomplete' : 'done')
      } catch (error) {
        if (this.#closed) return
        const cancelled = controller.signal.aborted
        await this.#ended(ledger, cancelled ? 'cancelled' : 'failed', cancelled ? '' : sentence(error))
      } finally {
        this.#running = null
        release()
        changed(view(ledger))
      }
    }
    this.#running = {
      ledger,
      controller,
      done: Promise.resolve()
        .then(work)
        .catch((error: unknown) => this.#parts.log(`An import could not be ended: ${sentence(error)}`)),
    }
  }

  async #ended(ledger: Ledger, state: Import['state'], error = ''): Promise<void> {
    const at = this.#parts.clock.now()
    if (!ledger.dryRun) await this.#parts.store.imports.setState(ledger.id, state, at, error)
    Object.assign(ledger, { state, error, endedAt: at })
  }

  async #find(id: string): Promise<Ledger> {
    if (this.#running?.ledger.id === id) return this.#running.ledger
    return this.#dry.get(id) ?? this.#load(id)
  }

  async #load(id: string): Promise<Ledger> {
    const { store } = this.#parts
    const row = await store.imports.get(id)
    if (row === null)
      throw new ImportError('not-found', 'There is no such import.', 'List them to see which there are.')
    return ledgerOf(row, await store.imports.files(id))
  }

  #rememberDry(ledger: Ledger): void {
    this.#dry.set(ledger.id, ledger)
    for (const oldest of this.#dry.keys()) {
      if (this.#dry.size <= DRY_RUNS) return
      this.#dry.delete(oldest)
    }
  }
}

async function lookAt(file: string): Promise<{ path: string; size: number; modifiedAt: number }> {
  if (!path.isAbsolute(file))
    throw new ImportError('bad-file', `“${file}” does not say where the file lies.`, 'Give its whole path.')
  const found = await stat(file).catch(() => null)
  if (found?.isFile()) return { path: file, size: found.size, modifiedAt: found.mtimeMs }
  throw new ImportError('bad-file', `There is no file “${file}”.`, 'Correct the path and try again.')
}

const busy = () => new ImportError('busy', 'Another import is under way.', 'Wait until it has ended, or cancel it.')
const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error))
