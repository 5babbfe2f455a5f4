/**
 * Every refusal of this folder is a `WireError`: a stable code for programs and tests, a sentence for people.
 * The codes up to `UNKNOWN_COMMUNITY` are those of the project's test vectors.
 */
export type WireErrorCode =
  /** The bytes are no protobuf of the expected shape: truncated, bad tag, wrong wire type, invalid UTF-8 … */
  | 'PROTOBUF'
  /** An application message without a signature. RULES.md R4.2. */
  | 'UNSIGNED'
  /** Not 65 bytes of r, s (low) and v (0 or 1), or no key can be recovered from it. */
  | 'SIGNATURE_INVALID'
  /** A valid signature, but not of the author it is said to be of. */
  | 'SIGNATURE_MISMATCH'
  /** A message that decodes but breaks the rules of its type. PROTOCOL.md §1.5. */
  | 'VALIDATION'
  | 'ID_MISMATCH'
  | 'BAD_RANGE'
  | 'OVERLAP'
  | 'BAD_TIME_RANGE'
  | 'NO_METADATA'
  | 'BAD_TOPIC'
  | 'BAD_CID'
  | 'MESSAGE_OUT_OF_RANGE'
  | 'TOPIC_NOT_LISTED'
  | 'EMPTY_PAYLOAD'
  | 'UNDECODABLE'
  | 'METADATA_MISMATCH'
  | 'DECRYPT'
  | 'FRAME'
  | 'SEGMENT_HASH'
  | 'SEGMENT_INDEX'
  | 'INCOMPLETE'
  | 'NOT_A_SEGMENT'
  | 'UNKNOWN_KEY'
  | 'EMPTY_LINK'
  | 'UNKNOWN_LINK'
  | 'UNKNOWN_COMMUNITY'
  /** A 64-bit number above `Number.MAX_SAFE_INTEGER`. */
  | 'UNSAFE_INTEGER'
  /** More bytes, items or segments than anything honest has. */
  | 'TOO_LARGE'
  /** A value that cannot be encoded: a caller's mistake. */
  | 'BAD_VALUE'
  | 'BAD_HEX'
  | 'BAD_KEY'
  | 'BAD_ID'
  | 'BAD_MAGNET'
  | 'BAD_METAINFO'
  | 'BAD_MANIFEST'
  /** A codex dataset in a form that we do not read. */
  | 'ERASURE_CODED'
  | 'BAD_PADDING'
  | 'BAD_THIRD_PARTY_ID'
  | 'ENCRYPTED'
  | 'UNKNOWN_TYPE'
  /** A type that is never taken from archives. RULES.md R4.1. */
  | 'IGNORED_TYPE'

export class WireError extends Error {
  readonly code: WireErrorCode
  /** `Message.field` for what does not decode; empty otherwise. */
  readonly place: string
  constructor(
    code: WireErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly place?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'WireError'
    this.code = code
    this.place = options.place ?? ''
  }
}
