// How numbers, times and money are written. Times are told by their distance, with the exact one on hover.
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { client } from './client.ts'

const whole = new Intl.NumberFormat('en')
export const count = (n: number) => whole.format(n)

/** `1 text`, `2 texts`. */
export const many = (n: number, one: string, more = `${one}s`) => `${count(n)} ${n === 1 ? one : more}`

/** Milliseconds as people say them: 84 ms, 2.1 s, 4 min, 3 h, 2 d, 5 months, 3 years. */
export function span(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 48 * 3_600_000) return `${Math.round(ms / 3_600_000)} h`
  const days = ms / 86_400_000
  if (days < 60) return `${Math.round(days)} d`
  return days < 730 ? `${Math.round(days / 30.4)} months` : `${Math.round(days / 365.25)} years`
}

export const money = ({ amount, currency }: { amount: string; currency: string }) =>
  new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
    minimumFractionDigits: 2,
    maximumFractionDigits: 6,
  }).format(Number(amount))

const exactly = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' })
export const exact = (at: string) => exactly.format(new Date(at))

let second = Date.now()
const watchers = new Set<() => void>()
setInterval(() => {
  second = Date.now()
  for (const watcher of watchers) watcher()
}, 1_000)
const subscribe = (watcher: () => void) => {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}

/** Business time of the server, which in the demo may lie ahead: distances are told from it, not from this machine's clock. */
export function useNow(everyMs = 5_000): number {
  const { data } = useQuery(settingsQuery)
  // One timer ticks for the whole page, however many times stand on it.
  useSyncExternalStore(subscribe, () => Math.floor(second / everyMs))
  return Date.now() + (data?.clock.aheadMs ?? 0)
}

export const settingsQuery = {
  queryKey: ['settings'],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.getSettings({ signal }),
  staleTime: 30_000,
}

/** How far away a time is: 4 min ago, in 3 h. */
export function distance(at: string, now: number): string {
  const ms = now - Date.parse(at)
  if (Math.abs(ms) < 2_000) return 'now'
  const whole = span(Math.round(Math.abs(ms) / 1_000) * 1_000).replace('.0 s', ' s')
  return ms >= 0 ? `${whole} ago` : `in ${whole}`
}

export function Time({ at }: { at: string }) {
  const now = useNow()
  return (
    <Text span size="sm" component="time" {...{ dateTime: at }} title={exact(at)} className="tabular nowrap">
      {distance(at, now)}
    </Text>
  )
}
