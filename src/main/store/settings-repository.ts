/** Small values by name, as JSON. `setting` gives a name a type, a default and a check (settings.ts). */
import { Repository } from './repository.ts'

export class SettingsRepository extends Repository {
  static override readonly reads = ['get', 'list'] as const

  /** The value stored under `key`; undefined if there is none. */
  get(key: string): unknown {
    const row = this.sql<{ value: string }>('SELECT value FROM settings WHERE key = ?').get(key)
    return row === undefined ? undefined : JSON.parse(row.value)
  }

  /** Every setting whose key begins with `prefix`. */
  list(prefix: string): Record<string, unknown> {
    const rows = this.sql<{ key: string; value: string }>(
      'SELECT key, value FROM settings WHERE substr(key, 1, length(?)) = ? ORDER BY key',
    ).all(prefix, prefix)
    return Object.fromEntries(rows.map((row) => [row.key, JSON.parse(row.value)]))
  }

  /** Stores any JSON value; undefined removes the key. */
  set(key: string, value: unknown): void {
    if (value === undefined) this.sql('DELETE FROM settings WHERE key = ?').run(key)
    else {
      const text =
        'INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value'
      this.sql(text).run(key, JSON.stringify(value))
    }
  }
}
