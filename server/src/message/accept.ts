// Step 1: a request becomes a message. Idempotency, policy, render, insert and enqueue share one transaction; a yes is
// durable before it is spoken. Concurrent requests share one commit, but not each other's failure.
import type { Acceptance } from '@usher/contract/message'
import type { Policy } from '@usher/contract/policy'
import { needsOptOut } from '../carrier/line.ts'
import type { Router, Way } from '../carrier/route.ts'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { lifeOf, type NewLinkRow, storeLinks, tellsWho } from '../link/link.ts'
import { enqueue } from '../queue/queue.ts'
import { Batcher } from '../store/batch.ts'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { newId } from '../store/id.ts'
import { type DataKey, type KeyRing, seal, unseal } from '../store/keys.ts'
import { base64, rowset, sql } from '../store/sql.ts'
import { turn } from '../store/turn.ts'
import type { AllowedRange } from '../subscriber/number.ts'
import { factsOf, type Loaded, loadFacts, type Recipient } from './facts.ts'
import { type Finding, judge, sameForHours, say } from './policy.ts'
import { laneNumber, type Purpose, rulesOf, strictLanes, worthUntil } from './purpose.ts'
import { guarded, type Rendered, renderTemplate, renderText, type TextLinks, textLinks } from './render.ts'
import type { Template, Templates } from './template.ts'

/** One text that somebody wants sent. */
export interface Ask {
  to: { subscriber: string } | { number: string }
  purpose: Purpose
  content: { template: string; data: Record<string, unknown>; locale?: string | undefined } | { text: string }
  notBefore: Date | null
  expiresAt: Date | null
  /** Carriers to leave out where another can take it. */
  avoid?: readonly string[]
  /** The same was not said before, whatever it looks like. */
  mayRepeat?: boolean
  /** Makes a repeated request harmless: the same key and body get the first one's answer. */
  idempotency: {
    apiKeyId: string
    key: string /** Under each key of the ring, the newest first. */
    bodyHashes: Buffer[]
  } | null
}

export type AskProblem =
  | 'unknown_subscriber'
  | 'invalid_number'
  | 'unknown_template'
  | 'wrong_purpose'
  | 'no_locale'
  | 'missing_variable'
  | 'bad_template'
  | 'empty_text'
  | 'too_long'
  | 'key_reused'

export type Answer =
  | { kind: 'taken'; acceptance: Acceptance; repeated: boolean }
  | { kind: 'problem'; problem: AskProblem; detail: string }

export interface AcceptDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  events: EventBus
  templates: Templates
  /** Which way a text takes, by the line as it is in force. */
  router: () => Router
  /** Caps and the like, as they are in force. */
  policy: () => Policy
  random: () => number
  /** Variables that every template has: the name of the service, its host. */
  constants: Record<string, string>
  /** Where links may lead, as of now. */
  allowedDomains: () => readonly string[]
  /** The origin of short links; null: there are none. */
  linkUrl: string | null
  allowedRanges: readonly AllowedRange[]
}

export interface Acceptor {
  /** One text. Texts that come within 2 ms share a commit; codes and alerts share theirs with nothing else. */
  accept(ask: Ask): Promise<Answer>
  /** Up to a few hundred texts in one commit; answers in order. */
  acceptAll(asks: Ask[]): Promise<Answer[]>
  /**
   * Ordinary texts in the caller's own transaction, whose reason may be gone once it has committed. Their subscribers are
   * locked, or get locked. `announce` once it has committed.
   */
  within(tx: Statements, asks: Ask[], now: Date): Promise<{ answers: Answer[]; announce: () => void }>
  /** Resolves once what was begun is answered. */
  drained(): Promise<void>
}

export function acceptor(deps: AcceptDeps): Acceptor {
  const { db } = deps
  const batcher = (pace: Pace, waitMs: number, parallel: number) =>
    new Batcher<Ask, Answer>({ size: db.batch, waitMs, parallel, work: asks => acceptTogether(deps, asks, pace) })
  const batchers: Record<Pace, Batcher<Ask, Answer>> = {
    code: batcher('code', 1, Math.max(1, db.connections >> 2)),
    alert: batcher('alert', 1, 1),
    ordinary: batcher('ordinary', 2, Math.max(1, db.connections >> 2)),
  }
  const paceOf = (purpose: Purpose): Pace => {
    const { lane } = rulesOf[purpose]
    return lane === 'code' || lane === 'alert' ? lane : 'ordinary'
  }
  const accept = (ask: Ask) => batchers[paceOf(ask.purpose)].push(ask)
  return {
    accept,
    acceptAll: asks => Promise.all(asks.map(accept)),
    async within(tx, asks, now) {
      const { answers, stored } = await acceptIn(deps, tx, asks, 'ordinary', now)
      return { answers, announce: () => announce(deps.events, stored, now) }
    },
    async drained() {
      await Promise.all(Object.values(batchers).map(one => one.drained()))
    },
  }
}

