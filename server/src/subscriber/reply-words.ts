// The words of a reply, as its keywords are looked for in it: folded, without signature and quoted original, cut into
// clauses, slips mended. Which words there are is data (server/data/keywords.json), folded the same way.
import { readFileSync } from 'node:fs'
import type { Asks } from './keywords.ts'

// ---- the data

export interface Sourced {
  source: string
  confidence: 'H' | 'M' | 'L'
}
/**
 * `keep`: phrases which hold a verb of ending and ask for the opposite. `scope`: they make of an end one of everything.
 * `away`: what a phone answers for somebody who drives or is on holiday. `moved`: "I can't anymore" is said of a finale.
 */
export type Family = Asks | 'keep' | 'scope' | 'away' | 'moved'
type Phrases = { [family in Family]?: string[] }
export interface Language {
  keywords: (Sourced & { family: Asks; words: string[] })[]
  words: Sourced & { roles: { [role in Role]?: string[] } }
  /** Spellings of haste, each for a word that counts: `ur` is `your` in English, and something else elsewhere. */
  shorthand?: { [spelling: string]: string }
  phrases: Sourced & Phrases
}
export interface KeywordData {
  about: string
  /** A phone adds a line that opens so; what follows is not the writer's. */
  signatures: string[]
  /** Words one slip away from a word that matters, which are no slips. */
  apart: string[]
  everywhere: Language
  languages: { [language: string]: Language }
  /** Phrases made of roles alone, the same in every language. */
  patterns: Sourced & Phrases
}

export const keywordData: KeywordData = JSON.parse(
  readFileSync(new URL('../../data/keywords.json', import.meta.url), 'utf8'),
)

/** The parts that words play in phrases. */
const roles = [
  // Verbs: of ending, of leaving a list, of ending something named, of writing to someone, of sending, getting, wanting.
  ...(['end', 'leave', 'cancel', 'reach', 'send', 'get', 'want'] as const),
  // Nouns and pronouns. `soft` are texts that may also be seen on a screen; `about` says that the service itself is meant.
  ...(['texts', 'soft', 'number', 'me', 'it', 'you', 'subject', 'more', 'all', 'about'] as const),
  // `list` is a subscription, of texts where these are named beside it; `reply` is what a text says to do with a keyword.
  // `ended` are verbs of ending in the past, `mistake` says that it was one; after `topic` comes what texts are about.
  // `still` goes on although it was ended.
  ...(['list', 'reply', 'ended', 'mistake', 'topic', 'still'] as const),
  // `cross` is said by who is tired of texts, `saying` stands around a verb of ending, `common` only tells the language.
  // `self` is the writer, as the subject of a sentence, also within a verb.
  ...(['not', 'dont', 'asking', 'polite', 'saying', 'cross', 'common', 'self'] as const),
]
export type Role = (typeof roles)[number]
export const bitOf = Object.fromEntries(roles.map((role, i) => [role, 1 << i])) as { [role in Role]: number }

// ---- folding

/** More is not read: who asks for something does so early, and long texts may be hostile. */
export const longest = 1600
export const mostWords = 300
const longestWord = 32

const letters: { [letter: string]: string } = {
  ...{ ß: 'ss', ø: 'o', æ: 'ae', œ: 'oe', ł: 'l', đ: 'd', ð: 'd', ı: 'i', ς: 'σ' },
  // Letters that keyboards for Arabic and Persian give for each other.
  ...{ ى: 'ي', ی: 'ي', ة: 'ه', ک: 'ك', ٱ: 'ا' },
}
const someLetter = new RegExp(`[${Object.keys(letters).join('')}]`, 'gu')
/** Marks that may be left out: of Latin, Greek and Cyrillic, and the vowels of Arabic and Hebrew. Those of India and Thailand stay. */
const lightMarks = /[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed]+/g
// Soft hyphens, joiners, marks of direction, variants of emoji: seen by nobody.
const unseen = /[\p{Default_Ignorable_Code_Point}\p{Cf}]+/gu
const apostrophes = /['’‘ʼ`´＇]/g
/** English is written with and without it; elsewhere it parts two words. */
const english = /(?<=\p{L})'(?=(?:t|s|m|re|ve|ll|d)(?!\p{L}))/giu
/** A word; or a sign that stands alone for the word `number`. */
const run = /[\p{L}\p{M}\p{N}]+|(?<!\S)#(?![\p{L}\p{N}#])/gu
const breaks = /[.!?;,:\n\r\u2028\u2029\v\f।。、；()[\]{}"“”«»„「」『』|/•—–؟،؛]|\s-+\s*|-\s/u
/** Scripts that put no space between words, or glue particles to them: each letter is a word of its own. */
const unspaced = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}ー々]/u
const atoms =
  /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}ー々]|[^\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Thai}ー々]+/gu
