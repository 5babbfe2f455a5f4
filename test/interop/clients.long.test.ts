/** What CI has no time for: the library in the reference, built from source, and a client that seeds after half a minute. */
import { describe } from 'vitest'
import { anacrolix, transmission } from '../support/foreign-clients.ts'
import { downloads, seeds } from './support/histories.ts'
import { meetings } from './support/matrix.ts'

const meet = meetings('BitTorrent, at leisure')

describe('goes whole between us', () => {
  meet(anacrolix, { direction: 'from us', what: 'a history of two publications, by its link' }, () =>
    downloads(anacrolix),
  )
  meet(anacrolix, { direction: 'to us', what: 'the index, then one archive after the other' }, () => seeds(anacrolix))
  meet(transmission, { direction: 'to us', what: 'the index, then one archive after the other' }, () =>
    seeds(transmission),
  )
})
