import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lockFolder } from '../../../src/main/profiles/lock.ts'

const random = (length: number) => new Uint8Array(randomBytes(length))
const module = fileURLToPath(new URL('../../../src/main/profiles/lock.ts', import.meta.url))

let folder: string
const children: ChildProcess[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chronicle-lock-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  await rm(folder, { recursive: true, force: true })
})

/** Another process that holds the folder, and says so. */
async function holder(): Promise<ChildProcess> {
  const script = `
    import { randomBytes } from 'node:crypto'
    import { lockFolder } from ${JSON.stringify(module)}
    await lockFolder(${JSON.stringify(folder)}, (n) => new Uint8Array(randomBytes(n)))
    process.stdout.write('held')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  await once(child.stdout, 'data')
  return child
}

describe('the lock of a profile folder', () => {
  it('R7.2 keeps a second process out while the first lives, and names it', async () => {
    const child = await holder()
    await expect(lockFolder(folder, random)).rejects.toMatchObject({
      code: 'in-use',
      message: expect.stringContaining(String(child.pid)),
    })
  })

  it('R7.2 is recovered after its holder was killed', async () => {
    const child = await holder()
    child.kill('SIGKILL')
    await once(child, 'exit')
    const lock = await lockFolder(folder, random)
    await expect(lockFolder(folder, random)).rejects.toMatchObject({ code: 'in-use' })
    await lock.release()
    await lock.release()
    expect(await readdir(folder)).toEqual([])
  })

  it('is recovered when its process number was given to another process', async () => {
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid: process.pid, started: 'another boot 1', token: 'x' }))
    await (await lockFolder(folder, random)).release()
  })

  it('is recovered when the file holds nonsense, as after a power cut', async () => {
    await writeFile(join(folder, 'lock'), '')
    await (await lockFolder(folder, random)).release()
  })

  it('of many who ask at once after a crash, exactly one gets it', async () => {
    await writeFile(join(folder, 'lock'), JSON.stringify({ pid: 2 ** 22 + 1, started: '', token: 'x' }))
    const results = await Promise.allSettled(Array.from({ length: 16 }, () => lockFolder(folder, random)))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(JSON.parse(await readFile(join(folder, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid })
  })

  it('a lock that was taken over is not removed by its former holder', async () => {
    const first = await lockFolder(folder, random)
    await rm(join(folder, 'lock'))
    const second = await lockFolder(folder, random)
    await first.release()
    await expect(lockFolder(folder, random)).rejects.toMatchObject({ code: 'in-use' })
    await second.release()
  })
})
