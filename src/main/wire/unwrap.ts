/** From a decrypted transport payload to an application message, layer by layer in the order of PROTOCOL.md §3.8. */
import { openProtocol, type RatchetMessage } from './protocol.ts'
import { openSds } from './sds.ts'
import { asSegment, type Segment } from './segmentation.ts'

export type Unwrapped =
  | {
      readonly kind: 'application'
      /** To be opened with `openApplicationMessage`, which tells whether it is one. */
      readonly bytes: Uint8Array
      /** Group keys that travelled with it, if any. PROTOCOL.md §3.10. */
      readonly keyExchange: RatchetMessage | null
    }
  /** Collect its fellows, `reassemble` them, then `unwrapWhole`. */
  | { readonly kind: 'segment'; readonly segment: Segment }
  /** Find the key, `openRatchet`, then `unwrapContent`. */
  | { readonly kind: 'encrypted'; readonly message: RatchetMessage }
  /** For somebody else's device. */
  | { readonly kind: 'private' }

/** Never throws for what a stranger sent. */
export function unwrap(payload: Uint8Array): Unwrapped {
  const segment = asSegment(payload)
  return segment ? { kind: 'segment', segment } : unwrapWhole(payload)
}

/** For a payload that was put together from segments: a segment inside segments is not looked for. */
export function unwrapWhole(payload: Uint8Array): Unwrapped {
  const layer = openProtocol(payload)
  if (layer.kind === 'private') return layer
  if (layer.kind === 'public') return application(layer.message)
  if (layer.kind === 'none') return application(payload)
  return layer.seqNo === 0 ? application(layer.payload, layer) : { kind: 'encrypted', message: layer }
}

/** For what a group key opened: only data sync may still be around the application message. */
export function unwrapContent(bytes: Uint8Array): Uint8Array {
  return openSds(bytes)?.content ?? bytes
}

function application(bytes: Uint8Array, keyExchange: RatchetMessage | null = null): Unwrapped {
  return { kind: 'application', bytes: unwrapContent(bytes), keyExchange }
}
