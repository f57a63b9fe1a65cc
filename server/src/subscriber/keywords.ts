// What a reply asks for: one keyword, or plain words. A keyword alone counts, with what courtesy puts around it; so does a
// phrase that asks for an end of the texts. A sentence about the service never does, whatever words are in it.
import {
  afterQuotation,
  bitOf,
  type Clause,
  clausesOf,
  type Family,
  type KeywordPart,
  languagesOf,
  type Part,
  type Phrase,
  partsAt,
  phrasebooks,
  tags,
  type Word,
} from './reply-words.ts'

export type Asks = 'stop' | 'stop_all' | 'start' | 'help' | 'why' | 'settings' | 'yes' | 'no' | 'wrong_number'

export interface ReadReply {
  asks: Asks | null
  /** A keyword alone, or plain words. */
  by: 'keyword' | 'words' | null
  /** Language of the word or phrase, where it belongs to one (BCP 47 primary tag). */
  language: string | null
  /** The keyword or phrase that decided, folded: `cancel` matters to who answers a renewal text. */
  word: string | null
}

const nothing: ReadReply = { asks: null, by: null, language: null, word: null }
/** Nobody reads a letter for a keyword: more clauses than this are not looked at. */
const mostClauses = 24
/** Where several things are asked for, the first of these is: the safe side. */
const order: readonly Asks[] = ['stop_all', 'stop', 'wrong_number', 'why', 'help', 'settings', 'start', 'no', 'yes']

export function readReply(text: string): ReadReply {
  visits = 0
  const after = afterQuotation(text)
  const asked = after === null ? null : alone(clausesIn(after))
  if (asked) return asked
  const clauses = clausesIn(text)
  if (clauses.length === 0) return nothing
  return alone(clauses) ?? inWords(clauses) ?? nothing
}

/** Nobody says which of three in more. */
const longestChoice = 60
/** A yes or a no with the number of what it is about: "YES 2", "2: no". */
export function readChoice(text: string): { asks: 'yes' | 'no' | null; choice: number | null } {
  const none = { asks: null, choice: null }
  if (text.length > longestChoice) return none
  const line = text.normalize('NFKC').trim()
  const [, first, after, before, last] =
    /^#?([1-9])[\s.:,;)-]*([^\d\s]\D*)$|^(\D*[^\d\s])[\s.:,;#(-]*([1-9])[\s.!)]*$/.exec(line) ?? []
  const { asks } = readReply(after ?? before ?? '')
  return asks === 'yes' || asks === 'no' ? { asks, choice: Number(first ?? last) } : none
}

const clausesIn = (text: string) => clausesOf(text).slice(0, mostClauses).map(read)

/** One clause, with the parts that its words play. */
interface Read {
  words: Word[]
  after: string
  parts: Part[][]
  keywords: KeywordPart[][]
  /** Those whose words it has most of. */
  languages: number[]
  keyword: Found | null
  isFiller: boolean
  /** No sign stands before it. */
  isParted?: boolean
}
interface Found {
  asks: Asks
  language: string | null
  word: string
  isPolite: boolean
  /** A phrase with a verb of ending, of sending or of writing to somebody. */
  isFirm?: boolean
  /** A phrase of a verb of ending and nothing that could be ended. */
  isCry?: boolean
  /** Of a wrong number: it names one, or is all that its clause says. */
  isSure?: boolean
}

