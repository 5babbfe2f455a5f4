import { describe, expect, it } from 'vitest'
import type { Asset } from '../../../src/main/assets.ts'
import { bindIpc, type IpcParts, tellWindow } from '../../../src/main/shell/ipc.ts'
import { answer } from '../../../src/main/shell/protocol.ts'
import { eventChannel, requestChannel } from '../../../src/shared/channels.ts'
import { createFakeApi } from '../../support/fake-api.ts'

type Handler = (event: unknown, ...args: unknown[]) => unknown

function setUp(url = 'app://chronicle/') {
  const handlers = new Map<string, Handler>()
  const sent: unknown[][] = []
  const window = {
    isDestroyed: () => false,
    webContents: { getURL: () => url, send: (...args: unknown[]) => sent.push(args) },
  }
  const api = createFakeApi({ mode: 'desktop' })
  const parts = {
    apiOf: (sender: unknown) => (sender === window.webContents ? api : null),
    ipcMain: {
      handle: (channel: string, handler: Handler) => handlers.set(channel, handler),
      removeHandler: (channel: string) => handlers.delete(channel),
    },
  } as unknown as IpcParts
  const ends = [bindIpc(parts), tellWindow(api, () => window as never)]
  const unbind = () => {
    for (const end of ends) end()
  }
  const invokeFrom = (sender: unknown, senderFrame: unknown, ...args: unknown[]) =>
    handlers.get(requestChannel)?.({ sender, senderFrame }, ...args)
  const invoke = (senderFrame: unknown, ...args: unknown[]) => invokeFrom(window.webContents, senderFrame, ...args)
  return { api, invokeFrom, invoke, sent, unbind, handlers }
}

const page = { url: 'app://chronicle/index.html', parent: null }

describe('IPC', () => {
  it('answers the page', async () => {
    const { invoke } = setUp()
    expect(await invoke(page, 'app.info')).toMatchObject({ ok: true, value: { mode: 'desktop' } })
    expect(await invoke(page, 42)).toMatchObject({ ok: false, error: { code: 'unknown-request' } })
  })

  it.each([
    ['a frame that is gone', null],
    ['a frame inside the page', { url: 'app://chronicle/', parent: page }],
    ['another page', { url: 'https://evil.example/', parent: null }],
    ['another host of the scheme', { url: 'app://evil/', parent: null }],
    ['an empty page', { url: 'about:blank', parent: null }],
  ])('answers nothing to %s', async (_, frame) => {
    const { invoke, api } = setUp()
    expect(await invoke(frame, 'app.info')).toMatchObject({ ok: false, error: { code: 'forbidden' } })
    expect(api.calls).toEqual([])
  })

  it('answers nothing to the page of a window that has no node', async () => {
    const { invokeFrom, api } = setUp()
    expect(await invokeFrom({}, page, 'app.info')).toMatchObject({ ok: false, error: { code: 'forbidden' } })
    expect(api.calls).toEqual([])
  })

  it('tells events to windows that show the app, and to no other', () => {
    const ours = setUp()
    ours.api.emit('session.changed', { profile: null })
    expect(ours.sent).toEqual([[eventChannel, 'session.changed', { profile: null }]])
    const elsewhere = setUp('https://evil.example/')
    elsewhere.api.emit('session.changed', { profile: null })
    expect(elsewhere.sent).toEqual([])
  })

  it('leaves nothing behind', () => {
    const { unbind, api, sent, handlers } = setUp()
    unbind()
    api.emit('session.changed', { profile: null })
    expect(sent).toEqual([])
    expect(handlers.size).toBe(0)
  })
})

describe('app://', () => {
  const file: Asset = { body: new TextEncoder().encode('page'), type: 'text/html', immutable: false }
  const assets = new Map([['/', file]])

  it('serves what is there, with a policy that lets the page connect nowhere', async () => {
    const response = answer(assets, 'app://chronicle/')
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('page')
    expect(response.headers.get('content-security-policy')).toContain("connect-src 'none'")
  })

  it.each([
    ['app://chronicle/other', 404],
    ['app://chronicle/..%2f..%2fpackage.json', 404],
    ['app://chronicle/../../package.json', 404],
    ['app://evil/', 403],
    ['https://chronicle/', 403],
  ])('answers %s with %i', (url, status) => expect(answer(assets, url).status).toBe(status))
})
