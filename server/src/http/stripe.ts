// Stripe's door for events: what it signed is believed, stored, and answered once that is durable. It sends again for three
// days whatever is not answered 200, so what is bad waits on the list here, as from the other doors.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { SubscriberId } from '@usher/contract/message'
import { type Context, Hono } from 'hono'
import type { Clock } from '../clock.ts'
import { type Fields, fieldsOf } from '../event/fields.ts'
import { asCloudEvents, customerOf, introduced } from '../event/stripe.ts'
import { learnCustomer, subjectOfCustomer } from '../event/stripe-customer.ts'
import type { EventTaker } from '../event/take.ts'
import type { EventBus } from '../events.ts'
import { type Database, DatabaseAway } from '../store/database.ts'
import { countsOf } from './events.ts'
import { limits, readJson, readText } from './lines.ts'
import { answerProblem, type ProblemName, problems, Saying } from './problem.ts'

export interface StripeDoorDeps {
  db: Database
  clock: Clock
  /** Wall time, by which signatures age. */
  wall: () => Date
  events: EventBus
  taker: EventTaker
  /** Of the endpoint at Stripe; two while one is rolled. None: there is no such door. */
  secrets: readonly string[]
  /** The name in Stripe's metadata under which the subscriber's id stands. */
  subscriberField: string
  isOpen: () => boolean
}

const bodyLimits = { ...limits, bytes: 1024 * 1024 }
const toleranceSeconds = 300

export function stripeDoor(deps: StripeDoorDeps): Hono {
  const { db, clock, wall, events, taker, secrets, subscriberField, isOpen } = deps
  const hono = new Hono()

  hono.post('/v1/stripe/webhook', async c => {
    if (secrets.length === 0) throw new Saying('stripeOff')
    if (!isOpen()) throw new Saying('stopping', undefined, undefined, { 'retry-after': '2' })
    const text = await readText(c.req.raw, bodyLimits)
    const flaw = signatureFlaw(c.req.header('stripe-signature'), text, secrets, wall())
    if (flaw !== undefined) throw new Saying('forgedEvent', flaw)
    const event = eventIn(text)

    const met = introduced(event, subscriberField)
    const customer = customerOf(fieldsOf(fieldsOf(event.data).object))
    let earlier: string | undefined
    // What is no id is one of nobody; the event itself is bad then, and says so on the list.
    if (met && isId(met.customer) && isId(met.subject)) await learnCustomer(db, met, toldAt(event) ?? clock.now())
    else if (!met && customer !== undefined && isId(customer)) earlier = await subjectOfCustomer(db, customer)
    const verdicts = await taker.take(
      asCloudEvents(event, { subscriberField, subjectOf: () => earlier }).map(one => ({ door: 'stripe', event: one })),
    )
    return c.json(countsOf(verdicts))
  })

  const say = (c: Context, name: ProblemName, saying?: Saying) => {
    events.emit('problem.answered', { code: problems[name].code, status: problems[name].status })
    return answerProblem(c, name, saying?.detail, saying?.errors, saying?.headers)
  }
  hono.onError((error, c) => {
    if (error instanceof Saying) return say(c, error.problem, error)
    if (error instanceof DatabaseAway)
      return say(c, 'away', new Saying('away', undefined, undefined, { 'retry-after': '1' }))
    events.emit('work.failed', { what: 'taking an event of Stripe', error: String(error) })
    return say(c, 'internal')
  })
  return hono
}

const isId = (text: string) => SubscriberId.safeParse(text).success

function toldAt({ created }: Fields): Date | undefined {
  const at = new Date(Number(created) * 1_000)
  return Number.isNaN(at.getTime()) ? undefined : at
}

/** A snapshot of what changed. Stripe can also send "thin" events, which only name it. */
function eventIn(text: string): Fields {
  const read = readJson(text)
  if ('unreadable' in read) throw new Saying('brokenJson', read.unreadable)
  const event = fieldsOf(read.value)
  const isSnapshot = typeof event.id === 'string' && typeof event.type === 'string' && event.object === 'event'
  if (!isSnapshot)
    throw new Saying('invalidRequest', undefined, [
      { at: 'body', detail: "It is no event of Stripe's; choose the payload style Snapshot there." },
    ])
  return event
}

/**
 * Why this is not what Stripe signed; undefined where it is. The header is `t=seconds,v1=hex`, with a v1 for each secret
 * while one is rolled, and other schemes beside it (docs.stripe.com/webhooks/signature).
 */
export function signatureFlaw(
  header: string | undefined,
  body: string,
  secrets: readonly string[],
  wall: Date,
): string | undefined {
  if (header === undefined) return 'The header Stripe-Signature is missing.'
  const pairs = header.split(',').map(pair => pair.trim().split('='))
  const seconds = pairs.find(([name]) => name === 't')?.[1] ?? ''
  const signatures = pairs.flatMap(([name, value = '']) =>
    name === 'v1' && /^[0-9a-f]{64}$/i.test(value) ? Buffer.from(value, 'hex') : [],
  )
  if (!/^\d{1,12}$/.test(seconds) || signatures.length === 0) return 'The header Stripe-Signature can not be read.'
  const isSigned = secrets.some(secret => {
    const expected = createHmac('sha256', secret).update(`${seconds}.${body}`).digest()
    return signatures.some(signature => timingSafeEqual(signature, expected))
  })
  if (!isSigned) return 'It is signed with another secret, or is not what was signed.'
  const age = wall.getTime() / 1_000 - Number(seconds)
  return Math.abs(age) > toleranceSeconds
    ? `It was not signed within ${toleranceSeconds / 60} minutes of the time here.`
    : undefined
}
