/** The shape of what is coming, in its place. */

const widths = ['w-4/5', 'w-3/5', 'w-2/3', 'w-1/2', 'w-3/4', 'w-5/6', 'w-2/5', 'w-7/12']

export function Lines({ rows = 3, label }: { readonly rows?: number; readonly label: string }) {
  return (
    <div role="status" className="grid gap-3 py-1">
      <span className="sr-only">{label}</span>
      {widths.slice(0, rows).map((width) => (
        <div key={width} className={`h-3.5 animate-breathe rounded-[4px] bg-edge/20 ${width}`} />
      ))}
    </div>
  )
}
