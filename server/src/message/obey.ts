// What follows from a reply, in the transaction that stores it. STOP ends texts and takes back those that wait; START gives
// back what a STOP took; YES confirms what was asked and nothing else. What is answered is decided here, and sent after.
import type { Policy } from '@usher/contract/policy'
import type { Statements } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import { base64, rowset, sql } from '../store/sql.ts'
import {
  type Consents,
  changeConsents,
  endOf,
  type Person,
  type PreferenceGroup,
  preferenceGroups,
  recordConsents,
  returnsOf,
} from '../subscriber/consent.ts'
import type { Asks } from '../subscriber/keywords.ts'
import { regionRules, stopScope } from '../subscriber/regions.ts'
import { type Cancelled, cancelWaiting } from './cancel.ts'
import { loseNumbers } from './number-life.ts'
import { type Purpose, purposesOf, rulesOf } from './purpose.ts'

export interface ObeyDeps {
  keys: KeyRing
  policy: () => Policy
  /** The groups whose texts come from this address and no promotional ones: a STOP there is meant for them too. */
  ownGroupsOf: (address: string) => readonly PreferenceGroup[]
  /** Where a person can get help; in the answer to HELP. */
  contact: string
  /** Where a subscription is cancelled; for who sends STOP to a notice about it. */
  accountUrl: string
  /** Whether there is a link domain, and so a page on which a subscriber chooses. */
  hasPages: boolean
  /** What a YES or a NO does to alerts. */
  alerts: AlertAnswers
}

/** Alerts ask whether it was them; `account/` keeps them. */
export interface AlertAnswers {
  answer(tx: Statements, said: AlertReply, now: Date): Promise<AlertsAnswered>
  /** Those that an answer of ours tells apart, as words for it. */
  describe(list: string, now: Date): Promise<string>
}

export interface AlertReply {
  asks: 'yes' | 'no'
  /** Which of several they mean. */
  choice: number | null
  /** Who has the number: an alert was asked of whoever has the phone. */
  people: readonly string[]
  /** The last texts that asked them anything: by the sender that they answer, and by any. */
  lastTexts: readonly string[]
}

export type AlertsAnswered =
  /** `tell`: once it has committed. */
  | { kind: 'answered'; answer: ReplyAnswer; tell: () => void }
  /** It is about something else. `settled`: texts whose question is not open any more. */
  | { kind: 'none'; settled: readonly string[] }

/** Stands in an answer for a link to the subscriber's own page, which is made when it is sent: it opens to whoever has it. */
export const pageMark = '{page}'

/** What somebody wrote, as far as something follows from it. */
export interface Reply {
  /** Of the stored text; null for one that is a repeat and is obeyed once more. */
  id: string | null
  subscriberId: string | null
  /** The service's own id of them. */
  subscriber: string | null
  /** Of the number it came from, under each key of the ring. */
  hashes: readonly Buffer[]
  country: string | null
  addressedTo: string
  asks: Asks | null
  /** Of a YES or a NO: the number that tells which of several is meant. */
  choice: number | null
  /** The keyword or phrase that says so. */
  word: string | null
}

/** A template and what it is given; nothing personal, for it is kept with the text that it answers. */
export interface ReplyAnswer {
  template: string
  data: Record<string, string>
}

interface Owner extends Person {
  country: string | null
  region: string | null
  locale: string | null
  zone: string | null
}

/** A text that a reply may be about. */
interface Before {
  id: string
  subscriber_id: string
  originator: string
  purpose: Purpose
  template: string | null
  at: Date
}

/** A reply that comes so much later is not about a text. */
const aboutMs = 7 * 86_400_000
/** A question of ours that may still be open: whoever says yes may mean it. */
const questionMs = 24 * 3_600_000

export interface Obeying<T> {
  answers: Map<T, ReplyAnswer>
  cancelled: Cancelled[]
  /** What is to be said of it, once it has committed. */
  tell: (() => void)[]
}

/**
 * Does what the replies ask, in their order; the people are locked by the caller. Of several from one number each counts, so
 * a STOP before a START has taken back what waited. Answers what was cancelled, and what is to be answered to whom.
 */
