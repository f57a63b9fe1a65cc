// Generated households of a streaming service, and what becomes of them over the weeks: holidays, children who get a profile,
// partners who move in, students abroad, guests, new televisions. The detector (habits.ts) knows none of it.
//
// What each number is based on is said beside it. "About": a published figure of the kind named, rounded and from memory, so take
// it for an order of magnitude; "ours": made up, and rather on the side of more change than there is.
import { seeded } from '../simulator/knobs.ts'
import type { Watched } from './habits.ts'

export interface GeneratedHousehold {
  /** In order of time. */
  views: Watched[]
  /** What happened to it, for who looks at an alarm. */
  lived: string[]
  /** When somebody else began to watch on their account; null: nobody. */
  takenOverAt: Date | null
}

interface Member {
  name: string
  devices: string[]
  languages: readonly (readonly [string, number])[]
  kinds: readonly (readonly [string, number])[]
  /** Hours of the day (UTC) that they begin at. */
  hours: readonly (readonly [number, number])[]
  /** Quarters of an hour on a day, in the middle. */
  quarters: number
}

/** Persons in a household: about what Eurostat has for the EU. */
const sizes = [
  ...([
    [1, 0.36],
    [2, 0.32],
    [3, 0.14],
    [4, 0.13],
    [5, 0.05],
  ] as const),
] as const
/** Of the adults; children in about a quarter of households (Eurostat), here by size. */
const evening = [
  [17, 1],
  [18, 2],
  [19, 3],
  [20, 3],
  [21, 2],
  [22, 1],
] as const
const lateNight = [
  [22, 2],
  [23, 2],
  [0, 2],
  [1, 1],
] as const
const afternoon = [
  [6, 1],
  [13, 1],
  [14, 2],
  [15, 3],
  [16, 3],
  [17, 2],
] as const
const tastes = [
  [
    ['series', 5],
    ['film', 3],
    ['documentary', 1],
    ['sport', 1],
  ],
  [
    ['film', 5],
    ['series', 2],
    ['documentary', 2],
  ],
  [
    ['sport', 5],
    ['series', 3],
    ['film', 1],
  ],
] as const
const childKinds = [
  ['children', 8],
  ['film', 1],
] as const

const homes = ['FR', 'DE', 'GB', 'ES', 'PL'] as const
const languageOf: Record<string, string> = {
  FR: 'fr',
  DE: 'de',
  GB: 'en',
  ES: 'es',
  PL: 'pl',
  IT: 'it',
  PT: 'pt',
  TR: 'tr',
  US: 'en',
  TH: 'th',
  BR: 'pt',
  RU: 'ru',
  VN: 'vi',
  IN: 'hi',
}
const abroad = ['ES', 'IT', 'FR', 'PT', 'TR', 'GB', 'US', 'TH', 'DE'] as const
/** Where sold accounts are watched; one in four is watched in the household's own language (ours). */
const buyers = ['BR', 'IN', 'TR', 'RU', 'VN', 'US', 'PL', 'ES'] as const

/** Chances, by week of a household unless said otherwise. */
const chances = {
  /** Nights away: about six in ten Europeans travel in a year, some twice, a third of trips abroad; longer in summer. */
  holiday: 0.03,
  /** Of those, at least one stays at home (ours). */
  somebodyStays: 0.25,
  /** A hotel's or a rented flat's television, signed in with the account (ours). */
  hotelTv: 0.3,
  /** What is watched there in the language of the place (ours). */
  localLanguage: 0.05,
  /** A child gets a profile: about 9 births per 1,000 people and year, two or three years later. */
  childProfile: 0.0006,
  /** A partner, a grandparent or a lodger moves in: ours, 4% a year; half of them speak another language. */
  movesIn: 0.0008,
  /** A student goes abroad: about a million and a half in the EU, of 200 million households; ours, four times that. */
  studentAbroad: 0.0006,
  /** A machine is replaced or added: about one in a year and a half for each person. */
  newDevice: 0.013,
  /** Guests for a weekend who sign in on their own machines, a third with another language (ours). */
  guests: 0.01,
  /** Works abroad some days of the week, on a known laptop, with the family at home (ours, of households). */
  commuter: 0.01,
  /** Learns a language and watches in it from some day on (ours, of households and half year). */
  learner: 0.03,
} as const

const dayMs = 86_400_000
const quarterMs = 15 * 60_000

