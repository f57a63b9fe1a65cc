// The charts of Live: how long codes took, what left and arrived, what failed and was refused.
import { SimpleGrid } from '@mantine/core'
import type { Live } from '@usher/contract/live'
import { Chart } from '../chart.tsx'
import { count, many, span } from '../format.tsx'

type Step = Live['steps'][number]

/** More bars than this are hairs. */
const mostSteps = 60

/** Neighbours drawn as one, so that each can be seen. */
function coarser({ steps, stepSeconds }: Live): { steps: Step[]; stepSeconds: number } {
  const together = Math.ceil(steps.length / mostSteps)
  const first = steps.length % together
  const joined: Step[] = []
  // The oldest fall away where they make no whole step; the newest are always there.
  for (let n = first; n < steps.length; n += together) {
    const few = steps.slice(n, n + together)
    const times = few.flatMap(({ codeP99Ms }) => (codeP99Ms === null ? [] : [codeP99Ms]))
    joined.push({
      at: few[0]!.at,
      accepted: sum(step => step.accepted, few),
      refused: sum(step => step.refused, few),
      submitted: sum(step => step.submitted, few),
      delivered: sum(step => step.delivered, few),
      failed: sum(step => step.failed, few),
      inbound: sum(step => step.inbound, few),
      codeP99Ms: times.length === 0 ? null : Math.max(...times),
    })
  }
  return { steps: joined, stepSeconds: stepSeconds * together }
}

const sum = (of: (step: Step) => number, steps: readonly Step[]) => steps.reduce((total, step) => total + of(step), 0)

export function Charts({ live, minutes, goalMs }: { live: Live; minutes: string; goalMs: number }) {
  const { steps, stepSeconds } = coarser(live)
  const lastMinute = live.steps.slice(-Math.max(1, Math.ceil(60 / live.stepSeconds)))
  const submitted = sum(step => step.submitted, lastMinute)
  const p99 = live.lanes.find(({ lane }) => lane === 'code')?.p99Ms ?? null
  const failed = sum(step => step.failed, live.steps)
  const refused = sum(step => step.refused, live.steps)
  const each = stepSeconds === 60 ? 'minute' : stepSeconds % 60 === 0 ? `${stepSeconds / 60} min` : `${stepSeconds} s`
  const common = { steps, stepSeconds }
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="md">
      <Chart
        {...common}
        sentence={
          p99 === null
            ? `No code was submitted in ${minutes} minutes`
            : `Codes were submitted in ${span(p99)} at the 99th percentile`
        }
        unit={`From accepted to submitted, each ${each}; the red line is the goal, ${span(goalMs)}.`}
        series={[{ name: 'p99', of: step => step.codeP99Ms, look: 'look-time' }]}
        shape="line"
        write={span}
        goal={goalMs}
        least={10}
      />
      <Chart
        {...common}
        sentence={`${many(submitted, 'text was', 'texts were')} submitted in the last minute`}
        unit={`Texts each ${each}:`}
        series={[
          { name: 'submitted', of: step => step.submitted, look: 'look-submitted' },
          { name: 'delivered', of: step => step.delivered, look: 'look-delivered' },
        ]}
        shape="beside"
        write={count}
        least={4}
      />
      <Chart
        {...common}
        sentence={
          failed + refused === 0
            ? `Nothing failed and nothing was refused in ${minutes} minutes`
            : `${count(failed)} failed and ${many(refused, 'text was', 'texts were')} refused in ${minutes} minutes`
        }
        unit={`Texts each ${each}:`}
        series={[
          { name: 'failed on the way', of: step => step.failed, look: 'look-failed' },
          { name: 'refused by our rules', of: step => step.refused, look: 'look-refused' },
        ]}
        shape="stacked"
        write={count}
        least={4}
      />
    </SimpleGrid>
  )
}
