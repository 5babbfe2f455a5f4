/** The names that the desktop's two halves meet under, and the one event that belongs to a carrier, not to the node. */
export const requestChannel = 'chronicle:request'
export const eventChannel = 'chronicle:event'

/**
 * Sent by a carrier instead of events that it had to leave out: whoever listens asks again for what it shows.
 * It carries no payload and is no part of the contract, since a node never sends it.
 */
export const resync = 'resync'
