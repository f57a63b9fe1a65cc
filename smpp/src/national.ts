/**
 * The national languages of 3GPP TS 23.038 (V16, 6.2.1.2 and annex A). A user data header may replace the default
 * alphabet by a *locking shift* table (A.3) and the extension table by a *single shift* table (A.2), each by itself, so
 * they are kept apart here. Only code points are here; how they become septets is in gsm.ts.
 */

/** In the order of their identifiers: the first is 1 (6.2.1.2.4). */
export const nationalLanguages = [
  'turkish',
  'spanish',
  'portuguese',
  'bengali',
  'gujarati',
  'hindi',
  'kannada',
  'malayalam',
  'oriya',
  'punjabi',
  'tamil',
  'telugu',
  'urdu',
] as const

export type NationalLanguage = (typeof nationalLanguages)[number]

/** The tables a text is written with. What is absent is the default alphabet, or its extension table. */
export interface Shift {
  locking?: NationalLanguage
  single?: NationalLanguage
}

/** What a user data header calls a language. */
export const languageId = (language: NationalLanguage): number => nationalLanguages.indexOf(language) + 1

/** The language of an identifier; `undefined` for 0 and what is reserved, which mean the default tables. */
export const languageOf = (id: number): NationalLanguage | undefined => nationalLanguages[id - 1]

/** A table by code; `undefined` where nothing stands. */
export type Chars = readonly (string | undefined)[]

/** Turkish and Portuguese are the default alphabet with changes, by code. Spanish has no locking shift (A.3.2 is void). */
const latinLocking: Partial<Record<NationalLanguage, Record<number, string>>> = {
  turkish: { 4: '€', 7: 'ı', 11: 'Ğ', 12: 'ğ', 28: 'Ş', 29: 'ş', 64: 'İ', 96: 'ç' },
  // biome-ignore format: a line for each row of 16
  portuguese: {
    4: 'ê', 6: 'ú', 7: 'í', 8: 'ó', 9: 'ç', 11: 'Ô', 12: 'ô', 14: 'Á', 15: 'á',
    18: 'ª', 19: 'Ç', 20: 'À', 21: '∞', 22: '^', 23: '\\', 24: '€', 25: 'Ó', 26: '|', 28: 'Â', 29: 'â', 30: 'Ê',
    36: 'º', 64: 'Í', 91: 'Ã', 92: 'Õ', 93: 'Ú', 96: '~', 123: 'ã', 124: 'õ', 125: '`',
  },
}

/** What the single shift tables of the Latin languages have beyond the default extension table. */
const latinSingle: Partial<Record<NationalLanguage, Record<number, string>>> = {
  turkish: { 71: 'Ğ', 73: 'İ', 83: 'Ş', 99: 'ç', 103: 'ğ', 105: 'ı', 115: 'ş' },
  // biome-ignore format: capitals, then the rest
  spanish: {
    65: 'Á', 73: 'Í', 79: 'Ó', 85: 'Ú',
    9: 'ç', 97: 'á', 105: 'í', 111: 'ó', 117: 'ú',
  },
  // biome-ignore format: a line for each row of 16, or two
  portuguese: {
    5: 'ê', 9: 'ç', 11: 'Ô', 12: 'ô', 14: 'Á', 15: 'á',
    18: 'Φ', 19: 'Γ', 21: 'Ω', 22: 'Π', 23: 'Ψ', 24: 'Σ', 25: 'Θ', 31: 'Ê',
    65: 'À', 73: 'Í', 79: 'Ó', 85: 'Ú', 91: 'Ã', 92: 'Õ',
    97: 'Â', 105: 'í', 111: 'ó', 117: 'ú', 123: 'ã', 124: 'õ', 127: 'â',
  },
}

/*
 * The other ten are written as rows of 16. Two hexadecimal digits are an offset in the Unicode block of the script, four
 * a code point, one character is itself, `--` nothing.
 */
const named: Record<string, string | undefined> = {
  LF: '\n',
  CR: '\r',
  NP: '\f',
  SP: ' ',
  ESC: '\u001b',
  '--': undefined,
}

