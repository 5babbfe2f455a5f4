/** The unit for systemd and the Dockerfile: neither runs in a test, so what they promise is read from them. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../../scripts/lib/supported-node.mjs'
import { readCommandLine } from '../../../src/main/http/command-line.ts'

const lines = (file: string): string[] =>
  readFileSync(join(root, file), 'utf8')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))

/** Section, key and value, in their order; a key may come more than once. @throws on a line that is none of them */
function readUnit(file: string): { section: string; key: string; value: string }[] {
  let section = ''
  return lines(file).flatMap((line) => {
    const heading = /^\[(\w+)\]$/.exec(line)?.[1]
    if (heading !== undefined) {
      section = heading
      return []
    }
    const [, key, value] = /^([A-Z]\w+)=(.*)$/.exec(line) ?? []
    if (section === '' || key === undefined || value === undefined) throw new Error(`Not a line of a unit: ${line}`)
    return [{ section, key, value }]
  })
}

/** Anything that would be a password, a phrase or a key if it stood there. */
const secret = /(password|passphrase|phrase|token|key)\s*[=:]\s*(?!\/|%d\/)\S/i

describe('the unit for systemd', () => {
  const unit = readUnit('build/chronicle.service')
  const values = (key: string) => unit.filter((line) => line.key === key).map(({ value }) => value)

  it('has its three sections, and starts with the system', () => {
    expect([...new Set(unit.map(({ section }) => section))]).toEqual(['Unit', 'Service', 'Install'])
    expect(values('WantedBy')).toEqual(['multi-user.target'])
  })

  it('starts the daemon with options that it understands', () => {
    const [command = ''] = values('ExecStart')
    const [node, program, ...args] = command.split(' ')
    expect(node).toBe('/usr/bin/node')
    expect(program).toMatch(/\/out\/main\/headless\.js$/)
    expect(existsSync(join(root, 'src/main/headless.ts'))).toBe(true)
    expect(readCommandLine(args, {})).toMatchObject({ port: 7717, login: null })
  })

  it('lets it park its transfers before it is killed', () => {
    expect(values('KillSignal')).toEqual(['SIGTERM'])
    expect(Number(values('TimeoutStopSec')[0])).toBeGreaterThanOrEqual(60)
  })

  it.each([
    ['DynamicUser', 'yes'],
    ['StateDirectoryMode', '0700'],
    ['UMask', '0077'],
    ['NoNewPrivileges', 'yes'],
    ['CapabilityBoundingSet', ''],
    ['ProtectSystem', 'strict'],
    ['ProtectHome', 'yes'],
    ['ProtectProc', 'invisible'],
    ['ProtectKernelModules', 'yes'],
    ['ProtectKernelTunables', 'yes'],
    ['ProtectControlGroups', 'yes'],
    ['PrivateTmp', 'yes'],
    ['PrivateDevices', 'yes'],
    ['RestrictNamespaces', 'yes'],
    ['RestrictSUIDSGID', 'yes'],
    ['LockPersonality', 'yes'],
    ['SystemCallArchitectures', 'native'],
    ['LimitCORE', '0'],
  ])('hardens it: %s=%s', (key, value) => {
    expect(values(key)).toEqual([value])
  })

  it('leaves it the sockets that it needs, and no others', () => {
    expect(values('RestrictAddressFamilies')).toEqual(['AF_INET AF_INET6 AF_UNIX AF_NETLINK'])
    expect(values('SystemCallFilter')[0]).toBe('@system-service')
  })

  it('holds no secret, and neither does what it tells people to write', () => {
    expect(readFileSync(join(root, 'build/chronicle.service'), 'utf8')).not.toMatch(secret)
    expect('Environment=CHRONICLE_PASSWORD=hunter2').toMatch(secret)
  })
})

describe('the Dockerfile', () => {
  const steps = lines('build/Dockerfile')
  const after = steps.slice(steps.findLastIndex((line) => line.startsWith('FROM ')))

  it('runs the daemon as a person without rights, with options that it understands', () => {
    expect(after.filter((line) => line.startsWith('USER '))).toEqual(['USER node'])
    expect(after).toContain('ENTRYPOINT ["node", "out/main/headless.js"]')
    const command = after.find((line) => line.startsWith('CMD ')) ?? ''
    expect(readCommandLine(JSON.parse(command.slice('CMD '.length)), {})).toMatchObject({ port: 7717 })
  })

  it('copies only what there is', () => {
    const copied = steps.flatMap((line) => /^COPY --from=build (.+) \S+$/.exec(line)?.[1]?.split(' ') ?? [])
    expect(copied.length).toBeGreaterThan(5)
    for (const file of copied.map((name) => name.replace('/chronicle/', '')))
      if (file !== 'out') expect(existsSync(join(root, file))).toBe(true)
  })

  it('holds no secret', () => {
    expect(readFileSync(join(root, 'build/Dockerfile'), 'utf8')).not.toMatch(secret)
  })

  it('is built from sources only', () => {
    const [all, ...kept] = lines('build/Dockerfile.dockerignore')
    expect(all).toBe('*')
    for (const line of kept) expect(line).toMatch(/^!/)
    expect(kept).not.toContain('!node_modules')
    expect(kept).not.toContain('!.git')
  })
})
