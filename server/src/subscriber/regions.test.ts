import { describe, expect, test } from 'vitest'
import { isState } from './number-place.ts'
import { listRegions, type Overrides, regionRules, rulesOfRow, stopScope, unknownState } from './regions.ts'

const hours = (region: string | null, country: string | null = null) => regionRules(region, country).hours
const from = (hour: number, to: number) => ({ from: hour * 60, to: to * 60 })
const rows = listRegions()
const states = rows.filter(({ region }) => region === 'US' || isState(region))

describe('the most specific row wins, field by field', () => {
  test('a state has its own hours and the rest of its country', () => {
    expect(regionRules('US-TX', 'US')).toMatchObject({
      row: 'US-TX',
      hours: { weekday: from(9, 21), sunday: from(12, 21) },
    })
    expect(regionRules('US-TX', 'US').stop).toEqual(regionRules('US-NY', null).stop)
    expect(regionRules('US-FL', null).caps).toEqual([{ most: 3, hours: 24, of: 'same subject' }])
  })

  test('a state without a row has those of its country', () => {
    expect(regionRules('US-NY', 'US')).toMatchObject({
      row: 'US',
      hours: { weekday: from(8, 21), holiday: 'as the day' },
    })
    expect(regionRules('DE-BY', null)).toMatchObject({ row: 'DE', holidaysOf: ['DE-BY'], doubleOptIn: 'advised' })
  })

  test('a country that says nothing of hours has the default ones', () => {
    expect(regionRules('AT', null)).toMatchObject({ row: 'AT', hours: hours('DEFAULT'), doubleOptIn: 'advised' })
    expect(regionRules(null, 'SG').hours).toEqual(hours('DEFAULT'))
  })

  test.each([['NP'], ['ZZ'], ['XX-1'], ['DEFAULT'], ['constructor']])('%s has no row and takes the default', place => {
    expect(regionRules(place, null)).toMatchObject({
      row: 'DEFAULT',
      hours: { weekday: from(9, 20), sunday: null, holiday: null },
    })
  })

  test('the region that the service told comes before the country of the number', () => {
    expect(regionRules('FR', 'US').row).toBe('FR')
    expect(regionRules(null, 'FR').row).toBe('FR')
    expect(regionRules(null, null).row).toBe('DEFAULT')
  })

  test.each(['US', 'US-ZZ', 'US-'])('%s is a state that is not known', region => {
    expect(regionRules(region, null).row).toBe(unknownState)
  })

  test('a territory is one thing under both its names', () => {
    expect(regionRules('US-PR', null)).toBe(regionRules('PR', null))
    expect(stopScope(regionRules('PR', null), new Date('2027-02-01'))).toBe('all')
  })

  test('what the law names beside the hours', () => {
    expect(regionRules('US-VA', null).stopKeptYears).toBe(10)
    expect(regionRules(null, 'CA').implied).toEqual([
      { by: 'purchase', months: 24 },
      { by: 'inquiry', months: 6 },
    ])
    expect(regionRules(null, 'IN').caps).toEqual([{ most: 6, hours: 1, of: 'same text' }])
  })
})

describe('a state that is not known', () => {
  const unknown = regionRules(null, 'US')

  test('has what is in the hours of every state', () => {
    expect(unknown.hours).toEqual({ weekday: from(10, 18), saturday: from(10, 17), sunday: null, holiday: null })
  })

  // Minute by minute, so that no row can be stricter than what was computed from all of them.
  test.each(['weekday', 'saturday', 'sunday', 'holiday'] as const)(
    'on a %s is open when all are, and only then',
    kind => {
      const isIn = (window: { from: number; to: number } | null, minute: number) =>
        window !== null && minute >= window.from && minute < window.to
      for (let minute = 0; minute < 1440; minute++) {
        // A holiday may be any day of the week.
        const days = kind === 'holiday' ? (['weekday', 'saturday', 'sunday'] as const) : [kind]
        const all = states.every(({ rules }) =>
          days.every(day => {
            const window =
              kind === 'holiday' && rules.hours.holiday !== 'as the day' ? rules.hours.holiday : rules.hours[day]
            return isIn(window, minute)
          }),
        )
        const there = unknown.hours[kind]
        if (there === 'as the day') throw new Error('Some state closes on holidays.')
        expect(isIn(there, minute), `${kind} ${minute}`).toBe(all)
      }
    },
  )

  test('has every cap, and keeps a STOP as long as any', () => {
    for (const { rules } of states) {
      for (const cap of rules.caps)
        expect(unknown.caps.some(c => c.of === cap.of && c.hours === cap.hours && c.most <= cap.most)).toBe(true)
      expect(unknown.stopKeptYears ?? 0).toBeGreaterThanOrEqual(rules.stopKeptYears ?? 0)
    }
    expect(unknown.holidaysOf).toEqual(['US-AL', 'US-LA', 'US-RI'])
  })

  test('is computed rightly, since no state has hours across midnight', () => {
    for (const { region, rules } of states)
      for (const window of Object.values(rules.hours))
        if (window !== null && window !== 'as the day') expect(window.from, region).toBeLessThan(window.to)
  })
})

