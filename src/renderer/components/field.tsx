/** Fields: a label above, the control, and what helps or is wrong below. */
import { Eye, EyeOff } from 'lucide-react'
import { type ComponentProps, type ReactNode, useId, useState } from 'react'

const control =
  'w-full rounded-control border border-edge bg-raised px-2.5 text-ink focus-visible:outline-2 focus-visible:outline-offset-1 focus-visible:outline-focus focus-visible:rounded-control aria-invalid:border-bad'

interface FrameProps {
  readonly label: string
  readonly help?: ReactNode
  readonly error?: string | null
  readonly children: (ids: { readonly id: string; readonly 'aria-describedby'?: string }) => ReactNode
}

/** For controls of any kind. */
export function Labelled({ label, help, error, children }: FrameProps) {
  const id = useId()
  const below = error || help
  return (
    <div className="grid gap-1">
      <label htmlFor={id} className="font-medium">
        {label}
      </label>
      {children(below ? { id, 'aria-describedby': `${id}-below` } : { id })}
      {below && (
        <p id={`${id}-below`} className={`text-meta ${error ? 'text-bad' : 'text-ink-2'}`}>
          {below}
        </p>
      )}
    </div>
  )
}

interface FieldProps extends Omit<ComponentProps<'input'>, 'children'> {
  readonly label: string
  readonly help?: ReactNode
  readonly error?: string | null
}

export function Field({ label, help, error, className = '', ...rest }: FieldProps) {
  return (
    <Labelled label={label} help={help} error={error ?? null}>
      {(ids) => (
        <input className={`h-9 ${control} ${className}`} aria-invalid={error ? true : undefined} {...ids} {...rest} />
      )}
    </Labelled>
  )
}

interface PasswordFieldProps extends Omit<FieldProps, 'type'> {
  /** What is looked at, for its button. */
  readonly secret?: string
}

/** A password, or another secret, that can be looked at. */
export function PasswordField({ label, help, error, secret = 'password', ...rest }: PasswordFieldProps) {
  const [shown, setShown] = useState(false)
  const Icon = shown ? EyeOff : Eye
  return (
    <Labelled label={label} help={help} error={error ?? null}>
      {(ids) => (
        <span className="relative">
          <input
            type={shown ? 'text' : 'password'}
            className={`h-9 pr-10 ${control}`}
            aria-invalid={error ? true : undefined}
            spellCheck={false}
            {...ids}
            {...rest}
          />
          <button
            type="button"
            aria-label={`Show the ${secret}`}
            aria-pressed={shown}
            onClick={() => setShown(!shown)}
            className="absolute top-1 right-1 grid size-7 place-items-center rounded-control text-ink-2 hover:bg-hover"
          >
            <Icon size={16} aria-hidden />
          </button>
        </span>
      )}
    </Labelled>
  )
}

interface AreaProps extends ComponentProps<'textarea'> {
  readonly label: string
  readonly help?: ReactNode
  readonly error?: string | null
}

export function Area({ label, help, error, className = '', ...rest }: AreaProps) {
  return (
    <Labelled label={label} help={help} error={error ?? null}>
      {(ids) => (
        <textarea
          className={`py-1.5 ${control} ${className}`}
          aria-invalid={error ? true : undefined}
          spellCheck={false}
          {...ids}
          {...rest}
        />
      )}
    </Labelled>
  )
}

interface ChoiceProps<T extends string> {
  readonly label: string
  readonly help?: ReactNode
  readonly value: T
  readonly options: readonly { readonly value: T; readonly text: string }[]
  readonly onChange: (value: T) => void
}

/** One of several, from the system's own list. */
export function Choice<T extends string>({ label, help, value, options, onChange }: ChoiceProps<T>) {
  return (
    <Labelled label={label} help={help}>
      {(ids) => (
        <select
          className={`h-9 max-w-60 ${control}`}
          value={value}
          onChange={({ target }) => {
            const chosen = options.find((option) => option.value === target.value)
            if (chosen) onChange(chosen.value)
          }}
          {...ids}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.text}
            </option>
          ))}
        </select>
      )}
    </Labelled>
  )
}
