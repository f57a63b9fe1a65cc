// How well each carrier does, by country: what it takes, how fast it answers, what arrives. A slow or failing one loses
// weight at once and gets it back little by little; a broken one is skipped. Every figure can be asked for.
import type { Health as HealthView } from '@usher/contract/carrier'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'

/** Counts that fade: what happened a minute ago counts for half. */
export interface Tally {
  taken: number
  /** Not taken for a reason of its own, or not answered. That it asks to slow down is no failure, nor is a wrong number. */
  failed: number
  /** Sum over those that were answered. */
  answerMs: number
  answered: number
  delivered: number
  undelivered: number
  /** Sum over the delivered: from taken to delivered. */
  deliveryMs: number
}

/** What one process sees of a carrier; as the others read it. */
export interface Seen {
  isUp: boolean
  /** Nothing on the wire was answered for too long. */
  isSilent: boolean
  /** By country; '' is over all. */
  tallies: Record<string, Tally>
}

export interface Watched {
  readonly name: string
  readonly isUp: boolean
  /** How long what is on the wire has waited without any answer; 0 where nothing is. */
  readonly silentForMs: number
}

export interface Health {
  /** 0 to 1: what a carrier's weight is multiplied by. 0: it is skipped. */
  factor(carrier: string, country: string | null): number
  isBroken(carrier: string): boolean
  /** Over all, then by country. */
  view(carrier: string): HealthView[]
  of(carrier: string, country: string | null): HealthView
  /** What this process sees, for the others. */
  seen(): Map<string, Seen>
  /** What the others see. */
  hear(others: readonly { carrier: string; seen: Seen }[]): void
  /** Its settings are changed: what it lost under the old ones it need not regain. */
  forget(carrier: string): void
  /** Looks again. Goes up by one whenever a factor changed: what was computed from them is stale. */
  look(): void
  readonly version: number
  /** Called when a carrier breaks, or comes back. */
  onTurn(turned: (carrier: string, isBroken: boolean) => void): () => void
  stop(): void
}

const halfLifeMs = 60_000
/** What is on the wire must be answered within this, and a few times what the carrier usually takes. */
const silentMs = 1_500
/** How many of a kind it takes to say something about a share. */
const fewSubmits = 5
const fewReceipts = 20
/** What is left of the weight at the worst, so that a carrier that works again is noticed. */
const least = 0.02
/** From nothing to everything in half a minute. */
const regainPerMs = 1 / 30_000

const none = (): Tally => ({
  taken: 0,
  failed: 0,
  answerMs: 0,
  answered: 0,
  delivered: 0,
  undelivered: 0,
  deliveryMs: 0,
})

