/** The wire: bytes to values and back, as PROTOCOL.md has it. Pure: no I/O, no clock, no randomness. */

export * from './announcement.ts'
export * from './application.ts'
export * from './archive/index-file.ts'
export * from './archive/inspect.ts'
export * from './archive/layout.ts'
export * from './archive/records.ts'
export * from './archive/verify.ts'
export * from './archive/verify-index.ts'
export * from './bytes.ts'
export { decodeChatKey, encodeChatKey } from './chat-key.ts'
export * from './cid.ts'
export * from './codex/acquaintances.ts'
export * from './codex/cids.ts'
export * from './codex/control.ts'
export * from './codex/dataset.ts'
export * from './codex/exchange.ts'
export * from './codex/manifest.ts'
export * from './codex/older-exchange.ts'
export * from './codex/tree.ts'
export * from './errors.ts'
export * from './ids.ts'
export * from './keys.ts'
export * from './messages/index.ts'
export type { Init } from './protobuf/schema.ts'
export * from './protocol.ts'
export * from './ratchet.ts'
export * from './ratchet-chain.ts'
export {
  decryptAsymmetric,
  decryptSymmetric,
  type OpenedPayload,
  openAsymmetric,
  openSymmetric,
  sealAsymmetric,
  sealSymmetric,
  type UncheckedPayload,
} from './rfc26.ts'
export * from './sds.ts'
export * from './segmentation.ts'
export * from './torrent/address.ts'
export * from './torrent/bencode.ts'
export * from './torrent/magnet.ts'
export * from './torrent/metainfo.ts'
export * from './unwrap.ts'
