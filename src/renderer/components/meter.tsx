/** How much of a known whole is done. The words beside it say it too. */
import { Progress } from 'radix-ui'

interface MeterProps {
  readonly label: string
  readonly value: number
  readonly max: number
}

export function Meter({ label, value, max }: MeterProps) {
  const whole = Math.max(1, max)
  const share = Math.min(1, value / whole)
  return (
    <Progress.Root
      aria-label={label}
      value={Math.min(value, whole)}
      max={whole}
      getValueLabel={(done, of) => `${done} of ${of}`}
      className="h-1.5 overflow-hidden rounded-full bg-edge/25"
    >
      <Progress.Indicator
        className={`h-full rounded-full ${share === 1 ? 'bg-week-imported' : 'bg-week-downloading'}`}
        style={{ width: `${share * 100}%` }}
      />
    </Progress.Root>
  )
}
