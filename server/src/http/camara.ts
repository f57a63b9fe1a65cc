// CAMARA's One-Time-Password-SMS API (v1, work in progress) over the same codes: clients that operators' APIs are written for
// work unchanged. Its problems have its own shape, `{status, code, message}`.
import type { VerificationChecked } from '@usher/contract/verification'
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { z } from 'zod'
import type { Checker } from '../account/check.ts'
import type { NotSent } from '../account/limits.ts'
import { codePlace, type StartProblem, type Verifier } from '../account/verification.ts'
import type { EventBus } from '../events.ts'
import { guard } from '../message/guard.ts'
import { DatabaseAway } from '../store/database.ts'
import type { Authenticate } from './auth.ts'
import { readJson, readText } from './lines.ts'
import type { rateLimiter } from './rate-limit.ts'
import { refusals } from './verifications.ts'

export interface CamaraDeps {
  verifier: Verifier
  checker: Checker
  authenticate: Authenticate
  allowed: ReturnType<typeof rateLimiter>
  allowedDomains: () => readonly string[]
  events: EventBus
  isOpen: () => boolean
  log: { error(fields: object, message: string): void }
}

const SendCode = z.strictObject({
  phoneNumber: z.string().regex(/^\+[1-9]\d{4,14}$/, 'A phone number is written in E.164, with a plus sign.'),
  message: z
    .string()
    .max(160, 'A message has 160 characters at most.')
    .refine(text => text.includes(codePlace), `A message says ${codePlace} where the code goes.`),
})
const ValidateCode = z.strictObject({
  authenticationId: z.string().max(36, 'An authentication id has 36 characters at most.'),
  code: z.string().max(10, 'A code has ten characters at most.'),
})

class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly waitSeconds: number | null
  constructor(status: number, code: string, message: string, waitSeconds: number | null = null) {
    super(message)
    this.status = status
    this.code = code
    this.waitSeconds = waitSeconds
  }
}
const own = (code: string) => `ONE_TIME_PASSWORD_SMS.${code}`

export function camara(deps: CamaraDeps): Hono {
  const { verifier, checker, events } = deps
  const hono = new Hono()
  hono.use(async (c, next) => {
    await next()
    const correlator = c.req.header('x-correlator')
    if (correlator !== undefined && /^[\w-]{1,256}$/.test(correlator)) c.header('x-correlator', correlator)
    c.header('cache-control', 'no-store')
  })
  hono.onError((error, c) => {
    const refusal =
      error instanceof Refusal
        ? error
        : error instanceof DatabaseAway
          ? new Refusal(503, 'UNAVAILABLE', 'The database is away. Ask again.', 1)
          : new Refusal(500, 'INTERNAL', 'Something broke here. The log says what.')
    if (refusal.status === 500) deps.log.error({ err: error, path: c.req.routePath }, 'a request broke')
    const { status, code, message, waitSeconds } = refusal
    events.emit('problem.answered', { code: code.toLowerCase(), status })
    return c.json(
      { status, code, message },
      status as ContentfulStatusCode,
      waitSeconds === null ? {} : { 'retry-after': String(waitSeconds) },
    )
  })
  hono.notFound(c => c.json({ status: 404, code: 'NOT_FOUND', message: 'There is nothing at this address.' }, 404))

  hono.post('/send-code', async c => {
    const { phoneNumber, message } = await bodyOf(deps, c, SendCode)
    const [finding] = guard(message.replaceAll(codePlace, '482913'), { allowedDomains: deps.allowedDomains() })
    if (finding) throw new Refusal(400, 'INVALID_ARGUMENT', `The message may not leave so: ${finding.sentence}`)
    const made = await verifier.start({
      ...{ number: phoneNumber, purpose: 'sign_in', anotherCarrier: false, text: message },
    })
    if (typeof made !== 'string' && 'id' in made) return c.json({ authenticationId: made.id })
    throw refusalOf(made)
  })
  hono.post('/validate-code', async c => {
    const { authenticationId, code } = await bodyOf(deps, c, ValidateCode)
    const isOurs = z.uuid().safeParse(authenticationId).success
    const checked = isOurs ? await checker.check(authenticationId, { code, purpose: 'sign_in' }) : 'unknown'
    if (checked === 'unknown' || checked === 'second_missing')
      throw new Refusal(404, 'NOT_FOUND', 'There is no authentication of this id.')
    if ('tooMuch' in checked) throw tooManyWrong
    if (checked.result === 'approved') return c.body(null, 204)
    throw wrong(checked)
  })
  return hono
}

const tooManyWrong = new Refusal(400, own('VERIFICATION_FAILED'), 'Too many codes were wrong.')

function wrong({ result, verification }: VerificationChecked): Refusal {
  if (verification.state === 'pending' && verification.checksLeft === 0)
    return new Refusal(400, own('VERIFICATION_FAILED'), 'The code was tried as often as it can be.')
  return result === 'wrong'
    ? new Refusal(400, own('INVALID_OTP'), 'The code is wrong.')
    : new Refusal(400, own('VERIFICATION_EXPIRED'), 'The code is over: it was used, replaced, or is too old.')
}

const blocked: readonly NotSent[] = [
  'country_blocked',
  'block_blocked',
  'block_velocity',
  'number_flooded',
  'sim_swapped',
]

function refusalOf(made: StartProblem): Refusal {
  if (typeof made === 'string') return new Refusal(400, 'INVALID_ARGUMENT', 'No numbering plan has this number.')
  if ('tooMuch' in made)
    return new Refusal(
      403,
      own('MAX_OTP_CODES_EXCEEDED'),
      'This number has had as many codes, or as many wrong ones, as it may.',
      made.tooMuch.waitSeconds,
    )
  const sentence = refusals[made.refused]
  if (made.refused === 'spend_ceiling') return new Refusal(429, 'QUOTA_EXCEEDED', sentence)
  return new Refusal(
    403,
    own(blocked.includes(made.refused) ? 'PHONE_NUMBER_BLOCKED' : 'PHONE_NUMBER_NOT_ALLOWED'),
    sentence,
  )
}

/** Who asks may, and what they say is checked. */
async function bodyOf<T extends z.ZodType>(deps: CamaraDeps, c: Context, schema: T): Promise<z.output<T>> {
  const key = await deps.authenticate(c.req.header('authorization'))
  if (!key) throw new Refusal(401, 'UNAUTHENTICATED', 'An API key is needed, as Authorization: Bearer.')
  if (!key.scopes.includes('verifications:write'))
    throw new Refusal(403, 'PERMISSION_DENIED', 'The key needs the scope verifications:write.')
  const waitSeconds = deps.allowed(key.id)
  if (waitSeconds > 0) throw new Refusal(429, 'TOO_MANY_REQUESTS', 'This key asks faster than it may.', waitSeconds)
  if (!deps.isOpen()) throw new Refusal(503, 'UNAVAILABLE', 'This server is stopping. Ask another.', 2)
  const read = readJson(await readText(c.req.raw))
  if ('unreadable' in read) throw new Refusal(400, 'INVALID_ARGUMENT', read.unreadable)
  const parsed = schema.safeParse(read.value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new Refusal(400, 'INVALID_ARGUMENT', `${issue!.path.join('.') || 'body'}: ${issue!.message}`)
}
