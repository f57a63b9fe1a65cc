// A million consents from another system, as such files are: words of one person that contradict each other, without a date,
// without proof, twice, and lines that can't be read. What they come to, the ledger and each report is computed here once more,
// from what docs/consent.md says and by none of the server's code, and compared one by one.
import { openPostgres } from '@usher/server/store/postgres'
import { type Sql, sql } from '@usher/server/store/sql'
import { streamLines } from './http.ts'
import type { Row } from './results.ts'
import { residentMb, say, startCarrier, startUsher, subscriberId, subscriberNumber, withoutLimit } from './rig.ts'

// --- What is in the file ----------------------------------------------------------------------------------------

/** A word as a line has it. */
interface Word {
  granted: boolean
  at?: string
  words?: string
  how?: 'page' | 'import'
}

const year = (year: number) => `${year}-06-01T12:00:00.000Z`
const shown = 'Text me about what is new.'
const yes = (at?: number, more: Partial<Word> = {}): Word => ({
  ...{ granted: true, words: shown },
  ...(at !== undefined && { at: year(at) }),
  ...more,
})
const bare = (at?: number): Word => ({ granted: true, ...(at !== undefined && { at: year(at) }) })
const no = (at?: number): Word => ({ granted: false, ...(at !== undefined && { at: year(at) }) })

/** Of those who said STOP before the file came. */
const stoppedAt = year(2022)

interface Kind {
  name: string
  words?: Word[]
  /** Their number is suppressed by a STOP. */
  hasStop?: true
  /** Lives where a consent is confirmed by text. */
  isGerman?: true
  /** A line that can't be taken, and what is said of it. */
  bad?: { code: string; line: (id: string, number: string) => string }
}

const bad = (name: string, code: string, line: (id: string, number: string) => string): Kind => ({
  name,
  bad: { code, line },
})
const json = (value: object) => JSON.stringify(value)

/** One of each among six hundred people; the others are as they should be. */
const kinds: Kind[] = [
  { name: 'yes, later no', words: [yes(2020), no(2021)] },
  { name: 'no, then an earlier yes', words: [no(2021), yes(2020)] },
  { name: 'yes, then an earlier no', words: [yes(2021), no(2020)] },
  { name: 'no, later yes', words: [no(2020), yes(2021)] },
  { name: 'yes and no of the same time', words: [yes(2020), no(2020)] },
  { name: 'no and yes of the same time', words: [no(2020), yes(2020)] },
  { name: 'no, later yes without words', words: [no(2020), bare(2021)] },
  { name: 'yes without words, then an earlier no', words: [bare(2021), no(2020)] },
  { name: 'yes without a date', words: [yes()] },
  { name: 'yes without a date, then a no with one', words: [yes(), no(2020)] },
  { name: 'no with a date, then a yes without one', words: [no(2020), yes()] },
  { name: 'yes without words', words: [bare(2020)] },
  { name: 'yes, then the same without a date', words: [yes(2020), yes()] },
  { name: 'yes without a date, then the same with one', words: [yes(), yes(2020)] },
  { name: 'the same line twice', words: [yes(2020), yes(2020)] },
  { name: 'no, a later no, and a yes of between', words: [no(2019), no(2021), yes(2020)] },
  { name: 'yes, then a no without a date', words: [yes(2020), no()] },
  { name: 'no, then a yes of the year 2099', words: [no(2020), yes(2099)] },
  { name: 'yes in other words of the same time', words: [yes(2020), yes(2020, { words: 'Text me offers.' })] },
  { name: 'an older yes than their STOP', words: [yes(2020)], hasStop: true },
  { name: 'a later yes of a list than their STOP', words: [yes(2023)], hasStop: true },
  { name: 'a later yes of a page than their STOP', words: [yes(2023, { how: 'page' })], hasStop: true },
  { name: 'yes where it is to be confirmed', words: [yes(2020)], isGerman: true },
  bad('no JSON', 'broken_line', id => `{"id":"${id}","number":`),
  bad('no such zone', 'unknown_zone', (id, number) => json({ id, number, zone: 'Mars/Olympus' })),
  bad('no such number', 'invalid_number', id => json({ id, number: '+4412345' })),
  bad('a consent that says nothing', 'invalid_request', (id, number) => json({ id, number, consents: { titles: {} } })),
  bad('a date that is none', 'invalid_request', (id, number) =>
    json({ id, number, consents: { titles: { granted: true, at: 'last summer' } } }),
  ),
  bad('a field that is not known', 'invalid_request', (id, number) => json({ id, number, agreed: true })),
  bad('no id', 'invalid_request', (_, number) => json({ number })),
]
const everyPeople = 600

