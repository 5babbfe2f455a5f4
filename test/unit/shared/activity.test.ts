import { describe, expect, it } from 'vitest'
import { activityKinds, activitySentence, noticeKinds, signalNames } from '../../../src/shared/activity.ts'
import type { Seconds } from '../../../src/shared/domain.ts'

const week = { from: 1_766_620_800 as Seconds, to: 1_767_225_600 as Seconds }

describe('the sentence of a line of activity', () => {
  it('§8 exists for every signal and every other kind, and names its range', () => {
    for (const kind of activityKinds) {
      const sentence = activitySentence(kind, { ...week, detail: 'The disk was full.' })
      expect(sentence, kind).toMatch(/^[A-Z].*\.$/)
    }
    expect(activitySentence('historyArchivesCreated', { ...week, detail: '' })).toBe(
      'Archived and published the messages from 2025-12-25 to 2026-01-01.',
    )
    expect(activitySentence('historyArchiveRefused', { from: null, to: null, detail: 'it lies.' })).toBe(
      'Refused the archive: it lies.',
    )
  })

  it('is told even of a kind that only another version knows, and of times beyond all calendars', () => {
    expect(activitySentence('moonrise', { from: null, to: null, detail: 'at nine' })).toBe('moonrise: at nine')
    expect(activitySentence('toString', { from: null, to: null, detail: '' })).toBe('toString')
    const never = { from: 0 as Seconds, to: 9_000_000_000_000 as Seconds, detail: '' }
    expect(activitySentence('historyArchiveDownloaded', never)).toContain('from 1970-01-01 to 9000000000000')
  })

  it('§8 has all eleven names of the protocol that both generations send', () => {
    for (const name of [
      'historyArchivesProtocolEnabled',
      'historyArchivesProtocolDisabled',
      'creatingHistoryArchives',
      'historyArchivesCreated',
      'noHistoryArchivesCreated',
      'historyArchivesSeeding',
      'historyArchivesUnseeded',
      'downloadingHistoryArchivesStarted',
      'historyArchiveDownloaded',
      'importingHistoryArchiveMessages',
      'downloadingHistoryArchivesFinished',
    ])
      expect(signalNames).toContain(name)
    expect(noticeKinds.every((kind) => activityKinds.includes(kind))).toBe(true)
  })
})
