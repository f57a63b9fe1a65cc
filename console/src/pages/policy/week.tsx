// A week of a region as bars of a day each: what is shipped below, what would be in force above it, and what of that is wider.
import { Group, Text } from '@mantine/core'
import type { RegionHours } from '@usher/contract/region'
import { windowSaid } from './region.ts'
import styles from './week.module.css'

type Window = RegionHours['weekday']
const minutes = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3))
const percent = (minute: number) => `${(minute / 1440) * 100}%`

/** Day by day; a holiday that is like the day has no bar of its own. */
const rowsOf = ({
  weekday,
  saturday,
  sunday,
  holiday,
  isHolidayAsDay,
}: RegionHours): [string, Window | 'as the day'][] => [
  ...(['Mon', 'Tue', 'Wed', 'Thu', 'Fri'] as const).map((day): [string, Window] => [day, weekday]),
  ['Sat', saturday],
  ['Sun', sunday],
  ['Holiday', isHolidayAsDay ? 'as the day' : holiday],
]

export function Week({ shipped, hours }: { shipped: RegionHours; hours: RegionHours }) {
  const before = rowsOf(shipped)
  return (
    <div>
      <ul className={`plain ${styles.week}`} aria-label="The week">
        {rowsOf(hours).map(([day, is], n) => (
          <Day key={day} day={day} is={is} was={before[n]![1]} />
        ))}
      </ul>
      <div className={styles.scale} aria-hidden>
        {[0, 6, 12, 18, 24].map(hour => (
          <span key={hour}>{hour}</span>
        ))}
      </div>
      <Group gap="md" mt={4}>
        {(['shipped', 'open', 'wider'] as const).map(kind => (
          <Group key={kind} gap={6}>
            <span className={`${styles.sample} ${styles[kind]}`} aria-hidden />
            <Text size="xs" c="dimmed">
              {{ shipped: 'shipped', open: 'as it is here', wider: 'wider than shipped' }[kind]}
            </Text>
          </Group>
        ))}
      </Group>
    </div>
  )
}

function Day({ day, is, was }: { day: string; is: Window | 'as the day'; was: Window | 'as the day' }) {
  const said = (one: typeof is) => (one === 'as the day' ? one : windowSaid(one))
  const isSame = said(is) === said(was)
  return (
    <li className={styles.day}>
      <Text size="xs" className={styles.name}>
        {day}
      </Text>
      <div className={styles.bar} aria-hidden>
        {was !== 'as the day' && was && <Piece kind="shipped" from={minutes(was.from)} to={minutes(was.to)} />}
        {is !== 'as the day' && is && <Open is={is} was={was} />}
      </div>
      <Text size="xs" className={`tabular nowrap ${styles.said}`}>
        {said(is)}
        {!isSame && (
          <Text span size="xs" c="dimmed">
            {' '}
            (shipped {said(was)})
          </Text>
        )}
      </Text>
    </li>
  )
}

/** What is within the shipped hours, and what is before and after them. Those of a day that has none of its own are not known. */
function Open({ is, was }: { is: NonNullable<Window>; was: Window | 'as the day' }) {
  const [from, to] = [minutes(is.from), minutes(is.to)]
  if (was === 'as the day') return <Piece kind="open" from={from} to={to} />
  const [first, last] = was === null ? [to, to] : [minutes(was.from), minutes(was.to)]
  return (
    <>
      <Piece kind="wider" from={from} to={Math.min(to, first)} />
      <Piece kind="open" from={Math.max(from, first)} to={Math.min(to, last)} />
      <Piece kind="wider" from={Math.max(from, last)} to={to} />
    </>
  )
}

const Piece = ({ kind, from, to }: { kind: 'shipped' | 'open' | 'wider'; from: number; to: number }) =>
  from < to ? (
    <span className={styles[kind]} style={{ insetInlineStart: percent(from), width: percent(to - from) }} />
  ) : null
