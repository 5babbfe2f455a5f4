import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AssetsError, cachePolicy, findAsset, readAssets, securityHeaders } from '../../../src/main/assets.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'chronicle-assets-'))
  await mkdir(path.join(folder, 'site', 'assets'), { recursive: true })
  await writeFile(path.join(folder, 'site', 'index.html'), '<!doctype html>')
  await writeFile(path.join(folder, 'site', 'assets', 'index-1a2b.js'), 'let a')
  await writeFile(path.join(folder, 'site', 'assets', 'index-1a2b.js.map'), '{}')
  await writeFile(path.join(folder, 'secret'), 'outside')
  await symlink(path.join(folder, 'secret'), path.join(folder, 'site', 'link.txt'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('the renderer’s files', () => {
  it('are what lies in the folder, the page also at the root', async () => {
    const assets = await readAssets(path.join(folder, 'site'))
    expect([...assets.keys()].sort()).toEqual(['/', '/assets/index-1a2b.js', '/index.html'])
    expect(findAsset(assets, '/')?.type).toBe('text/html; charset=utf-8')
    expect(findAsset(assets, '/assets/index-1a2b%2ejs')?.type).toBe('text/javascript; charset=utf-8')
  })

  it('hold no way out', async () => {
    const assets = await readAssets(path.join(folder, 'site'))
    for (const name of ['/../secret', '/..%2fsecret', '/link.txt', '/assets', '/%zz', ''])
      expect(findAsset(assets, name)).toBe(null)
  })

  it('may be kept only where the name follows the content', async () => {
    const assets = await readAssets(path.join(folder, 'site'))
    const page = findAsset(assets, '/index.html')
    const script = findAsset(assets, '/assets/index-1a2b.js')
    expect(page && cachePolicy(page)).toBe('no-store')
    expect(script && cachePolicy(script)).toContain('immutable')
  })

  it('are asked for in plain words where they are missing', async () => {
    await expect(readAssets(path.join(folder, 'nowhere'))).rejects.toThrow(AssetsError)
    await expect(readAssets(path.join(folder, 'site', 'assets'))).rejects.toThrow(/npm run build/)
  })
})

describe('security headers', () => {
  const policy = securityHeaders("'self'")['content-security-policy'] ?? ''

  it('allow no inline script or style, no eval and nothing from elsewhere', () => {
    expect(policy).not.toContain('unsafe')
    expect(policy).not.toContain('*')
    expect(policy).not.toContain('http')
    expect(policy.startsWith("default-src 'none'; script-src 'self'; style-src 'self'; ")).toBe(true)
  })

  it('keep the page out of frames, bases and forms', () => {
    for (const part of ["frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'", "object-src 'none'"])
      expect(policy).toContain(part)
  })
})