export async function obey<T extends Reply>(
  deps: ObeyDeps,
  tx: Statements,
  replies: readonly T[],
  now: Date,
): Promise<Obeying<T>> {
  const asking = replies.filter(({ asks }) => asks !== null)
  const answers = new Map<T, ReplyAnswer>()
  const cancelled: Cancelled[] = []
  const tell: (() => void)[] = []
  if (asking.length === 0) return { answers, cancelled, tell }
  const before = await textsBefore(tx, asking, now)
  for (const reply of asking) {
    // Loaded for each: what an earlier one changed is seen by the next.
    const people = await tx.rows<Owner>(sql`
      select id, data_key, number_hash, consents, country, region, locale, zone from subscriber
      where number_hash = any(${[...reply.hashes]}) and data_key is not null and number_lost_at is null order by id`)
    const theirs = before.filter(one => one.subscriber_id === reply.subscriberId)
    const { answer, gone, tell: telling } = await obeyOne(deps, tx, reply, people, theirs, now)
    if (answer && reply.id !== null) answers.set(reply, answer)
    cancelled.push(...gone)
    if (telling) tell.push(telling)
  }
  return { answers, cancelled, tell }
}

interface Obeyed {
  answer: ReplyAnswer | null
  gone: Cancelled[]
  tell?: () => void
}

async function obeyOne(
  deps: ObeyDeps,
  tx: Statements,
  reply: Reply,
  people: readonly Owner[],
  before: readonly Before[],
  now: Date,
): Promise<Obeyed> {
  const answered = (answer: ReplyAnswer | null): Obeyed => ({ answer, gone: [] })
  const fromHere = before.filter(({ originator }) => sameAddress(originator, reply.addressedTo))
  const me = people.find(({ id }) => id === reply.subscriberId)
  const page = me && deps.hasPages ? pageMark : null
  const help: ReplyAnswer = { template: 'reply.help', data: { contact: deps.contact } }
  switch (reply.asks) {
    case 'stop':
    case 'stop_all':
      return stop(deps, tx, reply, people, fromHere, now)
    case 'start':
      return answered(await start(deps, tx, reply, people, now))
    case 'wrong_number':
      return { answer: null, gone: await notTheirs(deps, tx, reply, people, now) }
    case 'help':
      return answered(help)
    case 'settings':
      return answered(page === null ? help : { template: 'reply.settings', data: { link: page } })
    case 'why':
      return answered((me && why(me, fromHere, page)) ?? help)
    case 'yes':
    case 'no':
      return answerQuestion(deps, tx, { ...reply, asks: reply.asks }, people, before, fromHere, now)
    default:
      return answered(null)
  }
}

/**
 * Ends titles and offers; and what else only this sender carries, or all of it where they say so, or where the law of their
 * country has a STOP mean all.
 */
async function stop(
  deps: ObeyDeps,
  tx: Statements,
  reply: Reply,
  people: readonly Owner[],
  before: readonly Before[],
  now: Date,
): Promise<Obeyed> {
  const places = people.length > 0 ? people : [{ region: null, country: reply.country }]
  const meansAll =
    reply.asks === 'stop_all' ||
    places.some(({ region, country }) => stopScope(regionRules(region, country), now) === 'all')
  const groups: readonly PreferenceGroup[] = meansAll
    ? preferenceGroups
    : ['titles', 'offers', ...deps.ownGroupsOf(reply.addressedTo)]
  const isAll = preferenceGroups.every(group => groups.includes(group))
  const others = groups.filter(group => group === 'security' || group === 'account')
  await suppress(tx, deps.keys, reply.hashes, isAll ? ['all'] : ['promotional', ...others], 'stop', now)
  const proof = { inbound: reply.id ?? undefined }
  await changeConsents(
    tx,
    deps.keys,
    now,
    people.flatMap(person => endOf(person, groups, { at: now, how: 'text', why: 'stop', proof })),
  )
  if (people.length === 0)
    await recordConsents(
      tx,
      deps.keys,
      now,
      groups.map(group => ({
        ...{ subscriberId: null, numberHash: reply.hashes[0]!, key: null, group, proof },
        ...{ granted: false, at: now.toISOString(), how: 'text', why: 'stop', confirmed: false, basis: 'express' },
      })),
    )
  const ids = people.map(({ id }) => id)
  const gone = await cancelWaiting(tx, ids, purposesOf(groups), 'stop', now)
  const [last] = before
  const wasAboutPlan = last !== undefined && rulesOf[last.purpose].group === 'account'
  const data = {
    scope: isAll ? 'all' : (others[0] ?? 'promotional'),
    // Whoever answers CANCEL to a renewal may think that this was it.
    link: wasAboutPlan ? deps.accountUrl : '',
  }
  return { answer: { template: 'reply.stop', data }, gone }
}

