/** What the shell decides, without a shell: where a window stands, when closing means hiding, what is worth a notice. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { desktopEntry, loginItem } from '../../../src/main/shell/login-item.ts'
import { menuTemplate } from '../../../src/main/shell/menu.ts'
import type { Notice } from '../../../src/main/shell/notify.ts'
import { staysInTray } from '../../../src/main/shell/preferences.ts'
import { endOnce, patience } from '../../../src/main/shell/shutdown.ts'
import { stateFile } from '../../../src/main/shell/state-file.ts'
import { transferWords } from '../../../src/main/shell/transfer-words.ts'
import { canUpdate, keepUpToDate, type Updater } from '../../../src/main/shell/updates.ts'
import { watchNode } from '../../../src/main/shell/watch.ts'
import { placeWindow } from '../../../src/main/shell/window-state.ts'
import type { ArchiveLink, CommunityId, Transfer } from '../../../src/shared/domain.ts'
import { createFakeApi } from '../../support/fake-api.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'chronicle-shell-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Timers that a test lets run out by hand. */
function timers() {
  const set: { delay: number; fn: () => void }[] = []
  return {
    set,
    setTimer: (delay: number, fn: () => void) => {
      const timer = { delay, fn }
      set.push(timer)
      return () => void set.splice(set.indexOf(timer), 1)
    },
    run: () => set.shift()?.fn(),
  }
}

describe('the window', () => {
  const screen = { x: 0, y: 0, width: 1920, height: 1040 }
  const at = (x: number, y: number, width = 1000, height = 700) => ({
    bounds: { x, y, width, height },
    maximized: false,
  })
  it.each([
    ['begins in the middle', null, [screen], { width: 1280, height: 800 }],
    ['stands where it stood', at(100, 50), [screen], { x: 100, y: 50, width: 1000, height: 700 }],
    ['stays on a second screen', at(2000, 0), [screen, { ...screen, x: 1920 }], { x: 2000, y: 0 }],
    ['comes back when that screen is gone', at(2000, 0), [screen], { width: 1000, height: 700 }],
    ['may hang over the edge', at(1700, 900), [screen], { x: 1700, y: 900 }],
    ['may not hide above it', at(100, -40), [screen], { width: 1000, height: 700 }],
    ['is no larger than the screen', at(0, 0, 4000, 3000), [screen], { x: 0, y: 0, width: 1920, height: 1040 }],
    ['is no smaller than it can be', at(0, 0, 10, 10), [screen], { width: 360, height: 480 }],
    ['needs no screen at all', at(0, 0), [], { width: 1000, height: 700 }],
  ])('%s', (_, state, areas, expected) => {
    const placed = placeWindow(state, areas)
    expect(placed).toMatchObject(expected)
    if (!('x' in expected) && state !== null && areas.length > 0 && state.bounds.width > 10)
      expect(placed).not.toHaveProperty('x')
  })
})

describe('what is remembered', () => {
  const shape = z.object({ n: z.int() })
  it('is there again, and what is broken is forgotten', () => {
    const file = path.join(folder, 'deep', 'state.json')
    const state = stateFile(file, shape, { n: 0 })
    expect(state.read()).toEqual({ n: 0 })
    state.write({ n: 7 })
    expect(stateFile(file, shape, { n: 0 }).read()).toEqual({ n: 7 })
    for (const broken of ['{"n":', '{"n":"x"}', 'null', '']) {
      writeFileSync(file, broken)
      expect(state.read()).toEqual({ n: 0 })
    }
  })
})

describe('closing the window', () => {
  it.each([
    ['owners', true, true],
    ['owners', false, false],
    ['always', false, true],
    ['never', true, false],
  ] as const)('with %s and an owner %s: goes on is %s', (choice, isOwner, expected) =>
    expect(staysInTray(choice, isOwner)).toBe(expected),
  )
})

describe('the tray', () => {
  const transfer = (change: Partial<Transfer>): Transfer => ({
    communityId: `0x02${'00'.repeat(32)}` as CommunityId,
    engine: 'torrent',
    link: 'magnet:?xt=urn:btih:x' as ArchiveLink,
    seeding: false,
    peers: 1,
    bytesDone: 0,
    bytesTotal: 100,
    downloadRate: 0,
    uploadRate: 0,
    pieces: { total: 0, here: 0, parts: [] },
    trouble: '',
    ...change,
  })
  it.each([
    [[], 'Nothing is transferred'],
    [[transfer({ bytesDone: 42, downloadRate: 1_500_000 })], 'Fetching 1 42 %, 1.5 MB/s'],
    [[transfer({ bytesDone: 100 })], 'Fetching 1 99 %, 0 B/s'],
    [[transfer({ bytesTotal: 0 })], 'Fetching 1, 0 B/s'],
    [[transfer({ seeding: true, uploadRate: 12_345 })], 'Sharing 1, 12 kB/s'],
    [
      [transfer({ bytesDone: 50 }), transfer({ seeding: true, uploadRate: 999 })],
      'Fetching 1 50 %, 0 B/s · Sharing 1, 999 B/s',
    ],
  ])('says what moves', (transfers, words) => expect(transferWords(transfers)).toBe(words))
})

