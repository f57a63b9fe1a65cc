// Passwords that leaked elsewhere, tried on many accounts from many addresses: each address and each account sees a try or
// two, so no limit of one of them is reached, and only all of them together show it (facts S3). Each process looks at what
// it is told itself; where several share the traffic, each sees its share of it.

export interface CampaignState {
  isOn: boolean
  /** Of the last minute. */
  failures: number
  accounts: number
  addresses: number
  tries: number
}

export interface Campaign {
  /** Hears of a try; `isKnown`: on a device that is one of theirs. */
  note(at: Date, account: string, address: string, hasSucceeded: boolean, isKnown: boolean): void
  look(at: Date): CampaignState
}

const sliceMs = 10_000
const slices = 6
/** Fewer failures in a minute are a bad evening of forgetful people. */
const least = 50
/** Of what a minute has had lately. */
const timesUsual = 5
const endsAfterMs = 10 * 60_000
/** How much a minute weighs in what is usual: half of it is older than an hour. */
const weight = 1 / 86

interface Slice {
  from: number
  tries: number
  failures: number
  unknownSuccesses: number
  accounts: Set<string>
  addresses: Set<string>
}

export function campaignWatch(told: (state: CampaignState & { at: Date }) => void): Campaign {
  let kept: Slice[] = []
  let usual: number | undefined
  let usualUntil = 0
  let lastSeenAt = Number.NEGATIVE_INFINITY
  let isOn = false

  const sliceOf = (ms: number): Slice => {
    const from = ms - (ms % sliceMs)
    const last = kept.at(-1)
    // What comes late counts now.
    if (last && last.from >= from) return last
    const made = {
      from,
      tries: 0,
      failures: 0,
      unknownSuccesses: 0,
      accounts: new Set<string>(),
      addresses: new Set<string>(),
    }
    kept = [...kept.filter(slice => slice.from > from - slices * sliceMs), made]
    return made
  }
  const look = (at: Date): CampaignState => {
    const ms = at.getTime()
    kept = kept.filter(slice => slice.from > ms - slices * sliceMs)
    const sum = (of: (slice: Slice) => number) => kept.reduce((total, slice) => total + of(slice), 0)
    const union = (of: (slice: Slice) => Set<string>) => new Set(kept.flatMap(slice => [...of(slice)])).size
    const failures = sum(slice => slice.failures)
    const successes = sum(slice => slice.unknownSuccesses)
    const isMuch = failures >= Math.max(least, timesUsual * (usual ?? 0))
    const accounts = isMuch || isOn ? union(slice => slice.accounts) : 0
    // A few tries for each account; somebody who forgot their password tries one account often.
    const isSpread = accounts >= failures / 4
    const isFutile = successes <= 0.25 * (failures + successes)
    const isSeen = isMuch && isSpread && isFutile
    if (isSeen) lastSeenAt = ms
    // What is usual is learnt a minute at a time, and not from an attack.
    if (ms - usualUntil >= 60_000) {
      if (!isSeen && usualUntil > 0) usual = usual === undefined ? failures : usual + weight * (failures - usual)
      usualUntil = ms
    }
    const wasOn = isOn
    isOn = ms - lastSeenAt < endsAfterMs
    const state = {
      isOn,
      failures,
      accounts,
      addresses: isOn ? union(slice => slice.addresses) : 0,
      tries: sum(slice => slice.tries),
    }
    if (isOn !== wasOn) told({ ...state, at })
    return state
  }
  return {
    note(at, account, address, hasSucceeded, isKnown) {
      const slice = sliceOf(at.getTime())
      slice.tries++
      if (hasSucceeded) slice.unknownSuccesses += isKnown ? 0 : 1
      else {
        slice.failures++
        slice.accounts.add(account)
        slice.addresses.add(address)
      }
    },
    look,
  }
}
