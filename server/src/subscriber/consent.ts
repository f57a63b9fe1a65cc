// What a subscriber agreed to and ended, as a ledger: each word of theirs is one entry, with its proof, and none is changed.
// What the entries come to is kept beside the subscriber, for each text asks for it; it is never more than they say.
import { createHash } from 'node:crypto'
import type { ConsentEntry as ConsentEntryView, ConsentInput } from '@usher/contract/subscriber'
import type { Statements } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { type DataKey, type KeyRing, type Sealed, seal, unseal } from '../store/keys.ts'
import { base64, rowset, sql } from '../store/sql.ts'

export const preferenceGroups = ['titles', 'offers', 'security', 'account'] as const
export type PreferenceGroup = (typeof preferenceGroups)[number]

/** Why a state of consent is what it is, where nobody simply said so. */
export type ConsentReason = 'stop' | 'start' | 'asked' | 'number_recycled' | 'wrong_number'

/** What the ledger comes to for one group. */
export interface Consent {
  granted: boolean
  /** When they said so; ISO 8601. */
  at: string
  how: 'page' | 'text' | 'api' | 'import' | 'rule'
  /** The words that were shown. A promotional text needs them as proof. */
  words?: string | undefined
  /** False while they still have to say yes by text: where their country asks for a double opt-in. */
  confirmed: boolean
  /** Express, or implied by a purchase or an inquiry, which ends by itself where the law says so. */
  basis: 'express' | 'purchase' | 'inquiry'
  why?: ConsentReason | undefined
  /** Nobody said when: `at` is when it came. */
  undated?: true | undefined
}
export type Consents = Partial<Record<PreferenceGroup, Consent>>

/** What was seen of whoever said it. Sealed with the entry. */
export interface Proof {
  address?: string | undefined
  agent?: string | undefined
  /** The text from the handset that said it. */
  inbound?: string | undefined
  /** The entry whose words are in force again. */
  restores?: string | undefined
}

export interface Entry extends Consent {
  /** null: whoever has this number and is no subscriber. */
  subscriberId: string | null
  numberHash: Uint8Array | null
  /** Seals the proof; where there is none, a key of the entry's own does. */
  key: DataKey | null
  group: PreferenceGroup
  proof?: Proof | undefined
}

/** A clock may be ahead by so much; a time further in the future is nobody's. */
const aheadMs = 5 * 60_000

/**
 * What a new word makes of the state: the later one counts, in whatever order they come. A grant comes after an end only with a
 * time of its own that is later, and the words that were shown: a list that is sent again each night, or an old one, brings
 * nobody back. So an end that comes late beats a grant that lacks either, too.
 * Undefined: nothing changes, and nothing is to be recorded.
 */
export function changeOf(
  current: Consent | undefined,
  said: ConsentInput,
  now: Date,
  needsConfirming: boolean,
): Consent | undefined {
  const saidMs = said.at === undefined ? Number.NaN : Date.parse(said.at)
  const isDated = saidMs <= now.getTime() + aheadMs
  const at = new Date(isDated ? Math.min(saidMs, now.getTime()) : now).toISOString()
  const change: Consent = {
    granted: said.granted,
    at,
    how: said.how ?? 'api',
    confirmed: said.granted && (said.confirmed ?? !needsConfirming),
    basis: said.basis ?? 'express',
    ...(said.words === undefined ? {} : { words: said.words }),
    ...(said.granted ? {} : { why: 'asked' as const }),
    ...(isDated ? {} : { undated: true as const }),
  }
  if (current === undefined) return change
  if (current.granted && change.granted) {
    // Told once more: what is known already, or says less than that, is no news.
    const isLater = isDated && (at > current.at || (at === current.at && change.words !== current.words))
    const proves = change.words !== undefined || current.words === undefined
    const isFirstDate = isDated && current.undated === true
    const wasImplied = current.basis !== 'express' && change.basis === 'express'
    const isFirstProof = change.words !== undefined && current.words === undefined
    return ((isLater || isFirstDate) && proves) || wasImplied || isFirstProof ? change : undefined
  }
  if (!current.granted && change.granted)
    return isDated && at > current.at && change.words !== undefined ? change : undefined
  // Ended once more, later: a grant from in between must not outlive it. Why it ended first is what a START asks. Without a
  // date it is the same again each night, and an entry once.
  if (!current.granted)
    return (isDated ? at > current.at : current.undated !== true)
      ? { ...change, why: current.why ?? 'asked' }
      : undefined
  return at >= current.at || current.words === undefined || current.undated === true ? change : undefined
}

