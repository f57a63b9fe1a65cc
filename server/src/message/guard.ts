// The last look at a text before it is stored for sending: no card number, password or foreign link leaves, whoever
// wrote the template. Every text passes here, so the ordinary one must be cheap: one pass over its characters
// (`survey`) decides which rules are asked at all. docs/guard.md is the same story for people, with examples.

export type GuardRule =
  | 'card_number'
  | 'card_security_code'
  | 'iban'
  | 'social_security_number'
  | 'password'
  | 'pin'
  | 'secret_key'
  | 'foreign_link'
  | 'disguised_link'
  | 'unreadable_link'

export interface GuardFinding {
  rule: GuardRule
  /** Plain words for an operator. Never holds any part of what was found. */
  sentence: string
  /** [start, end) in UTF-16 units of the text, so that a console may point at it. */
  at: [number, number]
}

export interface GuardOptions {
  /** Hosts that links may lead to; `*.example.com` (or `.example.com`) means its sub-domains. Not changed in place. */
  allowedDomains: readonly string[]
  /** The code Usher itself put in this text, which is not a secret to guard against. */
  code?: string
}

/** What is wrong with a text; nothing, for nearly every text. Never throws, reads nothing but its arguments. */
export const guard = (text: string, options: GuardOptions): GuardFinding[] => {
  const plain = survey(text)
  const words = plain & NON_ASCII ? fold(text, WORDS) : text
  const seen = words === text ? plain : survey(words) | (plain & 0xff)
  const digits = seen >>> DIGITS_SHIFT
  if (digits < 9 && !(seen & (LINK | OTHER_SCRIPT | WORD))) return []

  const found: GuardFinding[] = []
  // As long as `words`: what is not ASCII was lowered by fold.
  const lower = digits >= 9 || seen & (OTHER_SCRIPT | WORD) ? words.toLowerCase() : ''
  const say: Say = (rule, start, end, sentence) => found.push({ rule, sentence, at: origin(text, WORDS, start, end) })
  if (digits >= 13) findCards(lower, options.code, say)
  if (digits >= 10) findIbans(lower, say)
  if (digits >= 9) findSocialSecurityNumbers(lower, say)
  if (digits >= 3 && seen & (SECURITY_CODE | OTHER_SCRIPT)) findSecurityCodes(lower, seen, options.code, say)
  if (seen & (PASSWORD | OTHER_SCRIPT)) findPasswords(lower, seen, options.code, say)
  if (digits >= 3 && seen & (PIN | OTHER_SCRIPT)) findPins(lower, seen, options.code, say)
  if (seen & KEY) findKeys(lower, say)
  if (seen & LINK) {
    const read = seen & NON_ASCII ? fold(text, LINKS).replace(ideographicStop, '.') : text
    const sayLink: Say = (rule, start, end, sentence) =>
      found.push({ rule, sentence, at: origin(text, LINKS, start, end) })
    const links = findLinks(text, read, options.allowedDomains, sayLink)
    const reversal = links > 0 && seen & OTHER_SCRIPT ? /[\u202d\u202e]/.exec(text) : null
    if (reversal) found.push({ rule: 'disguised_link', sentence: reversed, at: [reversal.index, reversal.index + 1] })
  }
  return found.length > 1 ? found.sort((a, b) => a.at[0] - b.at[0]) : found
}

type Say = (rule: GuardRule, start: number, end: number, sentence: string) => void

// ---------------------------------------------------------------------------------------------------------------
// Survey: one pass that says which rules are worth asking. The low bits are flags, the rest counts digits.

const NON_ASCII = 1
const OTHER_SCRIPT = 2 // beyond Latin-1: keywords there are too short for three letters
const LINK = 4 // a dot or colon between two visible characters
const PASSWORD = 8 // three letters of a word for it
const PIN = 16
const SECURITY_CODE = 32
const KEY = 64 // three characters of a machine's key
const WORD = PASSWORD | PIN | SECURITY_CODE | KEY
const DIGITS_SHIFT = 8

const survey = (text: string): number => {
  let flags = 0
  let digits = 0
  let three = 0 // the last three characters, five bits each, whatever their case
  let before = 32
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c >= 48 && c <= 57) digits++
    else if (c >= 128) flags |= c >= 256 ? NON_ASCII | OTHER_SCRIPT : NON_ASCII
    if ((before === DOT || before === COLON) && c > 32) flags |= LINK
    three = ((three << 5) | (c < 128 ? letters[c]! : 0)) & 0x7fff
    flags |= triggers[three]!
    before = c
  }
  return flags | (digits << DIGITS_SHIFT)
}

const DOT = 46
const COLON = 58
const letters = new Uint8Array(128) // 1-26, and what keys are made of; anything else is 0
for (let c = 1; c <= 26; c++) letters[64 + c] = letters[96 + c] = c
letters[95] = 27 // _
letters[45] = 28 // -
const triggers = new Uint8Array(0x8000)
const trigger = (three: string, flag: number) => {
  let at = 0
  for (let i = 0; i < 3; i++) at = (at << 5) | letters[three.charCodeAt(i)]!
  triggers[at] = triggers[at]! | flag
}

// ---------------------------------------------------------------------------------------------------------------
// Fold: the text as a person reads it. Digits of any script become 0-9, invisible characters vanish, full-width and
// other compatibility forms become plain. Two readings, because 'contraseña' and 'contrasena' are one word, while
// 'exämple.com' and 'example.com' are two hosts: WORDS loses accents and capitals, LINKS keeps them.

const WORDS = 0
const LINKS = 1
type Reading = typeof WORDS | typeof LINKS

const invisible = /[\p{Cf}\p{Variation_Selector}\u115f\u1160\u3164\uffa0]|\u034f|\u20e3|\u17b4|\u17b5/u
const ideographicStop = /(?<=[a-z0-9])。(?=[a-z0-9])/gi

const foldOne = (codePoint: number, reading: Reading): string => {
  const char = String.fromCodePoint(codePoint)
  if (/\p{Nd}/u.test(char)) return String(decimalValue(codePoint))
  if (invisible.test(char)) return ''
  if (/\p{Zs}/u.test(char)) return ' '
  if (/[\u2028\u2029\u0085]/.test(char)) return '\n'
  if (/[\p{Pd}\u2212\u2043\u02d7]/u.test(char)) return '-'
  if (reading === LINKS) return char.normalize('NFKC')
  if (/[。｡・･‧·•∙⋅۔।]/.test(char)) return '.'
  // Half-width kana carry their voicing as a separate character, so voicing goes the way of accents.
  const bare = char
    .normalize('NFKD')
    .replace(/[\u0300-\u036f\u3099\u309a]/g, '')
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
  return bare
}

/** Unicode keeps each script's ten digits together and in order, so the distance to their start is the value. */
const decimalValue = (codePoint: number): number => {
  let start = codePoint
  while (/\p{Nd}/u.test(String.fromCodePoint(start - 1))) start--
  return (codePoint - start) % 10
}

// Filled as characters are met. In a table entry: 0 = not met yet, 1 = vanishes, 2 = several units, else the unit.
const tables = [new Uint16Array(0x10000), new Uint16Array(0x10000)] as const
const severals = [new Map<number, string>(), new Map<number, string>()] as const