describe('what a STOP ends', () => {
  test.each([
    ['US-NY', '2027-01-30T23:59:59Z', 'promotional'],
    ['US-NY', '2027-01-31T00:00:00Z', 'all'],
    ['US', '2027-01-31T00:00:00Z', 'all'],
    ['US-FL', '2030-01-01T00:00:00Z', 'all'],
    ['GB', '2030-01-01T00:00:00Z', 'promotional'],
    ['NP', '2030-01-01T00:00:00Z', 'promotional'],
  ] as const)('in %s at %s: %s', (region, at, ends) => {
    expect(stopScope(regionRules(region, null), new Date(at))).toBe(ends)
  })

  test('the latest line in force counts, in whatever order they stand', () => {
    const stop = [
      { from: '2027-05-01', ends: 'promotional' },
      { from: '2027-01-01', ends: 'all' },
      { ends: 'promotional' },
    ] as const
    const at = (day: string) =>
      stopScope({ stop: stop as unknown as Parameters<typeof stopScope>[0]['stop'] }, new Date(day))

    expect([at('2026-12-31'), at('2027-03-01'), at('2027-05-01')]).toEqual(['promotional', 'all', 'promotional'])
  })
})

describe('what an operator puts in place of a row', () => {
  const daily = (from: string, to: string, holiday: 'as the day' | 'none' = 'as the day') => ({
    ...{ weekday: { from, to }, saturday: { from, to }, sunday: { from, to }, holiday: null },
    isHolidayAsDay: holiday === 'as the day',
  })
  const why = 'As agreed with legal.'
  const by = (region: string, overrides: Overrides) => regionRules(region, null, overrides)

  test('counts there, and in the regions below that say nothing themselves', () => {
    const overrides = { US: { hours: daily('10:00', '18:00'), why }, DEFAULT: { hours: daily('12:00', '14:00'), why } }

    expect(by('US-NY', overrides)).toMatchObject({
      hours: { weekday: from(10, 18), holiday: 'as the day' },
      byOperator: { hours: 'US', caps: null },
    })
    expect(by('US-TX', overrides)).toMatchObject({ hours: hours('US-TX'), byOperator: { hours: null } })
    expect(by('AT', overrides)).toMatchObject({ row: 'AT', byOperator: { hours: 'DEFAULT' }, doubleOptIn: 'advised' })
    expect(by('AT', overrides).hours.weekday).toEqual(from(12, 14))
    expect(by('DEFAULT', overrides)).toMatchObject({ hours: { sunday: null }, byOperator: { hours: 'DEFAULT' } })
    expect(by('FR', overrides)).toEqual(regionRules('FR', null))
  })

  test('holds for a region that has no row, and for its parts', () => {
    const overrides = { ES: { hours: daily('10:00', '18:00', 'none'), why, widens: 'Sundays are fine there.' } }

    expect(by('ES', overrides)).toMatchObject({ row: 'ES', hours: { sunday: from(10, 18), holiday: null } })
    expect(by('ES-MD', overrides)).toMatchObject({ row: 'ES', holidaysOf: ['ES-MD'] })
    expect(listRegions(overrides).find(({ region }) => region === 'ES')).toMatchObject({ says: ['hours'] })
  })

  test('of caps is in place of all of them; hours stay as they are', () => {
    const overrides = { 'US-FL': { caps: [{ most: 1, hours: 24, of: 'promotional' as const }], why } }

    expect(by('US-FL', overrides)).toMatchObject({
      ...{ hours: hours('US-FL'), byOperator: { hours: null, caps: 'US-FL' } },
      caps: [
        // The shipped one is of another kind, and nobody said that it may go.
        { most: 3, hours: 24, of: 'same subject' },
        { most: 1, hours: 24, of: 'promotional' },
      ],
    })
    expect(by('US-FL', { 'US-FL': { ...overrides['US-FL'], widens: 'Covered.' } }).caps).toHaveLength(1)
  })

  test('is never wider than what is shipped, until somebody says that it may be', () => {
    const wide = { hours: { ...daily('07:00', '22:00'), saturday: { from: '12:00', to: '23:00' } }, why }

    expect(by('DE', { DE: wide }).hours).toEqual({
      ...{ weekday: from(8, 20), saturday: from(12, 20), sunday: null, holiday: null },
    })
    expect(by('DE', { DE: { ...wide, widens: 'Counsel says so.' } }).hours).toEqual({
      ...{ weekday: from(7, 22), saturday: from(12, 23), sunday: from(7, 22), holiday: 'as the day' },
    })
  })

  test('of one state makes the state that is not known stricter, never wider', () => {
    const shipped = regionRules(unknownState, null)
    const stricter = { 'US-NY': { hours: daily('11:00', '15:00'), why } }
    const wider = { 'US-RI': { hours: daily('08:00', '23:00'), why, widens: 'Counsel says so.' } }
    const own = { [unknownState]: { hours: daily('10:00', '19:00'), why, widens: 'We know where they are.' } }

    expect(by(unknownState, stricter)).toMatchObject({
      hours: { weekday: from(11, 15), sunday: null },
      byOperator: { hours: unknownState, caps: null },
    })
    expect(by(unknownState, wider)).toEqual(shipped)
    expect(by('US', { ...stricter, ...own }).hours).toMatchObject({ weekday: from(10, 19), holiday: 'as the day' })
    expect(rulesOfRow('US', { ...stricter, ...own }).hours).toEqual(rulesOfRow('US').hours)
  })

  test('changes nothing for who asks without it', () => {
    by('GB', { GB: { hours: daily('12:00', '13:00'), why } })

    expect(hours('GB').weekday).toEqual(from(9, 20))
  })
})

test('each row is listed with its source, and the computed one last', () => {
  expect(rows.at(0)).toMatchObject({ region: 'DEFAULT', confidence: 'ours' })
  expect(rows.at(-1)).toMatchObject({ region: unknownState, rules: { row: unknownState } })
  for (const { region, source, says } of rows) {
    expect(source, region).not.toBe('')
    if (isState(region)) expect(says, region).toContain('hours')
  }
  expect(rows.filter(({ advice }) => advice).map(({ region }) => region)).toEqual([
    'US-CA',
    'US-IL',
    'US-MI',
    'US-MN',
    'GB',
    'DE',
  ])
})