/** Which texts share a commit: codes with codes, alerts with alerts, the others with each other. */
type Pace = 'code' | 'alert' | 'ordinary'

/** How many ordinary texts are written in one turn of the event loop. */
const slice = 16

/** A message as it is about to be stored, with what the caller will be told. */
interface Draft {
  ask: Ask
  acceptance: Acceptance
  row: {
    id: string
    purpose: Purpose
    state: 'queued' | 'held' | 'refused'
    channel: string | null
    reason: string | null
    country: string | null
    segments: number
  }
  subscriber: string | null
  /** The row as it is written, what is secret sealed. */
  sealed: Record<string, unknown>
  /** The short links that stand in it. */
  links: NewLinkRow[]
}

async function acceptTogether(deps: AcceptDeps, asks: Ask[], pace: Pace): Promise<Answer[]> {
  const { db } = deps
  const now = deps.clock.now()
  const work = (tx: Statements) => acceptIn(deps, tx, asks, pace, now)
  // Neither consent nor a cap is judged for a code, so it needs no lock: it waits for nobody, and one statement stores it whole.
  const { answers, stored } = pace === 'code' ? await work(urgent(db)) : await db.transaction(work, urgencyOf[pace])
  announce(deps.events, stored, now)
  return answers
}

async function acceptIn(
  deps: AcceptDeps,
  tx: Statements,
  asks: Ask[],
  pace: Pace,
  now: Date,
): Promise<{ answers: Answer[]; stored: Draft[] }> {
  const answers: (Answer | undefined)[] = []
  const names = asks.flatMap(({ content }) => ('template' in content ? [content.template] : []))
  const templates = await deps.templates.find(names, tx)
  const policy = deps.policy()
  const abouts = asks.map(({ to, purpose, content, mayRepeat }) => ({
    ...{ to, purpose },
    contentKey: mayRepeat ? null : contentKeyOf(deps.keys, policy, purpose, content),
  }))
  const facts = await loadFacts(deps, tx, abouts, now, { locks: pace !== 'code', isToSend: true }, policy)
  const drafts: Draft[] = []
  const repeats: number[] = []
  const seen = new Set<string>()
  for (const [i, ask] of asks.entries()) {
    if (pace === 'ordinary' && i % slice === 0) await turn()
    // The second of two equal keys in one batch waits for the first one's answer, which is stored by then.
    const key = ask.idempotency && `${ask.idempotency.apiKeyId} ${ask.idempotency.key}`
    if (key && seen.has(key)) {
      repeats.push(i)
      continue
    }
    if (key) seen.add(key)
    const draft = write(deps, ask, abouts[i]!.contentKey, facts, templates, now)
    if ('problem' in draft) answers[i] = { kind: 'problem', ...draft }
    else drafts[i] = draft
  }
  const asked = drafts.filter(draft => draft !== undefined)
  const taken = new Set(asked.length > 0 ? await insert(tx, asked, now) : [])
  for (const [i, draft] of drafts.entries())
    if (draft && taken.has(draft.row.id)) answers[i] = { kind: 'taken', acceptance: draft.acceptance, repeated: false }
    else if (draft) repeats.push(i)
  // A problem is no answer to keep, but a key that was used before still gets its first answer, or is told it was reused.
  for (const [i, answer] of answers.entries()) if (answer?.kind === 'problem' && asks[i]!.idempotency) repeats.push(i)
  if (repeats.length > 0) await answerRepeats(tx, asks, repeats, answers)
  return { answers: answers as Answer[], stored: asked.filter(({ row }) => taken.has(row.id)) }
}

const urgencyOf = { code: urgency.strict, alert: urgency.strict, ordinary: urgency.ordinary } as const
const urgent = (db: Database): Statements => ({ rows: query => db.rows(query, urgency.strict) })

