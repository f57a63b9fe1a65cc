// What lies between two versions of the line, in words.
import type { Line } from '@usher/contract/carrier'

export interface Change {
  /** Carrier northline */
  what: string
  /** window: 50 → 100 */
  how: string[]
}

export function changes(before: Pick<Line, 'carriers' | 'senders' | 'routes'>, after: typeof before): Change[] {
  const found: Change[] = [
    ...between('Carrier', before.carriers, after.carriers),
    ...between('Sender', before.senders, after.senders),
    ...between('Route', before.routes, after.routes),
  ]
  // The order counts where there are routes in both: the first that fits is taken.
  const kept = (one: typeof before, other: typeof before) =>
    one.routes.map(({ name }) => name).filter(name => other.routes.some(route => route.name === name))
  const [was, is] = [kept(before, after), kept(after, before)]
  if (was.join() !== is.join())
    found.push({ what: 'Order of the routes', how: [`${was.join(', ')} → ${is.join(', ')}`] })
  return found
}

function between(what: string, before: readonly { name: string }[], after: readonly { name: string }[]): Change[] {
  const names = [...new Set([...before, ...after].map(({ name }) => name))]
  return names.flatMap(name => {
    const [was, is] = [before, after].map(all => all.find(one => one.name === name))
    if (!was) return [{ what: `${what} ${name}`, how: ['is there again'] }]
    if (!is) return [{ what: `${what} ${name}`, how: ['is taken away'] }]
    const how = differences(was, is)
    return how.length === 0 ? [] : [{ what: `${what} ${name}`, how }]
  })
}

/** Which are stored and where it calls us are no settings: nothing brings them back. */
const noSettings = new Set(['secrets', 'callbacks'])

function differences(before: object, after: object, within = ''): string[] {
  const [was, is] = [before, after] as [Record<string, unknown>, Record<string, unknown>] // of any shape
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap(key => {
    const [a, b] = [was[key], is[key]]
    if ((within === '' && noSettings.has(key)) || JSON.stringify(a) === JSON.stringify(b)) return []
    const path = within === '' ? key : `${within}.${key}`
    return isNested(a) && isNested(b) ? differences(a, b, path) : [`${path}: ${said(a)} → ${said(b)}`]
  })
}

/** Lists of words are told whole; lists of things one by one. */
const isNested = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(Array.isArray(value) && value.every(one => typeof one !== 'object'))

function said(value: unknown): string {
  if (value === undefined || value === null || value === '') return 'none'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(said).join(', ')
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([name, of]) => `${name} ${said(of)}`)
      .join(', ')
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return String(value)
}
