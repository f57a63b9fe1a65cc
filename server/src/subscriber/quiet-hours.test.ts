import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { holidayOn } from './holidays.ts'
import { placeOfNumber } from './number-place.ts'
import { isZone, type OwnHours, opening, type Place, zonesOfCountry } from './quiet-hours.ts'
import { listRegions, regionRules, unknownState } from './regions.ts'

const somewhere: Place = { zone: null, region: null, country: null, numberRegion: null, numberZones: [] }
const inZone = (zone: string, region: string | null = null): Place => ({ ...somewhere, zone, region })
const ofNumber = (msisdn: string, country: string): Place => {
  const { region, zones } = placeOfNumber(msisdn)
  return { ...somewhere, country, numberRegion: region, numberZones: zones }
}
const when = (hours: 'any' | 'courtesy' | 'quiet', place: Place, at: string | number, own: OwnHours | null = null) => {
  const answer = opening(hours, place, own, new Date(at))
  return answer.open ? 'open' : (answer.opensAt?.toISOString().replace(':00.000Z', 'Z') ?? null)
}
const newYorkState = { ...inZone('America/New_York', 'US-NY'), country: 'US' }

describe('clocks that change', () => {
  test.each([
    // Ahead in New York on Sunday 14 March 2027, back on Sunday 7 November.
    ['courtesy', inZone('America/New_York'), '2027-03-13T12:59:59Z', '2027-03-13T13:00Z'],
    ['courtesy', inZone('America/New_York'), '2027-03-14T11:59:59Z', '2027-03-14T12:00Z'],
    ['courtesy', inZone('America/New_York'), '2027-03-14T12:00:00Z', 'open'],
    ['courtesy', inZone('America/New_York'), '2027-03-15T00:59:59Z', 'open'],
    ['courtesy', inZone('America/New_York'), '2027-03-15T01:00:00Z', '2027-03-15T12:00Z'],
    ['courtesy', inZone('America/New_York'), '2027-11-06T11:59:59Z', '2027-11-06T12:00Z'],
    ['courtesy', inZone('America/New_York'), '2027-11-07T12:59:59Z', '2027-11-07T13:00Z'],
    ['courtesy', inZone('America/New_York'), '2027-11-07T13:00:00Z', 'open'],
    ['courtesy', inZone('America/New_York'), '2027-11-08T01:59:59Z', 'open'],
    ['courtesy', inZone('America/New_York'), '2027-11-08T02:00:00Z', '2027-11-08T13:00Z'],
    ['quiet', newYorkState, '2027-03-14T11:59:59Z', '2027-03-14T12:00Z'],
    ['quiet', newYorkState, '2027-03-14T01:00:00Z', 'open'],
    ['quiet', newYorkState, '2027-03-14T02:00:00Z', '2027-03-14T12:00Z'],
    ['quiet', newYorkState, '2027-11-07T01:00:00Z', '2027-11-07T13:00Z'],
    ['quiet', newYorkState, '2027-11-07T12:59:59Z', '2027-11-07T13:00Z'],
    // By default none on Sundays.
    ['quiet', inZone('America/New_York'), '2027-03-14T15:00:00Z', '2027-03-15T13:00Z'],
    ['quiet', inZone('America/New_York'), '2027-03-14T00:59:59Z', 'open'],
    ['quiet', inZone('America/New_York'), '2027-11-07T00:00:00Z', '2027-11-08T14:00Z'],
    // Europe on Sundays 28 March and 31 October; 29 March is Easter Monday.
    ['courtesy', inZone('Europe/Berlin'), '2027-03-27T06:59:59Z', '2027-03-27T07:00Z'],
    ['courtesy', inZone('Europe/Berlin'), '2027-03-28T05:59:59Z', '2027-03-28T06:00Z'],
    ['courtesy', inZone('Europe/Berlin'), '2027-03-28T06:00:00Z', 'open'],
    ['courtesy', inZone('Europe/Berlin'), '2027-10-30T19:00:00Z', '2027-10-31T07:00Z'],
    ['courtesy', inZone('Europe/Berlin'), '2027-10-31T06:59:59Z', '2027-10-31T07:00Z'],
    ['quiet', inZone('Europe/London', 'GB'), '2027-03-27T20:00:00Z', '2027-03-28T08:00Z'],
    ['quiet', inZone('Europe/London', 'GB'), '2027-10-30T19:00:00Z', '2027-10-31T09:00Z'],
    ['quiet', inZone('Europe/Berlin', 'DE'), '2027-03-27T19:00:00Z', '2027-03-30T06:00Z'],
    // Half an hour on Lord Howe (4 April back, 3 October ahead), quarters in Kathmandu, no change in Phoenix, 14 hours ahead.
    ['courtesy', inZone('Australia/Lord_Howe'), '2027-04-03T20:59:59Z', '2027-04-03T21:30Z'],
    ['courtesy', inZone('Australia/Lord_Howe'), '2027-04-02T20:59:59Z', '2027-04-02T21:00Z'],
    ['courtesy', inZone('Australia/Lord_Howe'), '2027-10-02T21:00:00Z', 'open'],
    ['courtesy', inZone('Australia/Lord_Howe'), '2027-10-01T21:00:00Z', '2027-10-01T21:30Z'],
    ['courtesy', inZone('Asia/Kathmandu'), '2026-11-02T02:14:59Z', '2026-11-02T02:15Z'],
    ['courtesy', inZone('Asia/Kathmandu'), '2026-11-02T15:14:59Z', 'open'],
    ['courtesy', inZone('Asia/Kathmandu'), '2026-11-02T15:15:00Z', '2026-11-03T02:15Z'],
    ['courtesy', inZone('Asia/Kolkata'), '2026-11-02T02:29:59Z', '2026-11-02T02:30Z'],
    ['courtesy', inZone('America/Phoenix'), '2027-03-13T14:59:59Z', '2027-03-13T15:00Z'],
    ['courtesy', inZone('America/Phoenix'), '2027-03-14T14:59:59Z', '2027-03-14T15:00Z'],
    ['courtesy', inZone('Pacific/Kiritimati'), '2026-11-02T17:59:59Z', '2026-11-02T18:00Z'],
    // Saturday evening in UTC is Sunday there.
    ['quiet', inZone('Pacific/Kiritimati'), '2026-10-31T20:00:00Z', '2026-11-01T19:00Z'],
    // Samoa left out 30 December 2011.
    ['courtesy', inZone('Pacific/Apia'), '2011-12-30T09:59:59Z', '2011-12-30T18:00Z'],
  ] as const)('%s at %o, %s: %s', (hours, place, at, opens) => {
    expect(when(hours, place, at)).toBe(opens)
  })
})

