/** Inputs that a decoder once failed on, in hex. Each stays mended: test/unit/fuzz/decoders.test.ts. */

export interface Found {
  readonly target: string
  readonly why: string
  readonly input: string
}

export const found: readonly Found[] = [
  {
    target: 'requests of the contract',
    why: 'bytes where a list belongs crashed the check itself',
    input: 'a11ee32050c0c9872aee066578baf64ed003771794d820bf6c04f933755fb10775ca8d83096b0ec233eab782b84510e8',
  },
  {
    target: 'Waku: message',
    why: 'a timestamp before 1970 is another one after it was encoded, and so is the hash',
    input: '0a0301020312182f77616b752f312f307830313032303330342f7266633236180150ffffffffffffffff2f5a03010203f80100',
  },
]
