// Whether a carrier is up, slow or down, and why, in a sentence: for the first screen and for its own pages.
import type { Carrier } from '@usher/contract/live'

export type Level = 'down' | 'slow' | 'paused' | 'up'
export interface Standing {
  level: Level
  why: string
}

/** Of several binds those that stand carry on; over HTTP there is none, and the figures alone tell. */
export function standing(
  carrier: Pick<Carrier, 'binds' | 'slowedUntil' | 'health' | 'isPaused' | 'protocol'>,
  now: string,
): Standing {
  const { binds, slowedUntil, health, isPaused, protocol } = carrier
  const away = binds.filter(({ state }) => state !== 'bound')
  const refused = away.find(({ state }) => state === 'refused')
  const reason = away.find(one => one.reason)?.reason
  const overall = health.find(({ country }) => country === null)
  const isSlowed = slowedUntil !== null && Date.parse(slowedUntil) > Date.parse(now)
  if (isPaused) return { level: 'paused', why: 'Somebody paused it: nothing is handed to it.' }
  if (refused && away.length === binds.length)
    return {
      level: 'down',
      why: `It refuses us${refused.reason ? `: ${asClause(refused.reason)}` : '.'} Nothing is tried until its settings change or somebody binds again.`,
    }
  if (binds.length > 0 && away.length === binds.length)
    return { level: 'down', why: reason ? asSentence(reason) : 'No bind stands.' }
  if (binds.length === 0 && protocol === 'smpp') return { level: 'down', why: 'No process has told of a bind yet.' }
  if (overall?.isBroken) return { level: 'down', why: asSentence(overall.reason ?? 'It takes nothing') }
  if (away.length > 0)
    return {
      level: 'slow',
      why: `${away.length} of ${said(binds.length)} away${reason ? `: ${asClause(reason)}` : '.'}`,
    }
  if (isSlowed) return { level: 'slow', why: 'It asked us to slow down.' }
  const worst = health.filter(one => one.reason !== null).toSorted((a, b) => a.factor - b.factor)[0]
  if (worst?.reason) return { level: 'slow', why: asSentence(worst.reason) }
  return { level: 'up', why: binds.length === 0 ? 'It answers.' : `${said(binds.length)} bound.` }
}

const said = (binds: number) => (binds === 1 ? '1 bind' : `${binds} binds`)
const asSentence = (words: string) => {
  const whole = words.trim()
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}${/[.!?]$/.test(whole) ? '' : '.'}`
}
const asClause = (words: string) => {
  const whole = asSentence(words)
  // An abbreviation keeps its capitals.
  return /^[A-Z][a-z ]/.test(whole) ? whole.charAt(0).toLowerCase() + whole.slice(1) : whole
}

/** The worst first. */
export const levels: readonly Level[] = ['down', 'slow', 'paused', 'up']