function read({ words, after }: Clause): Read {
  const parts: Part[][] = []
  const keywords: KeywordPart[][] = []
  const counts = new Uint16Array(tags.length)
  for (let i = 0; i < words.length; i++) {
    const [part, keyword]: [Part[], KeywordPart[]] = [[], []]
    partsAt(words, i, part, keyword)
    parts.push(part)
    keywords.push(keyword)
    // The bits of the languages that know the word, highest first; the lowest is that of the words known everywhere.
    for (let known = languagesOf(words[i]!.text) & ~1; known !== 0; ) {
      const language = 31 - Math.clz32(known)
      counts[language]!++
      known ^= 1 << language
    }
  }
  let most = 1
  for (const count of counts) if (count > most) most = count
  const languages: number[] = []
  for (let language = 0; language < counts.length; language++) if (counts[language] === most) languages.push(language)
  const clause: Read = { words, after, parts, keywords, languages, keyword: null, isFiller: false }
  clause.keyword = keywordIn(clause)
  clause.isFiller = !clause.keyword && words.every((_, i) => plays(clause, i, bitOf.polite))
  return clause
}

/** Whether the word here plays one of these parts: in this language, or in any. */
function plays({ parts }: Read, at: number, bits: number, language = -1): boolean {
  for (const part of parts[at]!)
    if ((part.bits & bits) !== 0 && (language < 0 || part.language === language || part.language === 0)) return true
  return false
}
const textOf = ({ words }: Read, from: number, to: number) => {
  let text = ''
  for (let i = from; i < to; i++) text += `${i > from && words[i]!.weight === 1 ? ' ' : ''}${words[i]!.text}`
  return text
}

// ---- a keyword alone

/**
 * A clause that is nothing but a keyword or several, and around them courtesy ("ok please STOP now, thanks"), the verb of
 * the instruction that is followed ("reply STOP"), or that everything is meant.
 */
function keywordIn(clause: Read): Found | null {
  const { words, keywords, parts } = clause
  if (words.length > 24) return null
  interface Step {
    from: number
    part: KeywordPart | null
  }
  // From each place, the longest step that leads to the end: read backwards, each place is looked at once.
  const steps: ((Step & { to: number }) | undefined)[] = []
  const leads = (i: number) => i === words.length || steps[i] !== undefined
  for (let i = words.length - 1; i >= 0; i--) {
    for (const part of keywords[i]!)
      if (leads(i + part.length) && (!steps[i] || part.length > steps[i]!.to - i))
        steps[i] = { from: i, to: i + part.length, part }
    if (steps[i]) continue
    for (const part of parts[i]!)
      if (
        isAround(part, steps[i + part.length]?.part) &&
        leads(i + part.length) &&
        (!steps[i] || part.length > steps[i]!.to - i)
      )
        steps[i] = { from: i, to: i + part.length, part: null }
    // A number after STOP is a short code's or a list's; a name after thanks is the writer's.
    const isNumber = i > 0 && /^\d{1,8}$/.test(words[i]!.text)
    const isName =
      words.length - i <= 2 &&
      i > 1 &&
      words[i]!.isCapital &&
      !words[i]!.isShouted &&
      plays(clause, i - 1, bitOf.polite)
    if (!steps[i] && leads(i + 1) && (isNumber || isName)) steps[i] = { from: i, to: i + 1, part: null }
  }
  const found: { asks: Asks; from: number; to: number; bare: boolean }[] = []
  let [isPolite, isAll] = [false, false]
  for (let i = 0; i < words.length; ) {
    const step = steps[i]
    if (!step) return null
    if (step.part) found.push({ asks: step.part.family, from: i, to: step.to, bare: true })
    else if (plays(clause, i, bitOf.polite)) isPolite = true
    else if (plays(clause, i, bitOf.all)) isAll = true
    else if (plays(clause, i, bitOf.reply)) isPolite = false
    else if (/^\d/.test(words[i]!.text) && !found.some(one => isStop(one.asks))) return null
    i = step.to
  }
  const [first] = found.sort((a, b) => order.indexOf(a.asks) - order.indexOf(b.asks))
  if (!first || (isAll && !isStop(first.asks))) return null
  // A word may be a keyword of several languages, and of one family in each.
  const inLanguages = new Set(
    keywords[first.from]!.filter(part => part.length === first.to - first.from).map(part => part.language),
  )
  const language = inLanguages.size === 1 ? tags[[...inLanguages][0]!]! : null
  const asks = isAll ? 'stop_all' : first.asks
  return { asks, language, word: textOf(clause, first.from, first.to), isPolite, isSure: true }
}
const isAround = ({ bits }: Part, next: KeywordPart | null | undefined): boolean =>
  (bits & (bitOf.polite | bitOf.all)) !== 0 || ((bits & bitOf.reply) !== 0 && Boolean(next))
