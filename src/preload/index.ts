/**
 * The bridge between the page and the node: request() and subscribe(), nothing else. It runs in a sandbox, as one
 * CommonJS file, and checks nothing: names and inputs are checked in the main process, where a page cannot reach.
 */
import { contextBridge, ipcRenderer } from 'electron'
import { eventChannel, requestChannel } from '../shared/channels.ts'
import type { Transport } from '../shared/client.ts'

const listeners = new Map<string, Set<(payload: unknown) => void>>()

ipcRenderer.on(eventChannel, (_event, name: string, payload: unknown) => {
  for (const listener of listeners.get(name) ?? []) listener(payload)
})

const bridge: Transport = {
  request: (name, input) => ipcRenderer.invoke(requestChannel, name, input),
  subscribe(name, listener) {
    const known = listeners.get(name) ?? new Set()
    listeners.set(name, known.add(listener))
    return () => {
      known.delete(listener)
    }
  },
}

contextBridge.exposeInMainWorld('chronicle', bridge)
