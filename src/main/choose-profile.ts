/** Whose node is meant: the one that was named, or the only one there is. */
import type { Profile } from '../shared/domain.ts'
import { UsageError } from './usage-error.ts'

/** @throws UsageError unless exactly one profile is meant */
export function chooseProfile(profiles: readonly Profile[], wanted: string | undefined): Profile {
  const found = profiles.filter(({ id, name }) => wanted === undefined || id === wanted || name === wanted)
  const [only] = found
  if (only !== undefined && found.length === 1) return only
  const list = profiles.map(({ id, name }) => `\n  ${id}  ${name}`).join('')
  if (profiles.length === 0)
    throw new UsageError('There is no profile here yet. Make one with: chronicle profile create NAME')
  if (found.length === 0) throw new UsageError(`There is no profile called “${wanted}”. There are:${list}`)
  throw new UsageError(`Say which profile, with --profile NAME or ID:${list}`)
}
