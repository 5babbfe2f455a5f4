/** What the torrent engine is told. By default it speaks to this machine and to nothing else. */
import type { Reach } from './address.ts'

/** Ways of finding peers beyond those that links and announcements name; each is off unless asked for. */
export interface Discovery {
  /** The distributed hash table, entered through these `host:port`. */
  readonly dht: false | { readonly bootstrap: readonly string[] }
  /** Local service discovery: multicast on the LAN. */
  readonly lsd: boolean
  /** Announce URLs used for every torrent and written into our own links. */
  readonly trackers: readonly string[]
  /** Whether the trackers that somebody else's link names are used. */
  readonly linkTrackers: boolean
  /** Peers tell each other of peers (BEP 11). */
  readonly pex: boolean
  /** uTP beside TCP. Costs about 40 s for each peer that only speaks TCP. */
  readonly utp: boolean
  readonly natUpnp: boolean
  readonly natPmp: boolean
}

/** Structured-clonable: it is handed to the worker thread. */
export interface TorrentSettings {
  /** Folder that holds every publication; made if it is not there. */
  readonly root: string
  /** TCP port; 0 takes the one used last time, which announced links name, if it is free, and any other if not. */
  readonly port: number
  /** The one address to listen on; null listens on all. */
  readonly bindHost: string | null
  readonly reach: Reach
  /** Addresses at which others can dial us, `ip` (our port is added) or `ip:port`: they become `x.pe` of our links. */
  readonly addresses: readonly string[]
  readonly discovery: Discovery
  /** bytes/s; -1 is no limit. */
  readonly uploadLimit: number
  readonly downloadLimit: number
  /** `created by` of the metainfo files we write; empty leaves it out. */
  readonly createdBy: string
}

export type TorrentOptions = Pick<TorrentSettings, 'root'> &
  Partial<Omit<TorrentSettings, 'root' | 'discovery'>> & { readonly discovery?: Partial<Discovery> }

const nothing: Discovery = {
  dht: false,
  lsd: false,
  trackers: [],
  linkTrackers: false,
  pex: false,
  utp: false,
  natUpnp: false,
  natPmp: false,
}

export function torrentSettings(options: TorrentOptions): TorrentSettings {
  const reach = options.reach ?? 'machine'
  const bindHost = options.bindHost === undefined ? (reach === 'machine' ? '127.0.0.1' : null) : options.bindHost
  return {
    root: options.root,
    port: options.port ?? 0,
    bindHost,
    reach,
    addresses: options.addresses ?? (bindHost === null ? [] : [bindHost]),
    discovery: { ...nothing, ...options.discovery },
    uploadLimit: options.uploadLimit ?? -1,
    downloadLimit: options.downloadLimit ?? -1,
    createdBy: options.createdBy ?? '',
  }
}