const isStop = (asks: Asks | undefined): boolean => asks === 'stop' || asks === 'stop_all'

/** All clauses are keywords or courtesy, but for a name at the end. */
function alone(clauses: readonly Read[]): ReadReply | null {
  const found = clauses.flatMap(({ keyword }) => (keyword ? [keyword] : []))
  if (found.length === 0) return null
  for (const [i, clause] of clauses.entries())
    if (!clause.keyword && !clause.isFiller && !(i > 0 && isName(clause, clauses[i - 1]!, i === clauses.length - 1)))
      return null
  return answer(found.find(isStranger) ?? firstOf(found)!, 'keyword')
}
const firstOf = (found: Found[]): Found | undefined =>
  found.sort((a, b) => order.indexOf(a.asks) - order.indexOf(b.asks))[0]
/** "wrong person, don't text again": an end is not enough for who never was the subscriber. */
const isStranger = ({ asks, isSure }: Found): boolean => asks === 'wrong_number' && isSure === true

const isName = (clause: Read, before: Read, isLast: boolean): boolean =>
  clause.words.length <= 3 &&
  clause.words.every(word => word.isCapital && !word.isShouted) &&
  (/[\n\r-]|[—–]/.test(clause.after) ||
    before.isFiller ||
    before.keyword?.isPolite === true ||
    // "Stop. Giulia", but not "Stop. Really" nor "Stop! Unbelievable".
    (isLast &&
      isStop(before.keyword?.asks) &&
      /^[.,]\s*$/.test(clause.after) &&
      isNamed(clause, 0, clause.words.length, english)))

/** Capitals, and no words of this language nor of English. */
function isNamed({ words, parts }: Read, from: number, to: number, language: number): boolean {
  for (let i = from; i < to; i++) {
    const { text, written = text, isCapital, isShouted } = words[i]!
    if (!isCapital || isShouted || (languagesOf(written) & (1 | (1 << english) | (1 << language))) !== 0) return false
    if (parts[i]!.some(part => part.bits & bitOf.about)) return false
  }
  return true
}

const answer = ({ asks, language, word }: Found, by: 'keyword' | 'words'): ReadReply => ({ asks, by, language, word })

// ---- plain words

function inWords(clauses: readonly Read[]): ReadReply | null {
  const found: Found[] = []
  if (!clauses.some(clause => clause.languages.length > 0)) return null
  const isKept = clauses.some(clause => phraseIn(clause, ['keep']) !== null)
  const isAway = clauses.some(clause => phraseIn(clause, ['away']) !== null)
  for (const [i, clause] of clauses.entries()) {
    const phrase = phraseIn(clause, isKept ? gentle : all)
    if (!phrase) continue
    if (isStop(phrase.asks) && isAway && !phrase.isFirm) continue
    // "basta, che finale": what is cried out is about what the other sentence is about.
    if (isStop(phrase.asks) && phrase.isCry && clauses.some((other, k) => k !== i && isTalk(other))) continue
    found.push(phrase)
  }
  const stranger = clauses.map(strangerIn).find(one => one !== null)
  if (stranger) return answer(stranger, 'words')
  const asked = firstOf(found)
  // "I keep replying stop and nothing happens. Stop.": whatever comes before, the last sentence is the keyword.
  let stop = asked && isStop(asked.asks) ? asked : null
  if (!stop && (!isKept || isLast(clauses))) stop = bareAmong(clauses) ?? bareAmong(parted(clauses))
  if (!stop) return asked ? answer(asked, 'words') : null
  const isAll = clauses.some(clause => phraseIn(clause, ['scope']) !== null)
  return answer(isAll ? { ...stop, asks: 'stop_all' } : stop, 'words')
}
const isLast = (clauses: readonly Read[]): boolean => {
  const last = clauses.findLast(clause => !clause.isFiller)
  return last !== clauses[0] && isStop(last?.keyword?.asks) && /[.!?\n\r]/.test(last!.after)
}
const gentle: readonly Family[] = ['wrong_number', 'why', 'help', 'settings', 'start', 'no', 'yes']
const all: readonly Family[] = ['stop_all', 'stop', ...gentle]

