/** Light, dark, or as the system has it; kept in this browser. */
import { create } from 'zustand'

export type Theme = 'system' | 'light' | 'dark'

const key = 'chronicle.theme'

interface ThemeState {
  readonly theme: Theme
  set(theme: Theme): void
}

const isTheme = (value: unknown): value is Theme => value === 'light' || value === 'dark' || value === 'system'

const remembered = (): Theme => {
  const value = localStorage.getItem(key)
  return isTheme(value) ? value : 'system'
}

export const useTheme = create<ThemeState>((set) => ({
  theme: remembered(),
  set(theme) {
    localStorage.setItem(key, theme)
    applyTheme(theme)
    set({ theme })
  },
}))

/** The style sheet's tokens follow the class; without one they follow the system. */
export function applyTheme(theme: Theme = remembered()): void {
  document.documentElement.classList.remove('light', 'dark')
  if (theme !== 'system') document.documentElement.classList.add(theme)
}