interface Person {
  kind: Kind | undefined
  id: string
  number: string
  group: 'titles' | 'offers'
  words: Word[]
  /** Their second word stands in the next line, or far down in the file. */
  isApart: boolean
}

function person(n: number): Person {
  const kind = kinds[n % everyPeople]
  const round = Math.floor(n / everyPeople)
  return {
    kind,
    id: subscriberId(n),
    number: kind?.isGerman ? subscriberNumber(n).replace('+4474', '+49151') : subscriberNumber(n),
    group: round % 3 === 0 ? 'offers' : 'titles',
    words: kind === undefined ? [n % 7 === 0 ? no(2018) : yes(2018)] : (kind.words ?? []),
    isApart: round % 2 === 1,
  }
}

const lineOf = ({ id, number, group, kind }: Person, word: Word): string =>
  json({
    ...{ id, number, locale: 'en', region: kind?.isGerman ? 'DE' : 'GB' },
    zone: kind?.isGerman ? 'Europe/Berlin' : 'Europe/London',
    consents: { [group]: word },
  })

/** The lines of the file in order; with each bad one, the report that is due. */
function* fileOf(people: number, due: Map<number, string>): Generator<string> {
  let line = 0
  const write = (text: string, code?: string) => {
    line++
    if (code) due.set(line, code)
    return text
  }
  for (let n = 0; n < people; n++) {
    const one = person(n)
    const { kind, words, isApart } = one
    if (kind?.bad) yield write(kind.bad.line(one.id, one.number), kind.bad.code)
    for (const word of isApart ? words.slice(0, 1) : words) yield write(lineOf(one, word))
  }
  for (let n = 0; n < people; n++) {
    const one = person(n)
    if (one.isApart) for (const word of one.words.slice(1)) yield write(lineOf(one, word))
  }
}

// --- What it comes to, by the rules that are written down --------------------------------------------------------

interface Entry {
  granted: boolean
  /** null: when it came. */
  at: string | null
  words: string | null
  why: string | null
  how: string
  isConfirmed: boolean
}

/** docs/consent.md, "The ledger", rule by rule. */
export function ledgerOf(words: readonly Word[], isToConfirm: boolean, stop: string | undefined): Entry[] {
  const ledger: Entry[] = []
  for (const word of words) {
    const at = word.at !== undefined && word.at < year(2026) ? word.at : null
    const last = ledger.at(-1)
    const isLater = last === undefined || (at !== null && last.at !== null && at > last.at)
    let isNews: boolean
    if (last === undefined) isNews = true
    else if (!word.granted && last.granted)
      // The later word counts, of the same time the no; and a grant without a date or words is beaten by any.
      isNews = at === null || last.at === null || last.words === null || at >= last.at
    else if (!word.granted) isNews = at === null ? last.at !== null : isLater
    // After an end, with words and a later time of its own.
    else if (!last.granted) isNews = isLater && word.words !== undefined
    else {
      const hasWords = word.words !== undefined
      const saysMore = last.words === null || (last.at === null && at !== null)
      const isOther = at !== null && at === last.at && word.words !== last.words
      isNews = hasWords ? saysMore || isLater || isOther : last.words === null && isLater
    }
    if (!isNews) continue
    const how = word.how ?? 'import'
    const isConfirmed = word.granted && !isToConfirm
    ledger.push({
      granted: word.granted,
      at,
      words: word.words ?? null,
      why: word.granted ? null : 'asked',
      how,
      isConfirmed,
    })
    // A STOP of the number ends what was agreed before it, and what a list says later.
    const isTheirs = how === 'page' && at !== null && word.words !== undefined && stop !== undefined && at > stop
    if (word.granted && stop !== undefined && !isTheirs) {
      const endedAt = at === null ? null : at > stop ? at : stop
      ledger.push({ granted: false, at: endedAt, words: null, why: 'stop', how: 'text', isConfirmed: false })
    }
  }
  return ledger
}

