/** How a problem with what an owner typed becomes an error, and what is taken for a colour. */
import { CommunityError } from './errors.ts'

const DEFAULT_COLOR = '#4360df'

/** Six digits, lower case; what is no colour is the usual one. */
export const colorOf = (color: string): string =>
  /^#[0-9a-fA-F]{6}$/.test(color) ? color.toLowerCase() : DEFAULT_COLOR

/** @throws CommunityError if there is a problem */
export function refuse(code: 'bad-name' | 'bad-text' | 'bad-channel', what: string, problem: string | null): void {
  if (problem !== null) throw new CommunityError(code, `${what} ${problem}.`)
}