/** What tells a text that says the same from one that does not; null where it may be said again. */
function contentKeyOf(keys: KeyRing, policy: Policy, purpose: Purpose, content: Ask['content']): Buffer | null {
  if (sameForHours(policy, rulesOf[purpose].group) === 0) return null
  // As it was asked for: a text with a short link of its own would never be the same.
  const said = 'text' in content ? { text: content.text } : { template: content.template, data: inOrder(content.data) }
  return keys.hash(JSON.stringify(said))
}
const inOrder = (data: Record<string, unknown>) => Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1))

type WriteProblem = { problem: AskProblem; detail: string }

/** Judges, renders and guards one text, and makes it ready to be stored. */
function write(
  deps: AcceptDeps,
  ask: Ask,
  contentKey: Buffer | null,
  loaded: Loaded,
  templates: Map<string, Template>,
  now: Date,
): Draft | WriteProblem {
  const recipient = loaded.of(ask)
  if (recipient === 'unknown_subscriber')
    return {
      problem: recipient,
      detail: 'There is no subscriber of this id. Put the subscriber first: PUT /v1/subscribers/{id}.',
    }
  if (typeof recipient === 'string')
    return {
      problem: 'invalid_number',
      detail: 'No numbering plan has this number. Check the country code and the count of digits.',
    }
  const { purpose, content } = ask
  const template = 'template' in content ? templates.get(content.template) : undefined
  if ('template' in content) {
    if (!template)
      return {
        problem: 'unknown_template',
        detail: `There is no template named ${content.template}. GET /v1/templates lists them.`,
      }
    if (template.purpose !== purpose)
      return {
        problem: 'wrong_purpose',
        detail: `The template ${template.name} is written for ${template.purpose}, not for ${purpose}.`,
      }
  }
  const rules = rulesOf[purpose]
  const begins = ask.notBefore !== null && ask.notBefore > now ? ask.notBefore : now
  const expiresAt = worthUntil(purpose, begins, ask.expiresAt)

  const recent = loaded.recent(recipient)
  const text = { purpose, now, notBefore: ask.notBefore, expiresAt, spread: deps.random(), contentKey }
  const verdict = judge(factsOf(recipient, recent, deps.policy(), text))
  const { explanation } = verdict
  let refusedBy: Finding['rule'] | null = verdict.kind === 'refuse' ? verdict.rule : null
  let rendered: Rendered | undefined
  const key = recipient.data_key && deps.keys.unwrap(recipient.data_key)
  const links = textLinks(deps.linkUrl, deps.allowedDomains(), purpose)
  const kind = { country: recipient.country, network: recipient.network, purpose }
  const way = deps.router().pick(kind, deps.random, ask.avoid)
  if (refusedBy === null) {
    explanation.push(routeFound(way, () => deps.router().whyNot(kind)))
    if (!way) refusedBy = 'route'
  }
  if (refusedBy === null && way && key) {
    const result = renderOne(deps, content, template, recipient, key, links, way)
    if ('problem' in result) return result
    const optOut = optOutOf(way, purpose, result.text, links)
    if (optOut) explanation.push(optOut)
    if (optOut?.answer === 'refused') refusedBy = 'opt_out'
    const code =
      rules.lane === 'code' && 'data' in content && typeof content.data.code === 'string'
        ? content.data.code
        : undefined
    const { finding } = guarded(result.text, deps.allowedDomains(), code, links)
    explanation.push(finding)
    if (finding.answer === 'refused') refusedBy = 'guard'
    else if (refusedBy === null) rendered = result
  }
  const id = newId(now)
  const state = refusedBy !== null ? 'refused' : verdict.kind === 'hold' ? 'held' : 'queued'
  const dueAt = verdict.kind === 'hold' ? verdict.until : now
  // Two texts to one subscriber in one batch are judged one after the other.
  if (state !== 'refused') recent.push({ purpose, at: dueAt, contentKey })
  const segments = rendered?.segments ?? 0
  // It leads there from when the text may leave, which may be tomorrow morning.
  const linksUntil = new Date(Math.max(dueAt.getTime(), begins.getTime()) + (lifeOf(purpose) ?? 0))
  return {
    ask,
    subscriber: recipient.external_id,
    row: { id, purpose, state, channel: way?.channel ?? null, reason: refusedBy, country: recipient.country, segments },
    acceptance: {
      id,
      state,
      reasons: explanation
        .filter(({ answer }) => answer !== 'passed')
        .map(finding => ({ rule: finding.rule, sentence: say(finding) })),
      segments,
      encoding: rendered?.encoding ?? null,
      notBefore: state === 'held' ? dueAt.toISOString() : null,
      expiresAt: expiresAt.toISOString(),
    },
    sealed: {
      id,
      lane: laneNumber(purpose),
      due_at: dueAt,
      subscriber_id: recipient.id,
      number: state === 'refused' ? null : base64(recipient.number),
      purpose,
      state,
      reason: refusedBy,
      sender: way?.sender.name ?? rules.sender,
      originator: way?.originator ?? '',
      country: recipient.country,
      template: template?.name ?? null,
      template_version: template?.version ?? null,
      locale: rendered?.locale ?? null,
      body: rendered && key ? base64(seal(key, rendered.text, 'text')) : null,
      encoding: rendered?.encoding ?? null,
      segments,
      cost_micros: segments * (way?.microsPerSegment ?? 0),
      channel: state === 'refused' ? null : way!.channel,
      reference: Number.parseInt(id.slice(-4), 16),
      content_key: state === 'refused' ? null : base64(contentKey),
      not_before: state === 'held' ? dueAt : ask.notBefore,
      expires_at: expiresAt,
      explanation,
      api_key_id: ask.idempotency?.apiKeyId ?? null,
      key: ask.idempotency?.key ?? null,
      body_hash: ask.idempotency ? base64(ask.idempotency.bodyHashes[0]!) : null,
    },
    links: (rendered ? links.standingIn(rendered.text) : []).map(link => ({
      ...link,
      id: newId(now),
      purpose,
      subscriber_id: recipient.id,
      message_id: id,
      has_context: recipient.external_id !== null && tellsWho(purpose),
      expires_at: linksUntil,
    })),
  }
}

