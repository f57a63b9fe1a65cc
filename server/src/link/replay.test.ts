// A thousand clicks, labelled by who made them, and how many are judged as they were made. The rules were tuned on the
// first half; the numbers that count are those of the other, which was not looked at meanwhile.
import { expect, test } from 'vitest'
import { judge, rules } from './judge.ts'
import { factsOf, held, type ReplayClick, tuned } from './replay.ts'

const verdictsOf = (clicks: readonly ReplayClick[]) =>
  clicks.map(click => ({ click, judged: judge(factsOf(click, clicks)) }))

function measure(clicks: readonly ReplayClick[]) {
  const all = verdictsOf(clicks)
  const count = (by: string, verdict: string) =>
    all.filter(({ click, judged }) => click.by === by && judged.verdict === verdict).length
  const of = (kind: 'human' | 'machine', other: 'human' | 'machine') => ({
    precision: count(kind, kind) / (count(kind, kind) + count(other, kind)),
    recall: count(kind, kind) / (count(kind, kind) + count(kind, other)),
  })
  return { human: of('human', 'machine'), machine: of('machine', 'human') }
}

test('of five hundred clicks that no rule was made for, people and machines are told apart', () => {
  const clicks = held()

  const { human, machine } = measure(clicks)

  const mistaken = verdictsOf(clicks).filter(({ click, judged }) => click.by !== judged.verdict)
  const who: Record<string, number> = {}
  for (const { click } of mistaken) who[`${click.by}: ${click.who}`] = (who[`${click.by}: ${click.who}`] ?? 0) + 1
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  console.log(
    [
      `people:   precision ${percent(human.precision)}, recall ${percent(human.recall)}`,
      `machines: precision ${percent(machine.precision)}, recall ${percent(machine.recall)}`,
      `mistaken: ${Object.entries(who)
        .map(([name, times]) => `${name} (${times})`)
        .join(', ')}`,
    ].join('\n'),
  )
  for (const share of [human.precision, human.recall, machine.precision, machine.recall])
    expect(share).toBeGreaterThanOrEqual(0.95)
})

test('a thousand clicks, each made once, and always the same', () => {
  const clicks = [...tuned(), ...held()]

  expect(clicks).toHaveLength(1_000)
  expect([...tuned(), ...held()]).toEqual(clicks)
  for (const by of ['human', 'machine']) expect(clicks.filter(click => click.by === by).length).toBeGreaterThan(350)
})

test('what each rule adds', () => {
  const clicks = [...tuned(), ...held().map(click => ({ ...click, text: click.text + 10_000 }))]
  const table = rules.map(({ name, weight, holds }) => {
    const adds = { rule: name, weight, people: 0, machines: 0, caught: 0, wronged: 0 }
    for (const click of clicks) {
      const facts = factsOf(click, clicks)
      if (holds(facts) !== undefined) adds[click.by === 'human' ? 'people' : 'machines']++
      // Whom it alone turns into a machine.
      if (judge(facts).verdict !== judge(facts, name).verdict) adds[click.by === 'human' ? 'wronged' : 'caught']++
    }
    return adds
  })
  console.table(table)

  // A rule that is enough by itself meets hardly a person; one that never meets a machine has no place.
  for (const { rule, weight, people, machines } of table) {
    if (weight >= 1) expect(people, rule).toBeLessThanOrEqual(2)
    expect(machines, rule).toBeGreaterThan(0)
  }
})
