// How many of their owners are asked for more, and how many attackers are caught: over generated sign-ins of half a year
// (rba-data.ts), judged one after the other as the server judges them. The bounds are what it does, with a little room.
import { readFileSync } from 'node:fs'
import { firstSignInRules } from '@usher/contract/sign-in'
import { expect, test } from 'vitest'
import { readAgent } from './agent.ts'
import { type GeneratedSignIn, generateSignIns } from './rba-data.ts'
import { type Attempt, type CountedFeature, type Everyone, type History, judge, type Seen, valuesOf } from './risk.ts'

const until = new Date('2026-11-02T00:00:00Z')
const quiet = { address: { accounts: 0, failed: 0, tries: 0 }, isCampaign: false, habits: { kind: 'none' } as const }

/** Counts of everyone, as everyone.ts keeps them. */
function counting(): Everyone & { add(seen: Seen): void } {
  const counts = new Map<string, number>()
  const more = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1)
  return {
    share: (feature: CountedFeature, value, given) =>
      ((counts.get(`${feature} ${given} ${value}`) ?? 0) + 0.5) / ((counts.get(`${feature} ${given}`) ?? 0) + 1),
    add(seen) {
      for (const { name, value, given } of valuesOf(seen)) {
        more(`${name} ${given} ${value}`)
        more(`${name} ${given}`)
      }
    },
  }
}

const seenOf = ({ row, device, place, isHidden }: GeneratedSignIn): Seen => ({
  ...{
    at: new Date(row['Login Timestamp']),
    country: row.Country,
    city: row.City,
    asn: row.ASN,
    place,
    isHidden,
    device,
  },
  ...{ address: row['IP Address'], agent: readAgent(row['User Agent String']) },
})

interface Judged {
  who: GeneratedSignIn['who']
  score: number
  answer: string
  /** How many sign-ins it was compared with. */
  known: number
}

/** Who is challenged and passes is let in and known from then on; an attacker does not pass. */
function play(seed: number): Judged[] {
  const everyone = counting()
  const histories = new Map<string, History>()
  const judged: Judged[] = []
  for (const signIn of generateSignIns(seed, { subscribers: 2_000, days: 183, attacks: 400 }, until)) {
    const { row, who } = signIn
    const seen = seenOf(signIn)
    const history = histories.get(row['User ID']) ?? { accepted: [], failures: [] }
    const outcome = row['Login Successful'] ? 'succeeded' : 'failed'
    const attempt: Attempt = { ...seen, outcome, factor: 'password' }
    const { answer, score } = judge(attempt, history, everyone, quiet, firstSignInRules)
    if (outcome === 'succeeded') judged.push({ who, score, answer, known: history.accepted.length })
    const isLetIn = outcome === 'succeeded' && (answer === 'allow' || (answer === 'challenge' && who === 'owner'))
    if (isLetIn) everyone.add(seen)
    histories.set(row['User ID'], {
      accepted: isLetIn ? [seen, ...history.accepted].slice(0, 50) : history.accepted,
      failures: outcome === 'failed' ? [seen, ...history.failures].slice(0, 20) : history.failures,
    })
  }
  return judged
}

const share = (list: readonly Judged[], is: (one: Judged) => boolean) =>
  list.filter(is).length / Math.max(1, list.length)

/** Those who are known: what is judged by one or two sign-ins before is let through mostly, whoever it is. */
const known = (judged: readonly Judged[], who: Judged['who']) => judged.filter(one => one.who === who && one.known >= 3)
const kinds = ['owner', 'naive', 'vpn', 'targeted'] as const
const percent = (part: number) => `${(100 * part).toFixed(1)}%`

for (const seed of [1, 2, 3])
  test(`of their owners' sign-ins one in twenty is challenged, and none denied; most attackers are caught (seed ${seed})`, () => {
    const judged = play(seed)

    const stopped = Object.fromEntries(
      kinds.map(who => [who, share(known(judged, who), ({ answer }) => answer !== 'allow')]),
    ) as Record<Judged['who'], number>
    expect(known(judged, 'owner').length).toBeGreaterThan(10_000)
    expect(stopped.owner).toBeLessThan(0.05)
    expect(stopped.naive).toBeGreaterThan(0.95)
    expect(stopped.vpn).toBeGreaterThan(0.9)
    expect(stopped.targeted).toBeGreaterThan(0.7)
    expect(known(judged, 'owner').filter(({ answer }) => answer === 'deny')).toEqual([])
  })

test('docs/sign-ins.md shows what each threshold does', () => {
  const judged = play(2026)

  const page = readFileSync(new URL('../../../docs/sign-ins.md', import.meta.url), 'utf8')
  const shown = [...page.matchAll(/^\| (-?[\d.]+) \| ([\d.]+%) \| ([\d.]+%) \| ([\d.]+%) \| ([\d.]+%) \|$/gm)].map(
    ([, ...cells]) => cells,
  )
  const report = [-0.5, 0, 0.5, 1, 1.5, 2, 3].map(threshold => [
    String(threshold),
    ...kinds.map(who => percent(share(known(judged, who), ({ score }) => score >= threshold))),
  ])
  expect(shown).toEqual(report)
})

test('the generated sign-ins have the 15 columns of the public set, and the same seed gives the same', () => {
  const some = (seed: number) => generateSignIns(seed, { subscribers: 50, days: 60, attacks: 5 }, until)
  const columns = [
    ...['Login Timestamp', 'User ID', 'Round-Trip Time [ms]', 'IP Address', 'Country', 'Region', 'City', 'ASN'],
    ...['User Agent String', 'Browser Name and Version', 'OS Name and Version', 'Device Type', 'Login Successful'],
    ...['Is Attack IP', 'Is Account Takeover'],
  ]

  expect(Object.keys(some(1)[0]!.row)).toEqual(columns)
  expect(some(1)).toEqual(some(1))
  expect(some(1)).not.toEqual(some(2))
})