describe('the menu', () => {
  it.each(['linux', 'win32', 'darwin'])('on %s leads everywhere by a key, and gives each key once', (platform) => {
    const went: string[] = []
    const actions = { go: (hash: string) => went.push(hash), back: () => {}, forward: () => {}, quit: () => {} }
    const items = menuTemplate(actions, platform).flatMap(({ submenu }) => (Array.isArray(submenu) ? submenu : []))
    const keys = items.flatMap(({ accelerator }) => (accelerator ? [String(accelerator)] : []))
    expect(new Set(keys).size).toBe(keys.length)
    for (const { label, click, accelerator } of items)
      if (click && /^(Settings|Communities|Transfers|Network)/.test(label ?? '')) {
        expect(accelerator).toBeDefined()
        click({} as never, undefined, {} as never)
      }
    expect(went.sort()).toEqual(['#/', '#/network', '#/settings', '#/transfers'])
  })
})

describe('notifications', () => {
  function watch({ enabled = true, focused = false } = {}) {
    const api = createFakeApi({
      profiles: ['Ines'],
      loggedIn: true,
      communities: [
        { name: 'Logbook', role: 'owner', weeks: 1, archives: 'none', channels: [{ name: 'notes', messages: 1 }] },
      ],
    })
    const notices: Notice[] = []
    const state = { enabled, focused }
    const watching = watchNode({
      api,
      onTransfers: () => {},
      onNotice: (notice) => notices.push(notice),
      isFocused: () => state.focused,
      isEnabled: () => state.enabled,
    })
    return { api, notices, watching, state }
  }
  async function ready(options = {}) {
    const watched = watch(options)
    await expect.poll(() => watched.watching.isOwner()).toBe(true)
    const list = await watched.api.handle('communities.list', undefined)
    const [community] = (list as { value: { id: CommunityId; channels: { chatId: never }[] }[] }).value
    if (!community) throw new Error('There is no community.')
    const chatId = community.channels[0]?.chatId as never
    const mention = (mentions: number) =>
      watched.api.emit('messages.unread', { communityId: community.id, chatId, unread: 5, mentions })
    return { ...watched, id: community.id, chatId: String(chatId), mention }
  }

  it('tell of a mention, say nothing of what was said, and lead there', async () => {
    const { notices, mention, id, chatId } = await ready()
    mention(1)
    expect(notices).toEqual([
      {
        tag: chatId,
        title: '#notes in Logbook',
        body: 'You were mentioned.',
        hash: `#/c/${id}/${chatId.slice(id.length)}`,
      },
    ])
  })

  it('tell only of more, never of less, nor of what is merely unread', async () => {
    const { notices, mention } = await ready()
    for (const mentions of [0, 1, 1, 2, 1, 0]) mention(mentions)
    expect(notices.map(({ body }) => body)).toEqual(['You were mentioned.', 'You were mentioned 2 times.'])
    mention(1)
    expect(notices).toHaveLength(3)
  })

  it('are silent when switched off, and while the window is looked at', async () => {
    const off = await ready({ enabled: false })
    off.mention(1)
    off.api.emit('communities.requested', { id: off.id })
    const focused = await ready({ focused: true })
    focused.mention(1)
    expect([...off.notices, ...focused.notices]).toEqual([])
  })

  it('tell an owner once that somebody asks, and again after the window was looked at', async () => {
    const { api, notices, watching, id } = await ready()
    api.emit('communities.requested', { id })
    api.emit('communities.requested', { id })
    expect(notices).toMatchObject([{ title: 'Logbook', hash: `#/c/${id}/people` }])
    watching.seen()
    api.emit('communities.requested', { id })
    expect(notices).toHaveLength(2)
  })

  it('know nothing of a community that is not here, and end with the program', async () => {
    const { api, notices, watching, mention } = await ready()
    api.emit('communities.requested', { id: `0x03${'11'.repeat(32)}` as CommunityId })
    watching.end()
    mention(1)
    expect(notices).toEqual([])
  })
})

