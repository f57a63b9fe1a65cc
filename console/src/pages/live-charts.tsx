// The charts of Live: one question each, and the answer as a sentence above it. Who can't see them reads the sentence.
// They are drawn here, in a few shapes: a chart library is half as large as all the rest of the console.
import { Card, SimpleGrid, Text } from '@mantine/core'
import type { Live } from '@usher/contract/live'
import type { ReactNode } from 'react'
import { count, many, span } from '../format.tsx'

type Step = Live['steps'][number]
interface Series {
  name: string
  of: (step: Step) => number | null
  /** A class of console.css. */
  look: string
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const preciseClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })

/** Where the axis ends: the next round number, of which half is round as well. */
function roundUp(most: number, least: number): number {
  const n = Math.max(most, least)
  const power = 10 ** Math.floor(Math.log10(n))
  return [1, 2, 4, 6, 10].map(times => times * power).find(round => round >= n)!
}

function Chart({
  sentence,
  unit,
  steps,
  stepSeconds,
  series,
  shape,
  write,
  goal,
  least,
}: {
  sentence: string
  unit: ReactNode
  steps: readonly Step[]
  stepSeconds: number
  series: readonly Series[]
  /** Bars beside each other, on each other, or a line. */
  shape: 'beside' | 'stacked' | 'line'
  write: (n: number) => string
  goal?: number
  /** The axis goes at least so far. */
  least: number
}) {
  const valuesOf = (step: Step) => series.map(({ of }) => of(step) ?? 0)
  const heights = steps.map(step =>
    shape === 'stacked' ? valuesOf(step).reduce((a, b) => a + b, 0) : Math.max(...valuesOf(step)),
  )
  const most = roundUp(Math.max(0, ...heights, (goal ?? 0) * 1.2), least)
  const y = (n: number) => 100 - (n / most) * 100
  const time = (at: string) => (stepSeconds < 60 ? preciseClock : clock).format(new Date(at))
  const marks = [steps[0], steps[Math.floor(steps.length / 2)], steps.at(-1)].filter(step => step !== undefined)
  return (
    <Card withBorder padding="md" component="figure" m={0}>
      <Text component="figcaption" fw={600} size="sm">
        {sentence}
      </Text>
      <Text size="xs" c="dimmed" component="div" mb="sm">
        {unit}{' '}
        {series.length > 1 &&
          series.map(({ name, look }) => (
            <span key={name} className="nowrap">
              <svg width="10" height="10" className={look} aria-hidden>
                <rect width="10" height="10" rx="2" />
              </svg>{' '}
              {name}{' '}
            </span>
          ))}
      </Text>
      <div className="chart" aria-hidden>
        <div className="chart-y">
          {[most, most / 2, 0].map(n => (
            <span key={n}>{write(n)}</span>
          ))}
        </div>
        <svg className="chart-plot" viewBox={`0 0 ${steps.length} 100`} preserveAspectRatio="none" aria-hidden>
          {[0, 50, 100].map(at => (
            <line key={at} className="chart-rule" x1={0} x2={steps.length} y1={at} y2={at} />
          ))}
          {shape === 'line'
            ? series.map(one => <Line key={one.name} steps={steps} series={one} y={y} />)
            : steps.map((step, n) => <Bars key={step.at} step={step} n={n} series={series} shape={shape} y={y} />)}
          {goal !== undefined && <line className="chart-goal" x1={0} x2={steps.length} y1={y(goal)} y2={y(goal)} />}
          {steps.map((step, n) => (
            <rect key={step.at} className="chart-touch" x={n} y={0} width={1} height={100}>
              <title>
                {`${time(step.at)}: ${series
                  .map(({ name, of }) => {
                    const value = of(step)
                    return `${name} ${value === null ? 'none' : write(value)}`
                  })
                  .join(', ')}`}
              </title>
            </rect>
          ))}
        </svg>
        <div className="chart-x">
          {marks.map(({ at }) => (
            <span key={at}>{time(at)}</span>
          ))}
        </div>
      </div>
    </Card>
  )
}

function Bars({
  step,
  n,
  series,
  shape,
  y,
}: {
  step: Step
  n: number
  series: readonly Series[]
  shape: 'beside' | 'stacked'
  y: (n: number) => number
}) {
  const room = 0.8 / (shape === 'beside' ? series.length : 1)
  let below = 0
  return series.map(({ name, of, look }, k) => {
    const value = of(step) ?? 0
    const top = y(below + value)
    const bar = (
      <rect
        key={name}
        className={look}
        x={n + 0.1 + (shape === 'beside' ? k * room : 0)}
        y={top}
        width={room}
        height={y(below) - top}
      />
    )
    if (shape === 'stacked') below += value
    return bar
  })
}

/** Where nothing was measured the line is broken; a lone measure is a dash. */
function Line({ steps, series, y }: { steps: readonly Step[]; series: Series; y: (n: number) => number }) {
  const path = steps
    .map((step, n) => {
      const value = series.of(step)
      if (value === null) return ''
      const isStart = n === 0 || series.of(steps[n - 1]!) === null
      return `${isStart ? `M ${n + 0.2}` : `L ${n + 0.2}`} ${y(value)} L ${n + 0.8} ${y(value)}`
    })
    .join(' ')
  return <path className={`chart-line ${series.look}`} d={path} />
}

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
