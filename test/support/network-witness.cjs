/**
 * Loaded with `node --require` (threads inherit it): writes down every attempt to leave this machine, to the file named
 * by CHRONICLE_WITNESS, one line each. Sockets to and binds on loopback are nobody's business, names that are looked
 * up are.
 */
const { appendFileSync } = require('node:fs')
const dgram = require('node:dgram')
const dns = require('node:dns')
const net = require('node:net')

const file = process.env.CHRONICLE_WITNESS
const own = (host) => host === undefined || host === null || /^(127\.|::1$|localhost$|::ffff:127\.)/.test(String(host))
const note = (what) => file && appendFileSync(file, `${what}\n`)

const connect = net.Socket.prototype.connect
net.Socket.prototype.connect = function (...args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args
  const host = typeof first === 'object' && first !== null ? first.host : args[1]
  const path = typeof first === 'object' && first !== null ? first.path : undefined
  if (path === undefined && !own(typeof host === 'string' ? host : undefined)) note(`connect ${host}`)
  return connect.apply(this, args)
}

const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  const [first, second] = args
  const host = typeof first === 'object' && first !== null ? first.host : second
  const path = typeof first === 'object' && first !== null ? first.path : typeof first === 'string' ? first : undefined
  if (path === undefined && (typeof host !== 'string' || !own(host))) note(`listen ${String(host)}`)
  return listen.apply(this, args)
}

const bind = dgram.Socket.prototype.bind
dgram.Socket.prototype.bind = function (...args) {
  const [first, second] = args
  const host = typeof first === 'object' && first !== null ? first.address : second
  if (typeof host !== 'string' || !own(host)) note(`bind udp ${String(host)}`)
  return bind.apply(this, args)
}

const send = dgram.Socket.prototype.send
dgram.Socket.prototype.send = function (...args) {
  const host = args.find((arg, index) => index > 0 && typeof arg === 'string')
  if (!own(host)) note(`send udp ${host}`)
  return send.apply(this, args)
}

for (const owner of [dns, dns.promises])
  for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6', 'resolveTxt', 'resolveAny']) {
    const asked = owner[name]
    if (typeof asked !== 'function') continue
    owner[name] = function (host, ...rest) {
      if (!own(host) && net.isIP(host) === 0) note(`${name} ${host}`)
      return asked.call(this, host, ...rest)
    }
  }
