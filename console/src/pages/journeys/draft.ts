// A journey as it is being edited: steps and conditions have a key of their own while they have no name yet, and what is
// compared is written as it is typed.
import type { Condition, Journey, JourneyDetail, JourneyInput, JourneyStep, When } from '@usher/contract/journey'
import { listed, minutesOf, shortWhen } from './words.ts'

export const operators = {
  is: 'is one of',
  isNot: 'is none of',
  isKnown: 'is known',
  isUnknown: 'is not known',
  differsFrom: 'is other than',
  isBefore: 'is before',
} as const
export type Operator = keyof typeof operators

export interface DraftCondition {
  key: string
  field: string
  operator: Operator
  /** Values with commas between, or another field. */
  value: string
}

export interface DraftStep extends Omit<JourneyStep, 'only' | 'name'> {
  key: string
  /** Undefined: it is new, and is named by its time once it is saved. */
  name: string | undefined
  /** Before or after, while its number of days is emptied on the way to another. */
  emptied?: 'before' | 'after'
  only: DraftCondition[]
}

export interface Draft extends Omit<JourneyInput, 'only' | 'steps'> {
  only: DraftCondition[]
  steps: DraftStep[]
}

let keys = 0
const newKey = () => String(++keys)

/** What of a journey can be changed. */
export const inputOf = ({
  name: _,
  version: __,
  isShipped: ___,
  versions: ____,
  ...input
}: Journey & Partial<Pick<JourneyDetail, 'versions'>>): JourneyInput => input

const written = (value: string | number | boolean) =>
  typeof value === 'string' && (value === '' || /^".*"$|,|^\s|\s$/.test(value) || typeof read(value) !== 'string')
    ? JSON.stringify(value)
    : String(value)

/** `true` and `12` are not words; in quotes they are. */
function read(word: string): string | number | boolean {
  if (word === 'true' || word === 'false') return word === 'true'
  if (/^-?\d+(\.\d+)?$/.test(word)) return Number(word)
  try {
    const quoted: unknown = /^".*"$/.test(word) ? JSON.parse(word) : word
    return typeof quoted === 'string' ? quoted : word
  } catch {
    return word
  }
}

/** Words with commas between; a comma in quotes is none. */
export const valuesOf = (typed: string): (string | number | boolean)[] =>
  [...typed.matchAll(/\s*"(?:[^"\\]|\\.)*"\s*|[^,]+/g)]
    .map(([word]) => word.trim())
    .filter(Boolean)
    .map(read)

export function draftCondition(condition: Condition): DraftCondition {
  const { field } = condition
  const of = (operator: Operator, value = '') => ({ key: newKey(), field, operator, value })
  if ('is' in condition) return of('is', condition.is.map(written).join(', '))
  if ('isNot' in condition) return of('isNot', condition.isNot.map(written).join(', '))
  if ('isKnown' in condition) return of(condition.isKnown ? 'isKnown' : 'isUnknown')
  if ('differsFrom' in condition) return of('differsFrom', condition.differsFrom)
  return of('isBefore', condition.isBefore)
}

export function conditionOf({ field: typed, operator, value }: DraftCondition): Condition {
  const field = typed.trim()
  switch (operator) {
    case 'is':
      return { field, is: valuesOf(value) }
    case 'isNot':
      return { field, isNot: valuesOf(value) }
    case 'isKnown':
    case 'isUnknown':
      return { field, isKnown: operator === 'isKnown' }
    case 'differsFrom':
      return { field, differsFrom: value.trim() }
    case 'isBefore':
      return { field, isBefore: value.trim() }
  }
}

export const newCondition = (): DraftCondition => ({ key: newKey(), field: '', operator: 'is', value: '' })

export const draftOf = (input: JourneyInput): Draft => ({
  ...input,
  only: input.only.map(draftCondition),
  steps: input.steps.map(step => ({ ...step, key: newKey(), only: step.only.map(draftCondition) })),
})

/** A step a few days after the last one, or nearer to the day that it reminds of. */
export function newStep(draft: Draft): DraftStep {
  const last = draft.steps.at(-1)
  const days = last && 'days' in last.when ? last.when.days : draft.anchor === 'event' ? 0 : -6
  const when: When = { days: draft.anchor === 'event' || days >= 0 ? days + 3 : Math.min(-1, days + 3), at: '10:00' }
  return {
    ...{ key: newKey(), name: undefined, when, template: last?.template ?? '', link: last?.link ?? 'account' },
    ...{ worthHours: 24, only: [] },
  }
}

export const isInOrder = ({ steps }: Pick<Draft, 'steps'>) =>
  steps.every(({ when }, i) => i === 0 || minutesOf(steps[i - 1]!.when) <= minutesOf(when))
export const inOrder = (draft: Draft): Draft => ({
  ...draft,
  steps: draft.steps.toSorted((a, b) => minutesOf(a.when) - minutesOf(b.when)),
})

function nameFor(when: When, taken: ReadonlySet<string>): string {
  const said = 'minutes' in when || when.days <= 0 ? shortWhen(when) : `after ${shortWhen(when)}`
  const name = said
    .replace(/^(\d.*) before$/, 'before $1')
    .replace(/^(\d)/, 'after_$1')
    .replaceAll(' ', '_')
  for (let n = 1; ; n++) {
    const free = n === 1 ? name : `${name}_${n}`
    if (!taken.has(free)) return free
  }
}

/** What would be saved: steps in the order of their times, new ones named by them. */
export function savedAs(draft: Draft): JourneyInput {
  const taken = new Set(draft.steps.flatMap(({ name }) => name ?? []))
  return {
    ...draft,
    title: draft.title.trim(),
    about: draft.about.trim(),
    only: draft.only.map(conditionOf),
    steps: inOrder(draft).steps.map(({ key: _, emptied: __, name: given, ...step }) => {
      const name = given ?? nameFor(step.when, taken)
      taken.add(name)
      return { ...step, name, only: step.only.map(conditionOf) }
    }),
  }
}

/** What has to be typed before the server can be asked at all. */
export function lacking(draft: Draft): string | undefined {
  const isWhole = (when: When) =>
    'minutes' in when ? Number.isInteger(when.minutes) : Number.isInteger(when.days) && when.at !== ''
  const lacks = [
    ...(draft.title.trim() === '' ? ['a title'] : []),
    ...(draft.about.trim() === '' ? ['what it is for'] : []),
    ...(draft.steps.every(({ when, worthHours }) => isWhole(when) && Number.isInteger(worthHours))
      ? []
      : ['the time of each step']),
    ...(draft.steps.every(({ template }) => template !== '') ? [] : ['the template of each step']),
    ...([draft.only, ...draft.steps.map(({ only }) => only)]
      .flat()
      .every(
        ({ field, operator, value }) =>
          field.trim() !== '' && (operator === 'isKnown' || operator === 'isUnknown' || value.trim() !== ''),
      )
      ? []
      : ['all of each condition']),
  ]
  return lacks.length > 0 ? `Before it can be tried or saved, give ${listed(lacks, 'and')}.` : undefined
}
