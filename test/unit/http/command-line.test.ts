import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { dataFolder } from '../../../src/main/data-folder.ts'
import { help, readCommandLine } from '../../../src/main/http/command-line.ts'
import { UsageError } from '../../../src/main/usage-error.ts'

describe('the daemon’s command line', () => {
  it('says nothing by default', () => {
    expect(readCommandLine([], {})).toEqual({ show: null, port: 0, folder: null, json: false, login: null })
  })

  it('takes a port, a folder and the form of its answer', () => {
    expect(readCommandLine(['--port', '4321', '--folder', 'data', '--json'], {})).toEqual({
      show: null,
      port: 4321,
      folder: path.resolve('data'),
      json: true,
      login: null,
    })
    expect(readCommandLine(['--version'], {}).show).toBe('version')
    expect(readCommandLine(['--help', '--version'], {}).show).toBe('help')
  })

  it.each([
    [['--port', 'x']],
    [['--port', '-1']],
    [['--port', '65536']],
    [['--port', '1.5']],
    [['--port', ' ']],
    [['--port']],
    [['--folder', '']],
    [['--password', 'secret']],
    [['serve']],
    [['--password-fd', 'three']],
    [['--profile']],
  ])('refuses %j with a way out', (args) => {
    expect(() => readCommandLine(args, {})).toThrow(UsageError)
    expect(() => readCommandLine(args, {})).toThrow(/See --help\.$/)
  })

  it('takes a person to be logged in, and where the password lies', () => {
    const login = (args: string[], env = {}) => readCommandLine(args, env).login
    expect(login(['--profile', 'Ines', '--password-fd', '3'])).toMatchObject({ profile: 'Ines', passwordFd: 3 })
    expect(login(['--profile', 'Ines'])).toMatchObject({ profile: 'Ines', passwordFile: undefined })
    expect(login([], { CHRONICLE_PASSWORD_FILE: '/run/secrets/p' })).toMatchObject({ passwordFile: '/run/secrets/p' })
    const both = { CHRONICLE_PROFILE: 'Tom', CHRONICLE_PASSWORD_FILE: 'a' }
    expect(login(['--profile', 'Ines', '--password-file', 'b'], both)).toMatchObject({
      profile: 'Ines',
      passwordFile: 'b',
    })
  })

  it('describes every option', () => {
    for (const option of [
      '--port',
      '--folder',
      '--profile',
      '--password-fd',
      '--password-file',
      '--json',
      '--version',
      '--help',
    ])
      expect(help).toContain(option)
  })
})

describe('the data folder', () => {
  const home = path.resolve('/home/ines')
  it.each([
    ['linux', {}, '.local/share/chronicle'],
    ['linux', { XDG_DATA_HOME: 'relative' }, '.local/share/chronicle'],
    ['darwin', {}, 'Library/Application Support/chronicle'],
    ['win32', {}, 'AppData/Roaming/chronicle'],
  ])('on %s with %j is %s', (platform, env, folder) => {
    expect(dataFolder({ env, platform, home })).toBe(path.join(home, folder))
  })

  it('is where the environment says', () => {
    expect(dataFolder({ env: { CHRONICLE_HOME: 'here' }, platform: 'linux', home })).toBe(path.resolve('here'))
    expect(dataFolder({ env: { XDG_DATA_HOME: '/xdg' }, platform: 'linux', home })).toBe(path.join('/xdg', 'chronicle'))
  })
})