describe('hours of a purpose', () => {
  test.each([
    ['any', somewhere, 'open'],
    ['courtesy', somewhere, null],
    ['quiet', somewhere, null],
    ['courtesy', inZone('Mars/Olympus'), null],
    ['quiet', { ...somewhere, country: 'ZZ' }, null],
    ['quiet', { ...somewhere, region: 'nonsense' }, null],
  ] as const)('%s of %o: %s', (hours, place, opens) => {
    expect(when(hours, place, '2026-11-02T12:00Z')).toBe(opens)
  })

  test('a zone that does not exist counts as none was told', () => {
    const { why } = opening(
      'quiet',
      { ...inZone('Mars/Olympus', 'FR'), country: 'US' },
      null,
      new Date('2026-11-02T12:00Z'),
    )

    expect(why).toEqual({
      zones: ['Europe/Paris'],
      regions: ['FR'],
      byOperator: [],
      source: 'region',
      window: '10:00-20:00',
      holiday: null,
      own: false,
    })
    expect([isZone('Mars/Olympus'), isZone(''), isZone('Europe/Paris'), isZone('utc')]).toEqual([
      false,
      false,
      true,
      true,
    ])
  })

  test('courtesy hours are the same on Sundays and holidays', () => {
    const christmasOnSaturday = opening('courtesy', inZone('Europe/Paris', 'FR'), null, new Date('2027-12-25T12:00Z'))

    expect(christmasOnSaturday).toMatchObject({ open: true, why: { window: '08:00-21:00', holiday: null } })
    expect(when('courtesy', inZone('Europe/Paris', 'FR'), '2027-12-26T07:00Z')).toBe('open')
  })
})