const learn = (codeUnit: number, reading: Reading): number => {
  const as = foldOne(codeUnit, reading)
  const entry = as === '' ? 1 : as.length > 1 ? 2 : as.charCodeAt(0)
  if (entry === 2) severals[reading].set(codeUnit, as)
  tables[reading][codeUnit] = entry
  return entry
}

/** Calls `emit` for each unit of the reading, with the piece of the text it came from. */
const walk = (text: string, reading: Reading, emit: (unit: number, from: number, to: number) => void) => {
  const table = tables[reading]
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 128) {
      emit(unit, i, i + 1)
    } else if (unit >= 0xd800 && unit <= 0xdfff) {
      const codePoint = text.codePointAt(i)!
      if (codePoint > 0xffff) {
        // Emoji are common and stay as they are; the other planes' letters and digits are rare and looked up each time.
        const as = codePoint >= 0x1f300 && codePoint < 0x1fb00 ? text.slice(i, i + 2) : foldOne(codePoint, reading)
        for (let k = 0; k < as.length; k++) emit(as.charCodeAt(k), i, i + 2)
        i++
      } else emit(0xfffd, i, i + 1)
    } else {
      const entry = table[unit]! || learn(unit, reading)
      if (entry === 2) {
        const as = severals[reading].get(unit)!
        for (let k = 0; k < as.length; k++) emit(as.charCodeAt(k), i, i + 1)
      } else if (entry !== 1) emit(entry, i, i + 1)
    }
  }
}

const fold = (text: string, reading: Reading): string => {
  const first = firstChange(text, reading)
  if (first < 0) return text
  let units = new Uint16Array(text.length - first + 16)
  let at = 0
  walk(text.slice(first), reading, unit => {
    if (at === units.length) {
      const wider = new Uint16Array(at * 2)
      wider.set(units)
      units = wider
    }
    units[at++] = unit
  })
  let out = text.slice(0, first)
  for (let k = 0; k < at; k += 4096) {
    const piece = units.subarray(k, Math.min(at, k + 4096))
    out += String.fromCharCode.apply(null, piece as unknown as number[]) // takes any array-like; spreading is 5x slower
  }
  return out
}

/** Most texts of other scripts read as they stand; finding that out is cheaper than building the reading. */
const firstChange = (text: string, reading: Reading): number => {
  const table = tables[reading]
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 128) continue
    if (unit >= 0xd800 && unit <= 0xdfff) return i
    if ((table[unit]! || learn(unit, reading)) !== unit) return i
  }
  return -1
}

/** Where [start, end) of a reading stands in the text itself. Only asked when something was found. */
const origin = (text: string, reading: Reading, start: number, end: number): [number, number] => {
  let at = 0
  let first = -1
  let last = text.length
  walk(text, reading, (_, from, to) => {
    if (at === start) first = from
    if (at === end - 1) last = to
    at++
  })
  return [Math.max(first, 0), last]
}

// ---------------------------------------------------------------------------------------------------------------
// Card numbers: issuer range, exact length, Luhn.

/**
 * name, first digits (single or from-to), lengths when the number stands by itself, lengths when it is buried among
 * other digits. Buried numbers are asked for the common lengths only, else every tracking number would be refused.
 */
const issuers: [name: string, prefixes: string, alone: number[], buried: number[]][] = [
  ['Visa', '4', [13, 16, 19], [16]],
  ['Mastercard', '51-55 2221-2720', [16], [16]],
  ['American Express', '34 37', [15], [15]],
  ['Discover', '6011 644-649 65', [16, 17, 18, 19], [16]],
  ['Diners Club', '300-305 3095 36 38-39', [14, 16, 17, 18, 19], [14]],
  ['JCB', '3528-3589', [16, 17, 18, 19], [16]],
  ['JCB', '2131 1800', [15], []],
  ['UnionPay', '62 8100-8171', [16, 17, 18, 19], [16]],
  ['Maestro', '5018 5020 5038 5612 5893 6304 6390 6759 6761-6763', [13, 14, 15, 16, 17, 18, 19], [16]],
  ['Mir', '2200-2204', [16, 17, 18, 19], [16]],
  ['RuPay', '508 606-608 6521-6522 817-819 82 353 356', [16], [16]],
  ['Elo', '504175 506699-506778 509000-509999 627780 636297 636368', [16], [16]],
  ['Hipercard', '606282 384100 384140 384160 637095 637568 637599 637609 637612', [16], [16]],
  ['Verve', '506099-506198 507865-507964', [16, 18, 19], [16]],
  ['Troy', '9792', [16], [16]],
  ['Dankort', '5019', [16], [16]],
  ['Uzcard or Humo', '8600 9860', [16], [16]],
  ['InstaPayment', '637-639', [16], []],
  ['InterPayment', '636', [16, 17, 18, 19], []],
  [
    'Shetab',
    '502229 502806 502908 502938 504172 504706 505416 505785 505801 505809 585983 589210 589463 603769-603770 603799 606373 610433 627353 627381 627412 627488 627648 627760 627884 627961 628023 628157 636214 636795 636797 636949 639194 639346-639347 639370 639599 639607',
    [16],
    [16],
  ],
]

interface Range {
  name: string
  low: number
  high: number
  alone: number[]
  buried: number[]
}
const rangesByFirstTwo: Range[][] = Array.from({ length: 100 }, () => [])
for (const [name, prefixes, alone, buried] of issuers) {
  for (const prefix of prefixes.split(' ')) {
    const [from, to = from] = prefix.split('-') as [string, string?]
    const range = { name, low: Number(from.padEnd(6, '0')), high: Number(to.padEnd(6, '9')), alone, buried }
    for (let two = Math.floor(range.low / 10_000); two <= Math.floor(range.high / 10_000); two++)
      rangesByFirstTwo[two]!.push(range)
  }
}

/** How many characters may stand between two digits of one number: ' - ' is three. */
const WIDEST_GAP = 3
// Neither ':' nor '+': times of day and lists of telephone numbers would make one long number.
const gaps = new Uint8Array(128)
for (const char of ' \t\r\n-._/,|()*') gaps[char.charCodeAt(0)] = 1
const isGap = (c: number) => c < 128 && gaps[c] === 1

const findCards = (text: string, code: string | undefined, say: Say) => {
  let values: number[] = []
  let places: number[] = []
  let i = 0
  while (i < text.length) {
    const c = text.charCodeAt(i)
    if (c < 48 || c > 57) {
      i++
      continue
    }
    let end = i + 1
    while (isDigit(text.charCodeAt(end))) end++
    const last = places[places.length - 1]
    // A verification code is too short for a card, and must not make one with the date next to it.
    const isCode = code !== undefined && end - i === code.length && text.startsWith(code, i)
    if (isCode || last === undefined || !joins(text, last + 1, i)) {
      judgeDigits(values, places, say)
      values = []
      places = []
    }
    if (!isCode) {
      for (let k = i; k < end; k++) {
        values.push(text.charCodeAt(k) - 48)
        places.push(k)
      }
    }
    i = end
  }
  judgeDigits(values, places, say)
}

const isDigit = (c: number) => c >= 48 && c <= 57

const joins = (text: string, from: number, to: number): boolean => {
  if (to - from > WIDEST_GAP) return false
  for (let i = from; i < to; i++) if (!isGap(text.charCodeAt(i))) return false
  return true
}

