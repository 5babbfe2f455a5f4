/** R7.5: the scripts build what is stale, quietly. Tried on a small program of the same form, in a folder of its own. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../../scripts/lib/supported-node.mjs'

const program: Record<string, string> = {
  'src/shared/greeting.ts': `export const greeting: string = 'hello'\n`,
  'src/main/cli.ts': `
    import { greeting } from '../shared/greeting.ts'
    import { start } from './workers/spawn.ts'
    console.log(JSON.stringify({ greeting, args: process.argv.slice(2), thread: await start('echo') }))
    process.exitCode = Number(process.env.EXIT ?? 0)
    if (process.env.LINGER) setInterval(() => {}, 1000)
  `,
  'src/main/workers/spawn.ts': `
    import { once } from 'node:events'
    import { extname } from 'node:path'
    import { Worker } from 'node:worker_threads'
    export async function start(name: string): Promise<unknown> {
      const [message] = await once(new Worker(new URL('./' + name + '-worker' + extname(import.meta.url), import.meta.url)), 'message')
      return message
    }
  `,
  'src/main/workers/echo-worker.ts': `
    import { parentPort } from 'node:worker_threads'
    parentPort?.postMessage(import.meta.filename.split('/').slice(-3).join('/'))
  `,
  'src/preload/index.ts': `
    import { contextBridge } from 'electron'
    import { greeting } from '../shared/greeting.ts'
    contextBridge.exposeInMainWorld('greeting', greeting)
  `,
  'src/renderer/index.html': `<!doctype html><title>page</title><script type="module" src="./main.ts"></script>\n`,
  'src/renderer/main.ts': `import { greeting } from '../shared/greeting.ts'\ndocument.title = greeting\n`,
  'scripts/proto.mjs': 'export async function generateProto() {}\n',
}

let folder: string
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
const chronicle = (args: string[] = [], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, ['scripts/chronicle.mjs', ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'chronicle-build-'))
  for (const name of ['package.json', 'package-lock.json', 'electron.vite.config.ts', 'tsconfig.base.json', 'scripts'])
    cpSync(join(root, name), join(folder, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir')
  for (const [path, text] of Object.entries(program)) write(path, text)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a script that needs the build', () => {
  it('builds first, on stderr, and then is the program: its output, its arguments, its threads', () => {
    const { status, stdout, stderr } = chronicle(['--json', 'a b'])
    expect(stderr).toContain('Built in')
    expect(JSON.parse(stdout)).toEqual({
      greeting: 'hello',
      args: ['--json', 'a b'],
      thread: 'main/workers/echo-worker.js',
    })
    expect(status).toBe(0)
  })

  it('finds the module tree of the sources, one file for the bridge, and a bundled page', () => {
    expect(readFileSync(join(folder, 'out/main/cli.js'), 'utf8')).toContain(`from "../shared/greeting.js"`)
    const bridge = readFileSync(join(folder, 'out/preload/index.cjs'), 'utf8')
    expect([...bridge.matchAll(/require\("(.*?)"\)/g)].map(([, name]) => name)).toEqual(['electron'])
    expect(readFileSync(join(folder, 'out/renderer/index.html'), 'utf8')).toMatch(/src="\.\/assets\/.*\.js"/)
  })

  it('does not build again, nor when a file was only touched, and is silent about it', () => {
    expect(chronicle().stderr).toBe('')
    utimesSync(join(folder, 'src/main/cli.ts'), new Date(), new Date())
    expect(chronicle().stderr).toBe('')
  })

  it('builds again when a source, a package or the build’s own settings have changed', () => {
    write('src/shared/greeting.ts', `export const greeting: string = 'good day'\n`)
    const { stdout, stderr } = chronicle()
    expect(stderr).toContain('Built in')
    expect(JSON.parse(stdout)).toMatchObject({ greeting: 'good day' })
    write('package-lock.json', '{}\n')
    expect(chronicle().stderr).toContain('Built in')
  })

  it('keeps the last good build when a new one fails, and says what failed', () => {
    write('src/shared/greeting.ts', 'export const greeting: string = \n')
    const { status, stdout, stderr } = chronicle()
    expect(status).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain('greeting.ts')
    expect(stderr).toContain('The build failed')
    expect(existsSync(join(folder, 'out/main/cli.js'))).toBe(true)
    write('src/shared/greeting.ts', `export const greeting: string = 'good day'\n`)
    expect(chronicle().status).toBe(0)
  })

  it('ends with the program’s exit code', () => {
    expect(chronicle([], { EXIT: '3' }).status).toBe(3)
  })

  it('passes on being told to stop', async () => {
    const child = spawn(process.execPath, ['scripts/chronicle.mjs'], {
      cwd: folder,
      env: { ...process.env, LINGER: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    const [code, signal] = await once(child, 'exit')
    expect(signal === 'SIGTERM' || code === 143).toBe(true)
  })
})
