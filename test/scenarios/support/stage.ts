/** A scenario's world: a store node, and people with a machine each. Everything ends, and is deleted, with the stage. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EngineKind, Millis } from '../../../src/shared/domain.ts'
import { MachineProcess } from './machine.ts'
import { Person } from './person.ts'
import { Report } from './report.ts'
import type { Machine } from './words.ts'

export type Engine = 'torrent' | 'codex' | 'both'

const tenSeconds = 10_000 as Millis

export interface StageOptions {
  /** Named in front of each line that is printed. */
  readonly title: string
  readonly engine: Engine
  /** ms; how long the store node keeps a message; null for its own 30 days. */
  readonly retention?: number
  /** ms; 10 s unless given. */
  readonly interval?: Millis
}

export class Stage {
  readonly report: Report
  readonly #options: StageOptions
  readonly #folder: string
  readonly #service: MachineProcess
  readonly #people: Person[] = []

  static async open(options: StageOptions): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'chronicle-scenario-'))
    const retention = options.retention ?? null
    const service = await MachineProcess.start({ kind: 'service', folder: join(folder, 'service'), retention })
    return new Stage(options, folder, service)
  }

  private constructor(options: StageOptions, folder: string, service: MachineProcess) {
    this.report = new Report(`${options.title} [${options.engine}]`)
    this.#options = options
    this.#folder = folder
    this.#service = service
  }

  /** Where somebody's program keeps everything. */
  folderOf(name: string): string {
    return join(this.#folder, name.replaceAll(' ', '-'))
  }

  /** Somebody new, who knows nothing but the store node's address. */
  async person(name: string): Promise<Person> {
    const { interval = tenSeconds } = this.#options
    const person = await Person.start({ name, machine: this.#machine(name), interval, report: this.report })
    this.#people.push(person)
    return person
  }

  /** Kills somebody's program, and starts it again on what it left behind. */
  async revive(person: Person): Promise<Person> {
    const revived = await person.revived(this.#machine(person.name))
    this.#people.push(revived)
    return revived
  }

  /** The store node forgets what is past its retention. */
  async prune(): Promise<void> {
    await this.#service.request('prune', null)
  }

  #machine(name: string): Extract<Machine, { kind: 'person' }> {
    const { engine } = this.#options
    const engines: readonly EngineKind[] = engine === 'both' ? ['torrent', 'codex'] : [engine]
    return { kind: 'person', folder: this.folderOf(name), nodes: this.#service.addresses, engines }
  }

  async close(): Promise<void> {
    this.report.print()
    await Promise.all(this.#people.map((person) => person.close()))
    await this.#service.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}