/** Whether a grant made after this moment takes back a STOP: it was said by the person, later by its own time, and is proven. */
export const returnsAfter = ({ granted, words, how, at, undated }: Consent, stoppedAt: string): boolean =>
  granted && words !== undefined && how !== 'import' && undated !== true && at > stoppedAt

/** Adds entries; in the transaction that changes what they come to. Answers their ids. */
export async function recordConsents(
  tx: Statements,
  keys: KeyRing,
  now: Date,
  entries: readonly Entry[],
): Promise<string[]> {
  if (entries.length === 0) return []
  const words = new Map<string, Buffer>()
  for (const { words: shown } of entries) if (shown !== undefined && !words.has(shown)) words.set(shown, hashOf(shown))
  if (words.size > 0) {
    const rows = [...words].map(([text, hash]) => ({ hash: base64(hash), words: text }))
    await tx.rows(sql`
      insert into consent_words (hash, words)
      select decode(hash, 'base64'), words from json_to_recordset(${rowset(rows)}) as r(hash text, words text)
      order by hash on conflict do nothing`)
  }
  const rows = entries.map(entry => {
    const own = entry.proof !== undefined && entry.key === null ? keys.newDataKey() : undefined
    const key = entry.key ?? own?.key
    return {
      id: newId(now),
      subscriber_id: entry.subscriberId,
      number_hash: base64(entry.numberHash),
      preference_group: entry.group,
      granted: entry.granted,
      is_confirmed: entry.confirmed,
      basis: entry.basis,
      at: entry.at,
      how: entry.how,
      why: entry.why ?? null,
      words: entry.words === undefined ? null : base64(words.get(entry.words)!),
      data_key: base64(own?.wrapped ?? null),
      proof: entry.proof === undefined || !key ? null : base64(seal(key, JSON.stringify(entry.proof), 'proof')),
    }
  })
  await tx.rows(sql`
    insert into consent (id, subscriber_id, number_hash, preference_group, granted, is_confirmed, basis, at, how, why, words, data_key, proof, recorded_at)
    select id, subscriber_id, decode(number_hash, 'base64'), preference_group, granted, is_confirmed, basis, at, how, why,
      decode(words, 'base64'), decode(data_key, 'base64'), decode(proof, 'base64'), ${now}
    from json_to_recordset(${rowset(rows)}) as r(id uuid, subscriber_id uuid, number_hash text, preference_group text, granted boolean,
      is_confirmed boolean, basis text, at timestamptz, how text, why text, words text, data_key text, proof text)`)
  return rows.map(row => row.id)
}

const hashOf = (words: string): Buffer => createHash('sha256').update(words).digest()

/** Whose consents are about to change, locked by the caller. */
export interface Person {
  id: string
  data_key: Sealed | null
  number_hash: Sealed | null
  consents: Consents
}

/** Adds entries to people's ledgers, and keeps beside each of them what theirs come to. */
export async function changeConsents(
  tx: Statements,
  keys: KeyRing,
  now: Date,
  changes: readonly { person: Person; group: PreferenceGroup; consent: Consent; proof?: Proof | undefined }[],
): Promise<void> {
  if (changes.length === 0) return
  await recordConsents(
    tx,
    keys,
    now,
    changes.map(({ person, group, consent, proof }) => ({
      ...consent,
      subscriberId: person.id,
      numberHash: person.number_hash,
      key: person.data_key && keys.unwrap(person.data_key),
      group,
      proof,
    })),
  )
  const rows = new Map<string, Consents>()
  for (const { person, group, consent } of changes) rows.set(person.id, { ...rows.get(person.id), [group]: consent })
  await tx.rows(sql`
    update subscriber s set consents = s.consents || r.consents, updated_at = ${now}
    from json_to_recordset(${rowset([...rows].map(([id, consents]) => ({ id, consents })))}) as r(id uuid, consents jsonb)
    where s.id = r.id`)
}

/** An end said again within this is the same one: carriers deliver twice. */
const sameEndMs = 5 * 60_000

