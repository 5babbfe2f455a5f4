/** One of a few, all in sight. One tab stop; arrows move. */
import { Check } from 'lucide-react'
import { RadioGroup } from 'radix-ui'

interface SegmentsProps<T extends string> {
  readonly label: string
  readonly value: T
  readonly options: readonly { readonly value: T; readonly text: string }[]
  readonly onChange: (value: T) => void
}

export function Segments<T extends string>({ label, value, options, onChange }: SegmentsProps<T>) {
  return (
    <RadioGroup.Root
      aria-label={label}
      value={value}
      onValueChange={(chosen) => {
        const option = options.find((one) => one.value === chosen)
        if (option) onChange(option.value)
      }}
      className="inline-flex gap-0.5 rounded-control border border-edge bg-side p-0.5"
    >
      {options.map((option) => (
        <RadioGroup.Item
          key={option.value}
          value={option.value}
          className="inline-flex h-[26px] items-center gap-1.5 rounded-[4px] px-3 font-medium text-ink-2 hover:bg-hover data-[state=checked]:bg-accent data-[state=checked]:text-on-accent"
        >
          {option.value === value && <Check size={14} aria-hidden />}
          {option.text}
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  )
}
