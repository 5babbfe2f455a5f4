/** Waits for something to be true, looking again whenever it is told that something has changed. */

/** @throws the signal's reason, or what `check` throws. */
export function until(
  signal: AbortSignal,
  listen: (changed: () => void) => () => void,
  check: () => Promise<boolean>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let looking = false
    let again = false
    const end = (settle: () => void): void => {
      stop()
      signal.removeEventListener('abort', abort)
      settle()
    }
    const abort = (): void => end(() => reject(signal.reason))
    const look = async (): Promise<void> => {
      again = looking
      if (looking) return
      looking = true
      try {
        if (await check()) return end(resolve)
      } catch (error) {
        return end(() => reject(error))
      }
      looking = false
      if (again) await look()
    }
    const stop = listen(() => void look())
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    else void look()
  })
}