async function start(
  deps: ObeyDeps,
  tx: Statements,
  reply: Reply,
  people: readonly Owner[],
  now: Date,
): Promise<ReplyAnswer> {
  await tx.rows(sql`delete from suppression where number_hash = any(${[...reply.hashes]}) and reason = 'stop'`)
  const back = await returnsOf(tx, people, now, () => ({ inbound: reply.id ?? undefined }))
  await changeConsents(tx, deps.keys, now, back)
  // Several may share the number: the answer is to the one it belongs to.
  const me = people.find(({ id }) => id === reply.subscriberId)
  const after: Consents = { ...me?.consents }
  for (const { person, group, consent } of back) if (person.id === me?.id) after[group] = consent
  const isOn = (group: 'titles' | 'offers') => after[group]?.granted === true
  const scope =
    isOn('titles') && isOn('offers') ? 'both' : isOn('titles') ? 'titles' : isOn('offers') ? 'offers' : 'none'
  return { template: 'reply.start', data: { scope } }
}

/** Whoever has this number is not whom we meant: nothing goes there any more, and nothing that they agreed to counts. */
async function notTheirs(
  deps: ObeyDeps,
  tx: Statements,
  reply: Reply,
  people: readonly Owner[],
  now: Date,
): Promise<Cancelled[]> {
  await suppress(tx, deps.keys, reply.hashes, ['all'], 'wrong_number', now)
  return loseNumbers(
    deps,
    tx,
    people.map(({ id }) => id),
    { why: 'wrong_number', at: now, proof: { inbound: reply.id ?? undefined } },
    now,
  )
}

/** What asks for nothing by itself, so that a yes or a no is not about it. */
const asksNothing = ({ purpose, template }: Before) =>
  rulesOf[purpose].lane === 'code' || (purpose === 'reply.compliance' && template !== 'reply.stop')

/**
 * An alert's question stands before every other. A YES opts in only where that was asked, and no other question is open;
 * after a STOP it is a START.
 */
async function answerQuestion(
  deps: ObeyDeps,
  tx: Statements,
  reply: Reply & { asks: 'yes' | 'no' },
  people: readonly Owner[],
  before: readonly Before[],
  fromHere: readonly Before[],
  now: Date,
): Promise<Obeyed> {
  const asked = (texts: readonly Before[]) => texts.find(one => !asksNothing(one))?.id ?? []
  const toAlerts = await deps.alerts.answer(
    tx,
    {
      ...{ asks: reply.asks, choice: reply.choice, people: people.map(({ id }) => id) },
      lastTexts: [fromHere, before].flatMap(asked),
    },
    now,
  )
  if (toAlerts.kind === 'answered') return { answer: toAlerts.answer, gone: [], tell: toAlerts.tell }
  const unsettled = before.filter(({ id }) => !toAlerts.settled.includes(id))
  return { answer: await answerConsent(deps, tx, reply, people, unsettled, fromHere, now), gone: [] }
}

