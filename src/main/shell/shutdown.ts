/**
 * The end of the program, once, whoever asks for it: the person, the system that shuts down, a signal. Transfers are
 * parked and the profile released; what must survive is on disk before this, so an end that takes too long is cut short.
 */
export interface ShutdownParts {
  /** Closes the node. */
  readonly close: () => Promise<void>
  readonly exit: (code: number) => void
  readonly log: (line: string) => void
  /** ms; returns what cancels it. */
  readonly setTimer: (delay: number, fn: () => void) => () => void
}

/** ms; systems that shut down give a program about twenty seconds. */
export const patience = 15_000

/** Returns what begins the end; a second call changes nothing. */
export function endOnce({ close, exit, log, setTimer }: ShutdownParts): () => void {
  let isEnding = false
  let hasEnded = false
  const end = (code: number): void => {
    if (hasEnded) return
    hasEnded = true
    exit(code)
  }
  return () => {
    if (isEnding) return
    isEnding = true
    const cancel = setTimer(patience, () => {
      log('The node did not close in time. Nothing is lost: it goes on from what is on disk.')
      end(0)
    })
    close().then(
      () => {
        cancel()
        end(0)
      },
      (error: unknown) => {
        cancel()
        log(`closing: ${error instanceof Error ? error.message : error}`)
        end(1)
      },
    )
  }
}
