/** Finds messages by what they say and are. Newest first, or ranked among the newest hits. */
import type { ChatId, CommunityId, Millis } from '../../shared/domain.ts'
import { folded } from '../../shared/search-marks.ts'
import { type Filter, type SearchTerms, type Term, wordsOf } from '../../shared/search-query.ts'
import type { Db } from './database.ts'
import type { Keys } from './keys.ts'
import { authorWord, chatWord, communityWord, markWord } from './message-marks.ts'
import { banned, type MessageRow, type MessageRows, type StoredMessage, selectMessage } from './message-rows.ts'
import { placeOf } from './places.ts'
import { Repository, type SqlValue } from './repository.ts'
import type { UnreadRepository } from './unread-repository.ts'

/** Where the next page of a search begins. */
export interface SearchPlace {
  readonly place: number
  /** Where ranked. */
  readonly score: number | null
  /** Whether the last word was taken for an unfinished one. */
  readonly wentOn: boolean
}

export interface SearchQuery {
  readonly communityId: CommunityId
  /** Channels are not looked up by their names here: say which in `chats`. */
  readonly terms: SearchTerms
  readonly chats?: Filter<ChatId>
  readonly order?: 'newest' | 'ranked'
  readonly limit: number
  readonly after?: SearchPlace
  /** R4.5: messages of banned people are hidden unless asked for. */
  readonly includeBanned?: boolean
}

export interface SearchResult {
  readonly messages: readonly StoredMessage[]
  /** Null where these were the last. */
  readonly next: SearchPlace | null
  /** Ranked: of how many hits, the newest ones, these are the best; null where not ranked. */
  readonly rankedAmong: number | null
  /** Whether the last word was taken for an unfinished one. */
  readonly wentOn: boolean
  /** Messages that are not in the index yet: stored by an earlier version, or just imported. */
  readonly unsearched: number
}

/** Hits that are ranked at most, the newest of all. */
export const RANKED_AMONG = 20_000
/** Authors that one name can stand for at most. */
const MOST_AUTHORS = 64
const MAX_PLACE = Number.MAX_SAFE_INTEGER
/** Asked of an index that holds nobody else's, which is small where the whole table is not. */
const notBanned = `AND NOT EXISTS (
  SELECT 1 FROM messages b INDEXED BY messages_banned WHERE b.key = f.rowid AND b.standing = ${banned})`

interface Hit {
  readonly place: number
  readonly score: number | null
  readonly among: number | null
}

interface Parts {
  readonly keys: Keys
  readonly rows: MessageRows
  readonly unread: UnreadRepository
}

/** Not offered by the store: `messages.search` is. */
export class MessageSearch extends Repository {
  readonly #parts: Parts

  constructor(db: Db, parts: Parts) {
    super(db)
    this.#parts = parts
  }

  search(query: SearchQuery): SearchResult {
    const { terms, limit, after } = query
    const unsearched = this.#unsearched()
    const community = this.#parts.keys.find('community_keys', query.communityId)
    if (community === null) return { messages: [], next: null, rankedAmong: null, wentOn: false, unsearched }
    const first = this.#hits(query, community, after?.wentOn ?? false)
    // "archi" finds nothing, or little: what begins so may be meant. What is found anyway is among that.
    const goesOn = after === undefined && terms.mayGoOn && first.length <= limit
    const hits = goesOn ? this.#hits(query, community, true) : first
    const last = hits[limit - 1]
    const wentOn = goesOn || (after?.wentOn ?? false)
    return {
      messages: hits.slice(0, limit).flatMap(({ place }) => this.#message(place)),
      next: last === undefined || hits.length <= limit ? null : { place: last.place, score: last.score, wentOn },
      rankedAmong: query.order === 'ranked' ? (hits[0]?.among ?? 0) : null,
      wentOn,
      unsearched,
    }
  }

  /** One more than asked for, where there are more. */
  #hits(query: SearchQuery, community: number, goesOn: boolean): readonly Hit[] {
    const match = this.#match(query, community, goesOn)
    if (match === null) return []
    const { terms, after, limit, includeBanned = false } = query
    const [from, to] = [placeOf(terms.from ?? (0 as Millis)), terms.to === null ? MAX_PLACE : placeOf(terms.to)]
    const isRanked = query.order === 'ranked'
    // Nothing here looks at the messages: each would be somewhere else in a table of a million, and most are not shown.
    const found = `
      FROM message_words f
      WHERE message_words MATCH ? AND f.rowid >= ? AND f.rowid < ? ${includeBanned ? '' : notBanned}
      ORDER BY f.rowid DESC LIMIT ?`
    if (!isRanked) {
      const end = after === undefined ? to : Math.min(to, after.place)
      return this.sql<Hit>(`SELECT f.rowid AS place, NULL AS score, NULL AS among ${found}`).all(
        match,
        from,
        end,
        limit + 1,
      )
    }
    const values: SqlValue[] = [match, from, to, RANKED_AMONG]
    if (after !== undefined) values.push(after.score ?? 0, -after.place)
    return this.sql<Hit>(
      `WITH hits AS MATERIALIZED (SELECT f.rowid AS place, bm25(message_words, 1, 0, 0) AS score ${found})
       SELECT place, score, (SELECT count(*) FROM hits) AS among FROM hits
       ${after === undefined ? '' : 'WHERE (score, -place) > (?, ?)'} ORDER BY score, place DESC LIMIT ?`,
    ).all(...values, limit + 1)
  }