/** A phrase of a wrong number that names one, or is all that its clause says. */
function strangerIn(clause: Read): Found | null {
  const found = clause.keyword ?? phraseIn(clause, ['wrong_number'])
  return found && isStranger(found) ? found : null
}

/** "I said stop", "can you just stop now": a verb of ending and nothing that could be ended but the texts. */
function bareIn(clause: Read): Found | null {
  if (clause.keyword) return isStop(clause.keyword.asks) ? clause.keyword : null
  if (clause.words.length > 12) return null
  for (const language of clause.languages) {
    let at = -1
    let isAll = false
    let isPolite = false
    const around = bitOf.polite | bitOf.saying | bitOf.you | bitOf.all
    let i = 0
    while (i < clause.words.length) {
      const here = clause.parts[i]!.filter(part => part.language === language || part.language === 0)
      const step = longestOf(here, bitOf.end) || longestOf(here, around)
      if (step === 0) break
      if (at < 0 && longestOf(here, bitOf.end)) at = i
      else if (at >= 0 && longestOf(here, bitOf.all)) isAll = true
      if (longestOf(here, bitOf.polite)) isPolite = true
      i += step
    }
    if (i === clause.words.length && at >= 0)
      return {
        asks: isAll ? 'stop_all' : 'stop',
        language: tagOf(language),
        word: textOf(clause, at, at + 1),
        isPolite,
      }
  }
  return null
}
const longestOf = (parts: readonly Part[], bits: number) =>
  parts.reduce((most, part) => (part.bits & bits ? Math.max(most, part.length) : most), 0)

/** A bare word of ending among other clauses counts if these are courtesy, or crossness, and nothing is about the service. */
function bareAmong(clauses: readonly Read[]): Found | null {
  const found = clauses.map(bareIn)
  const first = found.find(one => one !== null)
  if (!first) return null
  const others = clauses.filter((clause, i) => !found[i] && !clause.isFiller && !clause.keyword)
  if (others.length === 0) return first
  if (others.some(clause => isTalk(clause) && !isOver(clause))) return null
  if (isLast(clauses) && others.some(namesTexts)) return first
  const isShouted = clauses.some((clause, i) => found[i] && clause.words.some(word => word.isShouted))
  const isCalm = others.every(
    clause => !clause.words.every(word => word.isShouted) && !(clause.isParted && isMoved(clause)),
  )
  const isCross = others.every(clause => isOver(clause) || saysScope(clause) || saysCross(clause))
  return isCross || found.some(one => one?.isPolite) || (isShouted && isCalm) ? first : null
}
/** "STOP i don't watch tv anymore": where a keyword opens the reply and a sentence of its own follows, they are two. */
function parted(clauses: readonly Read[]): readonly Read[] {
  const [{ words, after }, ...others] = clauses as [Read, ...Read[]]
  for (let at = 1; at < Math.min(words.length, mostBefore); at++) {
    const before = read({ words: words.slice(0, at), after })
    if (!isStop(before.keyword?.asks)) continue
    const rest = read({ words: words.slice(at), after: '' })
    if (rest.languages.some(language => opensSentence(rest, language)))
      return [before, { ...rest, isParted: true }, ...others]
    if (phraseIn(rest, ['why', 'help'])) return [before, rest, ...others]
  }
  return clauses
}
const mostBefore = 5
const opensSentence = (clause: Read, language: number): boolean =>
  plays(clause, 0, bitOf.subject | bitOf.self | bitOf.you | bitOf.dont, language) ||
  longestOf(partsIn(clause, 0, language), bitOf.ended) > 1
