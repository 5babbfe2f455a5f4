/** Datasets of Codex by themselves, for whoever tries a node out: a file put in, and one fetched by its CID. */
import { z } from 'zod'
import { nothing } from './nouns.ts'

const cid = z.string().regex(/^z[1-9A-HJ-NP-Za-km-z]{20,100}$/)
/** 256 GiB: what the largest dataset could have; the node's own limit is lower. */
const bytes = z
  .int()
  .min(1)
  .max(2 ** 38)
/** A plain file name: it goes into the manifest, and must lead nowhere. */
const fileName = z
  .string()
  .min(1)
  .max(255)
  .refine((name) => ![...name].some((one) => one < ' ' || one === '/' || one === '\\') && !/^\.{1,2}$/.test(name))

export const codexRequests = {
  /**
   * The folder of the node's computer in which programs there lay what is put in. Nobody who only has the contract can
   * make a node give away a file of its owner's: it must have been laid there first.
   */
  'codex.tray': { input: nothing, output: z.object({ folder: z.string() }) },
  /** Takes in `tray/<place>/<name>`, and gives it to others from then on; the file there is no longer needed. */
  'codex.put': {
    input: z.object({ place: z.string().regex(/^[0-9a-f]{32}$/), name: fileName }),
    output: z.object({ cid, bytes }),
  },
  /** Fetches a dataset, every byte of it verified. `path`: the node's own copy, to be read and not to be changed. */
  'codex.get': {
    input: z.object({
      cid,
      /** Multiaddrs that may be asked beside the peers that are known. */
      peers: z.array(z.string().min(1).max(300)).max(16),
      /** ms without anything new */
      timeout: z.int().min(1000).max(3_600_000),
    }),
    output: z.object({ path: z.string(), bytes }),
  },
} as const
