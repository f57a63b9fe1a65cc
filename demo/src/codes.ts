// Codes by text, asked of Usher: started, sent again, checked, and followed to the phone; and links to mail. Whatever goes wrong
// is a sentence for whoever looks at the page.
import { type Answer, type Body, type UsherClient, UsherProblem } from '@usher/contract/client'
import type { CodeTry, Seen, Try } from './sessions.ts'

type Verification = Answer<'resendVerification'>
type Delivery = Answer<'getVerification'>['delivery']

/** What was asked for, or a sentence that says why not. */
export type Said<T> = { value: T; sentence?: undefined } | { value?: undefined; sentence: string }

export interface Codes {
  /** `id` is the session: the code is refused in every other. */
  start(of: { subscriber: string; id: string; kind: Try['kind']; seen: Seen }): Promise<Said<Verification>>
  again(begun: CodeTry): Promise<Said<Verification>>
  /** Answers undefined as its value where the code was right; else a sentence. */
  check(begun: CodeTry, typed: Pick<Body<'checkVerification'>, 'code' | 'recoveryCode'>): Promise<Said<true>>
  /** What becomes of the text, as it happens. Only for a page whose reader is known to have the account. */
  follow(begun: CodeTry, signal: AbortSignal): AsyncGenerator<string>
  /** A link to mail, by which a new password is chosen. */
  link(of: { subscriber: string; seen: Seen }): Promise<Said<string>>
  /** Who came by such a link, and whether they want to be signed out everywhere else. */
  redeem(proof: string): Promise<Said<Answer<'redeemResetLink'>>>
}

export type CodesClient = Pick<
  UsherClient,
  | 'startVerification'
  | 'resendVerification'
  | 'checkVerification'
  | 'getVerification'
  | 'makeResetLink'
  | 'redeemResetLink'
>

export function codes(usher: CodesClient): Codes {
  return {
    start: ({ subscriber, id, kind, seen: { ip, device } }) =>
      said(usher.startVerification({ subscriber, purpose: kind, session: id, ip, device, anotherCarrier: true })),
    again: ({ verification, seen: { ip, device } }) => said(usher.resendVerification(verification, { ip, device })),
    async check({ verification, id, seen: { ip, device }, kind }, typed) {
      const checked = await said(
        usher.checkVerification(verification, { ...typed, purpose: kind, session: id, ip, device }),
      )
      if (checked.sentence !== undefined) return checked
      const { result, verification: after } = checked.value
      switch (result) {
        case 'approved':
          return { value: true }
        case 'over':
          return { sentence: 'That code counts no more. Have another one sent.' }
        case 'wrong':
          return { sentence: `${kind === 'recovery' ? 'The two codes are' : 'That code is'} not right. ${left(after)}` }
      }
    },
    async *follow({ verification, tag }, signal) {
      for (let since: string | undefined, last = ''; ; ) {
        const view = await usher.getVerification(verification, { since, wait: since === undefined ? 0 : 20, signal })
        since = view.version
        // The text was in doubt, so another carrier took a new code meanwhile, and the first is dead.
        if (view.tag !== tag) yield `It may not arrive, so we sent another one: it says “Request ${view.tag}”.`
        tag = view.tag
        const sentence = onTheWay[view.delivery.state]
        if (sentence !== last) yield sentence
        last = sentence
        if (view.state !== 'pending' || !isGoing.has(view.delivery.state)) return
      }
    },
    // No session: the mail may be read on another device than the one that asked.
    async link({ subscriber, seen: { ip, device } }) {
      const made = await said(usher.makeResetLink({ subscriber, ip, device }))
      return made.sentence === undefined ? { value: made.value.url } : made
    },
    redeem: proof => said(usher.redeemResetLink({ proof })),
  }
}

const left = ({ checksLeft }: Verification) =>
  checksLeft === 0
    ? 'It counts no more: have another one sent.'
    : `${checksLeft === 1 ? 'One try is' : `${checksLeft} tries are`} left.`

const isGoing = new Set<Delivery['state']>(['sending', 'sent', 'undelivered'])
const onTheWay: Record<Delivery['state'], string> = {
  sending: 'It is on its way.',
  sent: 'Your carrier has it.',
  delivered: 'It is on your phone.',
  undelivered: 'It did not reach your phone. Is it on?',
  refused: 'It can’t be sent to your phone now. Help knows another way.',
  none: 'It can’t be sent to your phone now. Help knows another way.',
}

async function said<T>(asked: Promise<T>): Promise<Said<T>> {
  try {
    return { value: await asked }
  } catch (error) {
    return { sentence: sentenceOf(error) }
  }
}

function sentenceOf(error: unknown): string {
  const { code, retryAfterMs } = error instanceof UsherProblem ? error : { code: 'away', retryAfterMs: undefined }
  switch (code) {
    case 'too_many_codes':
      return `Enough codes were sent for now. ${waitOf(retryAfterMs)}`
    case 'too_many_wrong_codes':
      return `Too many codes were wrong. ${waitOf(retryAfterMs)}`
    case 'verification_over':
    case 'unknown_verification':
      return 'This took too long. Begin anew.'
    case 'reset_over':
      return 'This link counts no more. Ask for another one.'
    case 'invalid_request':
      return 'That is no code. It is the digits in the text.'
    default:
      return 'We can’t do this just now. Try again in a minute.'
  }
}

function waitOf(ms: number | undefined): string {
  if (ms === undefined) return 'Help knows another way.'
  if (ms < 90_000) return `Try again in ${Math.ceil(ms / 1_000)} seconds.`
  return `Try again in ${Math.ceil(ms / 60_000)} minutes.`
}
