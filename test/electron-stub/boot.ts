/** Runs an app as Electron would: its folder's package.json names the main module. */
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from './app.ts'
import { manifestOf } from './manifest.ts'

const folder = path.resolve(process.argv[2] ?? '.')
const manifest = manifestOf(folder)
app.setManifest(manifest)
process.argv.splice(1, 2, folder)
await import(pathToFileURL(path.join(folder, manifest.main)).href)
app.appCodeIsLoaded()
