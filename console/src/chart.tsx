// A chart: one question, and the answer as a sentence above it. Who can't see it reads the sentence. It is drawn here, in a
// few shapes: a chart library is half as large as all the rest of the console.
import { Card, Text } from '@mantine/core'
import type { ReactNode } from 'react'

export interface Series<Step> {
  name: string
  of: (step: Step) => number | null
  /** A class of console.css. */
  look: string
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const dayName = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
const preciseClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })

/** Where the axis ends: the next round number, of which half is round as well. */
function roundUp(most: number, least: number): number {
  const n = Math.max(most, least)
  const power = 10 ** Math.floor(Math.log10(n))
  return [1, 2, 4, 6, 10].map(times => times * power).find(round => round >= n)!
}

export function Chart<Step extends { at: string }>({
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
  series: readonly Series<Step>[]
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
  const time = (at: string) =>
    (stepSeconds < 60 ? preciseClock : stepSeconds < 86_400 ? clock : dayName).format(new Date(at))
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

function Bars<Step>({
  step,
  n,
  series,
  shape,
  y,
}: {
  step: Step
  n: number
  series: readonly Series<Step>[]
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
function Line<Step>({ steps, series, y }: { steps: readonly Step[]; series: Series<Step>; y: (n: number) => number }) {
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