/**
 * Unicode lays out the scripts of India alike, and so does the specification: where one has no letter, nothing stands.
 * `*` are the six characters each language has for itself.
 */
const indicLocking = `
  01 02 03 05 06 07 08 09 0a 0b LF 0c 0d CR 0e 0f
  10 11 12 13 14 15 16 17 18 19 1a ESC 1b 1c 1d 1e
  SP !  1f 20 21 22 23 24 )  (  25 26 ,  27 .  28
  0  1  2  3  4  5  6  7  8  9  :  ;  29 2a 2b ?
  2c 2d 2e 2f 30 31 32 33 34 35 36 37 38 39 3c 3d
  3e 3f 40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d
  *  a  b  c  d  e  f  g  h  i  j  k  l  m  n  o
  p  q  r  s  t  u  v  w  x  y  z  *  *  *  *  *`

const urduLocking = `
  27 22 28 7b 80 7e a6 2a c2 7f LF 79 7d CR 7a 7c
  2b 2c 81 84 83 85 86 87 2d 2e 2f ESC 8c 88 89 8a
  SP !  8f 8d 30 31 91 93 )  (  99 32 ,  96 .  98
  0  1  2  3  4  5  6  7  8  9  :  ;  9a 33 34 ?
  35 36 37 38 39 41 42 a9 aa ab af b3 b1 44 45 46
  ba bb bc 48 c4 d5 c1 be 21 cc d0 d2 4d 50 4f 57
  54 a  b  c  d  e  f  g  h  i  j  k  l  m  n  o
  p  q  r  s  t  u  v  w  x  y  z  55 51 53 56 70`

/** Shared by all ten; `~~` are the characters each has for itself. */
const single = `
  @  £  $  ¥  ¿  "  ¤  %  &  '  NP *  +  -- -  /
  <  =  >  ¡  ^  ¡  _  #  *  ~~ ~~ ESC ~~ ~~ ~~ ~~
  ~~ ~~ ~~ ~~ ~~ ~~ ~~ ~~ {  }  ~~ ~~ ~~ ~~ ~~ \\
  ~~ ~~ ~~ ~~ ~~ ~~ ~~ ~~ ~~ ~~ ~~ ~~ [  ~  ]  ~~
  |  A  B  C  D  E  F  G  H  I  J  K  L  M  N  O
  P  Q  R  S  T  U  V  W  X  Y  Z  -- -- -- -- --
  -- -- -- -- -- €  -- -- -- -- -- -- -- -- -- --
  -- -- -- -- -- -- -- -- -- -- -- -- -- -- -- --`

interface Script {
  /** Where its Unicode block starts. */
  block: number
  /** Offsets of `indicLocking` at which the script has no letter. Unicode has filled some since; the tables have not. */
  without: string
  /** The six of `indicLocking`. */
  own: string
  /** Those of `single`, in order. What is missing at the end is nothing. */
  single: string
}

const digits = '66 67 68 69 6a 6b 6c 6d 6e 6f'

/*
 * The tables were compared between two phone systems, a modem daemon and three codecs that copied the specification
 * (V8 to V18). They agree but for slips of one of them, and but for what stands in `disputed` below. Settled by the
 * majority, and by what Unicode has: Tamil and Telugu locking 0x11 are empty (one has 0B91 and 0C11, which are no
 * characters), 0x2C is a comma in all (one has an apostrophe), Hindi locking 0x00 to 0x02 are Devanagari (one has
 * Bengali), Oriya single 0x20 is 0B6A (one has 0BEA), Telugu single 0x1C is 0C66 (one has 0CE6), and Tamil single 0x24
 * is 0BEE, the digit eight (the specification is said to print 0BEF, the nine, twice).
 */
