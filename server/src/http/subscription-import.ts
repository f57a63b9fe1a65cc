// The subscriptions there are, from a file: each line is told as an event, so that what follows from it is what follows from
// one that the service tells itself.
import { createHash } from 'node:crypto'
import { type EventTypeName, SubscriptionLine } from '@usher/contract/event'
import { given } from '../event/fields.ts'
import type { EventTaker, Incoming } from '../event/take.ts'
import { type BadLine, type Read, sayIssues } from './import.ts'

const known = 'com.usher.subscription.known' satisfies EventTypeName

/** `made` are those that were not told before. Rejects where the database is away, and may be asked again. */
export async function takeSubscriptions(
  { taker }: { taker: Pick<EventTaker, 'take'> },
  batch: readonly Read[],
  startedAt: Date,
): Promise<{ taken: number; made: number; bad: BadLine[] }> {
  const bad: BadLine[] = []
  const good: { line: number; incoming: Incoming }[] = []
  for (const row of batch) {
    if ('unreadable' in row) {
      bad.push({ line: row.line, code: 'broken_line', detail: row.unreadable })
      continue
    }
    const read = SubscriptionLine.safeParse(row.value)
    if (read.success) good.push({ line: row.line, incoming: asIncoming(read.data, startedAt) })
    else bad.push({ line: row.line, code: 'invalid_request', detail: sayIssues(read.error) })
  }
  const verdicts = await taker.take(good.map(({ incoming }) => incoming))
  for (const [i, { problem }] of verdicts.entries())
    if (problem)
      bad.push({
        ...{ line: good[i]!.line, code: problem.code },
        detail: problem.errors.map(({ at, detail }) => (at === '' ? detail : `${at}: ${detail}`)).join(' '),
      })
  const made = verdicts.filter(({ verdict }) => verdict === 'taken').length
  const repeated = verdicts.filter(({ verdict }) => verdict === 'repeated').length
  return { taken: made + repeated, made, bad: bad.sort((a, b) => a.line - b.line) }
}

/** A line names itself by what it says: the same file once more, whole or mended, tells nothing twice. */
function asIncoming(line: SubscriptionLine, startedAt: Date): Incoming {
  const { subscriber, amount, nextAmount, currency, cardExpiresAt, ...facts } = line
  return {
    door: 'import',
    event: {
      specversion: '1.0',
      id: createHash('sha256').update(JSON.stringify(line)).digest('hex').slice(0, 32),
      source: 'import/subscriptions',
      type: known,
      subject: subscriber,
      time: startedAt.toISOString(),
      data: given({
        ...facts,
        price: amount === undefined ? undefined : { amount, currency },
        nextPrice: nextAmount === undefined ? undefined : { amount: nextAmount, currency },
        card: cardExpiresAt === undefined ? undefined : { expiresAt: cardExpiresAt },
      }),
    },
  }
}

const numbers = new Set(['amount', 'nextAmount'])

/** A line of CSV: an empty cell is left out, and an amount that is no whole number is left as it is, to be refused. */
export function asSubscription(record: Record<string, string>): unknown {
  return Object.fromEntries(
    Object.entries(record).flatMap(([column, cell]) =>
      cell === '' || cell === undefined
        ? []
        : [[column, numbers.has(column) && /^\d{1,15}$/.test(cell) ? Number(cell) : cell]],
    ),
  )
}
