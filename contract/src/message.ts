// What is said about messages over the API.
import { z } from 'zod'
import { Lane, Purpose } from './purpose.ts'

export const states = [
  'accepted',
  'held',
  'queued',
  'submitting',
  'submitted',
  'delivered',
  'refused',
  'cancelled',
  'rejected',
  'undeliverable',
  'expired',
  'unanswered',
  'unconfirmed',
] as const
export type State = (typeof states)[number]
export const State = z.enum(states).meta({
  id: 'State',
  description:
    'Where a message is: on its way (accepted, held, queued, submitting, submitted) or at its end (delivered; refused by our policy; cancelled; rejected by the carrier; undeliverable by receipt; expired; unanswered: may have left, no answer; unconfirmed: taken, no final word).',
})

/** What a database can keep as text: no NUL, no half of a surrogate pair. */
export const keepable = /^[^\0\p{Cs}]*$/u

export const SubscriberId = z
  .string()
  .min(1)
  .max(128)
  .regex(keepable, 'An id has no NUL and no half characters.')
  .meta({ description: "The streaming service's own id of the subscriber.", example: 'orph-0001' })
export const Msisdn = z
  .string()
  .regex(
    /^\+[1-9]\d{4,14}$/,
    'A number is written in E.164: a plus sign, country code and digits, for example +447700900123.',
  )
  .meta({ description: 'A phone number in E.164.', example: '+447700900123' })
export const Time = z.iso
  .datetime({ offset: true })
  .refine(text => /^(19|2\d)\d\d/.test(text), 'A time lies in the years 1900 to 2999.')
  .meta({ description: 'ISO 8601 with a zone.', example: '2026-11-02T20:00:00Z' })
/** gsm7: the GSM 7 bit alphabet. latin1: 8 bits, where the carrier takes it. ucs2: everything else. */
export const Encoding = z.enum(['gsm7', 'latin1', 'ucs2'])
export type Encoding = z.infer<typeof Encoding>
export const TemplateName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'A template name has lower-case letters, digits, dots, dashes and underscores.')
  .meta({ description: 'The name of a template.', example: 'title.new_episode' })
export const Locale = z
  .string()
  .regex(/^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$/, 'A locale is written as in BCP 47, for example pt-BR.')
  .meta({ description: 'A language, as in BCP 47.', example: 'pt-BR' })

/** Data for a template: JSON values, at most a few levels deep. */
export const TemplateData = z
  .record(z.string().max(64), z.json())
  .meta({ description: 'Values for the variables of the template.' })

const recipient = { subscriber: SubscriberId.optional(), number: Msisdn.optional() }
const content = {
  template: TemplateName.optional(),
  data: TemplateData.optional(),
  locale: Locale.optional().meta({ description: "The subscriber's locale where it is left out." }),
  text: z
    .string()
    .min(1)
    .max(2_000)
    .optional()
    .meta({ description: 'The words themselves, where no template writes them.' }),
}
const oneRecipient = { message: 'Name either a subscriber or a number.', path: ['subscriber'] }
const oneContent = { message: 'Give either a template (with data) or a text.', path: ['template'] }
const isOne = (a: unknown, b: unknown) => (a === undefined) !== (b === undefined)

export const NewMessage = z
  .strictObject({
    ...recipient,
    purpose: Purpose,
    ...content,
    notBefore: Time.optional().meta({ description: 'Not to be sent before this time.' }),
    expiresAt: Time.optional().meta({ description: 'Not worth sending after this time. The purpose sets the latest.' }),
    avoid: z.array(z.string().min(1).max(64).regex(keepable)).max(10).optional().meta({
      description: 'Carriers to leave out where another can take it: those that did not answer an earlier code.',
    }),
    idempotencyKey: z
      .string()
      .min(1)
      .max(255)
      .regex(keepable, 'A key has no NUL and no half characters.')
      .optional()
      .meta({ description: 'For the lines of a batch; a single request gives it as the header Idempotency-Key.' }),
  })
  .refine(m => isOne(m.subscriber, m.number), oneRecipient)
  .refine(m => isOne(m.template, m.text), oneContent)
  .refine(m => m.data === undefined || m.template !== undefined, {
    message: 'Data goes with a template.',
    path: ['data'],
  })
  .refine(m => !(m.notBefore && m.expiresAt) || Date.parse(m.notBefore) < Date.parse(m.expiresAt), {
    message: 'expiresAt must be later than notBefore.',
    path: ['expiresAt'],
  })
  .meta({
    id: 'NewMessage',
    description: 'One recipient, `subscriber` or `number`, and one content, `template` (with `data`) or `text`.',
  })
export type NewMessage = z.infer<typeof NewMessage>