  #unsearched(): number {
    const text = 'SELECT (SELECT unconverted FROM message_conversion) + (SELECT n FROM message_words_left) AS n'
    return this.sql<{ n: number }>(text).get()?.n ?? 0
  }

  #message(place: number): StoredMessage[] {
    const row = this.sql<MessageRow>(`${selectMessage} WHERE m.key = ?`).get(place)
    return row === undefined ? [] : [this.#parts.rows.message(row)]
  }

  /**
   * The query in FTS5's language; words are letters and digits, so that nothing typed is part of it. Null if nothing can
   * be found or nothing was asked for.
   */
  #match({ terms: asked, chats }: SearchQuery, community: number, goesOn: boolean): string | null {
    const { keys } = this.#parts
    const all: string[] = asked.terms.map((term, at) => text(term, goesOn && at === asked.terms.length - 1))
    const none: string[] = asked.without.map((term) => text(term, false))
    const chatMarks = (ids: readonly ChatId[]) =>
      ids.flatMap((id) => keys.find('chat_keys', id) ?? []).map((key) => chatWord(key))
    if (chats !== undefined && chats.only.length > 0) all.push(marked(chatMarks(chats.only)))
    if (chats !== undefined) none.push(marked(chatMarks(chats.not)))
    if (asked.authors.only.length > 0) all.push(this.#authors(asked.authors.only, community))
    none.push(this.#authors(asked.authors.not, community))
    for (const thing of asked.has.only) all.push(marked([markWord(thing)]))
    none.push(marked(asked.has.not.map(markWord)))
    if (all.includes('')) return null
    const isAnything = asked.from !== null || asked.to !== null || none.some((part) => part !== '')
    if (all.length === 0 && !isAnything) return null
    // A word that all messages of the community have: for itself where nothing else is asked for, or to tell them from
    // those of other communities. Where there are none, it would only cost time.
    if (all.length === 0 || this.#hasOthers()) all.push(marked([communityWord(community)]))
    const not = none.filter((part) => part !== '')
    return `(${all.join(' AND ')})${not.length === 0 ? '' : ` NOT (${not.join(' OR ')})`}`
  }

  /** Those whose name or key begins so, by their keys; and imported messages by the names they came with. */
  #authors(typed: readonly string[], community: number): string {
    const found = new Set<number>()
    const names: string[] = []
    for (const name of typed) {
      for (const key of this.#authorKeys(name, community)) found.add(key)
      const words = wordsOf(name)
      if (words.length > 0) names.push(`name : ^ ${quoted(words)} *`)
    }
    const parts = [marked([...found].slice(0, MOST_AUTHORS).map(authorWord)), ...names].filter((part) => part !== '')
    return parts.length === 0 ? '' : `(${parts.join(' OR ')})`
  }

  #authorKeys(typed: string, community: number): number[] {
    const { keys, unread } = this.#parts
    if (typed.toLowerCase() === 'me') {
      const reader = unread.reader()
      return reader === null ? [] : [keys.find('author_keys', reader) ?? []].flat()
    }
    if (/^0x04[0-9a-f]{2,128}$/i.test(typed)) {
      const prefix = typed.toLowerCase()
      return this.sql<{ key: number }>('SELECT key FROM author_keys WHERE id >= ? AND id < ? LIMIT ?')
        .all(prefix, `${prefix}g`, MOST_AUTHORS)
        .map(({ key }) => key)
    }
    const name = folded(typed)
    return this.sql<{ author: number; name: string }>('SELECT author, name FROM author_names WHERE community = ?')
      .all(community)
      .filter((row) => folded(row.name).startsWith(name))
      .map(({ author }) => author)
  }

  #hasOthers(): boolean {
    return this.sql('SELECT 1 FROM community_keys LIMIT 2').all().length > 1
  }
}

function text({ words, isPrefix }: Term, goesOn: boolean): string {
  return `text : ${quoted(words)}${isPrefix || goesOn ? ' *' : ''}`
}

function marked(words: readonly string[]): string {
  if (words.length === 0) return ''
  return `marks : (${words.map((word) => `"${word}"`).join(' OR ')})`
}

const quoted = (words: readonly string[]): string => `"${words.join(' ')}"`
