/** A person of a scenario: their program, driven by its own contract, and what is waited for with a deadline. */
import { type Client, createClient } from '../../../src/shared/client.ts'
import { type EventName, events, type History } from '../../../src/shared/contract.ts'
import type {
  Archive,
  ChatId,
  Community,
  CommunityId,
  EngineKind,
  Message,
  Millis,
} from '../../../src/shared/domain.ts'
import { MachineProcess } from './machine.ts'
import type { Report } from './report.ts'
import { type Holdings, holdingsRequest, type Machine } from './words.ts'

const password = 'correct horse battery staple'

export interface PersonOptions {
  readonly name: string
  readonly machine: Extract<Machine, { kind: 'person' }>
  readonly interval: Millis
  readonly report: Report
}

export class Person {
  readonly name: string
  readonly client: Client
  readonly #process: MachineProcess
  readonly #report: Report
  readonly #profileId: string
  /** Signals heard, since the person's program was started: by community and name. */
  readonly #heard = new Map<string, number>()
  readonly #changed = new Set<() => void>()

  /** A new profile on a machine of its own, logged in. */
  static async start(options: PersonOptions): Promise<Person> {
    const { name, machine, interval, report } = options
    const running = await MachineProcess.start(machine)
    const client = createClient(running)
    const { profile } = await client.request('profiles.create', { name, password })
    const person = new Person(name, running, client, profile.id, report)
    await person.login()
    const [first] = machine.engines
    const distribution = machine.engines.length === 1 && first ? first : 'both'
    await client.request('settings.set', { archiveInterval: interval, distribution })
    return person
  }

  private constructor(name: string, process: MachineProcess, client: Client, profileId: string, report: Report) {
    this.name = name
    this.client = client
    this.#process = process
    this.#profileId = profileId
    this.#report = report
    client.subscribe('history.signal', (signal) => {
      const key = `${signal.communityId} ${signal.name}`
      this.#heard.set(key, (this.#heard.get(key) ?? 0) + 1)
    })
    for (const event of Object.keys(events) as EventName[])
      client.subscribe(event, () => {
        for (const changed of this.#changed) changed()
      })
  }

  get pid(): number {
    return this.#process.pid
  }

  /** What its program wrote to stderr. */
  get complaints(): string {
    return this.#process.complaints
  }

  async login(): Promise<void> {
    await this.client.request('profiles.login', { id: this.#profileId, password })
    await this.until('is online', 20, async () => (await this.client.request('network.status')).state === 'online')
  }

  logout(): Promise<void> {
    return this.within('is logged out', 30, this.client.request('profiles.logout'))
  }

  close(): Promise<void> {
    return this.#process.stop()
  }

  /** Ends the process as a power cut does. */
  kill(): Promise<void> {
    return this.#process.kill()
  }

  /** One of its engines dies in its thread, and so does every other that is started in its place. */
  async loseEngine(engine: EngineKind): Promise<void> {
    const reply = await this.#process.request('doom', engine)
    if (!reply.ok || reply.value === 0) throw new Error(`${this.name} has no ${engine} thread.`)
  }

  /** The same person after their program was killed: logged in again, with everything it had on disk. */
  async revived(machine: PersonOptions['machine']): Promise<Person> {
    await this.kill()
    const running = await MachineProcess.start(machine)
    const again = new Person(this.name, running, createClient(running), this.#profileId, this.#report)
    await again.login()
    return again
  }

  // What it does

  found(name: string, channels: readonly string[] = ['general']): Promise<Community> {
    const input = { name, description: '', color: '#1f2c75', channels: [...channels], historyArchives: true }
    return this.client.request('communities.create', input)
  }

  async addChannel(id: CommunityId, name: string): Promise<ChatId> {
    return channelIn(await this.client.request('communities.addChannel', { id, name }), name)
  }

  async join(id: CommunityId, seconds = 20): Promise<void> {
    await this.client.request('communities.join', { id })
    await this.until('joined', seconds, async () => (await this.community(id)).state === 'joined')
  }

  async say(chatId: ChatId, text: string): Promise<void> {
    await this.client.request('messages.post', { chatId, text })
  }

  // What it has

  async community(id: CommunityId): Promise<Community> {
    const found = (await this.client.request('communities.list')).find((one) => one.id === id)
    if (!found) throw new Error(`${this.name} does not know ${id}`)
    return found
  }

  history(communityId: CommunityId): Promise<History> {
    return this.client.request('history.show', { communityId })
  }

  /** One for each archive, whichever engines brought it. */
  async archives(communityId: CommunityId): Promise<Archive[]> {
    const { archives } = await this.history(communityId)
    const done = archives.filter(({ state }) => state === 'published' || state === 'imported')
    return [...new Map(done.map((one) => [`${one.from}-${one.to}`, one])).values()]
  }

  async hasArchive(communityId: CommunityId): Promise<boolean> {
    return (await this.archives(communityId)).length > 0
  }

  async messages(chatId: ChatId): Promise<readonly Message[]> {
    return (await this.client.request('messages.page', { chatId, limit: 200 })).messages
  }

  async texts(chatId: ChatId): Promise<string[]> {
    return (await this.messages(chatId)).map(({ text }) => text)
  }

  /** What its program holds, after its garbage was collected. */
  async holdings(): Promise<Holdings> {
    const reply = await this.#process.request(holdingsRequest, null)
    if (!reply.ok) throw new Error(reply.error.message)
    return reply.value as Holdings // the process is the test's own
  }

  // What it is waited for

  heard(name: string, communityId: CommunityId): number {
    return this.#heard.get(`${communityId} ${name}`) ?? 0
  }

  /** The `nth` signal of this name; 1 is the first ever. `seconds` is its deadline. */
  signal(name: string, communityId: CommunityId, seconds: number, nth = 1): Promise<void> {
    const what = nth === 1 ? name : `${name} (${nth})`
    return this.until(what, seconds, async () => this.heard(name, communityId) >= nth)
  }

  async channel(communityId: CommunityId, name: string, seconds = 10): Promise<ChatId> {
    const isThere = async () => (await this.community(communityId)).channels.some((channel) => channel.name === name)
    await this.until(`sees #${name}`, seconds, isThere)
    return channelIn(await this.community(communityId), name)
  }

  reads(chatId: ChatId, text: string, seconds = 10): Promise<void> {
    return this.until(`reads "${text}"`, seconds, async () => (await this.texts(chatId)).includes(text))
  }

  /** Looks again at every event its program tells of. */
  until(what: string, seconds: number, check: () => Promise<boolean>): Promise<void> {
    const look = new Promise<void>((resolve, reject) => {
      let looking = false
      let again = false
      const end = () => this.#changed.delete(changed)
      const changed = (): void => {
        again = looking
        if (looking) return
        looking = true
        void check().then(
          (holds) => {
            looking = false
            if (holds) {
              end()
              resolve()
            } else if (again) changed()
          },
          (error: unknown) => {
            end()
            reject(error)
          },
        )
      }
      this.#changed.add(changed)
      changed()
    })
    return this.within(what, seconds, look)
  }

  within<T>(what: string, seconds: number, work: Promise<T>): Promise<T> {
    return this.#report.wait(`${this.name} ${what}`, seconds, work, () => this.complaints)
  }
}

/** @throws if there is none. */
export function channelIn({ channels }: Community, name: string): ChatId {
  const chatId = channels.find((channel) => channel.name === name)?.chatId
  if (chatId === undefined) throw new Error(`There is no channel ${name}.`)
  return chatId
}
