/**
 * Sign-in links and the sessions they open. A link works once; what it leaves in the browser is a random token that
 * lives as long as this process, and of which only a digest is kept here.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** Browsers signed in at the same time; a further one signs the longest unused out. */
const maxSessions = 16
/** Links not yet used; a further one withdraws the oldest. */
const maxLinks = 8

const newToken = (): string => randomBytes(32).toString('base64url')
const digest = (token: string): Buffer => createHash('sha256').update(token).digest()

export class Sessions {
  #links: Buffer[] = []
  /** Most recently used last. */
  #sessions: Buffer[] = []

  /** A token for a link that signs one browser in. */
  issueLink(): string {
    const token = newToken()
    this.#links = [...this.#links, digest(token)].slice(-maxLinks)
    return token
  }

  /** Exchanges a link's token for a session's, once. Null if the link is unknown or used. */
  redeem(linkToken: string): string | null {
    const link = find(this.#links, linkToken)
    if (!link) return null
    this.#links = this.#links.filter((other) => other !== link)
    const session = newToken()
    this.#sessions = [...this.#sessions, digest(session)].slice(-maxSessions)
    return session
  }

  isSignedIn(sessionToken: string | null): boolean {
    const session = sessionToken === null ? undefined : find(this.#sessions, sessionToken)
    if (!session) return false
    this.#sessions = [...this.#sessions.filter((other) => other !== session), session]
    return true
  }
}

/** Compares with every digest, each in constant time, so that the answer's delay tells nothing. */
function find(digests: readonly Buffer[], token: string): Buffer | undefined {
  const wanted = digest(token)
  return digests.filter((candidate) => timingSafeEqual(candidate, wanted))[0]
}