const scripts: Partial<Record<NationalLanguage, Script>> = {
  bengali: {
    block: 0x0980,
    without: '0d 0e 11 12 29 31 33 34 35 45 46 49 4a',
    own: '4e 57 5c 5d 70 71',
    single: `${digits} 5f 60 61 62 63 72 73 74 75 76 77 78 79 7a`,
  },
  gujarati: {
    block: 0x0a80,
    without: '0e 12 29 31 34 46 4a',
    own: '50 60 61 62 63 71',
    single: `0964 0965 ${digits}`,
  },
  hindi: {
    block: 0x0900,
    without: '',
    own: '50 72 7b 7c 7e 7f',
    single: `64 65 ${digits} 51 52 53 54 58 59 5a 5b 5c 5d 5e 5f 60 61 62 63 70 71`,
  },
  kannada: {
    block: 0x0c80,
    without: '01 0d 11 29 34 45 49',
    own: '55 56 60 61 62 63',
    single: `0964 0965 ${digits} 5e 71 72`,
  },
  malayalam: {
    block: 0x0d00,
    without: '01 0d 11 29 3c 45 49',
    own: '57 60 61 62 63 79',
    single: `0964 0965 ${digits} 70 71 72 73 74 75 7a 7b 7c 7d 7e 7f`,
  },
  oriya: {
    block: 0x0b00,
    without: '0d 0e 11 12 29 31 34 45 46 49 4a',
    own: '56 57 60 61 62 63',
    single: `0964 0965 ${digits} 5c 5d 5f 70 71`,
  },
  punjabi: {
    block: 0x0a00,
    without: '0b 0c 0d 0e 11 12 29 31 34 37 3d 43 44 45 46 49 4a',
    own: '51 70 71 72 73 74',
    single: `0964 0965 ${digits} 59 5a 5b 5c 5e 75`,
  },
  tamil: {
    block: 0x0b80,
    without: '01 0b 0c 0d 11 16 17 18 1b 1d 20 21 22 25 26 27 2b 2c 2d 3c 3d 43 44 45 49',
    own: '50 57 70 71 72 79',
    single: `0964 0965 ${digits} 73 74 75 76 77 78 7a`,
  },
  telugu: {
    block: 0x0c00,
    without: '0d 11 29 34 3c 45 49',
    own: '55 56 60 61 62 63',
    single: `-- -- ${digits} 58 59 78 79 7a 7b 7c 7d 7e 7f`,
  },
  urdu: {
    block: 0x0600,
    without: '',
    own: '',
    single: '00 01 f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 0c 0d 0e 0f 10 11 12 13 14 1b 1f 40 52 58 6b 6c 72 73 cd d4',
  },
}

/**
 * Where phones and the letter of the specification differ, so that what is written may be shown as something else: such
 * a code is read, and never written.
 * - Kannada locking 0x24: phones have U+0CA1. Copies of V16 and V18 have U+0CAA, which 0x3D is too, and so no U+0CA1.
 * - Telugu single 0x65: phones have the euro, as in every other table. Some copies have nothing.
 */
export const disputed: Partial<Record<NationalLanguage, { locking?: number; single?: number }>> = {
  kannada: { locking: 0x24 },
  telugu: { single: 0x65 },
}

const words = (text: string): string[] => text.split(/\s+/).filter(word => word !== '')

function read(word: string, block: number): string | undefined {
  if (word.length === 1) return word
  if (word in named) return named[word]
  return String.fromCharCode(Number.parseInt(word, 16) + (word.length === 2 ? block : 0))
}

function changed(chars: Chars, changes: Record<number, string>): Chars {
  const all = [...chars]
  for (const [code, char] of Object.entries(changes)) all[Number(code)] = char
  return all
}

/** The locking shift table; `undefined` when the language has none. */
export function lockingChars(language: NationalLanguage, basic: Chars): Chars | undefined {
  const changes = latinLocking[language]
  if (changes !== undefined) return changed(basic, changes)
  const script = scripts[language]
  if (script === undefined) return undefined
  const without = new Set(words(script.without))
  const own = words(script.own)
  return words(language === 'urdu' ? urduLocking : indicLocking).map(word =>
    without.has(word) ? undefined : read(word === '*' ? own.shift()! : word, script.block),
  )
}

export function singleChars(language: NationalLanguage, extension: Chars): Chars {
  const script = scripts[language]
  if (script === undefined) return changed(extension, latinSingle[language]!) // is Latin
  const own = words(script.single)
  // Of the 32 places of their own, Urdu alone has the last, and is the only one to fill all.
  return words(single).map(word => read(word === '~~' ? (own.shift() ?? '--') : word, script.block))
}
