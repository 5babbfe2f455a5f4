/** Buttons: a verb, perhaps an icon before it. An icon alone needs a label, which is also its tip. */
import type { LucideIcon } from 'lucide-react'
import type { ComponentProps } from 'react'
import { Spinner } from './spinner.tsx'
import { Tip } from './tip.tsx'

const looks = {
  plain: 'border-edge bg-raised text-ink hover:bg-hover',
  primary: 'border-accent bg-accent text-on-accent hover:bg-accent-strong hover:border-accent-strong',
  danger: 'border-bad bg-raised text-bad hover:bg-bad-soft',
  ghost: 'border-transparent text-ink-2 hover:bg-hover hover:text-ink',
} as const

const sizes = {
  small: 'h-[26px] px-2 text-meta',
  normal: 'h-[30px] px-3',
  large: 'h-[38px] px-4 text-message',
} as const

const base =
  'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-control border font-medium whitespace-nowrap transition-colors duration-120 disabled:opacity-55'

export interface ButtonProps extends ComponentProps<'button'> {
  readonly look?: keyof typeof looks
  readonly size?: keyof typeof sizes
  readonly icon?: LucideIcon
  /** Its act is under way: it cannot be pressed again, and says so. */
  readonly busy?: boolean
}

export function Button({
  look = 'plain',
  size = 'normal',
  icon: Icon,
  busy = false,
  disabled,
  children,
  className = '',
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      type={type}
      className={`${base} ${looks[look]} ${sizes[size]} ${className}`}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      {...rest}
    >
      {busy ? <Spinner /> : Icon && <Icon size={size === 'small' ? 14 : 16} aria-hidden />}
      {children}
    </button>
  )
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'children'> {
  readonly icon: LucideIcon
  readonly label: string
  readonly size?: 'small' | 'normal'
}

export function IconButton({
  icon: Icon,
  label,
  size = 'normal',
  className = '',
  type = 'button',
  ...rest
}: IconButtonProps) {
  const square = size === 'small' ? 'size-[26px]' : 'size-[30px]'
  return (
    <Tip text={label}>
      <button type={type} aria-label={label} className={`${base} ${looks.ghost} ${square} ${className}`} {...rest}>
        <Icon size={size === 'small' ? 14 : 16} aria-hidden />
      </button>
    </Tip>
  )
}
