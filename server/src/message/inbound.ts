// Texts from handsets: stored before the carrier hears our answer, once however often it delivers them. A STOP ends what
// waits in the same transaction that stores it.
import { decodeText } from '@usher/smpp/gsm'
import type { Shift } from '@usher/smpp/national'
import type { CarrierInbound } from '../carrier/channel.ts'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { Batcher } from '../store/batch.ts'
import { type Database, DatabaseAway, type Statements, urgency } from '../store/database.ts'
import { firstIdAt, newId } from '../store/id.ts'
import { type KeyRing, type Sealed, seal, unseal } from '../store/keys.ts'
import { base64, rowset, sql } from '../store/sql.ts'
import { turn } from '../store/turn.ts'
import { readChoice, readReply } from '../subscriber/keywords.ts'
import { type AllowedRange, readNumber } from '../subscriber/number.ts'
import type { Answer, Ask } from './accept.ts'
import { type Cancelled, tellCancelled } from './cancel.ts'
import { type ObeyDeps, obey, pageMark, type Reply, type ReplyAnswer } from './obey.ts'

export interface InboundDeps extends ObeyDeps {
  db: Database
  clock: Clock
  events: EventBus
  /** Sends the answer to a keyword. */
  accept: (ask: Ask) => Promise<Answer>
  allowedRanges: readonly AllowedRange[]
  /** Makes a link to a subscriber's own page. */
  makePage: (subscriberId: string) => Promise<string>
}

export interface Inbox {
  /** Resolves once the text is stored. Rejects while the database is away, so that the carrier delivers it again. */
  record(text: CarrierInbound): Promise<void>
  /** Looks for long texts that stay incomplete, and for unanswered keywords. Runs now and then by itself. */
  sweep(): Promise<void>
  start(): void
  stop(): Promise<void>
}

/** The same words from the same handset within this are one delivery repeated; longer where the carrier numbers them. */
const repeatMs = 5 * 60_000
/** How often unanswered keywords are looked for, and how long an answer under way is left alone. */
const sweepMs = 10_000
/** A part that did not come after the last one for so long is given up. */
const incompleteMs = 3 * 60_000
const numberedRepeatMs = 24 * 60 * 60_000

/** How many texts are read or sealed in one turn of the event loop. */
const slice = 16

interface Owner {
  id: string
  external_id: string | null
  data_key: Sealed
  number_hash: Sealed
}

interface Read extends Omit<CarrierInbound, 'identity'> {
  number: string
  country: string | null
  hashes: Buffer[]
  /** What a repeated delivery has in common with the first, and since when it would be one. */
  identity: Buffer
  since: Date
}

interface Stored extends Reply {
  id: string
  number: string
  row: object
  /** Decided where it is obeyed. */
  answer: ReplyAnswer | null
}

export function inbox(deps: InboundDeps): Inbox {
  const batcher = new Batcher<CarrierInbound, undefined>({
    size: Math.min(100, deps.db.batch),
    waitMs: 3,
    parallel: 1,
    work: texts => store(deps, texts),
  })
  let timer: NodeJS.Timeout | undefined
  async function sweep() {
    await deliverIncomplete(deps)
    await answerForgotten(deps)
  }
  return {
    record: text => batcher.push(text).then(() => {}),
    sweep,
    start() {
      timer = setInterval(() => {
        sweep().catch(error => {
          if (!(error instanceof DatabaseAway))
            deps.events.emit('work.failed', { what: 'a sweep of inbound texts', error: String(error) })
        })
      }, sweepMs)
    },
    async stop() {
      clearInterval(timer)
      await batcher.drained()
    },
  }
}

