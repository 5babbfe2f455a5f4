/**
 * A history as JSON, as a web page and as plain text, piece by piece. Pure. Everything in it was written by strangers:
 * the page has no script, loads nothing, and every word in it is text (RULES.md R4.7).
 */
import { createHash } from 'node:crypto'
import type { Millis } from '../../shared/domain.ts'
import type { ExportAbout, ExportedMessage } from '../../shared/export-file.ts'

export interface ExportFormat {
  readonly extension: string
  begin(about: ExportAbout): string
  /** Before the first message of each channel. */
  channel(name: string): string
  message(message: ExportedMessage, isFirst: boolean): string
  end(): string
}

export type ExportKind = 'json' | 'html' | 'text'

const json: ExportFormat = {
  extension: 'json',
  begin: (about) => `{"chronicle":${JSON.stringify(about)},\n"messages":[`,
  channel: () => '',
  message: (message, isFirst) => `${isFirst ? '\n' : ',\n'}${JSON.stringify(message)}`,
  end: () => '\n]}\n',
}

const style = `body{font:15px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
article{margin:.75rem 0}header{color:#555}.text{white-space:pre-wrap;overflow-wrap:anywhere}
.text,.name{unicode-bidi:isolate}.note{color:#555;font-style:italic}.name{font-weight:600;color:#111}
img{max-width:100%;max-height:24rem}`
const policy = `default-src 'none'; img-src data:; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`

const html: ExportFormat = {
  extension: 'html',
  begin: ({ community, exportedAt }) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<title>${escaped(community.name)}</title>
<style>${style}</style></head><body>
<h1><bdi>${escaped(community.name)}</bdi></h1>
<p class="note">Exported ${moment(exportedAt)} UTC</p>
`,
  channel: (name) => `<h2>#<bdi>${escaped(name)}</bdi></h2>\n`,
  message: (message) => {
    const { id, authorName, author, timestamp, responseTo, editedAt, deleted, pinned, reactions } = message
    const notes = [
      ...(pinned ? ['pinned'] : []),
      ...(editedAt !== null && !deleted ? [`edited ${moment(editedAt)}`] : []),
      ...(responseTo === null ? [] : [`<a href="#${escaped(encodeURIComponent(responseTo))}">in reply</a>`]),
    ]
    const seen = reactions.map(({ emoji, authors }) => `<bdi>${escaped(emoji)}</bdi> ${authors.length}`)
    const body = deleted ? '<p class="note">Deleted</p>' : `<div class="text" dir="auto">${linked(message.text)}</div>`
    return `<article id="${escaped(encodeURIComponent(id))}"><header><bdi class="name">${escaped(nameOf(authorName, author))}</bdi> <time>${moment(timestamp)}</time>${notes.map((note) => ` · ${note}`).join('')}</header>
${body}${pictures(message)}${seen.length > 0 ? `<p class="note">${seen.join(' · ')}</p>` : ''}</article>
`
  },
  end: () => '</body></html>\n',
}

const text: ExportFormat = {
  extension: 'txt',
  begin: ({ community, exportedAt }) => `${line(community.name)}\nExported ${moment(exportedAt)} UTC\n`,
  channel: (name) => `\n== #${line(name)} ==\n\n`,
  message: ({ authorName, author, timestamp, text: said, editedAt, deleted, images }) => {
    const words = deleted ? '(deleted)' : lines(said)
    const edited = editedAt !== null && !deleted ? ' (edited)' : ''
    const shown = images > 0 ? ` (${images === 1 ? 'an image' : `${images} images`})` : ''
    return `[${moment(timestamp)}] ${line(nameOf(authorName, author))}: ${words}${shown}${edited}\n`
  },
  end: () => '',
}

export const exportFormats: Readonly<Record<ExportKind, ExportFormat>> = { json, html, text }

function pictures({ pictures: held, images }: ExportedMessage): string {
  const shown = held.map(({ mime, base64 }) => `<img alt="" src="data:${escaped(mime)};base64,${escaped(base64)}">`)
  const missing = images - held.length
  return `${shown.join('')}${missing > 0 ? `<p class="note">Images left out: ${missing}</p>` : ''}`
}

/** What a name, a text or an address is in a page: text, in an element and in an attribute alike. */
function escaped(value: string): string {
  return plain(value).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** Web addresses become links that are followed when they are clicked and not before; all else stays text. */
function linked(value: string): string {
  const said = plain(value)
  let html = ''
  let end = 0
  for (const match of said.matchAll(/https?:\/\/[^\s<>"'`]+/gi)) {
    const address = addressOf(match[0])
    if (address === null) continue
    html += `${escaped(said.slice(end, match.index))}<a rel="noreferrer noopener nofollow" href="${escaped(address)}">${escaped(match[0])}</a>`
    end = match.index + match[0].length
  }
  return html + escaped(said.slice(end))
}

function addressOf(value: string): string | null {
  const url = URL.parse(value)
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : null
}

/** Without signs that steer a terminal or a printer, and without halves of signs. */
function plain(value: string): string {
  const unbroken = value.toWellFormed().replace(/\r\n?/g, '\n')
  return unbroken.replace(/\p{Cc}/gu, (sign) => (sign === '\n' || sign === '\t' ? sign : ''))
}

/** On one line, in its own order: what turns the direction of writing would turn what follows, too. */
const line = (value: string): string => undirected(value).replace(/\s+/gu, ' ').trim()
const lines = (value: string): string => undirected(value).replace(/[\n\u2028\u2029]/g, '\n    ')
const undirected = (value: string): string => plain(value).replace(/[\u202a-\u202e\u2066-\u2069]/g, '')

const nameOf = (name: string, author: string): string =>
  name === '' ? `${author.slice(0, 8)}…${author.slice(-4)}` : name

/** Strangers' times reach farther than the calendar. */
function moment(at: Millis): string {
  return at <= 8.64e15 ? new Date(at).toISOString().slice(0, 19).replace('T', ' ') : 'some time'
}
