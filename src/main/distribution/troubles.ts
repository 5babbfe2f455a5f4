/**
 * What keeps a link from being fetched: the newest failure under it, until something under it succeeds. A link whose
 * index is only being looked for, or was not found, moves nothing; it is told of all the same, because that is what
 * somebody would like to know who waits for it.
 */
import type { ArchiveLink, CommunityId } from '../../shared/domain.ts'
import { EngineError, type EngineStatus, type SeedStatus } from './engine.ts'
import { noPieces } from './piece-map.ts'

interface Known {
  readonly link: ArchiveLink
  /** Calls under way. */
  running: number
  /** Empty: nothing is wrong. */
  trouble: string
}

/** Characters of a sentence that are told. */
const longest = 500

export class Troubles {
  readonly #changed: () => void
  /** The link each community asked for last: one that came before is nobody's concern any more. */
  readonly #latest = new Map<CommunityId, Known>()

  constructor(changed: () => void) {
    this.#changed = changed
  }

  /** Does what is asked for under a link, and remembers how it went. */
  async watch<T>(communityId: CommunityId, link: ArchiveLink, work: () => Promise<T>): Promise<T> {
    const before = this.#latest.get(communityId)
    const known = before?.link === link ? before : { link, running: 0, trouble: '' }
    this.#latest.set(communityId, known)
    known.running += 1
    if (known !== before) this.#changed()
    try {
      const found = await work()
      this.#set(known, '')
      return found
    } catch (error) {
      if (!(error instanceof EngineError) || error.code !== 'aborted')
        this.#set(known, error instanceof Error ? error.message.slice(0, longest) : 'It failed.')
      throw error
    } finally {
      known.running -= 1
    }
  }

  forget(communityId: CommunityId, link: ArchiveLink): void {
    if (this.#latest.get(communityId)?.link === link) this.#latest.delete(communityId)
  }

  /** A status with what is known here. */
  told(status: EngineStatus): EngineStatus {
    if (status.state !== 'running') return status
    const transfers = status.transfers.map((transfer): SeedStatus => {
      const known = this.#latest.get(transfer.communityId)
      return known?.link === transfer.link && known.trouble !== '' ? { ...transfer, trouble: known.trouble } : transfer
    })
    for (const [communityId, { link, running, trouble }] of this.#latest)
      if (
        (running > 0 || trouble !== '') &&
        !transfers.some((one) => one.communityId === communityId && one.link === link)
      )
        transfers.push({ ...nothing, communityId, link, trouble })
    return { ...status, transfers }
  }

  #set(known: Known, trouble: string): void {
    if (known.trouble === trouble) return
    known.trouble = trouble
    this.#changed()
  }
}

const nothing = {
  ...{ seeding: false, peers: 0, pieces: noPieces },
  ...{ bytesDone: 0, bytesTotal: 0, downloadRate: 0, uploadRate: 0 },
}
