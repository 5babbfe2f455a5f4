/** The text that is run at the start of every document, once in each of its two worlds. */
import { createCloner, createRenderer, openBridge } from './page.ts'

export const isolatedWorld = 'Electron Isolated Context'
/** A function that only the isolated world has: the way to the main process. */
export const sendBinding = '__electronStubSend'
export const receiveName = '__electronStubReceive'

/** @param channel the name of the two worlds' events: random, for each window */
export const pageScript = (channel: string): string => `
if (window === window.top) (${openBridge})(${createCloner}, { here: '${channel}:page', there: '${channel}:isolated' })`

/** @param preload the preload script's text: CommonJS that may require nothing but electron */
export const preloadScript = (channel: string, preload: string): string => `
if (window === window.top) {
  const send = globalThis.${sendBinding}
  delete globalThis.${sendBinding}
  const cloner = ${createCloner}
  const bridge = (${openBridge})(cloner, { here: '${channel}:isolated', there: '${channel}:page' })
  const renderer = (${createRenderer})(cloner, bridge, send)
  globalThis.${receiveName} = renderer.receive
  const require = (name) => {
    if (name === 'electron') return renderer.electron
    throw new Error('module not found: ' + name)
  }
  const module = { exports: {} };
  ((require, module, exports) => {${preload}
  })(require, module, module.exports)
}`