describe('starting with the session', () => {
  it('is a switch of the system where there is one', () => {
    let on = false
    const system = {
      getLoginItemSettings: () => ({ openAtLogin: on }),
      setLoginItemSettings: ({ openAtLogin }: { openAtLogin: boolean }) => {
        on = openAtLogin
      },
    }
    for (const platform of ['darwin', 'win32']) {
      const item = loginItem({ platform, system, env: {}, home: folder, command: ['x'] })
      item.set(true)
      expect([item.get(), on]).toEqual([true, true])
      item.set(false)
      expect(item.get()).toBe(false)
    }
  })

  it('is a file of the desktop’s autostart folder elsewhere', () => {
    const never = (): never => {
      throw new Error('Linux has no such switch.')
    }
    const system = { getLoginItemSettings: never, setLoginItemSettings: never }
    const env = { XDG_CONFIG_HOME: path.join(folder, 'config') }
    const item = loginItem({ platform: 'linux', system, env, home: folder, command: ['/opt/Chronicle app/chronicle'] })
    expect(item.get()).toBe(false)
    item.set(true)
    expect(item.get()).toBe(true)
    const written = readFileSync(path.join(folder, 'config', 'autostart', 'chronicle.desktop'), 'utf8')
    expect(written).toContain('\nExec="/opt/Chronicle app/chronicle"\n')
    item.set(false)
    item.set(false)
    expect(item.get()).toBe(false)
  })

  it('starts what it names, and nothing that a name could smuggle in', () => {
    expect(desktopEntry(['/a"b$c`d%e\\f'])).toContain('Exec="/a\\\\"b\\\\$c\\\\`d%%e\\\\\\\\f"\n')
  })
})

describe('updates', () => {
  const installed = { isPackaged: true, platform: 'linux', appImage: '/x.AppImage' }
  it('need a feed, and a package that can replace itself', () => {
    const resources = folder
    expect(canUpdate({ ...installed, resources })).toBe(false)
    writeFileSync(path.join(folder, 'app-update.yml'), 'provider: generic\n')
    expect(canUpdate({ ...installed, resources })).toBe(true)
    expect(canUpdate({ ...installed, resources, isPackaged: false })).toBe(false)
    expect(canUpdate({ ...installed, resources, appImage: undefined })).toBe(false)
    for (const platform of ['darwin', 'win32'])
      expect(canUpdate({ ...installed, resources, platform, appImage: undefined })).toBe(true)
  })

  it('are looked for once the person wants them, and survive a server that is away', async () => {
    const { set, setTimer, run } = timers()
    const logged: string[] = []
    let wanted = false
    let checks = 0
    let loads = 0
    let downloaded: ((info: { version: string }) => void) | null = null
    const updater: Updater = {
      autoDownload: false,
      autoInstallOnAppQuit: false,
      allowDowngrade: true,
      logger: console,
      on: (event: string, listener: unknown) => {
        if (event === 'update-downloaded') downloaded = listener as typeof downloaded
      },
      checkForUpdates: async () => {
        checks++
        if (checks === 1) throw new Error('away')
      },
    }
    const ready: string[] = []
    const end = keepUpToDate({
      load: async () => {
        loads++
        return updater
      },
      isWanted: () => wanted,
      onReady: (version) => ready.push(version),
      log: (line) => logged.push(line),
      setTimer,
    })
    run()
    expect(loads).toBe(0)
    wanted = true
    run()
    await expect.poll(() => logged).toEqual(['no update: away'])
    run()
    await expect.poll(() => checks).toBe(2)
    expect([loads, updater.allowDowngrade]).toEqual([1, false])
    const tell = downloaded as ((info: { version: string }) => void) | null
    tell?.({ version: '0.2.0' })
    expect(ready).toEqual(['0.2.0'])
    end()
    expect(set).toEqual([])
  })
})

describe('the end of the program', () => {
  function ending(close: () => Promise<void>) {
    const { set, setTimer, run } = timers()
    const exits: number[] = []
    const logged: string[] = []
    let closes = 0
    const end = endOnce({
      close: () => {
        closes++
        return close()
      },
      exit: (code) => exits.push(code),
      log: (line) => logged.push(line),
      setTimer,
    })
    return { end, exits, logged, run, set, closes: () => closes }
  }

  it('waits for the node, once, however often it is asked for', async () => {
    const { end, exits, closes, set } = ending(async () => {})
    end()
    end()
    expect(exits).toEqual([])
    await expect.poll(() => exits).toEqual([0])
    expect([closes(), set.length]).toEqual([1, 0])
  })

  it('is told of as a failure where closing failed', async () => {
    const { end, exits, logged } = ending(async () => {
      throw new Error('a disk is gone')
    })
    end()
    await expect.poll(() => exits).toEqual([1])
    expect(logged).toEqual(['closing: a disk is gone'])
  })

  it('does not wait for ever: what must survive is on disk before it', async () => {
    let release = (): void => {}
    const { end, exits, run, set } = ending(
      () =>
        new Promise((resolve) => {
          release = resolve
        }),
    )
    end()
    expect(set[0]?.delay).toBe(patience)
    run()
    release()
    await new Promise((resolve) => setImmediate(resolve))
    expect(exits).toEqual([0])
  })
})
