/** Filters as part of what is typed: read from it, put into it, taken out of it. Pure; what they mean is search-query.ts's. */

export type FilterKey = 'channel' | 'has' | 'after' | 'before'

/** A filter as it stands in a text: its key, and a value that may be quoted. */
const token = (key: FilterKey): RegExp => new RegExp(`(?<![\\p{L}\\p{N}-])${key}:(?:"([^"]*)"?|(\\S*))\\s*`, 'giu')

export const valuesOf = (text: string, key: FilterKey): string[] =>
  [...text.matchAll(token(key))].map(([, quoted, bare]) => quoted ?? bare ?? '')

/** The same text with these values of one filter and no others, behind everything else. */
export function withValues(text: string, key: FilterKey, values: readonly string[]): string {
  const rest = text.replace(token(key), ' ').replace(/\s+/g, ' ').trim()
  return [rest, ...values.map((value) => `${key}:${/\s/.test(value) ? `"${value}"` : value}`)].filter(Boolean).join(' ')
}

export function toggled(text: string, key: FilterKey, value: string): string {
  const values = valuesOf(text, key)
  return withValues(text, key, values.includes(value) ? values.filter((one) => one !== value) : [...values, value])
}