const judgeDigits = (values: number[], places: number[], say: Say) => {
  for (let i = 0; i + 13 <= values.length; i++) {
    const card = cardAt(values, places, i)
    if (!card) continue
    const { length, name } = card
    const sentence = `The text holds what looks like a payment card number (${length} digits, ${name} range).`
    say('card_number', places[i]!, places[i + length - 1]! + 1, sentence)
    i += length - 1
  }
}

const cardAt = (values: number[], places: number[], i: number): { length: number; name: string } | undefined => {
  const ranges = rangesByFirstTwo[values[i]! * 10 + values[i + 1]!]!
  if (ranges.length === 0) return undefined
  let six = 0
  for (let k = 0; k < 6; k++) six = six * 10 + values[i + k]!
  const startsAlone = i === 0 || places[i - 1]! < places[i]! - 1
  for (const { name, low, high, alone, buried } of ranges) {
    if (six < low || six > high) continue
    for (const length of alone) {
      const end = i + length
      if (end > values.length) break
      const standsAlone = startsAlone && (end === values.length || places[end]! > places[end - 1]! + 1)
      if ((standsAlone || buried.includes(length)) && luhn(values, i, end)) return { length, name }
    }
  }
  return undefined
}

const luhn = (values: number[], from: number, to: number): boolean => {
  let sum = 0
  for (let i = to - 1, twice = false; i >= from; i--, twice = !twice) {
    const value = values[i]!
    sum += twice ? (value > 4 ? value * 2 - 9 : value * 2) : value
  }
  return sum % 10 === 0
}

// ---------------------------------------------------------------------------------------------------------------
// IBAN: the country's own pattern (n digits, a letters, c either), then the remainder by 97.

const ibanPatterns = `
  ad8n12c ae19n al8n16c at16n az4a20c ba16n be12n bg4a6n8c bh4a14c bi23n br23n1a1c by4c4n16c ch5n12c cr18n cy8n16c
  cz20n de18n dj23n dk14n do4c20n ee16n eg25n es20n fi14n fk2a12n fo14n fr10n11c2n gb4a14n ge2a16n gi4a15c gl14n
  gr7n16c gt4c20c hn4a20n hr17n hu24n ie4a14n il19n iq4a15n is22n it1a10n12c jo4a4n18c kw4a22c kz3n13c lb4n20c
  lc4a24c li5n12c lt16n lu3n13c lv4a13c ly21n mc10n11c2n md2c18c me18n mk3n10c2n mn16n mr23n mt4a5n18c mu4a19n3a
  ni4a20n nl4a10n no11n om3n16c pk4a16c pl24n ps4a21c pt21n qa4a21c ro4a16c rs18n ru14n15c sa2n18c sc4a20n3a sd14n
  se20n si15n sk20n sm1a10n12c so19n st21n sv4a20n tl19n tn20n tr6n16c ua6n19c va18n vg4a16n xk16n ye4a4n18c`
const ibanRows = new Map(
  ibanPatterns
    .trim()
    .split(/\s+/)
    .map(row => {
      const kinds = row.slice(2).replace(/(\d+)([nac])/g, (_, times, kind) => kind.repeat(Number(times)))
      return [row.slice(0, 2), `nn${kinds}`] as const
    }),
)

const findIbans = (text: string, say: Say) => {
  for (const start of text.matchAll(/(?<![a-z0-9])[a-z]{2}[ .-]{0,2}\d/g)) {
    const kinds = ibanRows.get(start[0].slice(0, 2))
    const end = kinds && ibanEnd(text, start.index, kinds)
    if (end === undefined) continue
    say('iban', start.index, end, 'The text holds what looks like a bank account number (IBAN).')
  }
}

