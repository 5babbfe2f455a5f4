/** One of a few colours that go with everything else, and the one a community has already. */
import { RadioGroup } from 'radix-ui'
import { useId } from 'react'

const colours = [
  { value: '#0a6470', name: 'Teal', look: 'bg-[#0a6470]' },
  { value: '#7a3f63', name: 'Plum', look: 'bg-[#7a3f63]' },
  { value: '#4a6b2a', name: 'Moss', look: 'bg-[#4a6b2a]' },
  { value: '#84482c', name: 'Rust', look: 'bg-[#84482c]' },
  { value: '#54508a', name: 'Iris', look: 'bg-[#54508a]' },
  { value: '#3a5a94', name: 'Blue', look: 'bg-[#3a5a94]' },
] as const

export const firstColour: string = colours[0].value

interface ColourFieldProps {
  readonly value: string
  readonly onChange: (value: string) => void
}

export function ColourField({ value, onChange }: ColourFieldProps) {
  const id = useId()
  const isOther = !colours.some((colour) => colour.value === value.toLowerCase())
  return (
    <div className="grid gap-1">
      <p className="font-medium" id={id}>
        Colour
      </p>
      <RadioGroup.Root value={value.toLowerCase()} onValueChange={onChange} aria-labelledby={id} className="flex gap-2">
        {colours.map(({ value: colour, name, look }) => (
          <RadioGroup.Item
            key={colour}
            value={colour}
            aria-label={name}
            className={`size-7 rounded-full border-2 border-raised ${look} focus-visible:rounded-full data-[state=checked]:ring-2 data-[state=checked]:ring-ink`}
          />
        ))}
      </RadioGroup.Root>
      {isOther && value !== '' && <p className="text-meta text-ink-2">It has a colour of its own now: {value}</p>}
    </div>
  )
}
