// What a subscriber sees and changes on their own page: what they get, asked of the policy itself; the texts they got lately;
// and each choice with all that follows from it, in one transaction.
import type { Policy } from '@usher/contract/policy'
import type { Preferences } from '@usher/contract/subscriber'
import type { PageLink } from '../link/page-link.ts'
import type { Database, Statements } from '../store/database.ts'
import { type KeyRing, unseal } from '../store/keys.ts'
import { sql } from '../store/sql.ts'
import { changeConsents, endOf, type PreferenceGroup, type Proof, preferenceGroups } from '../subscriber/consent.ts'
import { maskNumber } from '../subscriber/number.ts'
import { type Cancelled, cancelWaiting } from './cancel.ts'
import { factsOf, type Recipient } from './facts.ts'
import type { State } from './message.ts'
import { type Finding, judge } from './policy.ts'
import { type Purpose, promotional, purposesOf } from './purpose.ts'
import { stateAt } from './read.ts'

export interface OwnPageDeps {
  db: Database
  keys: KeyRing
  policy: () => Policy
}

/** `unconfirmed`: they agreed and still have to say yes by text. `closed`: not theirs to change, for the number is dead or blocked. */
export type GroupState = 'on' | 'off' | 'unconfirmed' | 'closed'

export interface OwnPage {
  number: string
  locale: string | null
  /** Where their local times are told; null where it is not known. */
  zone: string | null
  groups: Record<PreferenceGroup, GroupState>
  preferences: Preferences
  sent: SentText[]
}

/** A text they were sent, or that waits; never what it said. */
export interface SentText {
  purpose: Purpose
  state: State
  originator: string
  at: Date
  explanation: Finding[]
}

const shownTexts = 10

const columns = sql`
  s.id, s.external_id, s.data_key, s.number, s.number_hash, s.country, s.network, s.number_region, s.number_zones, s.number_lost_at,
  s.recovery_from, s.locale, s.zone, s.region, s.profile, s.consents, s.preferences, (
    select json_agg(json_build_object('scope', scope, 'reason', reason, 'at', at)) from suppression where suppression.number_hash = s.number_hash
  ) as suppressions`
/** Whoever the link was made for, as long as they have the number that it was sent to. */
const theirs = ({ subscriber_id, number_at }: PageLink) => sql`
  s.id = ${subscriber_id} and s.erased_at is null and s.number_lost_at is null and s.number_at is not distinct from ${number_at}`

/** Undefined where they are erased, or have another number by now. */
export async function readOwnPage(deps: OwnPageDeps, link: PageLink, now: Date): Promise<OwnPage | undefined> {
  const { db, keys } = deps
  const [row] = await db.rows<Recipient>(sql`select ${columns} from subscriber s where ${theirs(link)}`)
  if (!row?.number) return undefined
  return {
    number: maskNumber(numberOf(keys, row)),
    locale: row.locale,
    zone: row.zone ?? (row.number_zones.length === 1 ? row.number_zones[0]! : null),
    groups: {
      titles: stateOf(refusalOf(deps, row, 'titles', now)),
      offers: stateOf(refusalOf(deps, row, 'offers', now)),
      security: stateOf(refusalOf(deps, row, 'security', now)),
      account: stateOf(refusalOf(deps, row, 'account', now)),
    },
    preferences: row.preferences,
    // What was sent to the number they had before is shown to nobody who has the new one.
    sent: await db.rows<SentText>(sql`
      select purpose, ${stateAt(now)} as state, originator, explanation, coalesce(submitted_at, ended_at, not_before, accepted_at) as at
      from message m
      where subscriber_id = ${link.subscriber_id} and state <> 'refused' and accepted_at >= coalesce(${link.number_at}, '-infinity'::timestamptz)
      order by id desc limit ${shownTexts}`),
  }
}

/** Theirs, whole. Whoever has a page has a number, and with it the key that sealed it. */
export const numberOf = (keys: KeyRing, { data_key, number }: Recipient): string =>
  unseal(keys.unwrap(data_key!), number!, 'number')

/** A text of each group, by which the policy is asked for all of it. */
const exampleOf: Record<PreferenceGroup, Purpose> = {
  titles: 'title.new_episode',
  offers: 'offer',
  security: 'alert.security',
  account: 'account.payment',
}

/** What the page says is what the policy would do: the same facts, the same checks. Null: nothing refuses such texts. */
function refusalOf({ policy }: OwnPageDeps, row: Recipient, group: PreferenceGroup, now: Date): Finding | null {
  const text = { notBefore: null, expiresAt: new Date(now.getTime() + 86_400_000), spread: 0, contentKey: null }
  const { explanation } = judge(factsOf(row, [], policy(), { ...text, purpose: exampleOf[group], now }))
  const last = explanation.at(-1)!
  // A pause or the hour refuses a text, and not the group: they have it, only not now.
  const isLasting = ['number', 'suppression', 'consent'].includes(last.rule)
  return last.answer === 'refused' && isLasting ? last : null
}

