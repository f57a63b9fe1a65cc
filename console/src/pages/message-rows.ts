// What is loaded of a list that grows at its top (texts, events), and how an answer is taken into it without losing the place
// of who reads.
import type { InfiniteData } from '@tanstack/react-query'
import type { Message } from '@usher/contract/message'

export interface Answer<Row = Message> {
  items: Row[]
  /** How far was looked, where there is more: the answer may hold fewer rows than that is wide, or none. */
  next: string | null
}
export type Loaded<Row = Message> = InfiniteData<Answer<Row>, string | undefined>

export const pageSize = 100
/** How many of the newest, and of those on the screen, are asked for again. */
export const lookSize = 60
/** Who stands at the top for an hour keeps no hour of rows. */
const mostAtTop = 1_000

/** Ids are made in order of time (UUID version 7): the first 48 bits are milliseconds. */
export const timeOfId = (id: string) => new Date(Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16))

/**
 * Takes an answer into what is loaded: between `above` and how far the answer has looked it is the truth, for rows that
 * changed and for rows that are no longer what was asked for. Newer rows are taken only by who stands at the top.
 */
export function absorb<Row extends { id: string }>(
  old: Loaded<Row>,
  answer: Answer<Row>,
  above: string | undefined,
  isAtTop: boolean,
): Loaded<Row> {
  const rows = old.pages.flatMap(page => page.items)
  const last = old.pages.at(-1)!
  const newest = rows[0]?.id
  const reach = answer.next ?? ''
  // More is new than one look can hold: what lies between is not known, so the list begins anew. A look that holds less has
  // come that far without finding more, and what it found is simply newer.
  const isFull = answer.items.length >= lookSize
  if (isAtTop && isFull && newest !== undefined && reach > newest) return { pages: [answer], pageParams: [undefined] }
  // The answer's last row is where it stopped looking, so it is among what was looked at.
  const isCovered = (id: string) => id >= reach && (above === undefined || id < above)
  // Beyond the last row nothing is known yet, and a newer row than the first waits until it is wanted.
  const oldest = last.next ?? ''
  const taken = answer.items.filter(({ id }) => id >= oldest && (isAtTop || (newest !== undefined && id <= newest)))
  const before = new Map(rows.map(row => [row.id, row]))
  const covered = rows.filter(({ id }) => isCovered(id))
  const isSame =
    covered.length === taken.length && taken.every(row => JSON.stringify(row) === JSON.stringify(before.get(row.id)))
  if (isSame) return old
  const items = [
    ...rows.filter(({ id }) => above !== undefined && id >= above),
    ...taken.map(row => (JSON.stringify(row) === JSON.stringify(before.get(row.id)) ? before.get(row.id)! : row)),
    ...rows.filter(({ id }) => id < reach),
  ]
  if (isAtTop && items.length > mostAtTop) {
    const kept = items.slice(0, pageSize)
    return { pages: [{ items: kept, next: kept.at(-1)!.id }], pageParams: [undefined] }
  }
  return { pages: [{ items, next: last.next }], pageParams: [undefined] }
}
