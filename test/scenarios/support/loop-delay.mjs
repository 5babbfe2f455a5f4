/** Loaded before a built program (`--import`): writes how long its main thread kept others waiting to $LOOP_DELAY_FILE. */
import { writeFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isMainThread } from 'node:worker_threads'

const file = process.env.LOOP_DELAY_FILE
if (isMainThread && file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  process.on('exit', () => {
    const said = { p99: delay.percentile(99) / 1e6, longest: delay.max / 1e6 }
    writeFileSync(file, JSON.stringify(said))
  })
}