async function answerConsent(
  deps: ObeyDeps,
  tx: Statements,
  reply: Reply,
  people: readonly Owner[],
  before: readonly Before[],
  fromHere: readonly Before[],
  now: Date,
): Promise<ReplyAnswer | null> {
  const since = (ms: number) => (one: Before) => one.at.getTime() > now.getTime() - ms
  // By whichever sender: people answer in whichever thread is open.
  if (before.filter(since(questionMs)).some(({ purpose }) => purpose === 'alert.security')) return null
  const [last] = fromHere
  // Carriers of North America take a YES for a START. In other languages the word is said to anything that was understood.
  if (last?.template === 'reply.stop' && reply.word === 'yes') return start(deps, tx, reply, people, now)
  const asked = fromHere.find(({ purpose }) => purpose === 'consent.confirm')
  const me = people.find(({ id }) => id === reply.subscriberId)
  if (!asked || !me || !since(deps.policy().confirmWithinHours * 3_600_000)(asked)) return null
  // What that text asked about, and nothing that was agreed before or after it.
  const askedAbout = await tx.rows<{ preference_group: PreferenceGroup }>(sql`
    select distinct preference_group from consent
    where subscriber_id = ${me.id} and granted and not is_confirmed and how in ('page', 'api') and why is null
      and recorded_at <= ${asked.at} and recorded_at > ${new Date(asked.at.getTime() - deps.policy().confirmWithinHours * 3_600_000)}`)
  const waiting = (['titles', 'offers'] as const).filter(group => {
    const consent = me.consents[group]
    return (
      consent?.granted === true &&
      !consent.confirmed &&
      askedAbout.some(({ preference_group }) => preference_group === group)
    )
  })
  if (waiting.length === 0) return null
  const isYes = reply.asks === 'yes'
  const proof = { inbound: reply.id ?? undefined }
  await changeConsents(
    tx,
    deps.keys,
    now,
    isYes
      ? waiting.map(group => ({
          ...{ person: me, group, proof },
          // The words that they agreed to stay the proof; that they said yes to them twice is the entry's.
          consent: { ...me.consents[group]!, confirmed: true, at: now.toISOString(), how: 'text' as const },
        }))
      : endOf(me, waiting, { at: now, how: 'text', why: 'asked', proof }),
  )
  if (!isYes) return null
  return { template: 'reply.confirmed', data: { group: waiting.length === 2 ? 'both' : waiting[0]! } }
}

/** Why the last text came: what it was, and since when they have agreed to its kind. */
function why(me: Owner, before: readonly Before[], page: string | null): ReplyAnswer | null {
  const last = before.find(({ purpose }) => rulesOf[purpose].lane !== 'reply')
  if (!last || page === null) return null
  const { group, lane } = rulesOf[last.purpose]
  const given = group === null ? undefined : me.consents[group]
  const isAgreed = (group === 'titles' || group === 'offers') && given?.granted === true
  const data = {
    date: dateFor(me, last.at),
    group: lane === 'code' ? 'code' : (group ?? 'code'),
    since: isAgreed ? dateFor(me, new Date(given.at)) : '',
    // Where the page says why the last ones came.
    link: `${page}#sent`,
  }
  return { template: 'reply.why', data }
}

function dateFor({ locale, zone }: Owner, at: Date): string {
  const format = { month: 'short', day: 'numeric', timeZone: zone ?? 'UTC' } as const
  try {
    return new Intl.DateTimeFormat(locale ?? 'en', format).format(at)
  } catch {
    return new Intl.DateTimeFormat('en', { ...format, timeZone: 'UTC' }).format(at) // RangeError: no such locale
  }
}

/** The last few texts that these people got, newest first. */
async function textsBefore(tx: Statements, replies: readonly Reply[], now: Date): Promise<Before[]> {
  const people = replies.flatMap(({ subscriberId }) => (subscriberId === null ? [] : [subscriberId]))
  if (people.length === 0) return []
  return tx.rows<Before>(sql`
    select m.id, m.subscriber_id, m.originator, m.purpose, m.template, coalesce(m.submitted_at, m.accepted_at) as at
    from unnest(${[...new Set(people)]}::uuid[]) who,
      lateral (
        select * from message m where m.subscriber_id = who and m.state in ('queued', 'submitted', 'delivered', 'unanswered', 'unconfirmed')
          and m.accepted_at > ${new Date(now.getTime() - aboutMs)}
        order by m.id desc limit 10
      ) m
    order by m.id desc`)
}

const sameAddress = (a: string, b: string) => a.replace(/^\+/, '') === b.replace(/^\+/, '')

/** Reasons never to text a number again. One that is there already counts from the later moment. */
export const suppress = (
  tx: Statements,
  keys: KeyRing,
  hashes: readonly Uint8Array[],
  scopes: readonly ('promotional' | 'security' | 'account' | 'all')[],
  reason: string,
  now: Date,
) =>
  tx.rows(sql`
    insert into suppression (number_hash, scope, reason, at, key_id)
    select decode(number_hash, 'base64'), scope, ${reason}, ${now}::timestamptz, ${keys.newest}::smallint
    from json_to_recordset(${rowset(hashes.flatMap(hash => scopes.map(scope => ({ number_hash: base64(hash), scope }))))}) as r(number_hash text, scope text)
    order by 1, 2 on conflict (number_hash, scope, reason) do update set key_id = excluded.key_id, at = greatest(suppression.at, excluded.at)`)
