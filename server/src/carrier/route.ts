// Which carrier, originator and price a text takes. Here one carrier has all of them; the rules by country come with more.
import type { Purpose, Rules } from '../message/purpose.ts'
import { rulesOf } from '../message/purpose.ts'

export interface Route {
  /** The queue's key: the carrier, or a bind group of it. */
  channel: string
  originator: string
  /** Millionths of the currency for each segment. */
  microsPerSegment: number
}

export interface Senders {
  /** The address on the wire for each sender identity: a short code, a long number or a name. */
  main: string
  security: string
}

export interface Prices {
  currency: string
  /** Millionths for each segment, by country; `other` for the rest. */
  micros: Record<string, number> & { other: number }
}

export function router(
  channel: string,
  senders: Senders,
  prices: Prices,
): (country: string | null, purpose: Purpose) => Route {
  return (country, purpose) => {
    const { sender }: Rules = rulesOf[purpose]
    return {
      channel,
      originator: senders[sender],
      microsPerSegment: prices.micros[country ?? 'other'] ?? prices.micros.other,
    }
  }
}

/** Millionths as an amount with as many decimals as it needs, two at least. */
export function amount(micros: number): string {
  const text = (micros / 1_000_000).toFixed(6)
  return text.replace(/(\.\d\d\d*?)0+$/, '$1')
}