export const Message = z
  .object({
    id: z.string(),
    subscriber: z.string().nullable(),
    number: z.string().nullable().meta({ description: 'Masked: only its last two digits are shown.' }),
    purpose: Purpose,
    lane: Lane,
    state: State,
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it came to this state: a rule, an SMPP status or the error of a receipt.' }),
    sender: z.string().meta({ description: 'The configured identity it is sent from.' }),
    originator: z.string().meta({ description: 'The address that the phone shows.' }),
    country: z.string().nullable().meta({ description: 'ISO 3166, of the number.' }),
    template: z.string().nullable(),
    templateVersion: z.int().nullable(),
    locale: z.string().nullable(),
    journey: z
      .object({ name: z.string(), step: z.string() })
      .nullable()
      .meta({ description: 'The journey it is a step of, where it is one.' }),
    text: z
      .string()
      .nullable()
      .meta({ description: 'Null once it was dropped (codes), refused by the guard, or erased.' }),
    encoding: Encoding.nullable(),
    segments: z.int(),
    cost: z.object({ amount: z.string(), currency: z.string() }).nullable(),
    carrier: z.string().nullable(),
    carrierMessageId: z.string().nullable().meta({ description: 'The id that the carrier gave it.' }),
    attempts: z.int().meta({ description: 'Tries at handing it to a carrier.' }),
    acceptedAt: Time,
    notBefore: Time.nullable(),
    expiresAt: Time,
    submittedAt: Time.nullable(),
    endedAt: Time.nullable(),
  })
  .meta({ id: 'Message' })
export type Message = z.infer<typeof Message>

/** The answer to a new message: short, for it is stored with the idempotency key. */
export const Acceptance = z
  .object({
    id: z.string(),
    state: State,
    reasons: z
      .array(z.object({ rule: z.string(), sentence: z.string() }))
      .meta({ description: 'Why it was refused or is held; empty where it goes out now.' }),
    segments: z.int(),
    encoding: Encoding.nullable(),
    notBefore: Time.nullable(),
    expiresAt: Time,
  })
  .meta({ id: 'Acceptance' })
export type Acceptance = z.infer<typeof Acceptance>

export const BatchVerdict = z
  .object({
    line: z.int().meta({ description: 'Counted from 1.' }),
    id: z.string().optional(),
    state: State.optional(),
    reasons: z.array(z.object({ rule: z.string(), sentence: z.string() })).optional(),
    segments: z.int().optional(),
    problem: z.object({ code: z.string(), detail: z.string() }).optional(),
  })
  .meta({ id: 'BatchVerdict', description: 'One line for each line of the request, in order.' })
export type BatchVerdict = z.infer<typeof BatchVerdict>

export const Preview = z
  .strictObject({ ...recipient, ...content, purpose: Purpose.optional() })
  .refine(m => isOne(m.template, m.text), oneContent)
  .meta({ id: 'Preview', description: 'As for a new message; recipient and purpose may be left out.' })
export type Preview = z.infer<typeof Preview>

export const PreviewResult = z
  .object({
    text: z.string(),
    locale: z.string().nullable(),
    encoding: Encoding,
    national: z
      .array(z.string())
      .meta({ description: 'National tables of GSM 03.38 that it uses, where its carrier takes them.' }),
    units: z.int().meta({ description: 'Septets (gsm7), octets (latin1) or UTF-16 units (ucs2).' }),
    segments: z.array(z.string()),
    forcedBy: z.object({ char: z.string(), codePoint: z.string(), index: z.int() }).nullable().meta({
      description: 'The first character that GSM 03.38 does not have, so that the whole text is sent as UCS-2.',
    }),
    cost: z.object({ amount: z.string(), currency: z.string() }),
    plain: z
      .object({ segments: z.int(), cost: z.object({ amount: z.string(), currency: z.string() }) })
      .nullable()
      .meta({ description: 'What it would take with plain punctuation; null where that saves nothing.' }),
    findings: z
      .array(z.object({ rule: z.string(), sentence: z.string() }))
      .meta({ description: 'What the outbound guard would refuse.' }),
  })
  .meta({ id: 'PreviewResult' })
export type PreviewResult = z.infer<typeof PreviewResult>

export const Answered = z.enum(['passed', 'refused', 'held'])
export const Explanation = z
  .object({
    id: z.string(),
    state: State,
    decidedAt: Time,
    rules: z.array(
      z.object({
        rule: z.string(),
        answer: Answered,
        sentence: z.string().meta({ description: 'The answer in plain words.' }),
        facts: z.record(z.string(), z.json()).meta({ description: 'The numbers it was judged by.' }),
      }),
    ),
    timeline: z.array(z.object({ state: State, at: Time, detail: z.string().nullable() })),
  })
  .meta({ id: 'Explanation' })
export type Explanation = z.infer<typeof Explanation>

export const MessageFilter = z.object({
  state: State.optional(),
  purpose: Purpose.optional(),
  lane: Lane.optional(),
  carrier: z.string().max(64).regex(keepable, 'A carrier has no NUL in its name.').optional(),
  country: z.string().length(2).optional(),
  subscriber: SubscriberId.optional(),
  number: Msisdn.optional(),
  after: Time.optional().meta({ description: 'Accepted at or after this time.' }),
  before: Time.optional().meta({ description: 'Accepted before this time.' }),
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
})
export type MessageFilter = z.infer<typeof MessageFilter>

export const Inbound = z
  .object({
    id: z.string(),
    subscriber: z.string().nullable(),
    number: z.string().meta({ description: 'Masked.' }),
    to: z.string().meta({ description: 'The sender that the text was written to.' }),
    text: z.string().nullable(),
    keyword: z.string().nullable().meta({ description: 'What it was understood as, for example stop.' }),
    receivedAt: Time,
  })
  .meta({ id: 'Inbound' })
export type Inbound = z.infer<typeof Inbound>
