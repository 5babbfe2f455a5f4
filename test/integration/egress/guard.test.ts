/** The witness that the other tests of this folder rely on: it must see what leaves, and nothing else. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const guard = new URL('../../support/loopback-only.mjs', import.meta.url).href
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronicle-egress-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Runs a module under the guard, in the main thread or in one of its own; what it wrote, without where it came from. */
function witnessed(code: string, where: 'main thread' | 'thread' | 'child' = 'main thread'): string[] {
  const log = join(folder, 'log')
  writeFileSync(log, '')
  const file = join(folder, 'work.mjs')
  const outer = join(folder, 'outer.mjs')
  writeFileSync(file, code)
  writeFileSync(
    outer,
    where === 'thread'
      ? `import { Worker } from 'node:worker_threads'; new Worker(${JSON.stringify(file)})`
      : `import { spawnSync } from 'node:child_process'; spawnSync(process.execPath, [${JSON.stringify(file)}])`,
  )
  const { status, stderr } = spawnSync(process.execPath, [where === 'main thread' ? file : outer], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: `--import ${guard}`, CHRONICLE_EGRESS_LOG: log },
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return readFileSync(log, 'utf8').split('\n').filter(Boolean)
}

// Addresses of TEST-NET-1 and names under .invalid belong to nobody.
const deeds: readonly (readonly [string, string, RegExp])[] = [
  [
    'a connection',
    `import net from 'node:net'; net.connect(9, '192.0.2.1').on('error', () => {}).destroy()`,
    /^connect 192\.0\.2\.1 9\b/,
  ],
  [
    'a connection by options',
    `import { connect } from 'node:net'; connect({ port: 9, host: '192.0.2.1' }).on('error', () => {}).destroy()`,
    /^connect 192\.0\.2\.1 9\b/,
  ],
  [
    'a connection with TLS',
    `import { connect } from 'node:tls'; connect(9, '192.0.2.1').on('error', () => {}).destroy()`,
    /^connect 192\.0\.2\.1 9\b/,
  ],
  [
    'a request',
    `import { get } from 'node:http'; const r = get('http://192.0.2.1:9/').on('error', () => {}); setTimeout(() => r.destroy(), 50)`,
    /^connect 192\.0\.2\.1 9\b/,
  ],
  [
    'a page',
    `fetch('http://192.0.2.1:9/', { signal: AbortSignal.timeout(50) }).catch(() => {})`,
    /^fetch http:\/\/192\.0\.2\.1:9\b/,
  ],
  [
    'a name',
    `import { lookup } from 'node:dns'; lookup('chronicle.invalid', () => {}); setTimeout(() => process.exit(), 50)`,
    /^lookup chronicle\.invalid\b/,
  ],
  [
    'a name, promised',
    `import { lookup } from 'node:dns/promises'; lookup('chronicle.invalid').catch(() => {}); setTimeout(() => process.exit(), 50)`,
    /^lookup chronicle\.invalid\b/,
  ],
  [
    'a name server',
    `import { Resolver } from 'node:dns'; const r = new Resolver({ timeout: 50, tries: 1 }); r.setServers(['127.0.0.1:9']); r.resolve4('chronicle.invalid', () => {})`,
    /^resolve4 chronicle\.invalid\b/,
  ],
  [
    'a datagram',
    `import { createSocket } from 'node:dgram'; const s = createSocket('udp4'); s.bind(0, '127.0.0.1', () => s.send('x', 9, '192.0.2.1', () => s.close()))`,
    /^send udp 192\.0\.2\.1\b/,
  ],
  [
    'a group',
    `import { createSocket } from 'node:dgram'; const s = createSocket('udp4'); s.bind(0, '127.0.0.1', () => { try { s.addMembership('239.192.152.143') } catch {} s.close() })`,
    /^join 239\.192\.152\.143\b/,
  ],
  [
    'a socket for datagrams on every address',
    `import { createSocket } from 'node:dgram'; const s = createSocket('udp4'); s.bind(0, () => s.close())`,
    /^bind udp \*/,
  ],
  [
    'a server on every address',
    `import { createServer } from 'node:http'; const s = createServer(); s.listen(0, () => s.close())`,
    /^listen \* 0\b/,
  ],
  [
    'a server on a named address',
    `import { createServer } from 'node:net'; const s = createServer(); s.listen({ port: 0, host: '0.0.0.0' }, () => s.close())`,
    /^listen 0\.0\.0\.0 0\b/,
  ],
]

describe('the guard against leaving this machine', () => {
  it.each(deeds)('sees %s', (_, code, line) => {
    expect(witnessed(code).filter((one) => line.test(one))).toHaveLength(1)
  })

  it('says where it comes from', () => {
    const [, code] = deeds[0] ?? ['', '']
    expect(witnessed(code)[0]).toMatch(/ at .*work\.mjs:1:/)
  })

  it.each(['thread', 'child'] as const)('is there in a %s too', (where) => {
    const [, code, line] = deeds[0] ?? ['', '', /^$/]
    const lines = witnessed(code, where)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(line)
  })

  it('has nothing to say about what stays here', () => {
    const code = `
      import { createSocket } from 'node:dgram'
      import { lookup } from 'node:dns/promises'
      import { createServer } from 'node:http'
      import net from 'node:net'
      const server = createServer((request, response) => response.end('ok'))
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address()
      for (const host of ['127.0.0.1', 'localhost']) await (await fetch('http://' + host + ':' + port + '/')).text()
      await lookup('localhost')
      await new Promise((resolve) => net.connect(port).on('connect', function () { this.destroy(); resolve() }))
      server.close()
      server.closeAllConnections()
      const inFiles = net.createServer((socket) => socket.end())
      await new Promise((resolve) => inFiles.listen(process.argv[1] + '.socket', resolve))
      await new Promise((resolve) => net.connect(process.argv[1] + '.socket').on('close', resolve).resume())
      inFiles.close()
      const socket = createSocket('udp4')
      await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve))
      await new Promise((resolve) => socket.send('x', socket.address().port, '127.0.0.1', resolve))
      socket.close()`
    expect(witnessed(code)).toEqual([])
  })
})
