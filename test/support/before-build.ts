/** Before tests that start the built programs: builds what is stale. */
import { ensureBuilt } from '../../scripts/lib/build.mjs'

export async function setup(): Promise<void> {
  await ensureBuilt()
}
