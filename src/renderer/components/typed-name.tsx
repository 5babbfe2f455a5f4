/** The community's name, typed before what cannot be taken back. */
import { Field } from './field.tsx'

interface TypedNameProps {
  /** What is to be typed. */
  readonly name: string
  readonly value: string
  readonly onChange: (value: string) => void
}

export function TypedName({ name, value, onChange }: TypedNameProps) {
  return (
    <Field
      label="Name of the community"
      help={
        <>
          Type <b className="font-semibold text-ink">{name}</b>.
        </>
      }
      value={value}
      maxLength={100}
      autoComplete="off"
      spellCheck={false}
      onChange={({ target }) => onChange(target.value)}
    />
  )
}

/** As the node judges it. */
export const isTyped = (name: string, value: string): boolean => name !== '' && value.trim() === name.trim()
