// What is counted around codes, and when it is too much: pure, so that it can be read and tested as a table. Facts and their
// sources: OWASP's forgotten-password sheet on flooding, NIST SP 800-63B-4, 3.2.2 on wrong codes; the numbers are ours.
import type { Protection } from '@usher/contract/verification'

/** How long a window is that something is counted in, by business time. Windows begin at multiples of their length. */
export const windowMinutes = {
  address: 60,
  network: 60,
  device: 60,
  number: 1_440,
  'address.wrong': 60,
  'network.wrong': 60,
  'all.wrong': 10,
  'all.right': 10,
  'block.sent': 60,
  'block.right': 60,
  'country.sent': 10,
  'country.right': 10,
  'country.refused': 10,
  spend: 60,
} as const
export type Counted = keyof typeof windowMinutes
export type Counts = Partial<Record<Counted, number>>

export const windowAt = (what: Counted, now: Date): Date => {
  const ms = windowMinutes[what] * 60_000
  return new Date(Math.floor(now.getTime() / ms) * ms)
}
const secondsLeft = (what: Counted, now: Date): number =>
  Math.ceil((windowAt(what, now).getTime() + windowMinutes[what] * 60_000 - now.getTime()) / 1_000)

/** Codes of one account within the time that a code may live at most. */
export const mostSends = 5
export const sendWindowMs = 10 * 60_000
/** Tries of one code (PSD2 RTS, article 4(3)(b)). */
export const mostChecks = 5
/**
 * Wrong codes of one account since the last right one, which no new code resets (NIST SP 800-63B-4, 3.1.3.2: at most 100).
 * Strangers can use up their share; what is left is for devices that had a right code before.
 */
const mostWrong = { stranger: 80, known: 20 } as const
/** In spraying, a stranger's code: one guess in ten thousand million, instead of one in a million. */
export const longDigits = 10

/** What is known of an account when a code is asked for or tried. */
export interface Account {
  isKnown: boolean
  /** Wrong codes since the last right one: of strangers, and of known devices. */
  wrong: number
  knownWrong: number
  wrongAt: Date | null
}

/** After ten wrong codes strangers wait before the next one is sent: half a minute, then longer, up to an hour. */
function waitOf({ wrong, wrongAt }: Account, now: Date): number {
  if (wrong < 10 || wrongAt === null) return 0
  const seconds = Math.min(3_600, 30 * 2 ** (Math.floor(wrong / 10) - 1))
  return Math.max(0, Math.ceil((wrongAt.getTime() + seconds * 1_000 - now.getTime()) / 1_000))
}

/** Why somebody may not ask, or try: said to whoever asked, for it tells nothing of whether there is such an account. */
export type TooMuch = { kind: 'codes' | 'wrong_codes'; waitSeconds: number | null }

const usedUp = ({ isKnown, wrong, knownWrong }: Account): boolean =>
  isKnown ? knownWrong >= mostWrong.known : wrong >= mostWrong.stranger

/** Judges one more code, which is counted already. */
export function tooManySends(account: Account, counts: Counts, protection: Protection, now: Date): TooMuch | null {
  if (usedUp(account)) return { kind: 'wrong_codes', waitSeconds: null }
  if (account.isKnown) return null
  const wait = waitOf(account, now)
  if (wait > 0) return { kind: 'codes', waitSeconds: wait }
  return tooManyAsked(account, counts, protection, now) ?? tooManyTries(account, counts, protection, now)
}

/** Judges one more that was asked for from one place; of links, too, which nobody can guess: no wrong code stands in their way. */
export function tooManyAsked({ isKnown }: Account, counts: Counts, protection: Protection, now: Date): TooMuch | null {
  if (isKnown) return null
  const most = {
    address: protection.perAddressHour,
    network: protection.perNetworkHour,
    device: protection.perDeviceHour,
  } as const
  for (const what of ['address', 'network', 'device'] as const)
    if ((counts[what] ?? 0) > most[what]) return { kind: 'codes', waitSeconds: secondsLeft(what, now) }
  return null
}

/** Judges one more try. */
export function tooManyTries(account: Account, counts: Counts, protection: Protection, now: Date): TooMuch | null {
  if (usedUp(account)) return { kind: 'wrong_codes', waitSeconds: null }
  if (account.isKnown) return null
  if ((counts['address.wrong'] ?? 0) >= protection.wrongPerAddressHour)
    return { kind: 'wrong_codes', waitSeconds: secondsLeft('address.wrong', now) }
  if ((counts['network.wrong'] ?? 0) >= protection.wrongPerNetworkHour)
    return { kind: 'wrong_codes', waitSeconds: secondsLeft('network.wrong', now) }
  return null
}

/** Whether somebody tries one code on many accounts from many places. */
export const isSprayed = (counts: Counts, { sprayed }: Protection): boolean =>
  (counts['all.wrong'] ?? 0) > sprayed && (counts['all.wrong'] ?? 0) > 2 * (counts['all.right'] ?? 0)

/** Why a code is not sent although it may be asked for. Not said to whoever asked: it depends on who has the account. */
export type NotSent =
  | 'no_account'
  | 'country_closed'
  | 'country_blocked'
  | 'block_blocked'
  | 'block_velocity'
  | 'number_flooded'
  | 'spend_ceiling'
  | 'sim_swapped'
  | 'sim_unknown'

export interface Destination {
  /** Whether there are subscribers enough, or the operator opened it. */
  isOpen: boolean
  isByNumber: boolean
  blocked: 'country' | 'block' | null
  /** An operator lifted a block of it. */
  isAllowed: boolean
}

/** Judges where a code would go, which is counted already; pumping is money for somebody who gets a share of each text. */
export function notSent(
  { isKnown }: Pick<Account, 'isKnown'>,
  to: Destination,
  counts: Counts,
  protection: Protection,
): NotSent | null {
  // Strangers can't use up what a known device gets.
  if ((counts.number ?? 0) > protection.perNumberDay * (isKnown ? 2 : 1)) return 'number_flooded'
  if (to.isByNumber && !to.isOpen) return 'country_closed'
  if (!to.isAllowed) {
    if (to.blocked !== null && !isKnown) return `${to.blocked}_blocked`
    const open = (counts['block.sent'] ?? 0) - (counts['block.right'] ?? 0)
    if (open > protection.openPerBlockHour && !isKnown) return 'block_velocity'
  }
  const spent = (counts.spend ?? 0) / 1_000_000
  if (protection.spendPerHour !== null && spent >= protection.spendPerHour && !isKnown) return 'spend_ceiling'
  return null
}

/** Whether too few of the codes that went to one place came back. */
export const isPumped = (sent: number, right: number, { conversionFrom, leastConversion }: Protection): boolean =>
  sent >= conversionFrom && right < leastConversion * sent
