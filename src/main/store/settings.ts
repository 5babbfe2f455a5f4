/** A setting's name, type, default and check in one value, so that what was stored by another version cannot mislead. */
import type { Async } from '../workers/rpc.ts'
import type { SettingsRepository } from './settings-repository.ts'

export interface Setting<T> {
  readonly key: string
  readonly fallback: T
  /** True for values that this version understands; others read as the fallback. */
  readonly is: (value: unknown) => value is T
}

type Settings = Pick<Async<SettingsRepository>, 'get' | 'set'>

export async function readSetting<T>(settings: Settings, setting: Setting<T>): Promise<T> {
  const value = await settings.get(setting.key)
  return setting.is(value) ? value : setting.fallback
}

export async function writeSetting<T>(settings: Settings, setting: Setting<T>, value: T): Promise<void> {
  await settings.set(setting.key, value)
}