/** What they have in the end, said without any order: the yes that counts, or the last no. */
export function stateOf(words: readonly Word[]): boolean {
  const ends = words.filter(({ granted }) => !granted)
  if (ends.some(({ at }) => at === undefined)) return false
  const last = ends
    .map(({ at }) => at!)
    .toSorted()
    .at(-1)
  return words.some(
    ({ granted, at, words: shown }) =>
      granted && (last === undefined || (at !== undefined && at < year(2026) && at > last && shown !== undefined)),
  )
}

// --- The run ----------------------------------------------------------------------------------------------------

const page = 5_000

export async function imported(scale: number): Promise<Row[]> {
  // So many that the file has a million lines.
  const people = Math.round(971_400 / scale / everyPeople) * everyPeople
  const carrier = await startCarrier()
  const usher = await startUsher(carrier, { database: 'postgres', window: 10, subscribers: 0 })
  const stops = Array.from({ length: people }, (_, n) => person(n)).filter(({ kind }) => kind?.hasStop)
  const told = stops.map(({ number }) => json({ number, scope: 'promotional', reason: 'stop', at: stoppedAt }))
  await usher.askAsOperator('POST', '/v1/suppressions/import', `${told.join('\n')}\n`)

  const idleMb = residentMb(usher.pid)
  const due = new Map<number, string>()
  const memory: number[] = []
  const looking = setInterval(() => memory.push(residentMb(usher.pid)), 250)
  const reported = new Map<number, string>()
  let done: { read: number; taken: number; made: number; bad: number } | undefined
  let lines = 0
  const counted = function* () {
    for (const line of fileOf(people, due)) {
      lines++
      yield line
    }
  }
  const startedAt = performance.now()
  await streamLines(`${usher.url}/v1/subscribers/import`, usher.authorization, counted(), text => {
    const report = JSON.parse(text) as { line?: number; problem?: { code: string }; done?: typeof done }
    if (report.line !== undefined) reported.set(report.line, report.problem!.code)
    done = report.done ?? done
  })
  const seconds = (performance.now() - startedAt) / 1_000
  clearInterval(looking)
  say(`  ${lines} lines in ${seconds.toFixed(1)} s: ${json(done ?? {})}`)

  const wrong: string[] = []
  const complain = (what: string) => void (wrong.length < 20 && wrong.push(what))
  for (const line of new Set([...due.keys(), ...reported.keys()]))
    if (due.get(line) !== reported.get(line))
      complain(`line ${line}: reported ${reported.get(line)}, due ${due.get(line)}`)
  const withWords = people - (people / everyPeople) * kinds.filter(kind => kind.bad).length
  const counts = { read: lines, taken: lines - due.size, made: withWords, bad: due.size }
  if (json(done ?? {}) !== json(counts)) complain(`counted ${json(done ?? {})}, not ${json(counts)}`)
  const db = await openPostgres(withoutLimit(usher.databaseUrl!), 2)
  const rows = <T>(query: Sql) => db.rows<T>(query)
  const compared = await compare(people, rows, complain)
  const [left] = await rows<{ n: number }>(sql`select count(*)::int as n from suppression where reason = 'stop'`)
  const kept = stops.filter(({ words }) => words.every(({ how }) => how !== 'page')).length
  if (left!.n !== kept) complain(`${left!.n} STOPs are left, not ${kept}`)
  await db.close()
  await usher.stop()
  await carrier.stop()
  if (wrong.length > 0) throw new Error(`it is not what the rules say:\n  ${wrong.join('\n  ')}`)

  const quarter = Math.max(1, memory.length >> 2)
  const early = Math.max(...memory.slice(0, quarter))
  const late = Math.max(...memory.slice(-quarter))
  return [
    {
      key: 'consents.import',
      value: lines / seconds,
      unit: 'lines/s',
      goal: null,
      peer: null,
      note: `${lines} lines of NDJSON about ${people} people through one POST /v1/subscribers/import, in ${seconds.toFixed(0)} s; ${((100 * kinds.length) / everyPeople).toFixed(0)} % of the people contradict themselves at other and at equal times, in the next line and half a file apart, give no date or no words, come twice, said STOP before, or are lines that can't be taken. ${compared.people} states, ${compared.entries} entries of the ledger, ${due.size} reports with their line and the STOPs that are left are what the rules of docs/consent.md come to, computed apart from the server's code`,
    },
    {
      key: 'consents.import.memory',
      value: Math.max(...memory),
      unit: 'MB',
      goal: '<= 400',
      peer: null,
      note: `resident memory of the server's process at its highest, looked at each 250 ms of the same import; ${idleMb.toFixed(0)} MB before it, at most ${early.toFixed(0)} MB in its first quarter and ${late.toFixed(0)} MB in its last`,
    },
  ]
}

