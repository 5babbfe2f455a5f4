/** Initials on one of twelve hues of equal lightness, always the same for the same id. */
import { initials } from '../lib/format.ts'

const hues = [
  'bg-[#0a6a74]',
  'bg-[#7a3f63]',
  'bg-[#4a6b2a]',
  'bg-[#7a531a]',
  'bg-[#54508a]',
  'bg-[#8a3f4a]',
  'bg-[#1a6a8a]',
  'bg-[#6b4a80]',
  'bg-[#3f6b4a]',
  'bg-[#84482c]',
  'bg-[#3a5a94]',
  'bg-[#5f5f2a]',
]

const sizes = { small: 'size-[22px] text-[10px]', medium: 'size-7 text-label', large: 'size-8 text-meta' } as const

interface AvatarProps {
  /** What the hue is chosen by. */
  readonly id: string
  readonly name: string
  readonly size?: keyof typeof sizes
}

export function Avatar({ id, name, size = 'large' }: AvatarProps) {
  return (
    <span
      aria-hidden
      className={`grid shrink-0 place-items-center rounded-full font-semibold text-white select-none ${sizes[size]} ${hueOf(id)}`}
    >
      {initials(name)}
    </span>
  )
}

function hueOf(id: string): string {
  let sum = 0
  for (const digit of id.slice(-16)) sum = (sum * 31 + digit.charCodeAt(0)) >>> 0
  return hues[sum % hues.length] ?? ''
}
