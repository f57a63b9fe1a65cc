// What regions ask for of titles and offers, and what an operator makes of it: the rows as they are in force, and overrides.
import { z } from 'zod'
import { keepable } from './message.ts'

export const Confidence = z.enum(['H', 'M', 'L', 'ours']).meta({
  description: 'Two or more sources or a statute they cite; one source; advice, not compared; our own choice.',
})

const written = z.string().trim().min(5).max(500).regex(keepable, 'Words have no NUL and no half characters.')
const quarter = z
  .string()
  .regex(
    /^(([01]\d|2[0-3]):(00|15|30|45)|24:00)$/,
    'A time of the day in quarters of an hour, 00:00 to 23:45, or 24:00 as an end.',
  )
const Window = z
  .strictObject({ from: quarter, to: quarter })
  .refine(
    ({ from, to }) => from < to,
    'It ends before it begins, or is empty: a window lies within one day. null: none.',
  )
  .nullable()

const local = { description: 'Local times, from (inclusive) to (exclusive); null: none that day.' }
const onHolidays = { description: 'On public holidays; null: none, unless they are like any day.' }
const asTheDay = { description: 'A public holiday is like the day of the week it falls on.' }

export const capKinds = ['promotional', 'same subject', 'same text'] as const
export const RegionCap = z.strictObject({
  most: z.int().min(1).max(1_000),
  hours: z
    .int()
    .min(1)
    .max(31 * 24),
  of: z.enum(capKinds).meta({ description: 'Titles and offers; those on one subject; those with the same words.' }),
})
export type RegionCap = z.infer<typeof RegionCap>

const OverrideHours = z
  .strictObject({
    weekday: Window.meta(local),
    saturday: Window.meta(local),
    sunday: Window.meta(local),
    holiday: Window.meta(onHolidays),
    isHolidayAsDay: z.boolean().optional().meta(asTheDay),
  })
  .refine(
    ({ holiday, isHolidayAsDay }) => holiday === null || isHolidayAsDay !== true,
    'Holidays have hours of their own or are like the day, not both.',
  )
  .refine(
    ({ weekday, saturday, sunday, holiday }) => [weekday, saturday, sunday, holiday].some(window => window !== null),
    'It would never open. To text nobody there, end the campaigns or block the route.',
  )

export const RegionOverride = z
  .strictObject({
    hours: OverrideHours.optional().meta({ description: 'In place of the hours that are shipped.' }),
    caps: z.array(RegionCap).max(10).optional().meta({ description: "In place of the region's own caps." }),
    why: written.meta({ description: 'Why, and by which source. Whoever looks at the region sees it.' }),
    widens: written.optional().meta({
      description:
        'Why it may be wider than what is shipped, which is law or custom there. Needed where it is wider; without it the stricter of both counts.',
    }),
  })
  .refine(({ hours, caps }) => hours !== undefined || caps !== undefined, 'Say hours, caps or both.')
  .meta({ id: 'RegionOverride', description: 'Of one region: what it leaves out is as shipped.' })
export type RegionOverride = z.infer<typeof RegionOverride>

export const RegionOverrides = z
  .record(
    z
      .string()
      .regex(/^([A-Z]{2}(-[A-Z0-9]{1,3})?|US-unknown|DEFAULT)$/, 'A region of ISO 3166, US-unknown or DEFAULT.'),
    RegionOverride,
  )
  .meta({ description: 'What an operator changes of the rules of regions; those that are not here are as shipped.' })
export type RegionOverrides = z.infer<typeof RegionOverrides>

const Hours = z.object({ from: z.string(), to: z.string() }).nullable().meta(local)
const AllHours = z.object({
  weekday: Hours,
  saturday: Hours,
  sunday: Hours,
  holiday: Hours.meta(onHolidays),
  isHolidayAsDay: z.boolean().meta(asTheDay),
})
export type RegionHours = z.infer<typeof AllHours>
const Caps = z.array(z.object({ most: z.int(), hours: z.int(), of: z.enum(capKinds) }))
const HoursAndCaps = z.object({ hours: AllHours, caps: Caps })
const wider = z
  .array(z.string())
  .meta({ description: 'In which it is wider than what is shipped, a sentence each; none: it is nowhere.' })

export const Region = z
  .object({
    region: z.string(),
    says: z.array(z.string()).meta({ description: 'What the row itself says; the rest comes from the rows above it.' }),
    hours: AllHours,
    caps: Caps,
    doubleOptIn: z.enum(['no', 'advised', 'required']),
    implied: z.array(z.object({ by: z.string(), months: z.int() })),
    stopKeptYears: z.int().nullable(),
    stop: z
      .array(z.object({ from: z.string().optional(), ends: z.enum(['promotional', 'all']) }))
      .meta({ description: 'What a STOP ends, each from its date on.' }),
    source: z.string(),
    confidence: Confidence,
    advice: z.boolean().meta({ description: 'The hours are only advised, by no statute that was read.' }),
    notes: z.array(z.string()),
    shipped: HoursAndCaps.meta({ description: 'As it would be without any override, here or in a row above.' }),
    override: z
      .object({
        of: z.array(z.enum(['hours', 'caps'])),
        why: z.string(),
        widens: z.string().nullable(),
        wider,
      })
      .nullable()
      .meta({ description: 'What an operator changed of this row.' }),
  })
  .meta({ id: 'Region' })
export type Region = z.infer<typeof Region>

export const PolicyPreview = z
  .object({
    regions: z
      .array(
        z.object({
          region: z.string(),
          before: HoursAndCaps,
          after: HoursAndCaps,
          wider,
          needsWidens: z.boolean().meta({ description: 'It is wider, and nobody said why: so it would not be saved.' }),
          notes: z.array(z.string()).meta({ description: 'What else to know before it is saved.' }),
        }),
      )
      .meta({ description: 'Those whose hours or caps would be others.' }),
    waiting: z
      .object({
        looked: z.int().meta({ description: 'How many titles and offers that wait were looked at: the first 2,000.' }),
        isAll: z.boolean(),
        later: z.int().meta({ description: 'Would leave later than now planned.' }),
        never: z.int().meta({ description: 'Would run out of time, and not leave at all.' }),
        examples: z.array(
          z.object({
            id: z.string(),
            subscriber: z.string().nullable(),
            purpose: z.string(),
            before: z.string(),
            after: z.string().nullable(),
          }),
        ),
      })
      .meta({ description: 'What would become of texts that wait.' }),
  })
  .meta({ id: 'PolicyPreview' })
export type PolicyPreview = z.infer<typeof PolicyPreview>
