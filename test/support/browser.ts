/**
 * Finds a browser for the tests, without the network and without apt. In this order:
 *
 * 1. the one named by CHRONICLE_CHROMIUM,
 * 2. a Chromium or Chrome installed on this machine,
 * 3. the headless shell packed inside the npm package @sparticuz/chromium (x64 Linux), unpacked once into `.cache/`
 *    together with the shared libraries (nss, nspr, expat) that a bare Debian lacks.
 *
 * The first two are `full`: they open windows and can carry the stand-in for Electron. The third is a `shell`: pages,
 * but no windows. Specs that need a full browser lie in test/e2e/desktop, all others run in either.
 */
import { execFile } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const root = resolve(import.meta.dirname, '../..')

export interface Browser {
  readonly executablePath: string
  readonly kind: 'full' | 'shell'
  /** Where it came from, in words for the person who reads the test output. */
  readonly source: string
  /** Flags for the command line: no background traffic, and no sandbox where the kernel gives root none. */
  readonly args: readonly string[]
  /** The whole environment for the browser's process. */
  readonly env: Readonly<Record<string, string>>
}

export class NoBrowser extends Error {
  readonly code = 'no-browser'
  constructor(reason: string, options?: { cause: unknown }) {
    super(reason, options)
    this.name = 'NoBrowser'
  }
}

/** Where to look; the tests of this module pass their own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly root: string
  readonly platform: string
  readonly arch: string
}

const here: Surroundings = { env: process.env, root, platform: platform(), arch: arch() }

const installedNames = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const installedOnMac = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

const quietFlags = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
  '--no-default-browser-check',
]

/** @throws {NoBrowser} with the reason, if there is none to be had. */
export async function findBrowser(where: Surroundings = here): Promise<Browser> {
  const named = where.env.CHRONICLE_CHROMIUM
  if (named) {
    if (!isExecutable(named)) throw new NoBrowser(`CHRONICLE_CHROMIUM names ${named}, which is not an executable file`)
    return describe(where, named, 'full', `${named} (from CHRONICLE_CHROMIUM)`)
  }
  const installed = findInstalled(where)
  if (installed) return describe(where, installed, 'full', `${installed} (installed on this machine)`)
  return findPacked(where)
}

function findInstalled(where: Surroundings): string | undefined {
  const folders = (where.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  const candidates = folders.flatMap((folder) => installedNames.map((name) => join(folder, name)))
  if (where.platform === 'darwin') candidates.push(...installedOnMac)
  return candidates.find(isExecutable)
}

async function findPacked(where: Surroundings): Promise<Browser> {
  const none = 'no Chromium or Chrome is installed (CHRONICLE_CHROMIUM may name one)'
  if (where.platform !== 'linux' || where.arch !== 'x64')
    throw new NoBrowser(`${none}, and the one packed for the tests runs on x64 Linux only`)
  const packed = join(where.root, 'node_modules/@sparticuz/chromium')
  if (!existsSync(packed)) throw new NoBrowser(`${none}, and @sparticuz/chromium is not in node_modules (npm ci)`)
  const version = versionIn(await readFile(join(packed, 'package.json'), 'utf8'))
  const folder = join(where.root, '.cache', `chromium-${version}`)
  try {
    if (!existsSync(folder)) await unpack(packed, folder)
  } catch (cause) {
    throw new NoBrowser(`${none}, and unpacking @sparticuz/chromium failed`, { cause })
  }
  return describe(where, join(folder, 'chromium'), 'shell', `the headless shell of @sparticuz/chromium ${version}`, {
    LD_LIBRARY_PATH: join(folder, 'al2023/lib'),
    FONTCONFIG_FILE: join(folder, 'fonts.conf'),
  })
}

function versionIn(manifest: string): string {
  const parsed: unknown = JSON.parse(manifest)
  const known = typeof parsed === 'object' && parsed !== null && 'version' in parsed
  return known && typeof parsed.version === 'string' ? parsed.version : 'unknown'
}

/** The package unpacks into the temporary folder, libraries included only where it believes itself on a Lambda. */
async function unpack(packed: string, folder: string): Promise<void> {
  await mkdir(resolve(folder, '..'), { recursive: true })
  const temporary = await mkdtemp(`${folder}.`)
  try {
    const script = `import(${JSON.stringify(join(packed, 'build/esm/index.js'))}).then((m) => m.default.executablePath())`
    await promisify(execFile)(process.execPath, ['-e', script], {
      env: { ...process.env, TMPDIR: temporary, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' },
    })
    await writeFile(
      join(temporary, 'fonts.conf'),
      `<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig><dir>${join(folder, 'fonts')}</dir><dir>/usr/share/fonts</dir><cachedir>${join(folder, 'font-cache')}</cachedir></fontconfig>\n`,
    )
    await rename(temporary, folder)
  } catch (error) {
    await rm(temporary, { recursive: true, force: true })
    // Another run was faster: its folder is as good as ours.
    if (!existsSync(join(folder, 'chromium'))) throw error
  }
}

function describe(
  where: Surroundings,
  executablePath: string,
  kind: Browser['kind'],
  source: string,
  extra: Record<string, string> = {},
): Browser {
  const env: Record<string, string> = {}
  for (const [name, value] of Object.entries(where.env)) if (value !== undefined) env[name] = value
  const isRoot = where.platform === 'linux' && process.getuid?.() === 0
  const args = [...quietFlags]
  // The shell's own sandbox helper is not part of the package; root has no user namespace sandbox to offer.
  if (isRoot || kind === 'shell') args.push('--no-sandbox')
  if (kind === 'shell') args.push('--disable-setuid-sandbox', '--no-zygote')
  return { executablePath, kind, source, args, env: { ...env, ...extra } }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