const ascii = /^[\n\r -&(-~]*$/

const normal = (text: string): string =>
  ascii.test(text)
    ? text
    : text.replace(apostrophes, "'").normalize('NFKD').replace(lightMarks, '').replace(unseen, '').normalize('NFC')

const lower = (word: string): string =>
  word
    .toLowerCase()
    .replace(lightMarks, '')
    .replace(someLetter, l => letters[l]!)

export interface Word {
  text: string
  /** As it was written: names and shouted keywords show. */
  isCapital: boolean
  isShouted: boolean
  /** A clause begins here, and what it begins after. */
  after: string | null
  /** Letters that are words of their own count less. */
  weight: number
  /** As it was before a slip was mended; names look like slips. */
  written?: string
}

function wordsIn(text: string): Word[] {
  const words: Word[] = []
  const whole = normal(text).replace(english, '')
  let end = 0
  for (const match of whole.matchAll(run)) {
    const between = whole.slice(end, match.index)
    end = match.index + match[0].length
    let after = words.length === 0 ? '' : breaks.test(between) ? between : null
    for (const [atom] of unspaced.test(match[0]) ? match[0].matchAll(atoms) : [[match[0]] as const]) {
      const folded = lower(atom).slice(0, longestWord)
      const isCapital = atom[0] !== atom[0]!.toLowerCase()
      const isShouted = atom.length > 2 && isCapital && atom === atom.toUpperCase()
      words.push({ text: folded, isCapital, isShouted, after, weight: unspaced.test(folded) ? 0.4 : 1 })
      after = null
      if (words.length >= mostWords) return words
    }
  }
  return words
}
const textsOf = (text: string): string[] => wordsIn(text).map(word => word.text)

// ---- the vocabulary

export interface Part {
  language: number
  bits: number
  length: number
}
export interface KeywordPart {
  language: number
  family: Asks
  length: number
}
interface Node {
  next: Map<string, Node>
  parts: Part[]
  keywords: KeywordPart[]
}
type Item =
  | { kind: 'word'; text: string }
  | { kind: 'role'; bits: number }
  | { kind: 'gap' | 'short gap' | 'start' | 'end' | 'name' }
export interface Phrase {
  family: Family
  items: Item[]
  /** No word of these roles just before. */
  notAfter: number
  /** It opens with a verb of ending, which a negation turns into its opposite. */
  endsSomething: boolean
}
interface Phrasebook {
  shorthand: Map<string, string>
  byWord: Map<string, Phrase[]>
  byRole: [bits: number, phrases: Phrase[]][]
}

/** The words everywhere come first; a language is known by its place here. */
export const tags = ['*', ...Object.keys(keywordData.languages)]
const sections = [keywordData.everywhere, ...Object.values(keywordData.languages)]
const root: Node = { next: new Map(), parts: [], keywords: [] }
/** In which languages a word, or the opening of one, is known: a bit each. */
const known = new Map<string, number>()
const stems = new Map<string, { known: number; parts: Part[] }>()
/** Words worth mending a slip for; the order is the preference. */
const mendable = new Set<string>()
const shortestStem = 2
let longestStem = 0

const nodeOf = (words: readonly string[]): Node => {
  let node = root
  for (const word of words) {
    const next: Node = node.next.get(word) ?? { next: new Map(), parts: [], keywords: [] }
    node.next.set(word, next)
    node = next
  }
  return node
}
const learn = (words: readonly string[], language: number, worthMending: boolean) => {
  for (const word of words) {
    known.set(word, (known.get(word) ?? 0) | (1 << language))
    if (worthMending) mendable.add(word)
  }
}

const acting =
  bitOf.end |
  bitOf.leave |
  bitOf.cancel |
  bitOf.reach |
  bitOf.send |
  bitOf.texts |
  bitOf.polite |
  bitOf.dont |
  bitOf.want

for (const [language, { keywords, words, shorthand }] of sections.entries()) {
  for (const { family, words: list } of keywords)
    for (const keyword of list) {
      const written = textsOf(keyword)
      const node = nodeOf(written)
      if (!node.keywords.some(one => one.language === language))
        node.keywords.push({ language, family, length: written.length })
      learn(written, language, true)
    }
  for (const role of roles)
    for (const word of words.roles[role] ?? []) {
      const written = textsOf(word)
      const bits = bitOf[role]
      if (word.endsWith('*') && written.length === 1) {
        const stem = stems.get(written[0]!) ?? { known: 0, parts: [] }
        addPart(stem.parts, { language, bits, length: 1 })
        stem.known |= 1 << language
        longestStem = Math.max(longestStem, written[0]!.length)
        stems.set(written[0]!, stem)
      } else {
        addPart(nodeOf(written).parts, { language, bits, length: written.length })
        learn(written, language, (bits & acting) !== 0)
      }
    }
  for (const [spelling, meant] of Object.entries(shorthand ?? {})) {
    const [from, to] = [textsOf(spelling), textsOf(meant)]
    const bits = nodeOf(to).parts.find(one => one.language === language && one.length === to.length)?.bits ?? 0
    if (bits) addPart(nodeOf(from).parts, { language, bits, length: from.length })
    learn(from, language, false)
  }
}
function addPart(parts: Part[], part: Part): void {
  const same = parts.find(one => one.language === part.language)
  if (same) same.bits |= part.bits
  else parts.push({ ...part })
}

const item = /!<([\w|]+)>|<([\w|]+)>|([…~^$@])|[^\s<>…~^$@!]+/g
const signs = { '…': 'gap', '~': 'short gap', '^': 'start', $: 'end', '@': 'name' } as const
const ending = bitOf.end | bitOf.leave | bitOf.cancel
function phraseOf(family: Family, written: string, language: number): Phrase {
  const phrase: Phrase = { family, items: [], notAfter: 0, endsSomething: false }
  for (const [text, not, role, sign] of written.matchAll(item)) {
    if (not) phrase.notAfter |= roleBits(not)
    else if (role) phrase.items.push({ kind: 'role', bits: roleBits(role) })
    else if (sign) phrase.items.push({ kind: signs[sign as keyof typeof signs] })
    else {
      const words = textsOf(text)
      learn(words, language, false)
      for (const word of words) phrase.items.push({ kind: 'word', text: word })
    }
  }
  phrase.endsSomething = phrase.items.some(
    one => (one.kind === 'role' && (one.bits & ending) !== 0) || (one.kind === 'word' && isEnding(one.text, language)),
  )
  return phrase
}
const isEnding = (word: string, language: number): boolean =>
  word === 'stop' ||
  (root.next.get(word)?.parts.some(one => one.language === language && one.bits & bitOf.end) ?? false)
function roleBits(written: string): number {
  let bits = 0
  for (const role of written.split('|')) {
    if (!(role in bitOf)) throw new Error(`keywords.json: there is no role ${role}`)
    bits |= bitOf[role as Role]
  }
  return bits
}

const families = [
  'stop',
  'stop_all',
  'start',
  'help',
  'why',
  'settings',
  'wrong_number',
  'yes',
  'no',
  'keep',
  'scope',
  'away',
  'moved',
] as const
export const phrasebooks: Phrasebook[] = sections.map((section, language) => {
  const shorthand = new Map(
    Object.entries(section.shorthand ?? {}).map(([spelling, meant]) => [textsOf(spelling)[0]!, textsOf(meant)[0]!]),
  )
  const book: Phrasebook = { shorthand, byWord: new Map(), byRole: [] }
  for (const family of families) {
    const written = [...(section.phrases[family] ?? []), ...(keywordData.patterns[family] ?? [])]
    for (const phrase of written.map(one => phraseOf(family, one, language))) {
      const first = phrase.items.find(one => one.kind === 'word' || one.kind === 'role')
      if (first?.kind === 'word') book.byWord.set(first.text, [...(book.byWord.get(first.text) ?? []), phrase])
      if (first?.kind === 'role') {
        const same = book.byRole.find(([bits]) => bits === first.bits)
        if (same) same[1].push(phrase)
        else book.byRole.push([first.bits, [phrase]])
      }
    }
  }
  return book
})
const apart = new Set(keywordData.apart.flatMap(textsOf))

/** What is known of a word that the vocabulary holds by its beginning. */
function stemOf(word: string) {
  for (let length = Math.min(word.length, longestStem); length >= shortestStem; length--) {
    const stem = stems.get(word.slice(0, length))
    if (stem) return stem
  }
  return undefined
}
export const languagesOf = (word: string): number => known.get(word) ?? stemOf(word)?.known ?? 0

/** The parts that words play from here on: one by one, and several together. */
export function partsAt(words: readonly Word[], at: number, parts: Part[], keywords: KeywordPart[]): void {
  const first = words[at]!.text
  if (!known.has(first)) {
    const stem = stemOf(first)
    if (stem) parts.push(...stem.parts)
    return
  }
  let node = root
  for (let i = at; i < words.length; i++) {
    const next = node.next.get(words[i]!.text)
    if (!next) break
    node = next
    parts.push(...node.parts)
    keywords.push(...node.keywords)
  }
  // Many languages end their words in their own ways, also those that are listed in another's.
  const stem = stemOf(first)
  if (stem) parts.push(...stem.parts)
}

// ---- slips

/** Words with one letter left out lead to the words they may be slips of. */
const shortened = new Map<string, string[]>()
const without = (word: string, i: number) => word.slice(0, i) + word.slice(i + 1)
for (const word of mendable) {
  if (word.length < 4 || word.length > 20) continue
  for (const key of new Set([word, ...Array.from(word, (_, i) => without(word, i))])) {
    const list = shortened.get(key)
    if (list) list.push(word)
    else shortened.set(key, [word])
  }
}

/** One letter too many, too few or wrong, or two that changed places. */
function isSlip(word: string, of: string): boolean {
  let i = 0
  while (i < word.length && i < of.length && word[i] === of[i]) i++
  const [a, b] = [word.slice(i), of.slice(i)]
  if (a.length > b.length) return a.slice(1) === b
  if (a.length < b.length) return a === b.slice(1)
  return a.slice(1) === b.slice(1) || (a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2))
}