/** Days of 2027 for each kind of day, found in the calendar itself: a Wednesday, Saturday and Sunday between working days. */
const midnight = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10)
const june = Date.parse('2027-06-01') / 86_400_000
describe('each row, at the edges of each kind of day', () => {
  const zoneFor: Record<string, string> = { DEFAULT: 'Etc/UTC', [unknownState]: 'America/Chicago' }
  for (const { region, rules } of listRegions().filter(({ region }) => region !== 'US')) {
    const country = region.split('-')[0]!
    const zone = zoneFor[region] ?? zonesOfCountry(country)[0]!
    const place: Place = region === 'DEFAULT' ? inZone(zone) : inZone(zone, region === unknownState ? 'US' : region)
    const isHoliday = (day: number) => rules.holidaysOf.some(one => holidayOn(one, day) !== null)
    const ordinary = (dayOfWeek: number) => {
      for (let day = june; ; day++)
        if ((day + 4) % 7 === dayOfWeek && [day - 1, day, day + 1].every(near => !isHoliday(near))) return day
    }
    const holiday = () => {
      for (let day = june - 150; day < june + 200; day++)
        if (isHoliday(day) && ![0, 6].includes((day + 4) % 7)) return day
      return undefined
    }
    const kinds = [
      ['weekday', ordinary(3), rules.hours.weekday],
      ['Saturday', ordinary(6), rules.hours.saturday],
      ['Sunday', ordinary(0), rules.hours.sunday],
      ['holiday', holiday(), rules.hours.holiday === 'as the day' ? rules.hours.weekday : rules.hours.holiday],
    ] as const
    for (const [kind, day, window] of kinds) {
      if (day === undefined) continue
      /** The moment of a local time, found by looking for it: no arithmetic of offsets is shared with the code. */
      const at = (minute: number) => {
        const wanted = `${midnight(day)} ${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
        for (let ms = Date.parse(midnight(day)) - 15 * 3_600_000; ; ms += 900_000)
          if (new Date(ms).toLocaleString('sv', { timeZone: zone }).startsWith(wanted)) return ms
      }
      test(`${region}, ${kind} ${midnight(day)}: ${window ? `${window.from / 60}-${window.to / 60}` : 'none'}`, () => {
        const isOpen = (ms: number) => opening('quiet', place, null, new Date(ms)).open
        if (window === null) {
          const start = at(0)
          for (let minute = 0; minute < 1440; minute += 15) expect(isOpen(start + minute * 60_000)).toBe(false)
          return
        }
        const [from, to] = [at(window.from), at(window.to - 15) + 900_000]
        expect([from - 1, from, from + 1].map(isOpen)).toEqual([false, true, true])
        expect([to - 1, to, to + 1].map(isOpen)).toEqual([true, false, false])
        expect(opening('quiet', place, null, new Date(from - 1))).toMatchObject({ opensAt: new Date(from) })
      })
    }
  }
})

describe('public holidays', () => {
  test.each([
    // region, a moment at noon, the holiday that closes the day
    ['FR', 'Europe/Paris', '2027-07-14', 'Bastille Day'],
    ['DE', 'Europe/Berlin', '2027-01-06', null],
    ['DE-BY', 'Europe/Berlin', '2027-01-06', 'Epiphany'],
    ['DE-BE', 'Europe/Berlin', '2027-01-06', null],
    // Kept by many, and no public holiday.
    ['DE', 'Europe/Berlin', '2027-12-24', null],
    ['US-AL', 'America/Chicago', '2027-04-26', 'Confederate Memorial Day'],
    ['US-RI', 'America/New_York', '2027-08-09', 'Victory Day'],
    // Of some state's, so of one that is not known.
    ['US', 'America/Chicago', '2027-04-26', 'Confederate Memorial Day'],
    ['US-NY', 'America/New_York', '2027-12-24', null],
    ['GB', 'Europe/London', '2027-12-27', null],
    ['BE', 'Europe/Brussels', '2027-07-21', null],
    ['SA', 'Asia/Riyadh', '2027-03-11', 'End of Ramadan (Eid al-Fitr)'],
  ])('in %s (%s) on %s: %s', (region, zone, day, holiday) => {
    const answer = opening('quiet', inZone(zone, region), null, new Date(`${day}T17:00:00Z`))

    expect(answer.why.holiday).toBe(holiday)
    if (holiday !== null) expect(answer).toMatchObject({ open: false, why: { window: null } })
  })

  test('a text of Christmas Eve waits until the day after the second holiday that is no Sunday', () => {
    expect(when('quiet', inZone('Europe/Berlin', 'DE'), '2027-12-24T19:00Z')).toBe('2027-12-27T07:00Z')
  })

  test('a country without a calendar has none', () => {
    expect(holidayOn('ZZ', june)).toBeNull()
    expect(holidayOn('DE-ZZ', Date.parse('2027-10-03') / 86_400_000)).not.toBeNull()
  })
})

describe('two places for one person', () => {
  const texan = { ...somewhere, region: 'US-TX', zone: 'America/Chicago', country: 'US' }

  test('a number of another state: both hours by both clocks', () => {
    const place = { ...texan, numberRegion: 'US-CT', numberZones: ['America/New_York'] }
    const { why } = opening('quiet', place, null, new Date('2027-06-02T16:00Z'))

    expect(why).toMatchObject({
      regions: ['US-TX', 'US-CT'],
      zones: ['America/Chicago', 'America/New_York'],
      source: 'subscriber',
      window: '09:00-20:00',
    })
    // From nine in Texas, until eight in Connecticut.
    expect(when('quiet', place, '2027-06-02T13:59:59Z')).toBe('2027-06-02T14:00Z')
    expect(when('quiet', place, '2027-06-02T23:59:59Z')).toBe('open')
    expect(when('quiet', place, '2027-06-03T00:00:00Z')).toBe('2027-06-03T14:00Z')
    // Sundays are Texas's.
    expect(when('quiet', place, '2027-06-06T16:59:59Z')).toBe('2027-06-06T17:00Z')
  })

  test('a number of the same state adds nothing', () => {
    const place = { ...texan, numberRegion: 'US-TX', numberZones: ['America/Denver'] }

    expect(opening('quiet', place, null, new Date('2027-06-02T16:00Z')).why).toMatchObject({
      regions: ['US-TX'],
      zones: ['America/Chicago'],
    })
  })

  test('a number from abroad does not bring its hours', () => {
    const place = {
      ...inZone('Europe/Paris', 'FR'),
      ...{ country: 'US', numberRegion: 'US-RI' },
      numberZones: ['America/New_York'],
    }

    expect(opening('quiet', place, null, new Date('2027-06-02T16:00Z')).why).toMatchObject({
      regions: ['FR'],
      zones: ['Europe/Paris'],
    })
  })

  test('a state of two zones, of which none was told, is open by both', () => {
    const place = { ...texan, zone: null, numberRegion: 'US-TX', numberZones: ['America/Chicago'] }

    expect(opening('quiet', place, null, new Date('2027-06-02T16:00Z')).why).toMatchObject({
      zones: ['America/Chicago', 'America/Denver'],
      source: 'region',
    })
    expect(when('quiet', place, '2027-06-02T14:30:00Z')).toBe('2027-06-02T15:00Z')
    expect(when('quiet', place, '2027-06-03T01:59:00Z')).toBe('open')
    expect(when('quiet', place, '2027-06-03T02:00:00Z')).toBe('2027-06-03T15:00Z')
  })

  test.each(['US', null, 'US-ZZ'])('told %s alone, the state is that of the number', region => {
    const { why } = opening('quiet', { ...ofNumber('+12125550123', 'US'), region }, null, new Date('2027-06-02T16:00Z'))

    expect(why).toMatchObject({
      regions: ['US-NY'],
      zones: ['America/New_York'],
      source: 'number',
      window: '08:00-21:00',
    })
  })

  test('with a clock that the number’s state does not have, the state is not known', () => {
    const place = { ...ofNumber('+12125550123', 'US'), zone: 'America/Los_Angeles' }
    const { why } = opening('quiet', place, null, new Date('2027-06-02T16:00Z'))

    expect(why).toMatchObject({
      regions: [unknownState],
      zones: ['America/Los_Angeles', 'America/New_York'],
      window: '10:00-18:00',
    })
  })

  test('with another name for the same clock it is known', () => {
    const place = { ...ofNumber('+12125550123', 'US'), zone: 'America/Detroit' }

    expect(opening('quiet', place, null, new Date('2027-06-02T16:00Z')).why).toMatchObject({
      regions: ['US-NY'],
      zones: ['America/Detroit'],
    })
  })
})

describe('a number that may be in several zones', () => {
  test('of the United States without a state: where Honolulu has begun and New York has not ended', () => {
    const place = { ...somewhere, country: 'US', numberZones: zonesOfCountry('US') }

    // In summer New York is at UTC-4 and Honolulu at UTC-10: from 20:00 to 22:00 UTC.
    expect(when('quiet', place, '2027-06-02T19:59:59Z')).toBe('2027-06-02T20:00Z')
    expect(when('quiet', place, '2027-06-02T21:59:59Z')).toBe('open')
    expect(when('quiet', place, '2027-06-02T22:00:00Z')).toBe('2027-06-03T20:00Z')
    expect(opening('quiet', place, null, new Date('2027-06-02T12:00Z')).why).toMatchObject({
      regions: [unknownState],
      source: 'number',
    })
  })

  test.each([
    // Kaliningrad (+2) has begun when Kamchatka (+12) is about to end.
    ['RU', '2027-06-02T00:00Z', '2027-06-02T07:00Z', '2027-06-02T08:00Z'],
    // Eucla's and Perth's eleven against Lord Howe's and Sydney's eight in the evening.
    ['AU', '2027-06-02T00:00Z', '2027-06-02T03:00Z', '2027-06-02T09:30Z'],
    // Rio Branco (-5) against Noronha (-2).
    ['BR', '2027-06-02T00:00Z', '2027-06-02T14:00Z', '2027-06-02T22:00Z'],
  ])('%s asked at %s opens at %s and closes at %s', (country, at, opens, closes) => {
    const place = { ...somewhere, country, numberZones: zonesOfCountry(country) }

    expect(when('quiet', place, at)).toBe(opens.replace(':00Z', ':00Z'))
    expect(when('quiet', place, Date.parse(closes) - 1)).toBe('open')
    expect(when('quiet', place, closes)).not.toBe('open')
  })

  test('that have no hour in common, it never opens', () => {
    const place = { ...somewhere, country: 'NP', numberZones: ['Europe/London', 'Pacific/Auckland'] }

    expect(when('quiet', place, '2026-11-02T15:00Z')).toBeNull()
    expect(when('courtesy', place, '2026-11-02T15:00Z')).toBe('2026-11-02T19:00Z')
  })

  test('zones of the number that do not exist leave those of its country', () => {
    expect(
      opening('quiet', { ...somewhere, country: 'NP', numberZones: ['Mars/Olympus'] }, null, new Date(0)).why.zones,
    ).toEqual(zonesOfCountry('NP'))
  })
})

describe('a subscriber’s own quiet hours', () => {
  const london = inZone('Europe/London', 'GB') // 09:00-20:00, in November at UTC
  test.each([
    [{ from: 17 * 60, to: 19 * 60 }, '2026-11-02T16:59:59Z', 'open'],
    [{ from: 17 * 60, to: 19 * 60 }, '2026-11-02T17:00:00Z', '2026-11-02T19:00Z'],
    [{ from: 17 * 60, to: 19 * 60 }, '2026-11-02T19:00:00Z', 'open'],
    // Across midnight.
    [{ from: 18 * 60, to: 11 * 60 }, '2026-11-02T18:00:00Z', '2026-11-03T11:00Z'],
    [{ from: 18 * 60, to: 11 * 60 }, '2026-11-02T10:59:59Z', '2026-11-02T11:00Z'],
    [{ from: 18 * 60, to: 11 * 60 }, '2026-11-02T17:59:59Z', 'open'],
    // Equal ends: no quiet hours.
    [{ from: 10 * 60, to: 10 * 60 }, '2026-11-02T10:00:00Z', 'open'],
    // Until midnight, however it is written.
    [{ from: 18 * 60, to: 1440 }, '2026-11-02T18:00:00Z', '2026-11-03T09:00Z'],
    [{ from: 18 * 60, to: 0 }, '2026-11-02T18:00:00Z', '2026-11-03T09:00Z'],
    // Widened to whole quarters, never narrowed.
    [{ from: 10 * 60 + 10, to: 10 * 60 + 20 }, '2026-11-02T10:00:00Z', '2026-11-02T10:30Z'],
    [{ from: 10 * 60 + 10, to: 10 * 60 + 20 }, '2026-11-02T09:59:59Z', 'open'],
    // All day but a moment: that is all day.
    [{ from: 10 * 60 + 7, to: 10 * 60 + 6 }, '2026-11-02T12:00:00Z', null],
    [{ from: 0, to: 1440 }, '2026-11-02T12:00:00Z', null],
  ])('%o at %s: %s', (own, at, opens) => {
    expect(when('quiet', london, at, own)).toBe(opens)
  })

  test('close courtesy hours too, and any never', () => {
    const evening = { from: 17 * 60, to: 22 * 60 }

    expect(when('courtesy', london, '2026-11-02T18:00Z', evening)).toBe('2026-11-03T08:00Z')
    expect(when('any', london, '2026-11-02T18:00Z', evening)).toBe('open')
    expect(opening('quiet', london, evening, new Date('2026-11-02T18:00Z')).why.own).toBe(true)
    expect(opening('quiet', london, evening, new Date('2026-11-02T12:00Z')).why.own).toBe(false)
  })

  test('are meant by their own clock, not by that of the number', () => {
    const place = {
      ...somewhere,
      region: 'US-NY',
      country: 'US',
      numberRegion: 'US-CA',
      numberZones: ['America/Los_Angeles'],
    }

    // Half past four in New York, half past one in Los Angeles.
    expect(when('quiet', place, '2027-06-02T20:30Z', { from: 13 * 60, to: 14 * 60 })).toBe('open')
    expect(when('quiet', place, '2027-06-02T20:30Z', { from: 16 * 60, to: 17 * 60 })).toBe('2027-06-02T21:00Z')
  })
})

describe('hours of a region that no law has yet', () => {
  /** Reads the rooms anew with other rows, since no real row crosses midnight or is empty. */
  async function withHours(weekday: [string, string], sunday: [string, string] | null, saturday = weekday) {
    const { readFileSync } = await vi.importActual<typeof import('node:fs')>('node:fs')
    vi.resetModules()
    vi.doMock('node:fs', () => ({
      readFileSync(path: URL, encoding: 'utf8') {
        const text = readFileSync(path, encoding)
        if (!path.pathname.endsWith('regions.json')) return text
        const data = JSON.parse(text)
        data.rows.GB.hours = { weekday, saturday, sunday, holiday: 'as the day' }
        return JSON.stringify(data)
      },
    }))
    try {
      const { opening } = await import('./quiet-hours.ts')
      return (at: string) => opening('quiet', inZone('Europe/London', 'GB'), null, new Date(at))
    } finally {
      vi.doUnmock('node:fs')
      vi.resetModules()
    }
  }

  test('across midnight they belong to the day they begin on, and to no day that has none', async () => {
    const ask = await withHours(['22:00', '02:00'], null)
    const isOpen = (at: string) => ask(at).open

    // Monday evening, Tuesday before and at two.
    expect(
      ['2026-11-02T21:59:59Z', '2026-11-02T22:00Z', '2026-11-03T01:59:59Z', '2026-11-03T02:00Z'].map(isOpen),
    ).toEqual([false, true, true, false])
    // Saturday evening, Sunday, Monday after midnight.
    expect(['2026-11-07T23:59:59Z', '2026-11-08T00:00Z', '2026-11-08T23:00Z', '2026-11-09T01:00Z'].map(isOpen)).toEqual(
      [true, false, false, false],
    )
    expect(ask('2026-11-03T02:00Z')).toMatchObject({
      opensAt: new Date('2026-11-03T22:00Z'),
      why: { window: '22:00-02:00' },
    })
  })

  test('with an end equal to its start they are empty', async () => {
    const ask = await withHours(['09:00', '09:00'], ['10:00', '12:00'])

    expect(ask('2026-11-02T09:00Z')).toMatchObject({
      open: false,
      opensAt: new Date('2026-11-08T10:00Z'),
      why: { window: null },
    })
  })

  test('until 24:00 they end with the day', async () => {
    const ask = await withHours(['09:00', '24:00'], null)

    expect([ask('2026-11-02T23:59:59Z').open, ask('2026-11-03T00:00Z').open]).toEqual([true, false])
  })
})

const zones = [
  'America/New_York',
  'America/Phoenix',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
  'Europe/Paris',
  'Africa/Casablanca',
  'Antarctica/Troll',
  'Pacific/Chatham',
]
const regions = [null, ...listRegions().map(({ region }) => region), 'DE-BY', 'US-NY', 'BR-AM', 'CA-QC', 'NP']
const anyPlace = fc.record({
  zone: fc.option(fc.constantFrom(...zones)),
  region: fc.constantFrom(...regions),
  country: fc.constantFrom(null, 'US', 'CA', 'FR', 'AU', 'NP', 'SG'),
  numberRegion: fc.constantFrom(null, 'US-TX', 'US-NY', 'US-CA', 'CA-ON'),
  numberZones: fc.subarray(zones, { maxLength: 2 }),
})
const ownHours = fc.option(fc.record({ from: fc.nat(1439), to: fc.nat(1440) }))
const moment = fc.date({ min: new Date('2026-01-01'), max: new Date('2029-01-01'), noInvalidDate: true })

test('what opensAt says is open, and nothing between is', () => {
  fc.assert(
    fc.property(fc.constantFrom('courtesy', 'quiet'), anyPlace, ownHours, moment, (hours, place, own, at) => {
      const answer = opening(hours, place, own, at)
      if (answer.open || answer.opensAt === null) return
      expect(answer.opensAt.getTime()).toBeGreaterThan(at.getTime())
      expect(opening(hours, place, own, answer.opensAt).open).toBe(true)
      expect(opening(hours, place, own, new Date(answer.opensAt.getTime() - 1)).open).toBe(false)
      expect(opening(hours, place, own, new Date(answer.opensAt.getTime() - 900_000)).open).toBe(false)
    }),
    { numRuns: 400 },
  )
})

test('open means open by the clock of each zone and the hours of each region', () => {
  fc.assert(
    fc.property(anyPlace, ownHours, moment, (place, own, at) => {
      const { open, why } = opening('quiet', place, own, at)
      if (!open) return
      for (const zone of why.zones) {
        // The clock as another part of the platform tells it.
        const [weekday, time] = at
          .toLocaleString('en-GB', { timeZone: zone, weekday: 'short', hour: '2-digit', minute: '2-digit' })
          .split(/,? /)
        const minute = Number(time!.slice(0, 2)) * 60 + Number(time!.slice(3))
        for (const region of why.regions) {
          const { hours } = regionRules(region, null)
          const window = weekday === 'Sun' ? hours.sunday : weekday === 'Sat' ? hours.saturday : hours.weekday
          expect(window).not.toBeNull()
          expect(minute).toBeGreaterThanOrEqual(window!.from)
          expect(minute).toBeLessThan(window!.to)
        }
      }
    }),
    { numRuns: 400 },
  )
})

test('the order of questions and a clock that jumps change no answer', () => {
  const moments = [
    '2027-03-14T15:00Z',
    '2020-01-01T00:00Z',
    '2027-03-14T15:00Z',
    '2035-07-01T12:00Z',
    '1999-12-31T23:59Z',
  ]
  const ask = (at: string) => when('quiet', newYorkState, at)
  const forwards = moments.map(ask)

  for (let day = 0; day < 11_000; day++) when('courtesy', newYorkState, day * 86_400_000)

  expect(moments.toReversed().map(ask)).toEqual(forwards.toReversed())
})
