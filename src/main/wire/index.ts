/** The wire: bytes to values and back, as PROTOCOL.md has it. Pure: no I/O, no clock, no randomness. */

export * from './application.ts'
export * from './bytes.ts'
export * from './cid.ts'
export * from './errors.ts'
export * from './ids.ts'
export * from './keys.ts'
export { type OpenedPayload, openAsymmetric, openSymmetric, sealAsymmetric, sealSymmetric } from './rfc26.ts'
