/**
 * The bench: people made for trying things out, each with a node of their own in this program, and one service node that
 * they share. Their folder is new each time and deleted at the end; their passwords are made here and never leave.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Bench, BenchPerson, BenchQuestion } from '../../../shared/contract.ts'
import type { Millis } from '../../../shared/domain.ts'
import { systemClock } from '../../clock.ts'
import { type NodeOptions, startServiceNode } from '../../node/index.ts'
import { ApiError } from '../failures.ts'
import type { Answering } from '../neighbours.ts'
import { Scenario } from './scenario.ts'
import { SignalLog } from './signal-log.ts'

/** A person's whole program, without the windows. */
export interface PersonApi extends Answering {
  close(): Promise<void>
}

export interface BenchParts {
  /** Opens the contract over a folder; the nodes composed in it are no service nodes themselves. */
  open(folder: string, node: Partial<Omit<NodeOptions, 'session' | 'log'>>): Promise<PersonApi>
  changed(bench: Bench): void
  signal: ConstructorParameters<typeof SignalLog>[0]
}

interface Person {
  readonly id: string
  readonly name: string
  readonly password: string
  readonly api: PersonApi
  state: BenchPerson['state']
  trouble: string
}

type ServiceNode = Awaited<ReturnType<typeof startServiceNode>>

/** Each has a store, engines and threads of their own. */
const mostPeople = 6

export class BenchRoom {
  readonly log: SignalLog
  readonly #parts: BenchParts
  readonly #people: Person[] = []
  readonly #scenario: Scenario
  #folder: string | null = null
  #service: ServiceNode | null = null
  #serviceState: Bench['service']['state'] = 'off'
  #serviceTrouble = ''
  /** It comes back where it was. */
  #ports: { readonly tcpPort: number; readonly wsPort: number } | null = null
  #addresses: string[] = []
  /** Everything that changes the bench, one after the other. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: BenchParts) {
    this.#parts = parts
    this.log = new SignalLog(parts.signal)
    this.#scenario = new Scenario(() => this.#tell())
  }

  show(): Bench {
    return {
      service: { state: this.#serviceState, addresses: this.#addresses, trouble: this.#serviceTrouble },
      people: this.#people.map(({ id, name, state, trouble }) => ({ id, name, state, trouble })),
      run: this.#scenario.run,
      now: systemClock.now() as Millis,
    }
  }

  add(name: string): Promise<Bench> {
    return this.#inTurn(async () => {
      if (this.#people.length >= mostPeople)
        throw new ApiError('bench-full', `The bench has room for ${mostPeople} people.`, 'Clear it to begin anew.')
      const nodes = await this.#serve()
      const folder = path.join(await this.#home(), String(this.#people.length + 1))
      const api = await this.#parts.open(folder, { service: false, nodes })
      const password = randomBytes(16).toString('hex')
      const made = await api.handle('profiles.create', { name, password })
      if (!made.ok) {
        await api.close()
        throw new ApiError(made.error.code, made.error.message, made.error.action)
      }
      const id = (made.value as { profile: { id: string } }).profile.id
      const person: Person = { id, name, password, api, state: 'logged-out', trouble: '' }
      this.#people.push(person)
      api.subscribe('history.signal', (payload) => this.log.hear(id, payload))
      await this.#log(person, 'in')
    })
  }

  login(id: string): Promise<Bench> {
    return this.#inTurn(() => this.#log(this.#person(id), 'in'))
  }

  logout(id: string): Promise<Bench> {
    return this.#inTurn(() => this.#log(this.#person(id), 'out'))
  }

  service(on: boolean): Promise<Bench> {
    return this.#inTurn(async () => {
      if (on) await this.#serve()
      else await this.#unserve()
    })
  }

  /** @throws ApiError as that person's node gives it */
  async ask(id: string, name: BenchQuestion, input: unknown): Promise<unknown> {
    const reply = await this.#person(id).api.handle(name, input)
    if (reply.ok) return reply.value ?? null
    throw new ApiError(reply.error.code, reply.error.message, reply.error.action)
  }

  async run(engine: 'torrent' | 'codex' | 'both'): Promise<Bench> {
    await this.#scenario.start(engine)
    return this.show()
  }

  async stop(): Promise<Bench> {
    await this.#scenario.stop()
    return this.show()
  }

  async clear(): Promise<void> {
    await this.#scenario.stop()
    await this.#inTurn(async () => {
      for (const { api } of this.#people.splice(0)) await api.close().catch(() => {})
      await this.#unserve()
      this.#ports = null
      this.#addresses = []
      if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 })
      this.#folder = null
    })
  }

  async #log(person: Person, way: 'in' | 'out'): Promise<void> {
    const isIn = way === 'in'
    if (person.state === (isIn ? 'logged-in' : 'logged-out')) return
    person.state = isIn ? 'logging-in' : 'logging-out'
    person.trouble = ''
    this.#tell()
    const { api, id, password } = person
    const reply = isIn
      ? await api.handle('profiles.login', { id, password })
      : await api.handle('profiles.logout', undefined)
    if (!reply.ok) person.trouble = [reply.error.message, reply.error.action].filter(Boolean).join(' ')
    person.state = reply.ok === isIn ? 'logged-in' : 'logged-out'
  }

  /** @returns the addresses of the service node. */
  async #serve(): Promise<string[]> {
    if (this.#service !== null) return this.#addresses
    this.#serviceState = 'starting'
    this.#serviceTrouble = ''
    this.#tell()
    try {
      const home = await this.#home()
      const files = { storeFile: path.join(home, 'service.sqlite'), identityFile: path.join(home, 'service.key') }
      const node = await startServiceNode({ ...files, ...this.#ports })
      this.#service = node
      this.#addresses = [...(await node.service.addresses())]
      this.#ports ??= portsOf(this.#addresses)
      this.#serviceState = 'on'
    } catch (error) {
      this.#serviceState = 'off'
      this.#serviceTrouble = error instanceof Error ? error.message : String(error)
      throw error
    }
    return this.#addresses
  }

  async #unserve(): Promise<void> {
    const node = this.#service
    if (node === null) return
    this.#serviceState = 'stopping'
    this.#tell()
    this.#service = null
    await node.stop().finally(() => {
      this.#serviceState = 'off'
    })
  }

  async #home(): Promise<string> {
    this.#folder ??= await mkdtemp(path.join(tmpdir(), 'chronicle-bench-'))
    return this.#folder
  }

  #person(id: string): Person {
    const found = this.#people.find((person) => person.id === id)
    if (!found) throw new ApiError('not-found', 'There is no such person on the bench.', 'Add one.')
    return found
  }

  #tell(): void {
    this.#parts.changed(this.show())
  }

  async #inTurn(work: () => Promise<void>): Promise<Bench> {
    const run = this.#turn.then(work, work)
    this.#turn = run.catch(() => {})
    try {
      await run
    } finally {
      this.#tell()
    }
    return this.show()
  }
}

/** From `/ip4/127.0.0.1/tcp/1234/p2p/…` and `/ip4/127.0.0.1/tcp/1235/ws/p2p/…`. */
export function portsOf(addresses: readonly string[]): { readonly tcpPort: number; readonly wsPort: number } {
  const portOf = (isWs: boolean): number => {
    const address = addresses.find((one) => /\/ws(\/|$)/.test(one) === isWs)
    return Number(/\/tcp\/(\d+)/.exec(address ?? '')?.[1] ?? 0)
  }
  return { tcpPort: portOf(false), wsPort: portOf(true) }
}