const partsIn = ({ parts }: Read, at: number, language: number) => parts[at]!.filter(part => part.language === language)

/** Near the beginning: not every language says "I", and some say "no" before it. */
const saysSelf = (clause: Read, language: number): boolean =>
  someIn(clause, 0, Math.min(3, clause.words.length), bitOf.self, language)
/** Who shouts and goes on without a full stop may have seen a finale: "STOP she did NOT", "STOP i can't even". */
const isMoved = (clause: Read): boolean =>
  phraseIn(clause, ['moved']) !== null || !clause.languages.some(language => saysSelf(clause, language))

/** The writer has done with something: "I don't watch tv anymore", "je ne regarde plus la télé", "I cancelled my plan". */
function isOver(clause: Read): boolean {
  const { words, languages } = clause
  const last = words.length - 1
  if (!words.some((_, i) => plays(clause, i, things)) || isMoved(clause)) return false
  return languages.some(language => {
    if (!saysSelf(clause, language)) return false
    return words.some((_, at) => {
      if (plays(clause, at, bitOf.ended, language)) return words.length <= 6
      if (!plays(clause, at, bitOf.not | bitOf.dont, language)) return false
      // English says it last, others beside the verb too.
      const isBeside = language !== english && someIn(clause, at + 1, Math.min(at + 3, last), bitOf.more, language)
      return isBeside || (at < last && plays(clause, last, bitOf.more, language))
    })
  })
}
const things = bitOf.about | bitOf.it | bitOf.list | bitOf.texts

/** It is about what the service does or shows, and not about texts. */
const isTalk = (clause: Read): boolean => isAbout(clause, 0, 0) && !namesTexts(clause) && !saysScope(clause)
/** "codes too", and nothing after it. */
function saysScope(clause: Read): boolean {
  const scope = phraseIn(clause, ['scope'])
  return scope !== null && textOf(clause, 0, clause.words.length).endsWith(scope.word)
}
const namesTexts = (clause: Read): boolean =>
  clause.words.some(
    (_, i) => plays(clause, i, bitOf.texts | bitOf.reach) && !plays(clause, i, bitOf.soft | bitOf.about),
  )
const saysCross = (clause: Read): boolean =>
  clause.words.some((_, i) =>
    (clause.isParted ? clause.languages : [-1]).some(language => plays(clause, i, cross, language)),
  )
const cross = bitOf.cross | bitOf.texts | bitOf.reach | bitOf.send

/** Something of the service is named, outside the phrase from here to there. */
function isAbout(clause: Read, from: number, to: number): boolean {
  for (let i = 0; i < clause.words.length; i++)
    if (i < from || i >= to)
      for (const { bits, language } of clause.parts[i]!)
        if (bits & bitOf.about && (language === 0 || language === english || clause.languages.includes(language)))
          return true
  return false
}
const english = tags.indexOf('en')
const tagOf = (language: number) => (language === 0 ? null : tags[language]!)