function renderOne(
  { constants }: AcceptDeps,
  content: Ask['content'],
  template: Template | undefined,
  recipient: Recipient,
  key: DataKey,
  links: TextLinks,
  { alphabets }: Way,
) {
  if ('text' in content) return renderText(content.text, null, alphabets)
  const data = { ...constants, ...content.data }
  const all = () => ({
    ...data,
    get subscriber() {
      return recipient.profile ? JSON.parse(unseal(key, recipient.profile, 'profile')) : {}
    },
  })
  return renderTemplate(template!, content.locale ?? recipient.locale ?? 'en', all, links, alphabets)
}

const routeFound = (way: Way | null, why: () => string): Finding =>
  way
    ? { rule: 'route', answer: 'passed', facts: { route: way.route, carrier: way.channel, sender: way.sender.name } }
    : { rule: 'route', answer: 'refused', facts: { why: why() } }

/** Of a sender that nobody can answer each text says how to opt out; null where that is not asked. */
function optOutOf({ sender }: Way, purpose: Purpose, text: string, links: TextLinks): Finding | null {
  if (sender.isTwoWay || !needsOptOut(purpose)) return null
  const link = sender.optOut?.replace(/^https?:\/\//, '')
  const facts = { sender: sender.name, link: link ?? null }
  const leadsThere = (destination: string) => link !== undefined && destination.startsWith(`https://${link}`)
  const isThere =
    link !== undefined &&
    (text.includes(link) || links.standingIn(text).some(({ destination }) => leadsThere(destination)))
  return { rule: 'opt_out', answer: isThere ? 'passed' : 'refused', facts }
}

/**
 * Stores messages with their jobs, idempotency keys and short links, in one statement. A key that exists already keeps its message: that row is left out, the
 * others stand. Answers the ids that were stored.
 */
async function insert(tx: Statements, drafts: readonly Draft[], now: Date): Promise<string[]> {
  const rows = drafts.map(draft => ({ ...draft.sealed, answer: draft.ask.idempotency ? draft.acceptance : null }))
  const isKeyed = drafts.some(({ ask }) => ask.idempotency !== null)
  const links = drafts.flatMap(draft => draft.links)
  const stored = await tx.rows<{ id: string }>(sql`
    with r as (
      select * from json_to_recordset(${rowset(rows)}) as r(id uuid, subscriber_id uuid, number text, purpose text, state text,
        reason text, sender text, originator text, country text, template text, template_version int, locale text, body text,
        encoding text, segments smallint, cost_micros int, channel text, reference int, content_key text, not_before timestamptz,
        expires_at timestamptz, explanation json, api_key_id text, key text, body_hash text, answer json, lane smallint,
        due_at timestamptz)
    )${
      isKeyed
        ? sql`, keyed as (
      insert into idempotency (api_key_id, key, body_hash, message_id, answer, at)
      select api_key_id, key, decode(body_hash, 'base64'), id, answer, ${now} from r where key is not null order by api_key_id, key
      on conflict do nothing returning message_id
    )`
        : sql``
    }, stored as (
    insert into message (id, subscriber_id, number, purpose, state, reason, sender, originator, country, template,
      template_version, locale, body, encoding, segments, cost_micros, channel, reference, content_key, not_before, expires_at,
      explanation, accepted_at, ended_at)
    select id, subscriber_id, decode(number, 'base64'), purpose, state, reason, sender, originator, country, template,
      template_version, locale, decode(body, 'base64'), encoding, segments, cost_micros, channel, reference, decode(content_key, 'base64'), not_before,
      expires_at, explanation, ${now}, case when state = 'refused' then ${now}::timestamptz end
    from r ${isKeyed ? sql`where key is null or id in (select message_id from keyed)` : sql``}
    returning id, state
    ), jobs as (
      ${enqueue(sql`select r.id, r.lane, r.channel, r.due_at, r.expires_at from r join stored on stored.id = r.id where stored.state <> 'refused'`)}
    )${
      links.length > 0
        ? sql`, linked as (${storeLinks(links, now, sql`join stored on stored.id = r.message_id`)})`
        : sql``
    }
    select id from stored`)
  return stored.map(row => row.id)
}

/** What was asked before under the same key is answered as it was; another body under that key is told so. */
async function answerRepeats(
  tx: Statements,
  asks: readonly Ask[],
  which: readonly number[],
  answers: (Answer | undefined)[],
): Promise<void> {
  const keys = which.flatMap(i => {
    const idempotency = asks[i]!.idempotency
    return idempotency ? [{ line: i, api_key_id: idempotency.apiKeyId, key: idempotency.key }] : []
  })
  const found = await tx.rows<{ line: number; body_hash: Uint8Array; answer: Acceptance }>(sql`
    select r.line, i.body_hash, i.answer from json_to_recordset(${rowset(keys)}) as r(line int, api_key_id text, key text)
    join idempotency i on i.api_key_id = r.api_key_id and i.key = r.key`)
  for (const { line, body_hash, answer } of found)
    answers[line] = asks[line]!.idempotency!.bodyHashes.some(hash => hash.compare(body_hash) === 0)
      ? { kind: 'taken', acceptance: answer, repeated: true }
      : {
          kind: 'problem',
          problem: 'key_reused',
          detail: 'This idempotency key was used before, with another body. A new text needs a new key.',
        }
  // Only a key whose first request was itself a problem has no stored answer: its twin is the same problem.
  for (const i of which) answers[i] ??= twinOf(asks, i, answers)
}

function twinOf(asks: readonly Ask[], i: number, answers: readonly (Answer | undefined)[]): Answer | undefined {
  const mine = asks[i]!.idempotency!
  return answers.find(
    (answer, j) =>
      j !== i &&
      answer !== undefined &&
      asks[j]!.idempotency?.key === mine.key &&
      asks[j]!.idempotency?.apiKeyId === mine.apiKeyId,
  )
}

function announce(events: EventBus, drafts: readonly Draft[], at: Date): void {
  if (drafts.length === 0) return
  events.emit(
    'message.accepted',
    drafts.map(({ row, subscriber }) => ({ ...row, lane: rulesOf[row.purpose].lane, subscriber, at })),
  )
  const waiting = new Map<string, boolean>()
  for (const { row } of drafts)
    if (row.state === 'queued' && row.channel !== null)
      waiting.set(row.channel, waiting.get(row.channel) === true || laneNumber(row.purpose) < strictLanes)
  for (const [channel, urgent] of waiting) events.emit('job.waiting', { channel, urgent })
}

/** Idempotency keys are kept for two days; then they are forgotten, a few thousand at a time. */
const keptForMs = 48 * 60 * 60_000
export const forgetKeys = (db: Database, now: Date) =>
  db.rows(
    sql`
    delete from idempotency where (api_key_id, key) in (
      select api_key_id, key from idempotency where at < ${new Date(now.getTime() - keptForMs)} order by at limit 5000) returning 1 as gone`,
    urgency.idle,
  )
