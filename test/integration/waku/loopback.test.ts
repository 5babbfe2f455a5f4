import dns from 'node:dns'
import net from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  general,
  historyOf,
  Inbox,
  online,
  quick,
  sealed,
  startMember,
  startService,
  tcpAddress,
  wsAddress,
} from './support.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('without a foreign address configured', () => {
  it('nodes, members and owners talk to this machine only, look up no name and fetch nothing', async () => {
    const reached = new Set<string>()
    const { connect } = net.Socket.prototype
    vi.spyOn(net.Socket.prototype, 'connect').mockImplementation(function (this: net.Socket, ...args: unknown[]) {
      const [target] = args.flat()
      reached.add(
        typeof target === 'object' && target !== null && 'host' in target ? String(target.host) : String(target),
      )
      return Reflect.apply(connect, this, args)
    })
    const lookups = vi.spyOn(dns, 'lookup')
    const resolves = vi.spyOn(dns.promises, 'resolve')
    const fetches = vi.spyOn(globalThis, 'fetch')

    const node = await startService()
    const owner = await startService({}, { nodes: [tcpAddress(node)], backoff: quick })
    const member = await startMember([tcpAddress(node), wsAddress(owner)])
    await online(owner)
    const inbox = new Inbox()
    await member.subscribe([general], inbox.deliver)
    await owner.publish(sealed())
    await inbox.has(1)
    await historyOf(member, Date.now() - 60_000, Date.now())
    await node.stop() // the SDK dials what it knows when it is alone
    await owner.stop()

    expect([...reached]).toEqual(['127.0.0.1'])
    expect(lookups.mock.calls.filter(([name]) => name !== '127.0.0.1')).toEqual([])
    expect(resolves).not.toHaveBeenCalled()
    expect(fetches).not.toHaveBeenCalled()
  })

  it('listens on 127.0.0.1 and nowhere else', async () => {
    const node = await startService()
    expect(node.addresses()).toHaveLength(2)
    expect(node.addresses().every((address) => address.startsWith('/ip4/127.0.0.1/tcp/'))).toBe(true)
  })
})