export function generateHousehold(seed: number, weeks: number, start: Date, isTakenOver: boolean): GeneratedHousehold {
  const random = seeded(seed)
  const below = (n: number) => Math.floor(random() * n)
  const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!
  const pick = <T>(of: readonly (readonly [T, number])[]): T => {
    let left = random() * of.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [one, weight] of of) {
      left -= weight
      if (left < 0) return one
    }
    return of.at(-1)![0]
  }
  const lived: string[] = []
  const home = oneOf(homes)
  const own = languageOf[home]!
  let made = 0
  const device = (kind: string) => `${kind}-${made++}`

  const tv = device('tv')
  const shared = [tv]
  const adult = (language = own): Member => ({
    name: `adult-${made}`,
    devices: [device('phone'), ...(random() < 0.6 ? [device('laptop')] : [])],
    // About a fifth of Europeans watch in the original now and then.
    languages:
      random() < 0.2 && language !== 'en'
        ? [
            [language, 4],
            ['en', 1],
          ]
        : [[language, 1]],
    kinds: oneOf(tastes),
    hours: random() < 0.1 ? lateNight : evening,
    quarters: 2 + below(6),
  })
  const child = (): Member => ({
    ...{ name: `child-${made}`, devices: random() < 0.6 ? [device('tablet')] : [], languages: [[own, 1]] as const },
    ...{ kinds: childKinds, hours: afternoon, quarters: 2 + below(5) },
  })
  const size = pick(sizes)
  const members: Member[] = Array.from({ length: size }, (_, i) => (i < 2 || random() < 0.3 ? adult() : child()))
  const views: Watched[] = []
  const sit = (day: number, who: Member, on: string, country: string, languages = who.languages) => {
    let at = start.getTime() + day * dayMs + (pick(who.hours) * 4 + below(4)) * quarterMs
    const quarters = 1 + below(2 * who.quarters)
    const language = pick(languages)
    const kind = pick(who.kinds)
    for (let q = 0; q < quarters; q++, at += quarterMs)
      views.push({ at: new Date(at), device: on, country, language, kind })
  }

  const isCommuter = random() < chances.commuter
  const commutesTo = oneOf(abroad.filter(one => one !== home))
  const learnsFrom = random() < chances.learner ? below(weeks * 7) : Number.POSITIVE_INFINITY
  let holiday: { until: number; to: string; away: Set<Member>; tv: string | null } | undefined
  let student: { who: Member; to: string; until: number; own: string } | undefined
  let guests: { until: number; who: Member[] } | undefined
  const takenFrom = isTakenOver ? (weeks - 1) * 7 : Number.POSITIVE_INFINITY
  const buyer = oneOf(buyers.filter(one => one !== home))
  const stranger: Member = {
    ...adult(random() < 0.25 ? own : languageOf[buyer]!),
    ...{ devices: [device('stranger-tv'), device('stranger-phone')], hours: oneOf([evening, lateNight, afternoon]) },
  }

  for (let day = 0; day < weeks * 7; day++) {
    if (day % 7 === 0) {
      if (random() < chances.newDevice * size) {
        const fresh = device(oneOf(['tv', 'phone', 'laptop']))
        if (fresh.startsWith('tv')) shared.push(fresh)
        else oneOf(members).devices.push(fresh)
        lived.push(`day ${day}: ${fresh}`)
      }
      if (!holiday && random() < chances.holiday) {
        const staying = members.length > 1 && random() < chances.somebodyStays ? oneOf(members) : undefined
        const to = oneOf(abroad.filter(one => one !== home))
        holiday = {
          until: day + 5 + below(10),
          to,
          away: new Set(members.filter(one => one !== staying)),
          tv: random() < chances.hotelTv ? device('hotel-tv') : null,
        }
        lived.push(`day ${day}: holiday in ${to}${staying ? ', one stays' : ''}${holiday.tv ? ', hotel tv' : ''}`)
      }
      if (random() < chances.childProfile * size) {
        members.push({ ...child(), devices: [device('tablet')] })
        lived.push(`day ${day}: a child`)
      }
      if (random() < chances.movesIn) {
        const language = random() < 0.5 ? oneOf(Object.values(languageOf)) : own
        members.push(adult(language))
        lived.push(`day ${day}: somebody moves in, ${language}`)
      }
      if (!student && members.length > 1 && random() < chances.studentAbroad) {
        const to = oneOf(abroad.filter(one => one !== home))
        // Three in ten buy a machine there; two in ten begin to watch in the language of the place (ours).
        const who = oneOf(members)
        student = {
          who,
          to,
          until: day + 120,
          own: random() < 0.3 ? device('laptop') : (who.devices[0] ?? device('phone')),
        }
        lived.push(`day ${day}: a student in ${to}`)
      }
      if (!guests && random() < chances.guests) {
        guests = {
          until: day + 3,
          who: Array.from({ length: 1 + below(2) }, () =>
            adult(random() < 0.33 ? oneOf(Object.values(languageOf)) : own),
          ),
        }
        lived.push(`day ${day}: guests`)
      }
    }
    if (holiday && day >= holiday.until) holiday = undefined
    if (student && day >= student.until) student = undefined
    if (guests && day >= guests.until) guests = undefined

    for (const who of members) {
      if (random() > 0.65) continue // some days nothing is watched
      const isLearning = day >= learnsFrom && who === members[0]
      const languages = isLearning ? [...who.languages, ['it', 1] as const] : who.languages
      if (student?.who === who)
        sit(
          day,
          who,
          student.own,
          student.to,
          random() < 0.2 ? [[languageOf[student.to]!, 1], ...languages] : languages,
        )
      else if (holiday?.away.has(who)) {
        if (random() < 0.5) continue // and on holiday less
        const local: Member['languages'] = random() < chances.localLanguage ? [[languageOf[holiday.to]!, 1]] : languages
        sit(day, who, holiday.tv && random() < 0.6 ? holiday.tv : (who.devices[0] ?? shared[0]!), holiday.to, local)
      } else if (isCommuter && who === members[0] && day % 7 < 3)
        sit(day, who, who.devices.at(-1) ?? shared[0]!, commutesTo, languages)
      else
        sit(day, who, random() < 0.6 || who.devices.length === 0 ? oneOf(shared) : oneOf(who.devices), home, languages)
    }
    for (const who of guests?.who ?? [])
      if (random() < 0.7) sit(day, who, random() < 0.5 ? oneOf(shared) : who.devices[0]!, home)
    if (day >= takenFrom) sit(day, stranger, oneOf(stranger.devices), buyer)
  }
  return {
    views: views.sort((a, b) => a.at.getTime() - b.at.getTime()),
    lived,
    takenOverAt: isTakenOver ? new Date(start.getTime() + takenFrom * dayMs) : null,
  }
}
