/** Where the window was, and where it is to be: always where somebody can see it. Pure but for the file. */
import { z } from 'zod'

const rectangle = z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() })

export const windowState = z.object({ bounds: rectangle, maximized: z.boolean() }).nullable()

export type Rectangle = z.output<typeof rectangle>
export type WindowState = z.output<typeof windowState>

export const smallest = { width: 360, height: 480 } as const
const first = { width: 1280, height: 800 } as const
/** px of the window's top that must lie on a screen, so that it can be taken hold of. */
const grip = { width: 120, height: 32 } as const

/** Position is left to the system where the screen it was on is gone. @param areas of every screen, without its bars */
export function placeWindow(
  state: WindowState,
  areas: readonly Rectangle[],
): { readonly width: number; readonly height: number; readonly x?: number; readonly y?: number } {
  if (state === null) return first
  const { bounds } = state
  const area = areas.find((one) => holdsGrip(one, bounds))
  const largest = area ?? areas[0] ?? { ...first, x: 0, y: 0 }
  const size = {
    width: between(smallest.width, bounds.width, Math.max(smallest.width, largest.width)),
    height: between(smallest.height, bounds.height, Math.max(smallest.height, largest.height)),
  }
  return area ? { ...size, x: bounds.x, y: bounds.y } : size
}

function holdsGrip(area: Rectangle, { x, y, width }: Rectangle): boolean {
  const overlap = Math.min(x + width, area.x + area.width) - Math.max(x, area.x)
  return overlap >= grip.width && y >= area.y && y + grip.height <= area.y + area.height
}

const between = (low: number, value: number, high: number): number => Math.min(high, Math.max(low, value))