/** Among several words a short one is likelier a word of its own than a slip, but where two letters changed places. */
const isLikely = (word: string, candidate: string): boolean =>
  word.length > 5 || (word.length === 5 && word.length !== candidate.length) || isSwap(word, candidate)
const isSwap = (word: string, of: string): boolean =>
  word.length === of.length && [...word].sort().join() === [...of].sort().join()

function mend(word: string, among: number): string | undefined {
  if (word.length < 3 || word.length > 20 || apart.has(word)) return undefined
  let best: string | undefined
  for (let i = -1; i < word.length; i++)
    for (const candidate of shortened.get(i < 0 ? word : without(word, i)) ?? []) {
      if (!isSlip(word, candidate)) continue
      if (candidate === 'stop') return candidate
      if (among > fewWords && !isLikely(word, candidate)) continue
      if (candidate[0] === word[0]) best = best?.[0] === word[0] ? best : candidate
      else if (word.length > 3) best ??= candidate
    }
  return best
}

const isKnown = (word: string) => known.has(word) || apart.has(word) || stemOf(word) !== undefined
const thrice = /(.)\1{2,}/gu
const twice = /(.)\1+/gu
/** stop2end: digits that sound like a word. */
const digitAmong = /^(\p{L}{2,})([24])(\p{L}{2,})$/u

