/** What is being written, by channel: it stays while one reads elsewhere, and goes with the profile. */
import { create } from 'zustand'
import type { ChatId, Message } from '../../../shared/domain.ts'

export interface Draft {
  readonly text: string
  readonly replyTo: Message | null
}

interface Drafts {
  readonly drafts: Readonly<Record<ChatId, Draft>>
  write(chatId: ChatId, change: Partial<Draft>): void
  clear(): void
}

const empty: Draft = { text: '', replyTo: null }

export const useDrafts = create<Drafts>((set) => ({
  drafts: {},
  write: (chatId, change) =>
    set(({ drafts }) => ({ drafts: { ...drafts, [chatId]: { ...(drafts[chatId] ?? empty), ...change } } })),
  clear: () => set({ drafts: {} }),
}))

export const useDraft = (chatId: ChatId): Draft => useDrafts(({ drafts }) => drafts[chatId] ?? empty)
