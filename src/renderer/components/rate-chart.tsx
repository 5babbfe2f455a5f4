/** Two rates over the last minutes. The same in words below, so that nothing rests on the picture. */
import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { rate } from '../lib/format.ts'
import { type Sample, sampleEvery, samplesKept } from '../lib/rates.ts'

interface RateChartProps {
  /** Names the picture: "Rates of Logbook". */
  readonly label: string
  readonly samples: readonly Sample[]
}

/** px */
const height = 72
const minutes = (sampleEvery * samplesKept) / 60_000

export function RateChart({ label, samples }: RateChartProps) {
  const frame = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  const keys = { down: useRef<HTMLSpanElement>(null), up: useRef<HTMLSpanElement>(null) }
  const { down: downKey, up: upKey } = keys
  useEffect(() => {
    const element = frame.current
    if (!element) return
    // A canvas knows no custom properties: the colours are those of the keys below, whatever the theme is now.
    const colour = (key: HTMLSpanElement | null) => () => (key ? getComputedStyle(key).backgroundColor : '')
    const line = (stroke: () => string) => ({ stroke, width: 1.5, points: { show: false } })
    const made = new uPlot(
      {
        width: element.clientWidth,
        height,
        cursor: { show: false },
        legend: { show: false },
        axes: [{ show: false }, { show: false }],
        padding: [4, 0, 2, 0],
        scales: {
          x: { time: false, range: [1 - samplesKept, 0] },
          // An idle line lies on the ground, not in the middle.
          y: { range: (_plot, _least, most) => [0, Math.max((most ?? 0) * 1.1, 1_000)] },
        },
        series: [{}, line(colour(downKey.current)), { ...line(colour(upKey.current)), dash: [4, 3] }],
      },
      [[], [], []],
      element,
    )
    plot.current = made
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }))
    watch.observe(element)
    return () => {
      watch.disconnect()
      made.destroy()
      plot.current = null
    }
  }, [downKey, upKey])
  useEffect(() => {
    const places = samples.map((_sample, at) => at - samples.length + 1)
    plot.current?.setData([places, samples.map(({ down }) => down), samples.map(({ up }) => up)])
  }, [samples])
  const now = samples.at(-1) ?? { down: 0, up: 0 }
  const peak = (of: keyof Sample): number => samples.reduce((most, sample) => Math.max(most, sample[of]), 0)
  return (
    <figure aria-label={label} className="grid gap-1">
      <div ref={frame} aria-hidden className="h-[72px] min-w-0 overflow-hidden rounded-control bg-side" />
      <figcaption className="flex flex-wrap gap-x-4 text-meta text-ink-2 tabular-nums">
        <span className="inline-flex items-center gap-1.5">
          <span ref={downKey} aria-hidden className="h-0.5 w-4 bg-week-downloading" />
          Down {rate(now.down)}
          {peak('down') > now.down && `, at most ${rate(peak('down'))}`}
        </span>
        <span className="inline-flex items-center gap-1.5">
          <span aria-hidden className="inline-flex w-4 justify-between">
            <span ref={upKey} className="h-0.5 w-1.5 bg-ok" />
            <span className="h-0.5 w-1.5 bg-ok" />
          </span>
          Up {rate(now.up)}
          {peak('up') > now.up && `, at most ${rate(peak('up'))}`}
        </span>
        <span className="text-ink-3">last {minutes} minutes</span>
      </figcaption>
    </figure>
  )
}