const fewWords = 4

/** Haste writes k where Spanish and Portuguese have qu or c. */
const iberian = (1 << tags.indexOf('es')) | (1 << tags.indexOf('pt'))
function withoutK(word: string): string | undefined {
  const now = word.replace(/k(?=[ei])/g, 'qu').replaceAll('k', 'c')
  return now !== word && ((known.get(now) ?? 0) & iberian) !== 0 ? now : undefined
}

/** The word that was meant, of so many: letters held down, a slip, two words run together. */
function meant(word: string, among: number): string | readonly string[] {
  if (isKnown(word)) return word
  const iberianWord = among > 1 ? withoutK(word) : undefined
  if (iberianWord) return iberianWord
  const [, before, digit, behind] = digitAmong.exec(word) ?? []
  if (before && digit && behind && known.has(before) && known.has(behind)) return [before, digit, behind]
  const tries = [word.replace(thrice, '$1'), word.replace(thrice, '$1$1'), word.replace(twice, '$1')]
  for (const one of tries) if (one !== word && known.has(one)) return one
  const mended = mend(word, among) ?? (tries[0] === word ? undefined : mend(tries[0]!, among))
  if (mended) return mended
  for (let i = 3; i <= Math.min(word.length - 3, 16); i++) {
    const pair = [word.slice(0, i), word.slice(i)] as const
    if (pair.every(half => known.has(half)) && pair.some(half => half.length > 3 && mendable.has(half))) return pair
  }
  return word
}

