// Each problem an API caller can see: name, stable code, status, sentence, and a page of docs that explains it.
import type { Problem } from '@usher/contract/problem'
import type { Context } from 'hono'

interface Kind {
  code: string
  status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 429 | 500 | 503
  title: string
}

const problem = (code: string, status: Kind['status'], title: string): Kind => ({ code, status, title })

export const problems = {
  unauthenticated: problem(
    'unauthenticated',
    401,
    'Nobody is signed in here. Programs give an API key: Authorization: Bearer <key>.',
  ),
  forbidden: problem('forbidden', 403, 'This API key does not have the scope that is needed.'),
  roleForbids: problem('role_forbids', 403, 'Your role does not allow this. An administrator can change it.'),
  csrfMissing: problem('csrf_missing', 403, 'The header X-Usher-CSRF is missing or old. Reload the page.'),
  foreignPage: problem('foreign_page', 403, 'This was asked from a page of another site.'),
  signInRefused: problem('sign_in_refused', 401, 'This does not sign anybody in.'),
  signInSlowed: problem('sign_in_slowed', 429, 'Too many tries failed. Retry-After says when to try again.'),
  wrongCode: problem('wrong_code', 422, 'The code of the authenticator app is wrong, or was used already.'),
  commonPassword: problem('common_password', 422, 'This password is among the first that are tried. Choose another.'),
  passkeyRefused: problem('passkey_refused', 422, 'The passkey could not be added.'),
  unknownPasskey: problem('unknown_passkey', 404, 'There is no such passkey.'),
  unknownOperator: problem('unknown_operator', 404, 'There is no operator of this id.'),
  lastAdministrator: problem('last_administrator', 409, 'Somebody has to stay administrator.'),
  unknownKey: problem('unknown_key', 404, 'There is no such key, or it is revoked already.'),
  unknownImport: problem('unknown_import', 404, 'There is no import of this id.'),
  notWaiting: problem('not_waiting', 409, 'The text does not wait any more; it is on its way or at its end.'),
  noNumber: problem('no_number', 409, 'This subscriber has no number.'),
  stepUpMissing: problem(
    'step_up_missing',
    403,
    'A number is a key to the account: say in stepUp how you made sure, just now, that it is them.',
  ),
  numberRefused: problem('number_refused', 409, 'No code can be sent to this number.'),
  tooManyCodes: problem('too_many_codes', 429, 'Enough codes were sent. Retry-After says when to send the next.'),
  tooManyWrongCodes: problem(
    'too_many_wrong_codes',
    429,
    'Too many codes were wrong since the last right one. Use another way to make sure that it is them.',
  ),
  unknownNumberChange: problem('unknown_number_change', 404, 'There is no change of this id.'),
  numberChangeOver: problem(
    'number_change_over',
    409,
    'This code is over: it was used, replaced by a newer one, tried five times, or is older than ten minutes.',
  ),
  unknownVerification: problem('unknown_verification', 404, 'There is no verification of this id.'),
  secondMissing: problem(
    'second_missing',
    422,
    'A phone alone recovers no account: give recoveryCode, or say in checkedBy how else you made sure that it is them.',
  ),
  verificationOver: problem(
    'verification_over',
    409,
    'This verification is over: it was approved, cancelled, or asked for more than an hour ago. Start another.',
  ),
  resetOver: problem(
    'reset_over',
    409,
    'This reset is over: it was redeemed, a newer link was made, it is older than five minutes, or it never was.',
  ),
  resetElsewhere: problem(
    'reset_elsewhere',
    409,
    'This reset was asked for in another session, and counts in that one.',
  ),
  unknownAlert: problem('unknown_alert', 404, 'There is no alert of this id.'),
  alertOver: problem('alert_over', 409, 'This alert is over: it was answered, withdrawn, or its time is over.'),
  codeRefused: problem('code_refused', 403, 'No code is sent to this number.'),
  unknownCodeBlock: problem('unknown_code_block', 404, 'There is no block of this id, or it is over.'),
  wrongNumberCode: problem('wrong_number_code', 422, 'The code is wrong.'),
  ownDomainMissing: problem('own_domain_missing', 422, "Usher's own texts need a domain that is missing here."),
  onlyInDemo: problem('only_in_demo', 404, 'Only the demo has this.'),
  carrierAway: problem('carrier_away', 503, 'The simulated carrier does not answer.'),
  wrongKnob: problem('wrong_knob', 422, 'The simulated carrier can not be set so.'),
  notFound: problem('not_found', 404, 'There is nothing at this address.'),
  unknownSubscriber: problem('unknown_subscriber', 404, 'There is no subscriber of this id.'),
  unknownMessage: problem('unknown_message', 404, 'There is no message of this id.'),
  unknownTemplateNamed: problem('unknown_template', 404, 'There is no template of this name.'),
  brokenJson: problem('broken_json', 400, 'The body is not JSON.'),
  invalidRequest: problem('invalid_request', 422, 'The request does not say what it has to.'),
  wrongMediaType: problem('wrong_media_type', 415, 'The body has a media type that is not read here.'),
  tooLarge: problem('too_large', 413, 'The body is larger than is read here.'),
  slowBody: problem('slow_body', 400, 'The body stopped coming.'),
  rateLimited: problem('rate_limited', 429, 'This API key asks faster than it may. Retry-After says when to go on.'),
  idempotencyKeyMissing: problem(
    'idempotency_key_missing',
    400,
    'A text is sent once or not at all, so the header Idempotency-Key is needed.',
  ),
  idempotencyKeyInvalid: problem('idempotency_key_invalid', 400, 'An idempotency key has 1 to 255 characters.'),
  idempotencyKeyReused: problem(
    'idempotency_key_reused',
    422,
    'This idempotency key was used before, with another body.',
  ),
  unknownRecipient: problem('unknown_subscriber', 422, 'There is no subscriber of this id.'),
  invalidNumber: problem('invalid_number', 422, 'This is not a number that can be texted.'),
  unknownZone: problem('unknown_zone', 422, 'There is no such time zone.'),
  unknownTemplate: problem('unknown_template', 422, 'There is no template of this name.'),
  wrongPurpose: problem('wrong_purpose', 422, 'The template is written for another purpose.'),
  noLocale: problem('no_locale', 422, 'The template has no text in this language, nor in English.'),
  missingVariable: problem('missing_variable', 422, 'The data lacks a variable that the template needs.'),
  badTemplate: problem('bad_template', 422, 'The template can not be read.'),
  emptyText: problem('empty_text', 422, 'There is no text to send.'),
  tooLong: problem('too_long', 422, 'The text takes more than 10 segments.'),
  badEvent: problem('bad_event', 422, 'The event could not be taken. It is on the list of bad events, to be mended.'),
  forgedEvent: problem('forged_event', 401, 'This event does not show that it comes from Stripe.'),
  stripeOff: problem('stripe_off', 409, "This Usher has no secret of Stripe's; USHER_STRIPE_SECRETS gives it."),
  unknownSignIn: problem('unknown_sign_in', 404, 'There is no sign-in of this id.'),
  signInSettled: problem('sign_in_settled', 409, 'It was said before that it was not theirs.'),
  unknownEvent: problem('unknown_event', 404, 'There is no event of this id.'),
  notOpen: problem('not_open', 409, 'This bad event was mended or dropped already.'),
  unknownWebhook: problem('unknown_webhook', 404, 'There is no webhook endpoint of this id.'),
  unknownDelivery: problem('unknown_delivery', 404, 'There is no delivery of this id.'),
  webhookNotActive: problem('webhook_not_active', 409, 'This webhook endpoint is not active.'),
  forbiddenAddress: problem('forbidden_address', 422, 'Webhooks are not sent to this address.'),
  tooManyEndpoints: problem('too_many_endpoints', 409, 'There are as many webhook endpoints as there may be.'),
  unknownLink: problem('unknown_link', 404, 'There is no link of this id.'),
  foreignDestination: problem('foreign_destination', 422, 'Links may not lead to this host.'),
  linksOff: problem('links_off', 409, 'This Usher has no link domain; USHER_LINK_URL names one.'),
  unknownJourney: problem('unknown_journey', 404, 'There is no journey of this name.'),
  journeyChanged: problem('journey_changed', 409, 'Somebody changed this journey meanwhile.'),
  badJourney: problem('bad_journey', 422, 'The journey can not be saved like this.'),
  unknownCarrier: problem('unknown_carrier', 404, 'There is no carrier of this name.'),
  unknownSuppression: problem(
    'unknown_suppression',
    404,
    'There is no suppression of this id. It may have been lifted.',
  ),
  stopStays: problem('stop_stays', 422, 'A STOP is lifted only where it is said how the person asked for that.'),
  unknownSender: problem('unknown_sender', 404, 'There is no sender of this name.'),
  unknownVersion: problem('unknown_version', 404, 'There is no such version.'),
  unknownRegion: problem('unknown_region', 422, 'There is no such region.'),
  neverOpens: problem('never_opens', 422, 'With these hours nobody there could ever be texted.'),
  widerThanShipped: problem('wider_than_shipped', 422, 'This is wider than the rule that is shipped for the region.'),
  forgedCall: problem('forged_call', 403, 'This call does not show that it comes from the carrier.'),
  unsignedCall: problem('unsigned_call', 503, 'This call is not signed. Come again with a signature.'),
  unreadableCall: problem('unreadable_call', 400, 'This call does not say what a call of this carrier has to.'),
  wrongLine: problem('wrong_line', 422, 'Carriers, senders and routes would not work together so.'),
  lineChanged: problem('line_changed', 409, 'Somebody changed it meanwhile. Read it again, and change that.'),
  clockGoesAhead: problem('clock_goes_ahead', 422, 'The clock can only be moved ahead.'),
  away: problem('database_away', 503, 'The database is away. Ask again, with the same idempotency key.'),
  stopping: problem('stopping', 503, 'This server is stopping. Ask another, or again in a moment.'),
  internal: problem('internal', 500, 'Something broke here. The log says what.'),
} as const

export type ProblemName = keyof typeof problems

export const docsOf = (code: string) => `/docs/problems#${code}`

export function problemBody(name: ProblemName, detail?: string, errors?: Problem['errors']): Problem {
  const { code, status, title } = problems[name]
  return { type: docsOf(code), title, status, code, ...(detail ? { detail } : {}), ...(errors ? { errors } : {}) }
}

export function answerProblem(
  c: Context,
  name: ProblemName,
  detail?: string,
  errors?: Problem['errors'],
  headers: Record<string, string> = {},
): Response {
  return c.json(problemBody(name, detail, errors), problems[name].status, {
    'content-type': 'application/problem+json',
    ...headers,
  })
}

/** Thrown by a handler to answer with this problem. */
export class Saying extends Error {
  readonly problem: ProblemName
  readonly detail: string | undefined
  readonly errors: Problem['errors']
  readonly headers: Record<string, string>
  constructor(problem: ProblemName, detail?: string, errors?: Problem['errors'], headers: Record<string, string> = {}) {
    super(detail ?? problems[problem].title)
    this.problem = problem
    this.detail = detail
    this.errors = errors
    this.headers = headers
  }
}
