// What a change of a journey means, in sentences: before it is saved, and between two of its versions.
import type { JourneyInput, JourneyStep } from '@usher/contract/journey'
import { anchorSaid, conditionsSaid, eventSaid, listed, whenSaid } from './words.ts'

const pages = { account: 'the account page', payment: 'the payment page' } as const
const onlySaid = (only: JourneyInput['only']) => (only.length === 0 ? 'always' : `only where ${conditionsSaid(only)}`)
const quoted = (text: string) => `“${text}”`
/** Two of the same words with other letters in them are told apart by those. */
const endsSaid = ({ endsOn }: JourneyInput) =>
  endsOn.length === 0
    ? 'by nothing'
    : listed(
        endsOn.map(({ event, as }) => `${eventSaid(event)} (${as})`),
        'or',
      )

export function changesOf(before: JourneyInput, after: JourneyInput): string[] {
  const changes: string[] = []
  const say = (what: string, was: string, is: string) => {
    if (was !== is) changes.push(`${what}: ${is}; it was ${was}.`)
  }
  if (before.isOn !== after.isOn)
    changes.push(
      after.isOn
        ? 'It is on: steps that are due from then on are sent.'
        : 'It is off: it goes on counting its days and texts nobody.',
    )
  say('Title', quoted(before.title), quoted(after.title))
  say('What it is for', quoted(before.about), quoted(after.about))
  say('It starts when', listed(before.startsOn.map(eventSaid), 'or'), listed(after.startsOn.map(eventSaid), 'or'))
  say('It ends', endsSaid(before), endsSaid(after))
  say('It starts', onlySaid(before.only), onlySaid(after.only))
  say('Its steps are counted from', anchorSaid(before.anchor), anchorSaid(after.anchor))
  say('There is one for each', before.per, after.per)
  say(
    'The same event once more',
    before.again === 'moves' ? 'moves it' : 'changes nothing',
    after.again === 'moves' ? 'moves it' : 'changes nothing',
  )
  say(
    'The date in its texts',
    before.dateOf ?? 'what its steps are counted from',
    after.dateOf ?? 'what its steps are counted from',
  )
  say('Purpose', before.purpose, after.purpose)

  const nameOf = ({ when }: JourneyStep, { anchor }: JourneyInput) => whenSaid(when, anchor)
  for (const step of after.steps) {
    const was = before.steps.find(({ name }) => name === step.name)
    const title = `The step ${nameOf(step, after)}`
    if (!was) {
      changes.push(`A new step, ${nameOf(step, after)}: ${step.template}.`)
      continue
    }
    if (nameOf(was, before) !== nameOf(step, after))
      changes.push(`A step moves to ${nameOf(step, after)}; it was ${nameOf(was, before)}.`)
    say(`${title} is written with`, was.template, step.template)
    say(`${title} links to`, pages[was.link], pages[step.link])
    say(`${title} is worth sending for`, `${was.worthHours} h`, `${step.worthHours} h`)
    say(`${title} is sent`, onlySaid(was.only), onlySaid(step.only))
  }
  for (const step of before.steps)
    if (!after.steps.some(({ name }) => name === step.name))
      changes.push(`The step ${nameOf(step, before)} (${step.template}) is taken out, and not sent any more.`)
  return changes
}