interface Stored {
  external_id: string
  consents: Record<string, { granted: boolean; at: string; confirmed: boolean; undated?: boolean }>
}
interface StoredEntry {
  external_id: string
  preference_group: string
  granted: boolean
  is_confirmed: boolean
  at: Date
  how: string
  why: string | null
  words: string | null
  recorded_at: Date
}

/** Each person's state and ledger against the rules. Read a page at a time, in the order of ids. */
async function compare(people: number, rows: <T>(query: Sql) => Promise<T[]>, complain: (what: string) => void) {
  const found = { people: 0, entries: 0 }
  for (let from = 0; from < people; from += page) {
    const all = Array.from({ length: Math.min(page, people - from) }, (_, i) => person(from + i))
    const ids = all.map(({ id }) => id)
    const [stored, entries] = await Promise.all([
      rows<Stored>(sql`select external_id, consents from subscriber where external_id = any(${ids})`),
      rows<StoredEntry>(sql`
        select s.external_id, c.preference_group, c.granted, c.is_confirmed, c.at, c.how, c.why, w.words, c.recorded_at
        from subscriber s join consent c on c.subscriber_id = s.id left join consent_words w on w.hash = c.words
        where s.external_id = any(${ids}) order by c.id`),
    ])
    found.people += stored.length
    found.entries += entries.length
    const states = new Map(stored.map(one => [one.external_id, one.consents]))
    const ledgers = new Map<string, StoredEntry[]>()
    for (const entry of entries) {
      const ledger = ledgers.get(entry.external_id)
      if (ledger) ledger.push(entry)
      else ledgers.set(entry.external_id, [entry])
    }
    for (const one of all) {
      const { kind, id, group, words } = one
      const name = `${id} (${kind?.name ?? 'plain'}${one.isApart ? ', apart' : ''})`
      const state = states.get(id)
      if (kind?.bad) {
        if (state) complain(`${name} was taken`)
        continue
      }
      const expected = ledgerOf(words, kind?.isGerman === true, kind?.hasStop && stoppedAt)
      const ledger = (ledgers.get(id) ?? []).map(
        (entry): Entry => ({
          granted: entry.granted,
          at: entry.at.getTime() === entry.recorded_at.getTime() ? null : entry.at.toISOString(),
          ...{ words: entry.words, why: entry.why, how: entry.how, isConfirmed: entry.is_confirmed },
        }),
      )
      if (json(ledger) !== json(expected)) complain(`${name}: the ledger is ${json(ledger)}, not ${json(expected)}`)
      if (ledgers.get(id)?.some(entry => entry.preference_group !== group)) complain(`${name}: another group`)
      const last = expected.at(-1)!
      const is = state?.[group]
      const isAsExpected =
        is?.granted === last.granted && is.confirmed === last.isConfirmed && (last.at === null || is.at === last.at)
      if (!isAsExpected) complain(`${name}: the state is ${json(is ?? {})}, not ${json(last)}`)
      if (!kind?.hasStop && is?.granted !== stateOf(words))
        complain(`${name}: granted is ${is?.granted}, in any order ${stateOf(words)}`)
    }
  }
  return found
}