async function store(deps: InboundDeps, texts: CarrierInbound[]): Promise<undefined[]> {
  const { db, keys, clock } = deps
  const now = clock.now()
  const reads: Read[] = []
  for (const [i, text] of texts.entries()) {
    if (i % slice === 0) await turn()
    const written = text.number.startsWith('+') ? text.number : `+${text.number}`
    // Read as subscribers' numbers are, so that one that is written in an older form finds its owner.
    const read = readNumber(written, deps.allowedRanges)
    const number = typeof read === 'string' ? written : read.msisdn
    const said = [
      number,
      text.addressedTo,
      text.identity ?? '',
      ...(text.said.kind === 'text'
        ? [text.said.text]
        : [
            text.said.part ? Object.values(text.said.part).join() : '',
            Buffer.from(text.said.octets).toString('base64'),
          ]),
    ]
    const since = new Date(now.getTime() - (text.identity === null ? repeatMs : numberedRepeatMs))
    const country = typeof read === 'string' ? null : read.country
    const identity = keys.hash(said.join('\n'))
    reads.push({ ...text, number, country, hashes: keys.hashes(number), identity, since })
  }
  // A STOP does not wait for the campaign that it ends, nor a NO to an alert for anybody's.
  const isUrgent = (read: Read) => !isPart(read) && /^(stop|no$)/.test(readReply(wordsOf(read)).asks ?? '')
  const who = reads.some(isUrgent) ? urgency.strict : urgency.ordinary
  const { stored, cancelled, tell } = await db.transaction(async tx => {
    const owners = await lockOwners(tx, reads)
    const fresh = await withoutRepeats(tx, reads)
    const stored: Stored[] = []
    for (const [i, read] of fresh.entries()) {
      if (i % slice === 0) await turn()
      const one = await sealed(deps, tx, read, owners, now)
      if (one) stored.push(one)
    }
    // Most carriers do not number what they deliver, so a second STOP after a START looks like the first one repeated. It
    // is stored once, and obeyed each time: that is the safe side.
    const again = reads.flatMap((read): Reply[] => {
      if (fresh.includes(read) || isPart(read)) return []
      const { asks, word } = readReply(wordsOf(read))
      if (asks !== 'stop' && asks !== 'stop_all') return []
      return [{ ...replyOf(read, owners), id: null, asks, choice: null, word }]
    })
    const { answers, cancelled, tell } = await obey(deps, tx, [...stored, ...again], now)
    for (const one of stored) one.answer = answers.get(one) ?? null
    await insert(tx, stored, now)
    return { stored, cancelled, tell }
  }, who)

  told(deps, stored, cancelled, now)
  for (const one of tell) one()
  return texts.map(() => undefined)
}

/** Says what was stored, and answers what is asked in it; once that has committed. */
function told(deps: InboundDeps, stored: readonly Stored[], cancelled: readonly Cancelled[], at: Date): void {
  const { events } = deps
  if (stored.length > 0)
    events.emit(
      'inbound.stored',
      stored.map(({ id, subscriber, asks }) => ({ id, subscriber, keyword: asks, at })),
    )
  tellCancelled(events, cancelled, 'stop', at)
  for (const one of stored) if (one.answer) answerReply(deps, one)
}

/**
 * Locked in sorted order, as accept does: what is being judged for them is finished first, or comes after. Where several
 * share a number, a text belongs to the one who was last sent something by the sender it answers; then the service's own
 * subscriber stands before a bare number, the first before the later.
 */