const ibanEnd = (text: string, start: number, kinds: string): number | undefined => {
  let at = start + 2
  let account = ''
  for (const kind of kinds) {
    for (let gap = 0; gap < 2 && /[ .-]/.test(text[at] ?? ''); gap++) at++
    const char = text[at++] ?? ''
    if (!(kind === 'n' ? /\d/ : kind === 'a' ? /[a-z]/ : /[a-z0-9]/).test(char)) return undefined
    account += char
  }
  if (/[a-z0-9]/.test(text[at] ?? '')) return undefined
  // The country and the two check digits count last.
  let remainder = 0
  for (const char of account.slice(2) + text.slice(start, start + 2) + account.slice(0, 2)) {
    const value = Number.parseInt(char, 36)
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder === 1 ? at : undefined
}

// ---------------------------------------------------------------------------------------------------------------
// US social security numbers: 3-2-4 with dashes, or after their name.

const findSocialSecurityNumbers = (text: string, say: Say) => {
  for (const hit of text.matchAll(/(?<![\d-])(\d{3})([ -]?)(\d\d)\2(\d{4})(?![\d-])/g)) {
    const [, area = '', separator, group, serial] = hit
    if (area === '000' || area === '666' || area[0] === '9' || group === '00' || serial === '0000') continue
    const isNamed = /(?:ssn|social security)[^.!?\d]{0,20}$/.test(text.slice(Math.max(0, hit.index - 40), hit.index))
    if (separator !== '-' && !isNamed) continue
    const sentence = 'The text holds what looks like a US social security number.'
    say('social_security_number', hit.index, hit.index + hit[0].length, sentence)
  }
}

// ---------------------------------------------------------------------------------------------------------------
// Words that present a secret. Each row: three letters that `survey` looks for, then the words (accents dropped, as
// in the reading). Words of other scripts need no trigger.

const passwordWords: [trigger: string, words: string][] = [
  ['ssw', 'passwords?|passwort|passwd'], // en, it, de
  ['s w', 'pass word'],
  ['ssc', 'passcode'],
  ['ssp', 'passphrase'],
  ['pwd', 'pwd'],
  ['nnw', 'kennwort'], // de
  ['ras', 'contrasena|contrasenya|contrasinal'], // es, ca, gl
  ['lav', 'clave'], // es
  ['mot', 'mots? de passe'], // fr
  ['mdp', 'mdp'],
  ['enh', 'senha'], // pt
  ['vra', 'palavra[- ]passe'],
  ['rol', "parola(?: d'ordine)?"], // it, ro, tr
  ['ifr', 'sifren?(?:iz)?|sifra'], // tr, sr
  ['asl', 'haslo'], // pl
  ['htw', 'wachtwoord'], // nl
  ['eno', 'losenord(?:et)?'], // sv
  ['sso', 'passord(?:et)?'], // no
  ['dga', 'adgangskoden?'], // da
  ['asa', 'salasana(?:si)?'], // fi
  ['esl', 'heslo'], // cs, sk
  ['lsz', 'jelszo|jelszava'], // hu
  ['zin', 'lozinka'], // hr
  ['roo', 'parool'], // et
  ['pta', 'slaptazodis'], // lt
  ['ndi', 'kata sandi'], // id
  ['lua', 'kata laluan'], // ms
  ['kha', 'mat khau'], // vi
  [
    '',
    'hasło|парол[ьяи]|парола|лозинка|κωδικο[ςσ](?: προσβασησ| προσβασης)?|συνθηματικο|סיסמ[הא]|كلمة (?:المرور|السر)|رمز المرور|رمز عبور|पासवर्ड|รหัสผ่าน|パスワード|密码|密碼|口令|비밀번호|암호',
  ],
]
const pinWords: [trigger: string, words: string][] = [
  ['pin', 'pin(?:[- ]?(?:codes?|kode?|cod|number|nummer|nr))?'],
  ['nip', 'nip'], // es, fr-CA
  ['ehe', 'geheimzahl|geheimnummer'], // de
  ['ecr', 'codigo secreto|code secret|codigo secret'],
  ['egr', 'codice segreto'],
  ['', 'пин(?:-?код)?|暗証番号|暗証ばんごう|ピン(?:コード)?|个人识别码|個人識別碼|핀(?: ?번호| ?코드)?|الرقم السري'],
]
const securityCodeWords: [trigger: string, words: string][] = [
  ['cvv', 'cvv2?'],
  ['cvc', 'cvc2?'],
  ['cvn', 'cvn2?'],
  ['cav', 'cav2'],
  ['csc', 'csc'],
  ['cid', 'cid'],
  ['ecu', 'security codes?'],
  ['d c', 'card code'],
  ['d v', 'card verification (?:code|value|number)'],
  ['eri', 'verification value'],
  ['egu', 'codigo de seguridad|codigo de seguranca'], // es, pt
  ['ecu', 'code de securite'], // fr
  ['ypt', 'cryptogramme(?: visuel)?'],
  ['ruf', '(?:karten)?prufnummer|(?:karten)?prufziffer'], // de
  ['erh', 'sicherheitscode|sicherheitsnummer'],
  ['ezz', 'codice di sicurezza'], // it
  ['vei', 'beveiligingscode'], // nl
  ['zpi', 'kod bezpieczenstwa'], // pl
  ['bez', 'kod bezpieczenstwa|bezpecnostni kod'],
  ['nli', 'guvenlik kodu'], // tr
  ['kea', 'kode keamanan'], // id
  ['', 'セキュリティー?コード|安全码|安全碼|보안 ?코드|код безопасности|رمز الأمان|रक्षा कोड|सुरक्षा कोड|mã bảo mật'],
]

interface Search {
  flag: number
  latin: RegExp
  other: RegExp
}
/**
 * A Latin word must not be part of a longer one, nor of a path or address ('/pin/1234'); other scripts do not always
 * put spaces between words.
 */
const search = (flag: number, rows: [trigger: string, words: string][]): Search => {
  for (const [three] of rows) if (three) trigger(three, flag)
  const latin = rows.filter(([three]) => three).map(([, words]) => words)
  const other = rows.filter(([three]) => !three).map(([, words]) => fold(words, WORDS))
  return {
    flag,
    latin: new RegExp(`(?<![a-z/@])(?:${latin.join('|')})(?![a-z])`, 'g'),
    other: new RegExp(other.join('|'), 'g'),
  }
}
const passwordSearch = search(PASSWORD, passwordWords)
const pinSearch = search(PIN, pinWords)
const securityCodeSearch = search(SECURITY_CODE, securityCodeWords)

const wordsIn = (text: string, seen: number, { flag, latin, other }: Search): RegExpExecArray[] => [
  ...(seen & flag ? text.matchAll(latin) : []),
  ...(seen & OTHER_SCRIPT ? text.matchAll(other) : []),
]

const isWords =
  'is|are|was|es|est|ist|lautet|sera|son|sao|e|ar|er|jest|je|este|adalah|ialah|la|это|ειναι|هي|הוא|היא|है|คือ'
const yourWords =
  'your|the|my|our|tu|su|el|la|votre|ton|le|dein|deine|ihr|ihre|die|der|das|seu|sua|o|a|tua|il|uw|je|jouw|din|ditt|twoje'
/** Presents what follows: ':', '=', '->', 'is', は, 是, 는 ... */
const presents = new RegExp(
  `^['"”»）)]?(?:\\s+(?:for|of|para|pour|fur|per|voor|de|da)\\s+\\S{1,30}(?:\\s+\\S{1,30}){0,2}?)??(?:\\s*(?:[:=]|-?>|\\s-\\s)\\s*|\\s+(?:${isWords})(?:\\s*:)?\\s+|\\s*(?:は|が|是|为|為|는|은|가|이)\\s*:?\\s*)`,
)
/** Presents what stands before: '1234 is your PIN'. Asked of the piece in front of the word. */
const isYour = new RegExp(
  `(?:\\s+(?:is|es|est|ist|e|are|er|ar|jest|je)\\s+(?:(?:${yourWords})\\s+)?(?:[a-z'-]+\\s+){0,3}|\\s*(?:は|が|是|=)\\s*)$`,
)
/** Far enough to see a value around a word, near enough to keep a long text linear. */
const NEAR = 100

const isCode = (value: string, code: string | undefined): boolean =>
  code !== undefined && value.replace(/[^\p{L}\p{N}]/gu, '') === code.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')

// ---- security codes of cards

const findSecurityCodes = (text: string, seen: number, code: string | undefined, say: Say) => {
  const sentence = 'The text holds what looks like the security code of a payment card.'
  for (const word of wordsIn(text, seen, securityCodeSearch)) {
    const end = word.index + word[0].length
    const after = text.slice(end, end + NEAR)
    // Six digits after 'security code' are a verification code, also when written 123 456.
    const isCardWord = /^c[avs]|^cid/.test(word[0])
    const near = word[0] === 'cid' ? securityCodeAfterCid : isCardWord ? securityCodeAfterCvv : securityCodeAfter
    const hit = near.exec(after)
    if (hit && !isCode(hit[1]!, code)) {
      say('card_security_code', word.index, end + hit[0].length, sentence)
      continue
    }
    const from = Math.max(0, word.index - NEAR)
    const before = text.slice(from, word.index)
    const earlier = securityCodeBefore.exec(before)
    if (earlier && !isCode(earlier[1]!, code)) say('card_security_code', from + earlier.index, end, sentence)
  }
}
const lead = `(?:[^.!?\\n\\d]{0,40}?(?:[:=]|\\b(?:${isWords})\\b|は|が|是|为|為|는|은)[^\\p{L}\\d\\n]{0,3})`
const threeOrFour = '(\\d(?: ?\\d){2,3})(?!\\d)'
const securityCodeAfterCvv = new RegExp(`^(?:[^\\p{L}\\d\\n]{0,4}|${lead})${threeOrFour}`, 'u')
const securityCodeAfterCid = new RegExp(`^(?:\\s*[:=#]\\s*|\\s+(?:is|code|number)\\s+)${threeOrFour}`, 'u')
const securityCodeAfter = new RegExp(
  `^(?:[^\\p{L}\\d\\n]{0,4}|${lead})${threeOrFour}(?![\\s-]?\\d{2,3}(?![\\d/]))(?!\\s?%)`,
  'u',
)
const securityCodeBefore = new RegExp(
  `(?<![\\d.,:/-]|\\d )(\\d{3,4})(?:\\s*\\(\\s*(?:[a-z]+\\s+){0,2}|${isYour.source.slice(0, -1)})$`,
  'u',
)

// ---- passwords

const findPasswords = (text: string, seen: number, code: string | undefined, say: Say) => {
  const sentence = 'The text tells a password.'
  for (const word of wordsIn(text, seen, passwordSearch)) {
    const end = word.index + word[0].length
    const after = text.slice(end, end + NEAR)
    const from = Math.max(0, word.index - NEAR)
    const before = text.slice(from, word.index)

    const connector = presents.exec(after)?.[0] ?? (/^\s+/.exec(after)?.[0] || '')
    const value = passwordValue.exec(after.slice(connector.length))
    if (value && connector !== '' && !isCode(value[2]!, code)) {
      const how = /[:=>]|\s-\s/.test(connector) ? 'shown' : /\S/.test(connector) ? 'said' : 'beside'
      const rest = after.slice(connector.length + value[0].length)
      if (isTold(value[2]!, /[^(<[]/.test(value[1]!), how, before, connector, rest)) {
        say('password', word.index, end + connector.length + value[0].length, sentence)
        continue
      }
    }
    const bridge = isYour.exec(before)
    const earlier = bridge && /(\d(?:[ -]?\d){3,11}|\S{4,64})["'”»]?$/.exec(before.slice(0, bridge.index))
    if (earlier && !isCode(earlier[1]!, code) && isSecretLike(earlier[1]!, false))
      say('password', from + earlier.index, end, sentence)
  }
}

const passwordValue = /^(["'“”„«»‘’「『`(<[]?)(\d(?:[ -]?\d){3,11}(?![a-zß-ɏ\d_@#$%-])|[^\s"“”„«»「」『』<>`]{3,64})/u

/** Whether what follows the word is a secret, rather than the rest of an ordinary sentence. */
const isTold = (
  raw: string,
  isQuoted: boolean,
  how: 'shown' | 'said' | 'beside',
  before: string,
  connector: string,
  rest: string,
): boolean => {
  const value = raw.replace(/[.,;:!?)\]'’]+$/u, '')
  if (value.length < 3 || isMasked(value) || looksLikeLink(value)) return false
  if (isSecretLike(value, how === 'shown')) return true
  if (!/^\p{L}[\p{L}\p{M}'’_-]*$/u.test(value))
    return how === 'shown' && value.length > 3 && /[\p{L}\d]/u.test(value) && !/^[\d/.,:%+-]+$/.test(value)
  if (/[^ -\u024f]/.test(value)) return false // a word of a sentence in another script
  if (commonWords.has(value) || /(?:ed|ing|able|ible)$/.test(value)) return false
  if (isQuoted) return true
  if (how === 'shown') return !actionBefore.test(before)
  const endsClause = raw !== value || /^\s*(?:$|[\n.,;!?])/.test(rest)
  return how === 'said' && endsClause && plainIs.test(connector)
}

const plainIs = /\b(?:is|es|est|ist|lautet|jest)\b/
const isMasked = (value: string) => /^[*•.x_#-]+$/.test(value)
const looksLikeLink = (value: string) => /^[a-z][a-z0-9+.-]*:\/\/|^www\.|^[^\s@/]+\.[a-z]{2,}(?:[/:?#]|$)/.test(value)

/** Letters with digits, or with symbols inside; or a plain number of 4 to 12 digits. `loose` also takes '24hours'. */
const isSecretLike = (value: string, loose: boolean): boolean => {
  if (/^(?:(?:19|20)\d\d-\d\d?-\d\d?|\d\d?-\d\d?-(?:\d\d)?\d\d)$/.test(value)) return false // a date
  if (/^\d(?:[ -]?\d){3,11}$/.test(value)) return loose || !/^(?:19|20)\d\d$/.test(value)
  if (looksLikeLink(value)) return false
  const bare = value.replace(/[.,;:!?)\]'"’]+$/u, '')
  if (!/[a-z]/.test(bare)) return false
  if (/[a-z][!@#$%^&*_+=~]+[a-z0-9]/.test(bare)) return true
  if (!/\d/.test(bare) || bare.length < 5) return false
  return loose || !/^\d+[-+]?[a-z]+$/.test(bare)
}

/** 'Reset your password: Settings' asks for something; it tells no password. */
const actionBefore =
  /(?:reset|chang|choos|creat|updat|forg[eo]t|recover|set up|need|lost|new to|restabl|cambi|actuali|recuper|olvid|reinitial|modifi|oubli|choisi|zuruck|ander|vergess|redefin|alter|troc|esquec|reimpost|dimentic|wijzig|vergeten|смен|измен|восстанов|забыл)[^.!?\n]{0,40}$/

/** What may follow 'password:' or 'password is' in a sentence that tells none. */
const commonWords = new Set(
  `never not no nor now new old yes all any and are ask asked at be been being before by call can change check choose click
  confidential contact different do does don't doesn't easy enter expired find follow for free from get go has have here how
  if in incorrect intact invalid is isn't it its just keep know last log long lost make missing must need needed of off ok
  old on one only open or our out over personal please private reply required reset safe same save secret secure see send
  set settings share short sign simple stay still stolen strong tap tell text that the them then they this tip to too
  under unique unsafe until up use using valid via visit wait was we weak what when where who why will with wrong you
  your yours hidden unchanged unknown visible about above after again also always because but don doesn due during each
  even every more most much other soon some such than there these those through today tomorrow tonight unless
  nunca tu su una uno los las del por para con sin que como cuando donde esta este segura seguro debil incorrecta
  incorrecto valida valido antigua nueva nuevo obligatoria personal privada secreta caducada cambiada aqui
  jamais votre vous nous ne pas les des une pour par avec sans expire expiree incorrecte valide obligatoire requis
  requise faible perime modifie modifiee reinitialise cliquez ici sur dans
  nie niemals ihr ihre dein deine wir sie das die der den dem ein eine und oder nicht mit ohne falsch abgelaufen
  ungultig gultig sicher unsicher schwach erforderlich geandert neu alt geheim klicken hier zu auf
  sua seu voce nao nunca fraca incorreta invalida expirada alterada obrigatoria aqui clique
  bitte merci por favor prego mai tua tuo scaduta errata debole sicura obbligatoria cambiata qui nooit uw je het een niet verlopen onjuist`.split(
    /\s+/,
  ),
)

// ---- PINs

const pinAfter =
  /^(?:['"”)]?\s*[:=#]\s*["'“(]?|\s+["'“(]?|['"”)]?(?:\s*(?:は|が|是|为|為|는|은|이|가)\s*:?|\s+(?:is|are|was|es|est|ist|lautet|e|er|ar|jest|je|este|это)\s*:?)\s*["'“「(]?|\s*-\s+|(?=\d))(\d(?:[ -]?\d){2,11})(?![\d%])/

const findPins = (text: string, seen: number, code: string | undefined, say: Say) => {
  const sentence = 'The text tells a PIN.'
  for (const word of wordsIn(text, seen, pinSearch)) {
    const end = word.index + word[0].length
    const hit = pinAfter.exec(text.slice(end, end + NEAR))
    if (hit) {
      const digits = hit[1]!.replace(/\D/g, '').length
      const isBare = /^\s+$/.test(hit[0].slice(0, -hit[1]!.length))
      // 'Pin 100 titles'; and in Poland a NIP is a tax number of ten digits.
      const isPlausible = isBare ? digits >= 4 : digits >= 3
      if (isPlausible && !(word[0] === 'nip' && digits > 6) && !isCode(hit[1]!, code)) {
        say('pin', word.index, end + hit[0].length, sentence)
        continue
      }
    }
    const from = Math.max(0, word.index - NEAR)
    const before = text.slice(from, word.index)
    const bridge = isYour.exec(before)
    const earlier = bridge && /(?<![\d.,:/])\d(?:[ -]?\d){3,11}["'”]?$/.exec(before.slice(0, bridge.index))
    if (earlier && !isCode(earlier[0], code)) say('pin', from + earlier.index, end, sentence)
  }
}

// ---------------------------------------------------------------------------------------------------------------
// Keys of machines, known by their shape.

for (const three of ['kia', '_li', '_te', 'ghp', 'gho', 'ghs', 'xox', 'aiz', '---', 'hse']) trigger(three, KEY)
const keys =
  /-----begin [a-z ]{0,20}private key|(?<![a-z0-9])(?:akia[0-9a-z]{16}(?![0-9a-z])|[sr]k_(?:live|test)_[0-9a-z]{16}|gh[pos]_[0-9a-z]{30}|xox[abprs]-[0-9a-z-]{10}|aiza[0-9a-z_-]{35}|whsec_[0-9a-z+/]{16})/g

const findKeys = (text: string, say: Say) => {
  for (const hit of text.matchAll(keys))
    say(
      'secret_key',
      hit.index,
      hit.index + hit[0].length,
      'The text holds what looks like a key or token of a machine.',
    )
}

// ---------------------------------------------------------------------------------------------------------------
// Links: whatever a phone may make clickable must lead to an allowed host. Read left to right by dots and colons;
// nothing is walked twice, so a hostile text costs no more than a long one.

const foreign = 'The text holds a link or address outside the allowed domains.'
const otherKind = 'The text holds a link that is not http or https.'
const unreadable = 'The text holds a link that cannot be read for certain.'
const credentials = 'The text holds a link with a name in front of the host (as in name@host).'
const disguised = 'The text holds a link with characters that look different from what they are.'
const reversed = 'The text holds a link together with a character that reverses the direction of writing.'

/** Schemes that open something without '//'. 'Data:5GB' and 'SMS:STOP' are words of a sentence. */
const slashless =
  /^(?:(?:tel|sms|smsto|mms|mmsto|callto|facetime|facetime-audio|sips?|geo|whatsapp|viber|skype):[+(%]?\d|(?:mailto|javascript|vbscript|view-source|itms|itms-apps|magnet|bitcoin):\S|data:[a-z]+\/[a-z]|intent:[#/])/i

/** Says what is wrong with the links of a text; returns how many there are. */
const findLinks = (text: string, read: string, allowedDomains: readonly string[], say: Say): number => {
  const allowed = compile(allowedDomains)
  let from = 0 // where the last link ended
  let links = 0
  const judge = (start: number, end: number, verdict: Verdict | undefined) => {
    links++
    if (verdict) say(verdict[0], start, end, verdict[1])
    else if (text !== read && isDisguised(text, read, start, end)) say('disguised_link', start, end, disguised)
  }
  for (let i = 0; i < read.length; i++) {
    const c = read.charCodeAt(i)
    if (c === COLON) {
      const start = schemeStart(read, i, from)
      if (start < 0) continue
      const end = linkEnd(read, i + 1)
      judge(start, end, judgeUrl(read.slice(start, end), allowed))
      from = end
      i = end - 1
    } else if (c === DOT && i > from && isHostChar(read, i - 1) && isHostChar(read, i + 1)) {
      const [start, end] = hostAround(read, i, from)
      const host = hostIn(read.slice(start, end))
      i = end - 1
      if (host === undefined || isNameOfMail(read, end)) continue
      const hostEnd = start + host.length
      judge(start, hostEnd, judgeHost(host, allowed))
      from = pathEnd(read, hostEnd)
      i = from - 1
    }
  }
  return links
}

type Verdict = [rule: GuardRule, sentence: string]

const isAsciiHostChar = new Uint8Array(128)
for (const char of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_')
  isAsciiHostChar[char.charCodeAt(0)] = 1
const isHostChar = (read: string, i: number): boolean => {
  const c = read.charCodeAt(i)
  if (c < 128) return isAsciiHostChar[c] === 1
  // A surrogate is a letter of a rare script or an emoji, and both are heard of in hosts.
  return c >= 0xd800 && c <= 0xdfff ? true : /[\p{L}\p{M}\p{N}]/u.test(read[i] ?? '')
}
const isLetter = (c: number) => (c >= 97 && c <= 122) || (c >= 65 && c <= 90)

/** Where the scheme before the colon at `colon` begins, or -1 when no link begins here. */
const schemeStart = (read: string, colon: number, from: number): number => {
  let start = colon
  while (start > from && colon - start < 32 && isSchemeChar(read.charCodeAt(start - 1))) start--
  while (start < colon && !isLetter(read.charCodeAt(start))) start++
  if (start === colon) return -1
  const next = read.charCodeAt(colon + 1)
  const scheme = read.slice(start, colon).toLowerCase()
  const web = /(?:https?|ftp|wss?)$/.exec(scheme) // also in 'seehttps://', where a space is missing
  const isSlash = next === 47 || next === 92
  if (isSlash) {
    const second = read.charCodeAt(colon + 2)
    if (web) return start + web.index
    return second === 47 || second === 92 ? start : -1
  }
  if (Number.isNaN(next) || next <= 32) return -1
  // Browsers read 'https:evil.com' as a link too.
  if (web && web[0] === scheme && (isHostChar(read, colon + 1) || next === 91 || next === 37 || next === 64))
    return start
  return slashless.test(read.slice(start, colon + 20)) ? start : -1
}
const isSchemeChar = (c: number) => isLetter(c) || (c >= 48 && c <= 57) || c === 43 || c === 45 || c === 46

/** Characters by which a link ends, as bits: of a link with a scheme, of a bare host's path, and trailing punctuation. */
const ENDS_URL = 1
const ENDS_PATH = 2
const TRAILS = 4
const endings = new Uint8Array(128)
for (let c = 0; c < 128; c++) {
  const char = String.fromCharCode(c)
  const isEnd = c <= 32 || c === 127 || '<>"\'`'.includes(char)
  if (isEnd) endings[c] = ENDS_URL | ENDS_PATH
  if (',;|()[]{}\\'.includes(char)) endings[c] = ENDS_PATH
  if ('.,;:!?)}*_~'.includes(char)) endings[c] = endings[c]! | TRAILS
}

/** A link with a scheme runs to the next space, quote or angle bracket; punctuation at its end is the sentence's. */
const linkEnd = (read: string, from: number): number => {
  let end = from
  let isOpen = false // '[' begins an IPv6 host
  for (; end < read.length; end++) {
    const c = read.charCodeAt(end)
    if (c < 128 ? endings[c]! & ENDS_URL : /[\s“”«»「」『』、。]/.test(read[end]!)) break
    if (c === 93 && !isOpen) break
    if (c === 91) isOpen = true
  }
  while (end > from && endings[read.charCodeAt(end - 1)]! & TRAILS) end--
  return end
}

/** What follows a bare host and belongs to it: port, path, query. Characters that may end it for some phones end it. */
const pathEnd = (read: string, from: number): number => {
  const c = read.charCodeAt(from)
  if (c !== 47 && c !== 58 && c !== 63 && c !== 35) return from
  let end = from
  while (end < read.length && !((endings[read.charCodeAt(end)] ?? ENDS_PATH) & ENDS_PATH)) end++
  return end
}

const hostAround = (read: string, dot: number, from: number): [start: number, end: number] => {
  let start = dot
  while (
    start > from &&
    (isHostChar(read, start - 1) ||
      (read.charCodeAt(start - 1) === DOT && start - 1 > from && isHostChar(read, start - 2)))
  )
    start--
  let end = dot + 1
  while (end < read.length && (isHostChar(read, end) || (read.charCodeAt(end) === DOT && isHostChar(read, end + 1))))
    end++
  while (start < dot && /[-_]/.test(read[start]!)) start++
  return [start, end]
}

/** 'jo.is' in 'jo.is@example.com' is a name; the host after the @ is judged by itself. */
const isNameOfMail = (read: string, at: number): boolean => {
  if (read.charCodeAt(at) !== 64) return false
  let end = at + 1
  while (end < read.length && end < at + 254 && (isHostChar(read, end) || read.charCodeAt(end) === DOT)) end++
  return hostIn(read.slice(at + 1, end)) !== undefined
}

/**
 * The longest beginning of a run of labels that a phone may take for a host: it ends in a known top-level domain.
 * 'Orpheum.Reply' holds none; 'evil.com.Reply' holds evil.com; 'evil.comをご覧' as well.
 */
const hostIn = (run: string): string | undefined => {
  const labels = run.split('.')
  if (labels.length < 2 || labels.length > 127) return labels.length > 127 ? run : undefined
  if (labels.length === 4 && labels.every(label => /^\d{1,3}$/.test(label) && Number(label) < 256)) return run
  for (let last = labels.length - 1; last > 0; last--) {
    const label = labels[last]!.replace(/[-_]+$/, '')
    const ascii = /^[a-z0-9]*/i.exec(label)![0]
    const isWww = last === labels.length - 1 && labels.length > 2 && /^www\d?$/i.test(labels[0]!)
    const top = topLevel.has(label.toLowerCase()) ? label : topLevel.has(ascii.toLowerCase()) ? ascii : undefined
    if (top !== undefined || (isWww && /^\p{L}{2,}$/u.test(label)))
      return [...labels.slice(0, last), top ?? label].join('.')
  }
  return undefined
}

interface Allowed {
  exact: Set<string>
  suffixes: string[]
}
const compiled = new WeakMap<readonly string[], Allowed>()
const compile = (domains: readonly string[]): Allowed => {
  const known = compiled.get(domains)
  if (known) return known
  const allowed: Allowed = { exact: new Set(), suffixes: [] }
  for (const domain of domains) {
    const isSuffix = /^\*?\./.test(domain)
    const host = asciiHost(`http://${domain.replace(/^\*?\./, '')}`)
    if (host === undefined) continue // an entry that is no host allows nothing
    if (isSuffix) allowed.suffixes.push(`.${host}`)
    else allowed.exact.add(host)
  }
  compiled.set(domains, allowed)
  return allowed
}

const asciiHost = (url: string): string | undefined => {
  try {
    return new URL(url).hostname.replace(/\.$/, '') || undefined
  } catch {
    return undefined // not a URL: the caller refuses it
  }
}

const isAllowed = (host: string, { exact, suffixes }: Allowed): boolean =>
  exact.has(host) || suffixes.some(suffix => host.length > suffix.length && host.endsWith(suffix))

const judgeHost = (host: string, allowed: Allowed): Verdict | undefined => {
  const ascii = /^[a-z0-9.-]*$/i.test(host) ? host.toLowerCase() : asciiHost(`http://${host}`)
  if (ascii === undefined) return ['unreadable_link', unreadable]
  return isAllowed(ascii, allowed) ? undefined : ['foreign_link', foreign]
}

const plainUrl = /^https?:\/\/([a-z0-9.-]*[a-z0-9])\.?(?=[/?#]|:\d{1,4}(?:[/?#]|$)|$)/i

const judgeUrl = (url: string, allowed: Allowed): Verdict | undefined => {
  const plain = plainUrl.exec(url)
  if (plain && isAllowed(plain[1]!.toLowerCase(), allowed)) return undefined
  if (!/^https?:/i.test(url)) return ['foreign_link', otherKind]
  const host = asciiHost(url)
  if (host === undefined) return ['unreadable_link', unreadable]
  if (!isAllowed(host, allowed)) return ['foreign_link', foreign]
  // The host is ours as a browser reads it. Where other readers may differ, the text is refused.
  const authority = /^https?:[/\\]*([^/?#]*)/i.exec(url)![1]!
  if (!/^https?:\/\/[^/\\]/i.test(url) || /[\\\s]/.test(authority)) return ['unreadable_link', unreadable]
  if (authority.includes('@')) return ['disguised_link', credentials]
  if (authority.includes('%')) return ['disguised_link', disguised]
  return undefined
}

/** A link is plain when it is written as it is read: nothing invisible, full-width or look-alike inside. */
const isDisguised = (text: string, read: string, start: number, end: number): boolean => {
  const [from, to] = origin(text, LINKS, start, end)
  return text.slice(from, to) !== read.slice(start, end)
}

/**
 * The top-level domains of the IANA root zone (version 2026051600), because phones link what ends in one of them, and
 * `example`, which the documentation uses. An internationalised one counts in both its forms.
 */
const topLevel = new Set(
  `example
  aaa aarp abb abbott abbvie abc able abogado abudhabi ac academy accenture accountant accountants aco actor ad ads
  adult ae aeg aero aetna af afl africa ag agakhan agency ai aig airbus airforce airtel akdn al alibaba alipay
  allfinanz allstate ally alsace alstom am amazon americanexpress americanfamily amex amfam amica amsterdam analytics
  android anquan anz ao aol apartments app apple aq aquarelle ar arab aramco archi army arpa art arte as asda asia
  associates at athleta attorney au auction audi audible audio auspost author auto autos aw aws ax axa az azure ba
  baby baidu banamex band bank bar barcelona barclaycard barclays barefoot bargains baseball basketball bauhaus
  bayern bb bbc bbt bbva bcg bcn bd be beats beauty beer berlin best bestbuy bet bf bg bh bharti bi bible bid bike
  bing bingo bio biz bj black blackfriday blockbuster blog bloomberg blue bm bms bmw bn bnpparibas bo boats
  boehringer bofa bom bond boo book booking bosch bostik boston bot boutique box br bradesco bridgestone broadway
  broker brother brussels bs bt build builders business buy buzz bv bw by bz bzh ca cab cafe cal call calvinklein cam
  camera camp canon capetown capital capitalone car caravan cards care career careers cars casa case cash casino cat
  catering catholic cba cbn cbre cc cd center ceo cern cf cfa cfd cg ch chanel channel charity chase chat cheap
  chintai christmas chrome church ci cipriani circle cisco citadel citi citic city ck cl claims cleaning click clinic
  clinique clothing cloud club clubmed cm cn co coach codes coffee college cologne com commbank community company
  compare computer comsec condos construction consulting contact contractors cooking cool coop corsica country coupon
  coupons courses cpa cr credit creditcard creditunion cricket crown crs cruise cruises cu cuisinella cv cw cx cy
  cymru cyou cz dad dance data date dating datsun day dclk dds de deal dealer deals degree delivery dell deloitte
  delta democrat dental dentist desi design dev dhl diamonds diet digital direct directory discount discover dish diy
  dj dk dm dnp do docs doctor dog domains dot download drive dtv dubai dupont durban dvag dvr dz earth eat ec eco
  edeka edu education ee eg email emerck energy engineer engineering enterprises epson equipment er ericsson erni es
  esq estate et eu eurovision eus events exchange expert exposed express extraspace fage fail fairwinds faith family
  fan fans farm farmers fashion fast fedex feedback ferrari ferrero fi fidelity fido film final finance financial
  fire firestone firmdale fish fishing fit fitness fj fk flickr flights flir florist flowers fly fm fo foo food
  football ford forex forsale forum foundation fox fr free fresenius frl frogans frontier ftr fujitsu fun fund
  furniture futbol fyi ga gal gallery gallo gallup game games gap garden gay gb gbiz gd gdn ge gea gent genting
  george gf gg ggee gh gi gift gifts gives giving gl glass gle global globo gm gmail gmbh gmo gmx gn godaddy gold
  goldpoint golf goodyear goog google gop got gov gp gq gr grainger graphics gratis green gripe grocery group gs gt
  gu gucci guge guide guitars guru gw gy hair hamburg hangout haus hbo hdfc hdfcbank health healthcare help helsinki
  here hermes hiphop hisamitsu hitachi hiv hk hkt hm hn hockey holdings holiday homedepot homegoods homes homesense
  honda horse hospital host hosting hot hotels hotmail house how hr hsbc ht hu hughes hyatt hyundai ibm icbc ice icu
  id ie ieee ifm ikano il im imamat imdb immo immobilien in inc industries infiniti info ing ink institute insurance
  insure int international intuit investments io ipiranga iq ir irish is ismaili ist istanbul it itau itv jaguar java
  jcb je jeep jetzt jewelry jio jll jm jmp jnj jo jobs joburg jot joy jp jpmorgan jprs juegos juniper kaufen kddi ke
  kerryhotels kerryproperties kfh kg kh ki kia kids kim kindle kitchen kiwi km kn koeln komatsu kosher kp kpmg kpn kr
  krd kred kuokgroup kw ky kyoto kz la lacaixa lamborghini lamer land landrover lanxess lasalle lat latino latrobe
  law lawyer lb lc lds lease leclerc lefrak legal lego lexus lgbt li lidl life lifeinsurance lifestyle lighting like
  lilly limited limo lincoln link live living lk llc llp loan loans locker locus lol london lotte lotto love lpl
  lplfinancial lr ls lt ltd ltda lu lundbeck luxe luxury lv ly ma madrid maif maison makeup man management mango map
  market marketing markets marriott marshalls mattel mba mc mckinsey md me med media meet melbourne meme memorial men
  menu merck merckmsd mg mh miami microsoft mil mini mint mit mitsubishi mk ml mlb mls mm mma mn mo mobi mobile moda
  moe moi mom monash money monster mormon mortgage moscow moto motorcycles mov movie mp mq mr ms msd mt mtn mtr mu
  museum music mv mw mx my mz na nab nagoya name navy nba nc ne nec net netbank netflix network neustar new news next
  nextdirect nexus nf nfl ng ngo nhk ni nico nike nikon ninja nissan nissay nl no nokia norton now nowruz nowtv np nr
  nra nrw ntt nu nyc nz obi observer office okinawa olayan olayangroup ollo om omega one ong onl online ooo open
  oracle orange org organic origins osaka otsuka ott ovh pa page panasonic paris pars partners parts party pay pccw
  pe pet pf pfizer pg ph pharmacy phd philips phone photo photography photos physio pics pictet pictures pid pin ping
  pink pioneer pizza pk pl place play playstation plumbing plus pm pn pnc pohl poker politie porn post pr praxi press
  prime pro prod productions prof progressive promo properties property protection pru prudential ps pt pub pw pwc py
  qa qpon quebec quest racing radio re read realestate realtor realty recipes red redumbrella rehab reise reisen reit
  reliance ren rent rentals repair report republican rest restaurant review reviews rexroth rich richardli ricoh ril
  rio rip ro rocks rodeo rogers room rs rsvp ru rugby ruhr run rw rwe ryukyu sa saarland safe safety sakura sale
  salon samsclub samsung sandvik sandvikcoromant sanofi sap sarl sas save saxo sb sbi sbs sc scb schaeffler schmidt
  scholarships school schule schwarz science scot sd se search seat secure security seek select sener services seven
  sew sex sexy sfr sg sh shangrila sharp shell shia shiksha shoes shop shopping shouji show si silk sina singles site
  sj sk ski skin sky skype sl sling sm smart smile sn sncf so soccer social softbank software sohu solar solutions
  song sony soy spa space sport spot sr srl ss st stada staples star statebank statefarm stc stcgroup stockholm
  storage store stream studio study style su sucks supplies supply support surf surgery suzuki sv swatch swiss sx sy
  sydney systems sz tab taipei talk taobao target tatamotors tatar tattoo tax taxi tc tci td tdk team tech technology
  tel temasek tennis teva tf tg th thd theater theatre tiaa tickets tienda tips tires tirol tj tjmaxx tjx tk tkmaxx
  tl tm tmall tn to today tokyo tools top toray toshiba total tours town toyota toys tr trade trading training travel
  travelers travelersinsurance trust trv tt tube tui tunes tushu tv tvs tw tz ua ubank ubs ug uk unicom university
  uno uol ups us uy uz va vacations vana vanguard vc ve vegas ventures verisign versicherung vet vg vi viajes video
  vig viking villas vin vip virgin visa vision viva vivo vlaanderen vn vodka volvo vote voting voto voyage vu wales
  walmart walter wang wanggou watch watches weather weatherchannel webcam weber website wed wedding weibo weir wf
  whoswho wien wiki williamhill win windows wine winners wme woodside work works world wow ws wtc wtf xbox xerox
  xihuan xin xxx xyz yachts yahoo yamaxun yandex ye yodobashi yoga yokohama you youtube yt yun za zappos zara zero
  zip zm zone zuerich zw  कॉम セール 佛山 ಭಾರತ 慈善 集团 在线 한국 ଭାରତ 点看 คอม ভাৰত ভারত 八卦 ישראל
  موقع বাংলা 公益 公司 香格里拉 网站 移动 我爱你 москва қаз католик онлайн сайт 联通 срб
  бг бел קום 时尚 微博 淡马锡 ファッション орг नेट ストア アマゾン 삼성 சிங்கப்பூர் 商标
  商店 商城 дети мкд ею ポイント 新闻 家電 كوم 中文网 中信 中国 中國 娱乐 谷歌 భారత్ ලංකා
  電訊盈科 购物 クラウド ભારત 通販 भारतम् भारत भारोत 网店 संगठन 餐厅 网络 ком
  укр 香港 亚马逊 食品 飞利浦 台湾 台灣 手机 мон الجزائر عمان ارامكو ایران العليان امارات
  بازار موريتانيا پاکستان الاردن بارت بھارت المغرب ابوظبي البحرين السعودية ڀارت
  كاثوليك سودان همراه عراق مليسيا 澳門 닷컴 政府 شبكة بيتك عرب გე 机构 组织机构 健康 ไทย
  سورية 招聘 рус рф تونس 大拿 ລາວ みんな グーグル ευ ελ 世界 書籍 ഭാരതം ਭਾਰਤ 网址 닷넷
  コム 天主教 游戏 vermögensberater vermögensberatung 企业 信息 嘉里大酒店 嘉里 مصر قطر 广东 இலங்கை
  இந்தியா հայ 新加坡 فلسطين 政务
`
    .trim()
    .split(/\s+/)
    .flatMap(domain => (/^[a-z]+$/.test(domain) ? [domain] : [domain, asciiHost(`http://${domain}`) ?? domain])),
)
