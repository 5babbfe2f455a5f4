/** Puts the conversations and readings of the sample community on a calendar: twenty weeks, three of them silent. */
const hour = 3600 * 1000
const week = 7 * 24 * hour
const start = Date.UTC(2025, 2, 3)
const weeks = 20
const silent = [5, 12, 13]

/** Numbers in [0, 1) that are the same on every machine (mulberry32). */
function dice(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** @returns {{ channel: string, author: string, timestamp: number, text: string }[]} oldest first */
export function sample({ conversations, people, reports, remarks }) {
  const random = dice(20250303)
  const between = (low, high) => low + random() * (high - low)
  const pick = (list) => list[Math.floor(random() * list.length)]
  const loud = Array.from({ length: weeks }, (_, index) => index).filter((index) => !silent.includes(index))
  const messages = []
  const say = (channel, author, timestamp, text) => messages.push({ channel, author, timestamp, text })

  // Conversations, in their order and spread over the weeks in which anybody speaks.
  const turns = new Map()
  for (const [channel, ...lines] of conversations) turns.set(channel, [...(turns.get(channel) ?? []), lines])
  for (const [channel, list] of turns) {
    list.forEach((lines, index) => {
      const when = loud[Math.floor((index * loud.length) / list.length)]
      let time = start + when * week + Math.floor(between(0, 5)) * 24 * hour + between(7, 20) * hour
      for (const line of lines) {
        const colon = line.indexOf(': ')
        say(channel, line.slice(0, colon), Math.floor(time), line.slice(colon + 2))
        time += between(20, 1500) * 1000
      }
    })
  }

  // Readings, a few a day, fewer in summer.
  for (const index of loud) {
    const count = Math.round(between(10, 22) * (index > 13 ? 0.6 : 1))
    for (let i = 0; i < count; i++) {
      const author = pick(people)
      const numbers = {
        station: people.indexOf(author) + 2,
        temperature: (between(-2, 8) + index * 0.9).toFixed(1),
        humidity: Math.round(between(38, 97)),
        pressure: Math.round(between(992, 1031)),
        trend: pick(['rising', 'falling', 'steady']),
        rain: between(0, 14).toFixed(1),
        wind: between(0, 12).toFixed(1),
        remark: pick(remarks),
      }
      say('stations', author, Math.floor(start + index * week + random() * week), pick(reports)(numbers))
    }
  }
  return messages.sort((a, b) => a.timestamp - b.timestamp)
}

export function lines(messages) {
  return messages.map((message) => `${JSON.stringify(message)}\n`).join('')
}