async function lockOwners(tx: Statements, reads: readonly Read[]): Promise<Map<Read, Owner>> {
  const rows = await tx.rows<Owner>(sql`
    select id, external_id, data_key, number_hash from subscriber
    -- A number that was taken back is somebody else's now: what comes from it is not about who had it.
    where number_hash = any(${reads.flatMap(read => read.hashes)}) and data_key is not null and number_lost_at is null
    order by id for no key update`)
  const byHash = new Map<string, Owner[]>()
  for (const row of [...rows.filter(row => row.external_id), ...rows.filter(row => !row.external_id)]) {
    const key = text(row.number_hash)
    byHash.set(key, [...(byHash.get(key) ?? []), row])
  }
  const candidates = reads.map(read => ({ read, among: read.hashes.flatMap(hash => byHash.get(text(hash)) ?? []) }))
  const shared = candidates.filter(({ among }) => among.length > 1)
  const last =
    shared.length === 0
      ? []
      : await tx.rows<{ subscriber_id: string; originator: string; id: string }>(sql`
          select p.subscriber_id, p.originator, found.id
          from json_to_recordset(${rowset(
            shared.flatMap(({ read, among }) =>
              among.map(({ id }) => ({ subscriber_id: id, originator: read.addressedTo })),
            ),
          )}) as p(subscriber_id uuid, originator text), lateral (
            select id from message m where m.subscriber_id = p.subscriber_id and m.state <> 'refused'
              and ltrim(m.originator, '+') = ltrim(p.originator, '+')
            order by id desc limit 1
          ) found`)
  const owners = new Map<Read, Owner>()
  for (const { read, among } of candidates) {
    const sent = (owner: Owner) =>
      last.find(one => one.subscriber_id === owner.id && one.originator === read.addressedTo)?.id ?? ''
    const [first, ...others] = among
    if (first)
      owners.set(
        read,
        others.reduce((best, one) => (sent(one) > sent(best) ? one : best), first),
      )
  }
  return owners
}