export function carrierHealth(clock: Clock, events: EventBus, watched: () => readonly Watched[]): Health {
  const own = new Map<string, Map<string, Tally>>()
  let others = new Map<string, Seen[]>()
  /** What is in force, by carrier and country. */
  const current = new Map<string, Map<string, { factor: number; reason: string | null }>>()
  const broken = new Set<string>()
  /** Those of the broken ones that worked before. */
  const told = new Set<string>()
  /** Those that worked at some time: only what was lost has to be regained. */
  const known = new Set<string>()
  const listeners = new Set<(carrier: string, isBroken: boolean) => void>()
  let version = 0
  let lookedAtMs = clock.monotonic()

  const tallyOf = (carrier: string, country: string): Tally => {
    const tallies = own.get(carrier) ?? new Map<string, Tally>()
    own.set(carrier, tallies)
    const tally = tallies.get(country) ?? none()
    tallies.set(country, tally)
    return tally
  }
  const count = (carrier: string, country: string | null, add: (tally: Tally) => void) => {
    add(tallyOf(carrier, ''))
    if (country !== null) add(tallyOf(carrier, country))
  }
  const listening = [
    // A session that is lost or bound counts at once, not from the next look on.
    events.on('bind.state', () => look()),
    events.on('carrier.answered', list => {
      for (const { channel, country, means, status, ms, parts } of list)
        count(channel, country, tally => {
          if (means === 'taken') tally.taken += parts
          else if (means === 'unanswered' || (means === 'later' && isFailure(status))) tally.failed += parts
          if (means !== 'unanswered' && ms !== null) {
            tally.answerMs += ms
            tally.answered++
          }
        })
    }),
    events.on('message.moved', list => {
      for (const { channel, country, state, sinceSubmittedMs } of list) {
        if (channel === null || sinceSubmittedMs === undefined) continue
        if (state === 'delivered')
          count(channel, country, tally => {
            tally.delivered++
            tally.deliveryMs += sinceSubmittedMs
          })
        else if (state === 'undeliverable' || state === 'expired')
          count(channel, country, tally => {
            tally.undelivered++
          })
      }
    }),
  ]

  const isSilent = (one: Watched) => {
    const all = own.get(one.name)?.get('')
    const usualMs = all && all.answered > 0.5 ? all.answerMs / all.answered : 0
    return one.silentForMs > silentMs + 5 * usualMs
  }

  /** All processes' counts together. */
  function together(carrier: string, country: string): Tally {
    const sum = { ...none(), ...own.get(carrier)?.get(country) }
    for (const seen of others.get(carrier) ?? []) {
      const tally = seen.tallies[country]
      if (tally) for (const key of keysOf(sum)) sum[key] += tally[key]
    }
    return sum
  }

  function look(): void {
    const nowMs = clock.monotonic()
    const passedMs = nowMs - lookedAtMs
    lookedAtMs = nowMs
    const kept = 0.5 ** (passedMs / halfLifeMs)
    for (const tallies of own.values())
      for (const [country, tally] of tallies) {
        for (const key of keysOf(tally)) tally[key] *= kept
        if (country !== '' && tally.taken + tally.failed + tally.delivered + tally.undelivered < 0.05)
          tallies.delete(country)
      }
    const here = new Map(watched().map(one => [one.name, one]))
    const carriers = new Set([...here.keys(), ...others.keys()])
    for (const carrier of [...current.keys()]) if (!carriers.has(carrier)) current.delete(carrier)
    // Whoever comes back into the line begins anew.
    for (const carrier of [...known]) if (!carriers.has(carrier)) known.delete(carrier)
    for (const carrier of carriers) {
      const mine = here.get(carrier)
      const elsewhere = others.get(carrier) ?? []
      const isUp = mine?.isUp === true || elsewhere.some(seen => seen.isUp)
      // Who hears answers knows more than who hears none.
      const works = (mine?.isUp && !isSilent(mine)) || elsewhere.some(one => one.isUp && !one.isSilent)
      const why = works ? null : isUp ? 'It answers nothing of what is on the wire.' : 'No session is bound.'
      const factors = current.get(carrier) ?? new Map<string, { factor: number; reason: string | null }>()
      const isNew = !known.has(carrier)
      if (works) known.add(carrier)
      current.set(carrier, factors)
      const countries = new Set([
        '',
        ...(own.get(carrier)?.keys() ?? []),
        ...elsewhere.flatMap(seen => Object.keys(seen.tallies)),
      ])
      for (const country of factors.keys()) if (!countries.has(country)) factors.delete(country)
      for (const country of countries) {
        const before = isNew ? undefined : (factors.get(country) ?? factors.get(''))
        const earned = why === null ? earnedBy(together(carrier, country), country) : { factor: 0, reason: why }
        const most = before ? Math.max(least, before.factor) + passedMs * regainPerMs : 1
        const factor = Math.min(earned.factor, most)
        const reason =
          earned.reason ??
          (factor < 0.995 ? 'It did badly a moment ago, and gets its weight back little by little.' : null)
        if (!before || Math.abs(factor - before.factor) > 0.001 || !factors.has(country)) version++
        factors.set(country, { factor, reason })
      }
      turn(carrier, why !== null)
    }
  }

  function turn(carrier: string, isBroken: boolean): void {
    if (broken.has(carrier) === isBroken) return
    if (isBroken) broken.add(carrier)
    else broken.delete(carrier)
    version++
    // One that is only being bound for the first time is not told as broken, nor then as back.
    if (isBroken && !known.has(carrier)) return
    if (isBroken) told.add(carrier)
    else if (!told.delete(carrier)) return
    for (const listener of listeners) listener(carrier, isBroken)
  }

  const view = (carrier: string, country: string): HealthView => {
    const tally = together(carrier, country)
    const { factor, reason } = current.get(carrier)?.get(country) ??
      current.get(carrier)?.get('') ?? { factor: 1, reason: null }
    const submits = tally.taken + tally.failed
    const ends = tally.delivered + tally.undelivered
    const share = (part: number, whole: number) => (whole < 0.5 ? null : round(part / whole, 3))
    return {
      country: country === '' ? null : country,
      factor: round(factor, 3),
      isBroken: broken.has(carrier),
      submits: round(submits, 1),
      taken: share(tally.taken, submits),
      responseMs: tally.answered < 0.5 ? null : Math.round(tally.answerMs / tally.answered),
      delivered: share(tally.delivered, ends),
      deliveryMs: tally.delivered < 0.5 ? null : Math.round(tally.deliveryMs / tally.delivered),
      reason,
    }
  }

  return {
    factor(carrier, country) {
      const factors = current.get(carrier)
      // One that nobody watches has no process that sends by it.
      if (!factors) return 0
      return (country === null ? undefined : factors.get(country)?.factor) ?? factors.get('')?.factor ?? 1
    },
    isBroken: carrier => broken.has(carrier) || !current.has(carrier),
    of: (carrier, country) => view(carrier, country !== null && current.get(carrier)?.has(country) ? country : ''),
    view(carrier) {
      const countries = [...(current.get(carrier)?.keys() ?? [''])].sort()
      return countries.map(country => view(carrier, country))
    },
    seen: () =>
      new Map(
        watched().map(one => [
          one.name,
          { isUp: one.isUp, isSilent: isSilent(one), tallies: Object.fromEntries(own.get(one.name) ?? []) },
        ]),
      ),
    hear(list) {
      others = new Map()
      for (const { carrier, seen } of list) others.set(carrier, [...(others.get(carrier) ?? []), seen])
      look()
    },
    forget(carrier) {
      known.delete(carrier)
      told.delete(carrier)
      own.delete(carrier)
    },
    look,
    get version() {
      return version
    },
    onTurn(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    stop() {
      for (const off of listening) off()
    },
  }
}

/** What the figures of a carrier are worth, and in a sentence why not all. */
export function earnedBy(tally: Tally, country: string): { factor: number; reason: string | null } {
  const where = country === '' ? '' : ` from ${country}`
  const faults: { factor: number; reason: string }[] = []
  const submits = tally.taken + tally.failed
  const taken = tally.taken / submits
  if (submits >= fewSubmits && taken < 0.9)
    faults.push({ factor: (taken - 0.3) / 0.6, reason: `It took only ${percent(taken)} of what it was given${where}.` })
  const answerMs = tally.answerMs / tally.answered
  if (tally.answered >= fewSubmits && answerMs > 1_000)
    faults.push({ factor: 1_000 / answerMs, reason: `It takes ${seconds(answerMs)} to answer${where}.` })
  const ends = tally.delivered + tally.undelivered
  const delivered = tally.delivered / ends
  if (ends >= fewReceipts && delivered < 0.9)
    faults.push({
      factor: Math.max(0.05, (delivered - 0.4) / 0.5),
      reason: `Only ${percent(delivered)} of its receipts${where} said delivered.`,
    })
  const deliveryMs = tally.deliveryMs / tally.delivered
  if (tally.delivered >= fewReceipts && deliveryMs > 30_000)
    faults.push({
      factor: Math.max(0.3, 30_000 / deliveryMs),
      reason: `Its texts${where.replace('from', 'to')} take ${seconds(deliveryMs)} to arrive.`,
    })
  const worst = [...faults].sort((one, other) => one.factor - other.factor)[0]
  const factor = faults.reduce((product, fault) => product * fault.factor, 1)
  return { factor: Math.min(1, Math.max(least, factor)), reason: worst?.reason ?? null }
}

/** That it asks to slow down is flow, not failure; that there was no room or no hour for a text is ours. */
const isFailure = (status: string) => !/THROTTLED|MSGQFUL|^429$|^no_|^hours$/.test(status)

const keysOf = (tally: Tally) => Object.keys(tally) as (keyof Tally)[]
const round = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits
const percent = (share: number) => `${Math.round(share * 100)} %`
const seconds = (ms: number) => `${round(ms / 1_000, 1)} s`
