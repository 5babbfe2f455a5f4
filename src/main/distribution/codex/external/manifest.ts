/**
 * Binds a node's word to a CID. A node describes a dataset in JSON, which anybody could make up; the CID is the hash of
 * the manifest's bytes. So the bytes are made again from the description, in each form that nodes write, and one of them
 * has to have that CID. From then on the tree's root is known, and with it every byte.
 */
import {
  encodeManifest,
  type Manifest,
  type ManifestFormat,
  manifestCidOf,
  manifestFormats,
  parseTreeCid,
} from '../../../wire/index.ts'
import type { DescribedDataset } from './answers.ts'
import { NodeStrange } from './http.ts'

export interface BoundManifest {
  readonly manifest: Manifest
  readonly bytes: Uint8Array
  readonly format: ManifestFormat
}

/** @throws NodeStrange if the description does not belong to the CID; WireError if what it says can be no dataset */
export function bindManifest(cid: string, described: DescribedDataset): BoundManifest {
  if (described.protected === true) throw new NodeStrange('it describes an erasure-coded dataset, which we do not read')
  const { treeCid, datasetSize: size, blockSize, filename, mimetype } = described
  const manifest = {
    root: parseTreeCid(treeCid),
    size,
    blockSize,
    filename: filename || null,
    mimetype: mimetype || null,
  }
  for (const format of manifestFormats) {
    const bytes = encodeManifest(manifest, format)
    if (manifestCidOf(bytes) === cid) return { manifest, bytes, format }
  }
  throw new NodeStrange(`it describes another dataset than ${cid}, or in a form that is not known here`)
}
