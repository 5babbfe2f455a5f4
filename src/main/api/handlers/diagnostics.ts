/** How a node is, in a text for somebody who helps. It is made of counts and states; long ids are cut. */
import { release } from 'node:os'
import type { Handlers } from '../../../shared/contract.ts'
import { systemClock } from '../../clock.ts'
import type { Host } from '../host.ts'

/** Lines of the log that go with it. */
const lines = 100
/** Hexadecimal digits from which on it might be a key: ids are cut with them. */
const secretLike = /(0x)?[0-9a-fA-F]{32,}/g

/** No run of digits that could be a key is left whole. */
export const withoutKeys = (text: string): string =>
  text.replace(secretLike, (digits) => `${digits.slice(0, 8)}…${digits.slice(-4)}`)

export const diagnosticsHandlers = (host: Host, info: { version: string; mode: string }) =>
  ({
    'diagnostics.show': async () => {
      const node = host.node()
      const communities = await Promise.all(
        node.communities.list().map(async ({ id, role, generation, encrypted, state, members, channels }) => {
          const {
            archives,
            links,
            nextAt,
            lastEnd,
            interval,
            unarchived,
            standing,
            hold,
            rival,
            refused,
            gaps,
            paused,
          } = await node.archives.history(id)
          const counts: Record<string, number> = {}
          for (const archive of archives) {
            const kind = `${archive.engine} ${archive.state}`
            counts[kind] = (counts[kind] ?? 0) + 1
          }
          return {
            ...{ id, role, generation, encrypted, state, members, channels: channels.length },
            ...{
              archives: counts,
              interval,
              lastEnd,
              nextAt,
              unarchived,
              standing,
              paused,
              refused,
              gaps: gaps.length,
            },
            ...{ hold: hold?.reason ?? null, rival: rival?.choice ?? null, links: links.map(({ state: at }) => at) },
          }
        }),
      )
      // Addresses are other people's, or say where this one is: how many there are is enough.
      const { nodes, publicAddress, codexPeers, codexBootstrap, codexNode: _at, ...settings } = node.settings()
      const { lines: log } = await node.activity.page({ limit: lines })
      const report = {
        chronicle: info.version,
        mode: info.mode,
        at: new Date(systemClock.now()).toISOString(),
        runtime: { node: process.versions.node, electron: process.versions.electron ?? null },
        system: { platform: process.platform, arch: process.arch, release: release() },
        memory: process.memoryUsage().rss,
        settings: {
          ...settings,
          nodes: nodes.length,
          publicAddress: publicAddress !== '',
          codexPeers: codexPeers.length,
          codexBootstrap: codexBootstrap.length,
        },
        network: await node.network(),
        engines: node.engines.states().map(({ engine, state, trouble }) => ({ engine, state, trouble })),
        totals: node.engines.totals(),
        transfers: node.engines
          .transfers()
          .map(({ communityId: _of, link: _link, trouble: _said, ...transfer }) => transfer),
        communities,
        log: log.map(({ at, kind, from, to, detail }) => ({ at, kind, from, to, detail })),
      }
      return { text: withoutKeys(JSON.stringify(report, null, 2)) }
    },
  }) satisfies Partial<Handlers>
