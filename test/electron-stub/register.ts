/** Sends `import 'electron'` and `require('electron')` to the stand-in, in this process. */
import { registerHooks } from 'node:module'

const stub = new URL('./electron.ts', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'electron' ? { url: stub, shortCircuit: true } : next(specifier, context),
})
