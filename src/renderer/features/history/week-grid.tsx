/**
 * The coverage map: a row for each year (on narrow screens, half a year), a square for each week. One tab stop; arrows move by week and year, Home and
 * End within the year, the page keys by five years. A card tells the rest, on hover and on focus; Escape hides it.
 */
import { Popover } from 'radix-ui'
import { type KeyboardEvent, useMemo, useRef, useState } from 'react'
import { Grid } from '../../components/grid.tsx'
import { bytes, count, counted, range } from '../../lib/format.ts'
import { useMedia } from '../../lib/hooks.ts'
import { columns, halfColumns, type Row, rowsOf, type Week } from './coverage.ts'
import { missingWords, weekStates, weekWords } from './words.ts'

export function Legend({ weeks }: { readonly weeks: readonly Week[] }) {
  const totals = weekStates.map((state) => ({ state, total: weeks.filter((week) => week.state === state).length }))
  return (
    <ul aria-label="What the squares mean" className="mb-3 flex flex-wrap gap-x-4 gap-y-1">
      {totals
        .filter(({ total }) => total > 0)
        .map(({ state, total }) => (
          <li
            key={state}
            title={weekWords[state].means}
            className="inline-flex items-center gap-1.5 text-meta text-ink-2"
          >
            <span className="w-[13px]" aria-hidden>
              <span className="week" data-state={state} />
            </span>
            {weekWords[state].word} <b className="font-semibold text-ink tabular-nums">{count(total)}</b>
          </li>
        ))}
    </ul>
  )
}

/** Where the halves of a year begin. */
const halves = ['Jan', 'Jul']

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Where each key leads: years down the page, and columns to the right. */
const steps: Readonly<Record<string, { readonly rows: number; readonly columns: number }>> = {
  ArrowLeft: { rows: 0, columns: -1 },
  ArrowRight: { rows: 0, columns: 1 },
  ArrowUp: { rows: -1, columns: 0 },
  ArrowDown: { rows: 1, columns: 0 },
  Home: { rows: 0, columns: -53 },
  End: { rows: 0, columns: 53 },
  PageUp: { rows: -5, columns: 0 },
  PageDown: { rows: 5, columns: 0 },
}

