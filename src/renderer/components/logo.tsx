/** The mark: nine weeks, two of them still to come. */
const cells = [
  [6, 6, 1],
  [12, 6, 1],
  [18, 6, 0.45],
  [6, 12, 1],
  [12, 12, 1],
  [18, 12, 1],
  [6, 18, 0.45],
  [12, 18, 1],
  [18, 18, 1],
] as const

export function Logo() {
  return (
    <svg viewBox="0 0 28 28" className="size-7" aria-hidden="true">
      <rect width="28" height="28" rx="7" className="fill-accent" />
      {cells.map(([x, y, opacity]) => (
        <rect key={`${x}.${y}`} x={x} y={y} width="4" height="4" rx="1" opacity={opacity} className="fill-on-accent" />
      ))}
    </svg>
  )
}