// ---- clauses

const signatures = keywordData.signatures.map(textsOf)
const beginsWith = (words: readonly Word[], at: number, phrase: readonly string[]) =>
  phrase.every((text, i) => words[at + i]?.text === text)

const quotedFrom = /^\s*(?:-{4,}|_{4,}|--\s*$|on\b.{4,80}\bwrote:|(?:am|le|el|il|em|op)\b.{4,80}:\s*$)/i
const quotes: { [opening: string]: string } = { '"': '"', '“': '”', '«': '»', '„': '“', '「': '」', '『': '』' }

/** What the writer wrote, without the text it answers: quoted lines, and a quotation of several words after their own. */
function own(text: string): string {
  if (!/[\n\r\u2028\u2029\v\f"“«„「『]/.test(text)) return text.slice(0, longest)
  const lines: string[] = []
  for (const line of text.slice(0, longest).split(/\r\n|[\n\r\u2028\u2029\v\f]/)) {
    if (/^\s*[>＞|]/.test(line)) continue
    if (quotedFrom.test(line) && lines.some(one => /[\p{L}\p{N}]/u.test(one))) break
    lines.push(line)
  }
  let left = lines.join('\n')
  for (const [opening, closing] of Object.entries(quotes)) {
    const from = left.indexOf(opening)
    if (from <= 0) continue
    const to = left.indexOf(closing, from + 1)
    const quoted = left.slice(from, to < 0 ? undefined : to)
    if (left.slice(0, from).search(/\p{L}/u) >= 0 && quoted.length > 20)
      left = `${left.slice(0, from)}\n${to < 0 ? '' : left.slice(to + 1)}`
  }
  return left
}

/** What follows a quotation of several words that opens a reply: the text it answers may be in it. */
export function afterQuotation(text: string): string | null {
  const own = text.slice(0, longest).trim()
  const closing = quotes[own[0] ?? '']
  const to = closing === undefined ? -1 : own.indexOf(closing, 1)
  const rest = own.slice(to + 1)
  return to > 0 && /\p{L}\s+\S+\s+\p{L}/u.test(own.slice(1, to)) && /\p{L}/u.test(rest) ? rest : null
}

export interface Clause {
  words: Word[]
  /** What it begins after: a line, a dash, a full stop. */
  after: string
}

/** The clauses of a reply, in their order. */
export function clausesOf(text: string): Clause[] {
  const words = spelled(wordsIn(own(text)))
  const clauses: Clause[] = []
  for (let i = 0; i < words.length; i++) {
    if (i > 0 && signatures.some(signature => beginsWith(words, i, signature))) break
    const word = words[i]!
    if (word.after !== null) clauses.push({ words: [], after: word.after })
    const into = clauses.at(-1)!.words
    const now = word.weight < 1 ? word.text : meant(word.text, words.length)
    if (typeof now === 'string') into.push(now === word.text ? word : { ...word, text: now, written: word.text })
    else into.push(...now.map(text => ({ ...word, text })))
  }
  return clauses
}

/** S.T.O.P and s t o p are one word. */
function spelled(words: Word[]): Word[] {
  const out: Word[] = []
  for (let i = 0; i < words.length; i++) {
    let end = i
    while (
      end < words.length &&
      words[end]!.text.length === 1 &&
      words[end]!.weight === 1 &&
      !words[end]!.after?.includes('\n')
    )
      end++
    const joined =
      end - i > 2 && end - i <= longestWord
        ? words
            .slice(i, end)
            .map(word => word.text)
            .join('')
        : ''
    if (joined && mendable.has(joined)) {
      out.push({ ...words[i]!, text: joined })
      i = end - 1
    } else out.push(words[i]!)
  }
  return out
}
