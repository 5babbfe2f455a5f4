/**
 * Loaded with `node --import`, also by way of NODE_OPTIONS, so that threads and child processes have it too: writes one
 * line to the file named by CHRONICLE_EGRESS_LOG for everything that would leave this machine or could be reached from
 * outside. It stops nothing. What native code does by itself it cannot see.
 */
import dgram from 'node:dgram'
import dns from 'node:dns'
import { appendFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import net from 'node:net'

const file = process.env.CHRONICLE_EGRESS_LOG

/** One deed, and the first line of our own code that led to it. */
function note(deed) {
  if (!file) return
  const from = (new Error().stack ?? '')
    .split('\n')
    .slice(2)
    .find((line) => !line.includes('(node:') && !line.includes('at node:') && !line.includes(import.meta.url))
  appendFileSync(file, `${deed}${from === undefined ? '' : ` ${from.trim()}`}\n`)
}

/** Other names under `.localhost` are no exception: browsers keep them here, but a system's resolver may ask for them. */
function isLoopback(host) {
  const name = String(host)
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/%.*$/, '')
    .replace(/^::ffff:/, '')
  if (net.isIPv4(name)) return name.startsWith('127.')
  return name === '::1' || name === '0:0:0:0:0:0:0:1' || name === 'localhost'
}

/** Replaces `owner[name]` by one that tells first. Nothing that `tell` gets wrong may reach the program. */
function wrap(owner, name, tell) {
  const original = owner?.[name]
  if (typeof original !== 'function') return
  owner[name] = function (...args) {
    try {
      tell.call(this, args)
    } catch (error) {
      note(`unclear ${name}: ${error}`)
    }
    return original.apply(this, args)
  }
}

/** `(port, host)`, `(path)` or `({ port, host, path })`; node itself hands over the three normalized, as one array. */
function place(args) {
  const [first, second] = Array.isArray(args[0]) ? args[0] : args
  if (typeof first === 'object' && first !== null)
    return { port: first.port, host: first.host, path: first.path ?? null }
  if (typeof first === 'string' && !/^\d+$/.test(first)) return { path: first }
  return { port: typeof first === 'function' ? 0 : (first ?? 0), host: typeof second === 'string' ? second : undefined }
}

wrap(net.Socket.prototype, 'connect', (args) => {
  const { host, port, path } = place(args)
  // Without a host it is localhost.
  if (typeof path !== 'string' && typeof host === 'string' && !isLoopback(host)) note(`connect ${host} ${port}`)
})

wrap(net.Server.prototype, 'listen', (args) => {
  const { host, port, path } = place(args)
  if (typeof path === 'string' || port === undefined) return // in the file system, or a socket that was handed over
  // Without a host it is every address.
  if (typeof host !== 'string' || !isLoopback(host)) note(`listen ${host || '*'} ${port}`)
})

wrap(dgram.Socket.prototype, 'bind', (args) => {
  const [first, second] = args
  const given = typeof first === 'object' && first !== null
  if (given && first.fd !== undefined) return // handed over, bound already
  const address = given ? first.address : second
  if (typeof address !== 'string' || !isLoopback(address))
    note(`bind udp ${typeof address === 'string' ? address : '*'}`)
})

wrap(dgram.Socket.prototype, 'connect', ([port, address]) => {
  if (typeof address === 'string' && !isLoopback(address)) note(`connect udp ${address} ${port}`)
})

wrap(dgram.Socket.prototype, 'send', ([, ...rest]) => {
  const address = rest.find((argument) => typeof argument === 'string' && !/^\d+$/.test(argument))
  if (address !== undefined && !isLoopback(address)) note(`send udp ${address}`)
})

for (const name of ['addMembership', 'addSourceSpecificMembership'])
  wrap(dgram.Socket.prototype, name, ([group]) => note(`join ${group}`))
wrap(dgram.Socket.prototype, 'setBroadcast', ([on]) => {
  if (on) note('broadcast')
})

/** An address needs no asking. */
const tellName = (method) => (args) => {
  const [name] = args
  if (method === 'lookupService' || method === 'reverse') {
    if (!isLoopback(name)) note(`${method} ${name}`)
  } else if (typeof name === 'string' && name !== '' && net.isIP(name) === 0 && !isLoopback(name))
    note(`${method} ${name}`)
}
for (const owner of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype])
  for (const method of [
    'lookup',
    'lookupService',
    'reverse',
    ...Object.getOwnPropertyNames(owner).filter((key) => key.startsWith('resolve')),
  ])
    wrap(owner, method, tellName(method))

// Its sockets are seen above; this names the page, and it sees what fails before there is a socket.
wrap(globalThis, 'fetch', ([target]) => {
  const url = new URL(typeof target === 'object' && target !== null && 'url' in target ? target.url : String(target))
  if (/^https?:$/.test(url.protocol) && !isLoopback(url.hostname)) note(`fetch ${url.origin}`)
})

// `import { connect } from 'node:net'` gets the same functions.
syncBuiltinESMExports()