export function WeekGrid({ weeks }: { readonly weeks: readonly Week[] }) {
  const hasRoom = useMedia('(min-width: 35rem)')
  const perRow = hasRoom ? columns : halfColumns
  const rows = useMemo(() => rowsOf(weeks, perRow), [weeks, perRow])
  const newest = weeks.at(-1)?.from
  const [stop, setStop] = useState<number | null>(null)
  const [shown, setShown] = useState<Week | null>(null)
  const anchor = useRef<HTMLElement | null>(null)
  const grid = useRef<HTMLTableElement>(null)
  const tabStop = weeks.some(({ from }) => from === stop) ? stop : newest

  const show = (week: Week, cell: HTMLElement): void => {
    anchor.current = cell
    setShown(week)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') setShown(null)
    const step = steps[event.key]
    const from = tabStop ?? null
    if (!step || from === null) return
    event.preventDefault()
    const next = neighbour(rows, from, step.rows, step.columns)
    if (!next) return
    setStop(next.from)
    grid.current?.querySelector<HTMLElement>(`[data-week="${next.from}"]`)?.focus()
  }
  return (
    <>
      <Grid
        ref={grid}
        aria-label="Weeks of history by year"
        onKeyDown={onKeyDown}
        onMouseLeave={() => setShown(null)}
        className="w-full table-fixed border-collapse"
      >
        <colgroup>
          <col className="w-[42px]" />
          <col span={perRow} />
          {hasRoom && <col className="w-[84px]" />}
        </colgroup>
        {hasRoom && (
          <thead aria-hidden>
            <tr>
              <td />
              <td colSpan={columns} className="relative h-4 text-[10.5px] leading-4 text-ink-3">
                {months.map((month, index) => (
                  <span
                    key={month}
                    className="absolute top-0"
                    style={{ left: `${((index * 30.4) / 7 / columns) * 100}%` }}
                  >
                    {month}
                  </span>
                ))}
              </td>
              <td className="text-right text-label text-ink-3">weeks here</td>
            </tr>
          </thead>
        )}
        <tbody>
          {rows.map(({ year, half, cells, here, full }) => (
            <tr key={`${year}.${half}`}>
              <th
                scope="row"
                aria-label={`${hasRoom ? year : `${halves[half]} ${year}`}: ${here} of ${full} weeks here`}
                className="text-left text-meta leading-[14px] font-medium text-ink-2 tabular-nums"
              >
                {hasRoom || half === 0 ? year : <span className="text-label font-normal text-ink-3">{halves[1]}</span>}
              </th>
              {cells.map(({ column, week }) => (
                <td key={column} className="p-[0.5px] xs:p-px">
                  {week && (
                    <button
                      type="button"
                      data-week={week.from}
                      data-state={week.state}
                      tabIndex={week.from === tabStop ? 0 : -1}
                      aria-label={nameOf(week)}
                      onFocus={({ currentTarget }) => {
                        setStop(week.from)
                        show(week, currentTarget)
                      }}
                      onBlur={() => setShown(null)}
                      onMouseEnter={({ currentTarget }) => show(week, currentTarget)}
                      className="week"
                    />
                  )}
                </td>
              ))}
              {hasRoom && (
                <td
                  aria-hidden
                  className="text-right text-label leading-[14px] whitespace-nowrap text-ink-2 tabular-nums"
                >
                  {here} / {full}
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </Grid>
      <Popover.Root open={shown !== null}>
        <Popover.Anchor virtualRef={anchor} />
        <Popover.Portal>
          {shown && (
            <Popover.Content
              role="tooltip"
              side="bottom"
              sideOffset={8}
              collisionPadding={8}
              onOpenAutoFocus={(event) => event.preventDefault()}
              onCloseAutoFocus={(event) => event.preventDefault()}
              className="z-40 w-80 rounded-card border border-line bg-raised px-3.5 py-2.5 shadow-2"
            >
              <WeekCard week={shown} />
            </Popover.Content>
          )}
        </Popover.Portal>
      </Popover.Root>
    </>
  )
}

function WeekCard({ week }: { readonly week: Week }) {
  const { archives, live, messages, state, isChecked } = week
  const counts = [
    ...(archives > 0 ? [counted(messages, 'message'), bytes(week.bytes)] : []),
    ...(archives > 1 ? [counted(archives, 'archive')] : []),
    ...(live > 0 ? [`${count(live)} from the live network`] : []),
  ]
  return (
    <>
      <p className="flex items-center gap-1.5 font-semibold">
        <span className="w-[13px]" aria-hidden>
          <span className="week" data-state={state} />
        </span>
        {isChecked ? 'Checking' : weekWords[state].word}
        <span className="ml-auto text-meta font-normal text-ink-2 tabular-nums">{range(week.from, week.to)}</span>
      </p>
      {counts.length > 0 && <p className="mt-1 text-meta tabular-nums">{counts.join(' · ')}</p>}
      {archives > 0 && <p className="text-meta tabular-nums">{holdersOf(week)}</p>}
      <p className="mt-0.5 text-meta leading-[18px] text-ink-2">{meaningOf(week)}</p>
    </>
  )
}

function holdersOf({ peers }: Week): string {
  if (peers === null) return 'Who else has it is unknown.'
  return peers === 0
    ? 'No connected peer has all of it.'
    : `${counted(peers, 'connected peer')} ${peers === 1 ? 'has' : 'have'} all of it.`
}

/** Its own reason, where it gives one. */
function meaningOf({ state, missing, reasons, isChecked }: Week): string {
  if (isChecked) return 'Its pieces are here, and are being checked and read in.'
  const why = missing === null ? undefined : missingWords[missing]
  if (why !== undefined) return why
  return reasons.length > 0 ? reasons.join(' ') : weekWords[state].means
}

const nameOf = (week: Week): string =>
  [
    `${range(week.from, week.to)}: ${week.isChecked ? 'Checking' : weekWords[week.state].word}`,
    countOf(week),
    ...(week.missing === null || week.missing === 'gap' ? [] : [meaningOf(week)]),
  ].join(', ')

function countOf({ archives, messages, live, state }: Week): string {
  if (archives > 0) return counted(messages, 'message')
  if (live > 0) return `about ${counted(live, 'message')}`
  return state === 'missing' ? 'count unknown' : 'no archive'
}

/** The nearest week in that direction, staying within the row's and the map's ends. */
function neighbour(rows: readonly Row[], from: number, rowsOver: number, columnsOver: number): Week | null {
  const row = rows.findIndex(({ cells }) => cells.some(({ week }) => week?.from === from))
  const column = rows[row]?.cells.findIndex(({ week }) => week?.from === from) ?? 0
  const filled = filledOf(rows[Math.max(0, Math.min(rows.length - 1, row + rowsOver))])
  const wanted = column + columnsOver
  let best = filled[0]
  for (const candidate of filled)
    if (best && Math.abs(candidate.column - wanted) < Math.abs(best.column - wanted)) best = candidate
  // Past the end of a row, arrows go on in the next one.
  if (Math.abs(columnsOver) === 1 && best?.week.from === from) {
    const beside = filledOf(rows[row - columnsOver])
    return (columnsOver > 0 ? beside[0] : beside.at(-1))?.week ?? best.week
  }
  return best?.week ?? null
}

const filledOf = (row: Row | undefined) =>
  row?.cells.flatMap(({ column, week }) => (week ? [{ column, week }] : [])) ?? []