async function withoutRepeats(tx: Statements, reads: readonly Read[]): Promise<Read[]> {
  const rows = reads.map((read, n) => ({
    n,
    channel: read.channel,
    identity: base64(read.identity),
    since: read.since,
  }))
  // Two processes may be handed the same delivery: one waits here for the other's commit.
  await tx.rows(sql`
    select pg_advisory_xact_lock(h) from (
      select distinct hashtextextended(identity, 0) as h from json_to_recordset(${rowset(rows)}) as r(identity text) order by 1) locks`)
  const known = await tx.rows<{ n: number }>(sql`
    select distinct r.n from json_to_recordset(${rowset(rows)}) as r(n int, channel text, identity text, since timestamptz)
    where exists (select from inbound i where i.channel = r.channel and i.identity = decode(r.identity, 'base64') and i.received_at > r.since)
       or exists (select from inbound_part i where i.channel = r.channel and i.identity = decode(r.identity, 'base64') and i.received_at > r.since)`)
  const repeated = new Set(known.map(row => row.n))
  const seen = new Set<string>()
  return reads.filter((read, n) => {
    const key = `${read.channel} ${text(read.identity)}`
    if (repeated.has(n) || seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** A text as it is stored; undefined for a part of a long one that is not whole yet. */
async function sealed(
  deps: InboundDeps,
  tx: Statements,
  read: Read,
  owners: Map<Read, Owner>,
  now: Date,
): Promise<Stored | undefined> {
  const { keys } = deps
  const owner = owners.get(read)
  // What an unknown number writes is sealed under a key of its own row.
  const own = owner ? undefined : keys.newDataKey()
  const key = owner ? keys.unwrap(owner.data_key) : own!.key
  const said = isPart(read) ? await storePart(deps, tx, read, now) : wordsOf(read)
  if (said === undefined) return undefined
  const id = newId(now)
  const { word, ...plain } = readReply(said)
  // "YES 2" is a keyword only where several are asked about.
  const { asks, choice } = plain.asks === null ? readChoice(said) : { asks: plain.asks, choice: null }
  return {
    ...replyOf(read, owners),
    ...{ id, asks, choice, word, number: read.number, answer: null },
    row: {
      id,
      subscriber_id: owner?.id ?? null,
      number: base64(seal(key, read.number, 'number')),
      number_hash: base64(keys.hash(read.number)),
      data_key: base64(own?.wrapped ?? null),
      addressed_to: read.addressedTo,
      body: base64(seal(key, said, 'inbound')),
      keyword: asks,
      channel: read.channel,
      identity: base64(read.identity),
    },
  }
}

const replyOf = (read: Read, owners: Map<Read, Owner>) => ({
  subscriberId: owners.get(read)?.id ?? null,
  subscriber: owners.get(read)?.external_id ?? null,
  hashes: read.hashes,
  country: read.country,
  addressedTo: read.addressedTo,
})

const insert = (tx: Statements, stored: readonly Stored[], now: Date) =>
  tx.rows(sql`
    insert into inbound (id, subscriber_id, number, number_hash, data_key, addressed_to, body, keyword, answer, channel, identity, received_at)
    select id, subscriber_id, decode(number, 'base64'), decode(number_hash, 'base64'), decode(data_key, 'base64'), addressed_to,
      decode(body, 'base64'), keyword, answer, channel, decode(identity, 'base64'), ${now}
    from json_to_recordset(${rowset(stored.map(({ row, answer }) => ({ ...row, answer })))}) as r(id uuid, subscriber_id uuid, number text,
      number_hash text, data_key text, addressed_to text, body text, keyword text, answer jsonb, channel text, identity text)`)

/** Parts of a long text are stored as they come, each acknowledged; the last one to come completes the text. */
async function storePart(
  { keys }: InboundDeps,
  tx: Statements,
  read: Read & { said: Part },
  now: Date,
): Promise<string | undefined> {
  const { dataCoding, octets, shift } = read.said
  const { reference, total, sequence } = read.said.part
  const { key, wrapped } = keys.newDataKey()
  await tx.rows(sql`
    insert into inbound_part (channel, number_hash, addressed_to, reference, total, sequence, data_key, number, body, data_coding, shift, identity, received_at)
    values (${read.channel}, ${keys.hash(read.number)}, ${read.addressedTo}, ${reference}, ${total}, ${sequence}, ${wrapped}, ${seal(key, read.number, 'number')},
      ${seal(key, Buffer.from(octets).toString('base64'), 'inbound')}, ${dataCoding}, ${shift === null ? null : JSON.stringify(shift)}::text::jsonb, ${read.identity}, ${now})
    on conflict (channel, number_hash, addressed_to, reference, total, sequence) do update
      set data_key = excluded.data_key, number = excluded.number, body = excluded.body, data_coding = excluded.data_coding, shift = excluded.shift, identity = excluded.identity, received_at = excluded.received_at, is_joined = false`)
  const parts = await tx.rows<StoredPart>(sql`
    select data_key, body, data_coding, shift, sequence from inbound_part
    where channel = ${read.channel} and number_hash = any(${read.hashes}) and addressed_to = ${read.addressedTo}
      and reference = ${reference} and total = ${total} and not is_joined and received_at > ${new Date(now.getTime() - numberedRepeatMs)}
    order by sequence`)
  if (parts.length < total) return undefined
  // They stay, marked, for as long as a part may be delivered again.
  await tx.rows(sql`
    update inbound_part set is_joined = true, body = null, number = null, data_key = null where channel = ${read.channel} and number_hash = any(${read.hashes})
      and addressed_to = ${read.addressedTo} and reference = ${reference} and total = ${total}`)
  return readParts(keys, parts)
}

interface StoredPart {
  data_key: Sealed
  body: Sealed
  data_coding: number | null
  shift: Shift | null
  sequence: number
}

/**
 * Octets are joined before they are read, because some handsets cut a pair of surrogates, or an escape, in two. Where a part
 * is missing an ellipsis stands for it.
 */
function readParts(keys: KeyRing, parts: readonly StoredPart[]): string {
  const runs: { dataCoding: number | null; shift: Shift | null; bodies: string[] }[] = []
  let next = 1
  for (const { data_key, body, data_coding: dataCoding, shift, sequence } of parts) {
    const opened = unseal(keys.unwrap(data_key), body, 'inbound')
    const run = runs.at(-1)
    const goesOn = run?.dataCoding === dataCoding && JSON.stringify(run.shift) === JSON.stringify(shift)
    if (sequence === next && goesOn) run.bodies.push(opened)
    else {
      if (sequence > next) runs.push({ dataCoding: null, shift: null, bodies: ['…'] })
      runs.push({ dataCoding, shift, bodies: [opened] })
    }
    next = sequence + 1
  }
  return runs
    .map(({ dataCoding, shift, bodies }) =>
      // Those without a coding came before octets were kept: their body is the text.
      dataCoding === null
        ? bodies.join('')
        : decodeText(dataCoding, Buffer.concat(bodies.map(body => Buffer.from(body, 'base64'))), shift ?? undefined),
    )
    .join('')
}

type Octets = Extract<CarrierInbound['said'], { kind: 'octets' }>
type Part = Octets & { part: NonNullable<Octets['part']> }

const isPart = (read: Read): read is Read & { said: Part } =>
  read.said.kind === 'octets' && read.said.part !== null && read.said.part.total > 1

/** The words of what is whole. */
const wordsOf = ({ said }: Read): string =>
  said.kind === 'text' ? said.text : decodeText(said.dataCoding, said.octets, said.shift ?? undefined)

/**
 * A long text of which a part does not come is worth having without it: after a while what came is stored as the text it
 * is, keywords and all. Its parts stay for as long as they may be repeated, so that a repeat makes no second. A part that
 * comes for the first time after that is a text of its own: nothing that somebody wrote is thrown away.
 */
async function deliverIncomplete(deps: InboundDeps): Promise<void> {
  const { db, keys, clock } = deps
  const now = clock.now()
  const due = new Date(now.getTime() - incompleteMs)
  const waiting = await db.rows<{ some: boolean }>(
    sql`select exists (select from inbound_part where not is_joined and received_at < ${due}) as some`,
    urgency.idle,
  )
  if (!waiting[0]!.some) return
  const { stored, cancelled, tell } = await db.transaction(async tx => {
    // A part that comes meanwhile waits for this, or this for it.
    const rows = await tx.rows<StoredPart & Long>(sql`
      select channel, number_hash, addressed_to, reference, total, sequence, data_key, body, data_coding, shift, identity, number
      from inbound_part p
      where not is_joined and data_key is not null and not exists (
        select from inbound_part young where young.channel = p.channel and young.number_hash = p.number_hash
          and young.addressed_to = p.addressed_to and young.reference = p.reference and young.total = p.total
          and not young.is_joined and young.received_at >= ${due})
      order by channel, number_hash, addressed_to, reference, total, sequence limit 1000 for update`)
    const longs = new Map<string, (StoredPart & Long)[]>()
    for (const row of rows) {
      const key = [row.channel, text(row.number_hash), row.addressed_to, row.reference, row.total].join(' ')
      longs.set(key, [...(longs.get(key) ?? []), row])
    }
    const reads = [...longs.values()].flatMap(parts => {
      const [first] = parts
      // Parts from before their numbers were kept can't be told whose they are.
      if (first!.number === null) return []
      const number = unseal(keys.unwrap(first!.data_key), first!.number, 'number')
      return [
        {
          channel: first!.channel,
          number,
          country: countryOf(deps, number),
          addressedTo: first!.addressed_to,
          said: { kind: 'text' as const, text: readParts(keys, parts) },
          hashes: keys.hashes(number),
          identity: Buffer.from(first!.identity),
          since: now,
        },
      ]
    })
    const owners = await lockOwners(tx, reads)
    const stored: Stored[] = []
    for (const read of reads) {
      const one = await sealed(deps, tx, read, owners, now)
      if (one) stored.push(one)
    }
    const { answers, cancelled, tell } = await obey(deps, tx, stored, now)
    for (const one of stored) one.answer = answers.get(one) ?? null
    await insert(tx, stored, now)
    await tx.rows(sql`
      update inbound_part p set is_joined = true, body = null, data_key = null, number = null
      from json_to_recordset(${rowset(rows.map(row => ({ ...row, number_hash: base64(row.number_hash), data_key: null, body: null, number: null, identity: null })))})
        as r(channel text, number_hash text, addressed_to text, reference int, total smallint, sequence smallint)
      where p.channel = r.channel and p.number_hash = decode(r.number_hash, 'base64') and p.addressed_to = r.addressed_to
        and p.reference = r.reference and p.total = r.total and p.sequence = r.sequence`)
    return { stored, cancelled, tell }
  }, urgency.ordinary)
  told(deps, stored, cancelled, now)
  for (const one of tell) one()
}

function countryOf({ allowedRanges }: InboundDeps, number: string): string | null {
  const read = readNumber(number, allowedRanges)
  return typeof read === 'string' ? null : read.country
}

interface Long {
  channel: string
  number_hash: Sealed
  addressed_to: string
  reference: number
  total: number
  identity: Sealed
  number: Sealed | null
}

/** One answer to a reply, within its five minutes or never; asked twice for one inbound text it is still one. */
function answerReply(deps: InboundDeps, asked: Asked): void {
  answerNow(deps, asked).catch(error => {
    if (!(error instanceof DatabaseAway))
      deps.events.emit('work.failed', { what: 'the answer to a reply', error: String(error) })
  })
}

async function answerNow({ accept, makePage, alerts, clock }: InboundDeps, asked: Asked): Promise<void> {
  const { id, subscriberId, subscriber, number, answer } = asked
  const { template, data } = answer!
  const link = data.link?.startsWith(pageMark)
    ? (await makePage(subscriberId!)) + data.link.slice(pageMark.length)
    : data.link
  const list = data.list ? await alerts.describe(data.list, clock.now()) : data.list
  await accept({
    // Somebody who is erased meanwhile must not come back as a bare number: their id is unknown by then.
    to: subscriber === null ? { number } : { subscriber },
    purpose: 'reply.compliance',
    content: {
      template,
      data: { ...data, ...(link === undefined ? {} : { link }), ...(list === undefined ? {} : { list }) },
    },
    notBefore: null,
    expiresAt: null,
    idempotency: { apiKeyId: 'inbound', key: id, bodyHashes: [Buffer.from(template)] },
  })
}
type Asked = Pick<Stored, 'id' | 'subscriberId' | 'subscriber' | 'number' | 'answer'>

const answerWithinMs = 5 * 60_000

/** Answers replies whose answer died with a process, between the commit that stored them and the one of the answer. */
async function answerForgotten(deps: InboundDeps): Promise<void> {
  const { db, keys, clock } = deps
  const now = clock.now()
  const forgotten = await db.rows<{
    id: string
    subscriber_id: string | null
    subscriber: string | null
    number: Sealed
    data_key: Sealed
    answer: ReplyAnswer
  }>(
    sql`
    select i.id, i.subscriber_id, s.external_id as subscriber, i.number, coalesce(s.data_key, i.data_key) as data_key, i.answer
    from inbound i left join subscriber s on s.id = i.subscriber_id
    where i.id >= ${firstIdAt(new Date(now.getTime() - answerWithinMs))}::uuid and i.id < ${firstIdAt(new Date(now.getTime() - sweepMs))}::uuid
      and i.answer is not null and coalesce(s.data_key, i.data_key) is not null
      and not exists (select from idempotency where api_key_id = 'inbound' and key = i.id::text)
    limit 1000`,
    urgency.idle,
  )
  for (const { id, subscriber_id: subscriberId, subscriber, number: sealed, data_key, answer } of forgotten) {
    const number = unseal(keys.unwrap(data_key), sealed, 'number')
    answerReply(deps, { id, subscriberId, subscriber, number, answer })
  }
}

const text = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')

/** Parts whose long text never became whole, and what is kept of joined ones, go once no repeat can come. */
export const forgetParts = (db: Database, now: Date) =>
  db.rows(
    sql`delete from inbound_part where received_at < ${new Date(now.getTime() - 2 * numberedRepeatMs)}`,
    urgency.idle,
  )
