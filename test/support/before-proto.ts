/** Before tests that import the node's source: generates the wire schema's code if it is stale. */
import { ensureProto } from '../../scripts/lib/build.mjs'

export async function setup(): Promise<void> {
  await ensureProto()
}