function phraseIn(clause: Read, families: readonly Family[]): Found | null {
  let best: Found | null = null
  for (const language of clause.languages) {
    const book = phrasebooks[language]!
    for (let i = 0; i < clause.words.length; i++) {
      const { text } = clause.words[i]!
      for (const word of [text, book.shorthand.get(text)])
        for (const phrase of (word && book.byWord.get(word)) || []) consider(phrase, i, language)
      if (clause.parts[i]!.length > 0)
        for (const [bits, phrases] of book.byRole)
          if (plays(clause, i, bits, language)) for (const phrase of phrases) consider(phrase, i, language)
    }
  }
  return best

  function consider(phrase: Phrase, at: number, language: number): void {
    if (!families.includes(phrase.family)) return
    const asks: Asks = isAsk(phrase.family) ? phrase.family : 'stop_all'
    const isBetter = !best || order.indexOf(asks) < order.indexOf(best.asks)
    if (!isBetter && (asks !== 'wrong_number' || best?.asks !== asks || best.isSure)) return
    if (phrase.notAfter && at > 0 && plays(clause, at - 1, phrase.notAfter, language)) return
    const end = matchFrom(clause, phrase, 0, at, language, { left: mostTries })
    if (end < 0) return
    const isAsked = isAsk(phrase.family)
    if (isAsked && phrase.endsSomething && isTurned(clause, at, language)) return
    // "no more notifications about new episodes": what texts are about is not what the reply is about.
    const isTopic =
      end < clause.words.length &&
      plays(clause, end, bitOf.topic, language) &&
      plays(clause, end - 1, bitOf.texts | bitOf.reach | bitOf.more, language)
    if (
      isAsked &&
      isAbout(clause, at, isTopic ? clause.words.length : end) &&
      !isFirm(clause, at, Math.min(end + 3, clause.words.length), language)
    )
      return
    const isSure = asks === 'wrong_number' && isSureOf(clause, at, end, language)
    if (best?.asks === asks && !isSure) return
    const isAll = asks === 'stop' && saysAll(clause, language)
    best = {
      asks: isAll ? 'stop_all' : asks,
      language: tagOf(language),
      word: textOf(clause, at, end),
      isPolite: false,
      isFirm: phrase.endsSomething || someIn(clause, at, end, bitOf.reach | bitOf.send, language),
      isCry: isCry(clause, at, end, language),
      isSure,
    }
  }
}
/** "wrong person": not "nicht mehr der", unless nothing else is said. */
function isSureOf(clause: Read, from: number, to: number, language: number): boolean {
  const { words, keywords } = clause
  if (someIn(clause, from, to, bitOf.number, language)) return true
  if (keywords.slice(from, to).some(parts => parts.some(({ family }) => family === 'wrong_number'))) return true
  return words.every((_, i) => (i >= from && i < to) || plays(clause, i, around, language))
}
const around = bitOf.polite | bitOf.saying | bitOf.common | bitOf.number
const beside: readonly Family[] = ['keep', 'scope', 'away', 'moved']
const isAsk = (family: Family): family is Asks => !beside.includes(family)
const isCry = (clause: Read, from: number, to: number, language: number): boolean =>
  someIn(clause, from, to, bitOf.end | bitOf.cancel, -1) && !someIn(clause, from, to, ended, language)
/** What an end of texts names. */
const ended = bitOf.texts | bitOf.reach | bitOf.send | bitOf.get | bitOf.number | bitOf.leave | bitOf.me

const someIn = (clause: Read, from: number, to: number, bits: number, language: number): boolean => {
  for (let i = from; i < to; i++) if (plays(clause, i, bits, language)) return true
  return false
}

/** All texts, all lists, everything: not "all the time". */
function saysAll(clause: Read, language: number): boolean {
  for (let i = 0; i < clause.words.length; i += spanOf(clause, i, language))
    if (spanOf(clause, i, language) === 1 && plays(clause, i, bitOf.all, language)) {
      const to = Math.min(i + 4, clause.words.length)
      if (
        someIn(clause, i, to, bitOf.texts | bitOf.number, language) ||
        everyIn(clause, i + 1, clause.words.length, language)
      )
        return true
    }
  return false
}
/** Of several words that together are no `all`, as "all the time" is none, how many. */
const spanOf = (clause: Read, at: number, language: number): number =>
  Math.max(
    1,
    longestOf(
      partsIn(clause, at, language).filter(part => !(part.bits & bitOf.all)),
      ~0,
    ),
  )