/** A STOP, or a rule, ends groups; said once more later, it is an entry again: a grant from in between must not outlive it. */
export function endOf(
  person: Person,
  groups: readonly PreferenceGroup[],
  {
    at,
    how,
    why,
    words,
    proof,
  }: { at: Date; how: Consent['how']; why: ConsentReason; words?: string | undefined; proof?: Proof },
) {
  return groups
    .filter(group => {
      const now = person.consents[group]
      return now?.granted !== false || (why === 'stop' && Date.parse(now.at) < at.getTime() - sameEndMs)
    })
    .map(group => ({
      person,
      group,
      consent: {
        ...{ granted: false, at: at.toISOString(), how, why, confirmed: false },
        basis: person.consents[group]?.basis ?? ('express' as const),
        ...(words === undefined ? {} : { words }),
      },
      proof,
    }))
}

/**
 * What START gives back: of each group that a STOP ended, what the person had before. Groups that serve the account are on
 * unless somebody ends them, so those come back without a grant of their own.
 */
export async function returnsOf(
  tx: Statements,
  people: readonly Person[],
  at: Date,
  proof: (person: Person) => Proof,
): Promise<Parameters<typeof changeConsents>[3][number][]> {
  const stopped = people.filter(({ consents }) => Object.values(consents).some(one => one?.why === 'stop'))
  if (stopped.length === 0) return []
  // The last that was recorded: only what changed something is, so that it is what they had, whenever it was said.
  const rows = await tx.rows<{
    id: string
    subscriber_id: string
    preference_group: PreferenceGroup
    granted: boolean
    is_confirmed: boolean
    basis: Consent['basis']
    at: Date
    words: string | null
  }>(sql`
    select distinct on (c.subscriber_id, c.preference_group) c.id, c.at, c.subscriber_id, c.preference_group, c.granted, c.is_confirmed, c.basis, w.words
    from consent c left join consent_words w on w.hash = c.words
    where c.subscriber_id = any(${stopped.map(({ id }) => id)}::uuid[]) and c.why is distinct from 'stop'
    order by c.subscriber_id, c.preference_group, c.id desc`)
  return stopped.flatMap(person =>
    preferenceGroups.flatMap(group => {
      if (person.consents[group]?.why !== 'stop') return []
      const before = rows.find(row => row.subscriber_id === person.id && row.preference_group === group)
      const isService = group === 'security' || group === 'account'
      if (before ? !before.granted : !isService) return []
      const consent: Consent = {
        // What was only implied ends when it would have.
        at: (before !== undefined && before.basis !== 'express' ? before.at : at).toISOString(),
        ...{ granted: true, how: 'text', why: 'start' },
        confirmed: before?.is_confirmed ?? true,
        basis: before?.basis ?? 'express',
        ...(before?.words == null ? {} : { words: before.words }),
      }
      return [{ person, group, consent, proof: { ...proof(person), restores: before?.id } }]
    }),
  )
}

/** The ledger of one person, newest first, with its proof opened: what is exported. */
export async function listConsents(
  db: Statements,
  keys: KeyRing,
  subscriber: { id: string; data_key: Sealed | null },
): Promise<ConsentEntryView[]> {
  const rows = await db.rows<{
    id: string
    preference_group: PreferenceGroup
    granted: boolean
    is_confirmed: boolean
    basis: Consent['basis']
    at: Date
    how: Consent['how']
    why: ConsentReason | null
    words: string | null
    proof: Sealed | null
    recorded_at: Date
  }>(sql`
    select c.id, preference_group, granted, is_confirmed, basis, at, how, why, w.words, proof, recorded_at
    from consent c left join consent_words w on w.hash = c.words
    where subscriber_id = ${subscriber.id} order by c.id desc limit 1000`)
  const key = subscriber.data_key && keys.unwrap(subscriber.data_key)
  return rows.map(row => ({
    id: row.id,
    group: row.preference_group,
    granted: row.granted,
    confirmed: row.is_confirmed,
    basis: row.basis,
    at: row.at.toISOString(),
    how: row.how,
    why: row.why,
    words: row.words,
    proof: row.proof && key ? JSON.parse(unseal(key, row.proof, 'proof')) : null,
    recordedAt: row.recorded_at.toISOString(),
  }))
}