function stateOf(refusal: Finding | null): GroupState {
  if (refusal === null) return 'on'
  if (refusal.rule === 'consent') return refusal.facts.lacks === 'confirmation' ? 'unconfirmed' : 'off'
  return isStop(refusal) ? 'off' : 'closed'
}
const isStop = ({ rule, facts }: Finding) => rule === 'suppression' && facts.reason === 'stop'

export type Choice =
  /** `words`: exactly what they were shown. */
  | { kind: 'on' | 'off'; group: PreferenceGroup; words: string }
  | { kind: 'preferences'; preferences: Preferences }
  | { kind: 'locale'; locale: string }

export interface Chosen {
  cancelled: Cancelled[]
  /** What it was before, to be undone. */
  before: { state: GroupState | null; preferences: Preferences; locale: string | null }
}

/** Whoever has the page, and who else has their number. */
export interface Owner extends Recipient {
  sharing: Recipient[]
}

/** Locks them as accept and STOP do, in sorted order: what is being judged for them is finished first, or comes after. */
export async function lockOwner({ keys }: OwnPageDeps, tx: Statements, link: PageLink): Promise<Owner | undefined> {
  const [found] = await tx.rows<Recipient>(sql`select ${columns} from subscriber s where ${theirs(link)}`)
  if (!found?.number) return undefined
  const ids = await tx.rows<{ id: string }>(sql`
    select id from subscriber
    where number_hash = any(${keys.hashes(numberOf(keys, found))}) and data_key is not null and number_lost_at is null
    order by id for no key update`)
  // Read again, for whoever was waited for may have changed them.
  const people = await tx.rows<Recipient & { is_theirs: boolean }>(sql`
    select ${columns}, ${theirs(link)} as is_theirs from subscriber s where s.id = any(${ids.map(({ id }) => id)}::uuid[])`)
  const owner = people.find(({ is_theirs }) => is_theirs)
  return owner && { ...owner, sharing: people.filter(one => one !== owner) }
}

/** Does what the owner of a page chose; they are locked. */
export async function choose(
  deps: OwnPageDeps,
  tx: Statements,
  owner: Owner,
  choice: Choice,
  proof: Proof,
  now: Date,
): Promise<Chosen> {
  const { keys } = deps
  const { preferences, locale } = owner
  const chosen = (cancelled: Cancelled[], state: GroupState | null = null): Chosen => ({
    cancelled,
    before: { state, preferences, locale },
  })
  switch (choice.kind) {
    case 'on': {
      const { group, words } = choice
      const state = stateOf(refusalOf(deps, owner, group, now))
      if (state === 'on' || state === 'closed') return chosen([], state)
      // A double opt-in asks whether whoever agreed has the phone. A link to this page is sent to the phone and nowhere else,
      // and ends with the number: so who agrees here has confirmed it in the same step.
      const consent = {
        granted: true,
        at: now.toISOString(),
        how: 'page',
        confirmed: true,
        basis: 'express',
        words,
      } as const
      // A STOP is of the number, and its end gives back no more than this group: what else it alone held back, for whoever has
      // the number, ends in the ledger.
      const ends = [owner, ...owner.sharing].flatMap(person => {
        const held = preferenceGroups.filter(other => {
          const refusal = person === owner && other === group ? null : refusalOf(deps, person, other, now)
          return refusal !== null && isStop(refusal)
        })
        return endOf(person, held, { at: now, how: 'rule', why: 'stop' })
      })
      await changeConsents(tx, keys, now, [{ person: owner, group, consent, proof }, ...ends])
      await tx.rows(sql`
        delete from suppression where reason = 'stop' and at <= ${now} and number_hash = any(${keys.hashes(numberOf(keys, owner))})`)
      return chosen([], state)
    }
    case 'off': {
      const { group, words } = choice
      const state = stateOf(refusalOf(deps, owner, group, now))
      await changeConsents(tx, keys, now, endOf(owner, [group], { at: now, how: 'page', why: 'asked', words, proof }))
      return chosen(await cancelWaiting(tx, [owner.id], purposesOf([group]), 'asked', now), state)
    }
    case 'preferences': {
      await tx.rows(sql`
        update subscriber set preferences = preferences || ${JSON.stringify(choice.preferences)}::text::jsonb, updated_at = ${now}
        where id = ${owner.id}`)
      const pauses = typeof choice.preferences.pausedUntil === 'string'
      return chosen(pauses ? await cancelWaiting(tx, [owner.id], promotional, 'asked', now) : [])
    }
    case 'locale':
      // What the service tells late must not bring the old one back.
      await tx.rows(sql`
        update subscriber set locale = ${choice.locale}, updated_at = ${now},
          told_at = told_at || ${JSON.stringify({ locale: now })}::text::jsonb
        where id = ${owner.id}`)
      return chosen([])
  }
}

/** To whom a link to their page is sent that was asked for by number: the service's own subscriber, the first of several. */
export async function ownerOfNumber(
  db: Statements,
  keys: KeyRing,
  number: string,
): Promise<{ id: string; external_id: string | null } | undefined> {
  const [owner] = await db.rows<{ id: string; external_id: string | null }>(sql`
    select id, external_id from subscriber
    where number_hash = any(${keys.hashes(number)}) and data_key is not null and number_lost_at is null
    order by external_id is null, id limit 1`)
  return owner
}