/** It names texts as nothing on a screen is named, so that a service named beside them changes nothing. */
const isFirm = (clause: Read, from: number, to: number, language: number): boolean => {
  for (let i = from; i < to; i++)
    if (plays(clause, i, bitOf.texts | bitOf.reach | bitOf.send, language) && !plays(clause, i, bitOf.soft, language)) {
      // The text of subtitles is none.
      const isOnScreen = i > 0 && plays(clause, i - 1, bitOf.about, language) && plays(clause, i, bitOf.texts, language)
      if (!isOnScreen) return true
    }
  return false
}

/** "won't stop", "when did it stop": but "you won't stop texting me" asks for it after all. */
function isTurned(clause: Read, at: number, language: number): boolean {
  if (someIn(clause, 0, at, bitOf.asking, language)) return true
  const from = Math.max(0, at - 3)
  // "not interested, stop": what is negated is over before the verb.
  for (let i = from; i < at; i++)
    if (plays(clause, i, bitOf.not, language))
      return (
        !someIn(clause, Math.max(0, from - 1), at, bitOf.you, language) && !someIn(clause, i, at, bitOf.want, language)
      )
  return false
}

/** Items of phrases tried, for all of a reply; no phrase is looked for beyond it. A long letter needs some hundreds. */
export const mostVisits = 50_000
let visits = 0
/** What a reading costs, counted: for tests, which do not look at the clock. */
export function visitsDuring(reading: () => void): number {
  visits = 0
  reading()
  return visits
}
const gapWeight = 5
const shortWeight = 2
/** No phrase needs so many; hostile texts do. */
const mostTries = 200
const closed = bitOf.about | bitOf.not | bitOf.end

/** Where the phrase, from its item `k` on, ends if it stands here; -1 where it does not. */
function matchFrom(
  clause: Read,
  phrase: Phrase,
  k: number,
  at: number,
  language: number,
  tries: { left: number },
): number {
  if (tries.left-- <= 0 || visits >= mostVisits) return -1
  visits++
  const { words } = clause
  const item = phrase.items[k]
  if (!item) return at
  switch (item.kind) {
    case 'start':
      return at === 0 || everyIn(clause, 0, at, language) ? matchFrom(clause, phrase, k + 1, at, language, tries) : -1
    case 'end':
      return everyIn(clause, at, words.length, language) ? matchFrom(clause, phrase, k + 1, at, language, tries) : -1
    case 'word':
      return at < words.length && isWord(words[at]!.text, item.text, language)
        ? matchFrom(clause, phrase, k + 1, at + 1, language, tries)
        : -1
    case 'name':
      return at < words.length && isNamed(clause, at, at + 1, language)
        ? matchFrom(clause, phrase, k + 1, at + 1, language, tries)
        : -1
    case 'role': {
      if (at >= words.length) return -1
      for (const part of clause.parts[at]!) {
        if ((part.bits & item.bits) === 0 || (part.language !== language && part.language !== 0)) continue
        const end = matchFrom(clause, phrase, k + 1, at + part.length, language, tries)
        if (end >= 0) return end
      }
      return -1
    }
    case 'gap':
    case 'short gap': {
      let weight = 0
      for (let i = at; i < words.length; i++) {
        const end = matchFrom(clause, phrase, k + 1, i, language, tries)
        if (end >= 0) return end
        weight += words[i]!.weight
        if (weight > (item.kind === 'gap' ? gapWeight : shortWeight) || plays(clause, i, closed, language)) return -1
      }
      return -1
    }
  }
}
const isWord = (text: string, of: string, language: number): boolean =>
  text === of || phrasebooks[language]!.shorthand.get(text) === of
const everyIn = (clause: Read, from: number, to: number, language: number): boolean => {
  for (let i = from; i < to; i++) if (!plays(clause, i, bitOf.polite | bitOf.more, language)) return false
  return true
}
