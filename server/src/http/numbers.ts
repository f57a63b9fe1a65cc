// A number's life over the API: verified and changed by a code, removed, and taken back by the files of carriers.
import { DeactivatedLine, type NumberChangeInput, type NumberFileReport, ReassignedLine } from '@usher/contract/number'
import type { Policy } from '@usher/contract/policy'
import type { z } from 'zod'
import { noticeIn } from '../account/advice.ts'
import { checkChange, type NumberChangeDeps, removeNumber, startChange } from '../message/number-change.ts'
import { noteFile, type TakenBack, takeBack } from '../message/number-files.ts'
import { record } from '../operator/audit.ts'
import { DatabaseAway, type Statements } from '../store/database.ts'
import { maskNumber, readNumber } from '../subscriber/number.ts'
import { findSubscriber, readNumberLife } from '../subscriber/subscriber.ts'
import type { Caller, Handlers } from './call.ts'
import { type BadLine, type Read, rowsOf, sayIssues } from './import.ts'
import { ndjson, pieces } from './lines.ts'
import { problemBody, Saying } from './problem.ts'

export interface NumberDeskDeps extends NumberChangeDeps {
  wall: () => Date
  policy: () => Policy
  log: { error(fields: object, message: string): void }
}

type Name = 'getNumber' | 'removeNumber' | 'changeNumber' | 'checkNumber' | 'deactivateNumbers' | 'reassignNumbers'

export function numberDesk(deps: NumberDeskDeps): Pick<Handlers, Name> {
  const { db, keys, clock, policy } = deps
  const note = async (tx: Statements, { operator }: Caller, action: string, subject: string, detail = {}) => {
    if (operator) await record(tx, { at: deps.wall(), operatorId: operator.id, action, subject, detail })
  }
  return {
    async getNumber({ c, params }) {
      const life = await readNumberLife(db, keys, params.id!)
      if (life === undefined) throw new Saying('unknownSubscriber')
      if (life === null) throw new Saying('noNumber')
      return c.json({ ...life, number: maskNumber(life.number) })
    },
    async removeNumber({ c, caller, params }) {
      const result = await removeNumber(deps, params.id!, tx => note(tx, caller, 'number.removed', params.id!))
      if (result === 'unknown_subscriber') throw new Saying('unknownSubscriber')
      if (result === 'no_number') throw new Saying('noNumber')
      return c.body(null, 204)
    },
    async changeNumber({ c, caller, params, body }) {
      const { number, stepUp } = body as NumberChangeInput
      if (stepUp === undefined) throw new Saying('stepUpMissing')
      await note(db, caller, 'number.change_begun', params.id!, { stepUp })
      const change = await startChange(deps, params.id!, { number, stepUp })
      if (change === 'unknown_subscriber') throw new Saying('unknownSubscriber')
      if (change === 'no_number') throw new Saying('noNumber')
      if (change === 'invalid_number') throw new Saying('invalidNumber')
      if (change === 'too_many_wrong_codes') throw new Saying('tooManyWrongCodes')
      if ('refused' in change) throw new Saying('numberRefused', change.refused)
      if ('waitSeconds' in change)
        throw new Saying('tooManyCodes', undefined, undefined, { 'retry-after': String(change.waitSeconds) })
      return c.json({ ...change, notice: noticeIn((await findSubscriber(db, params.id!))?.locale) }, 201)
    },
    async checkNumber({ c, params, body }) {
      const change = await checkChange(deps, params.id!, (body as { code: string }).code)
      if (change === 'unknown_change') throw new Saying('unknownNumberChange')
      if (change === 'over') throw new Saying('numberChangeOver')
      if (change === 'unknown_subscriber') throw new Saying('unknownSubscriber')
      if ('wrong' in change)
        throw new Saying(
          'wrongNumberCode',
          `It can be tried ${change.triesLeft} more time${change.triesLeft === 1 ? '' : 's'}.`,
        )
      return c.json(change)
    },
    deactivateNumbers: ({ c }) =>
      answer(
        takeFile(deps, c.req.raw, 'deactivated', DeactivatedLine, (line, now) =>
          takenBack(deps, line.number, 'deactivated', line.date, now),
        ),
      ),
    reassignNumbers: ({ c }) =>
      answer(
        takeFile(deps, c.req.raw, 'reassigned', ReassignedLine, (line, now) => {
          const one = takenBack(deps, line.number, 'reassigned', line.asked, now)
          const means = line.answer === 'yes' || (line.answer === 'no_data' && policy().reassignedNoData === 'suppress')
          return means || 'code' in one ? one : null
        }),
      ),
  }

  /** A line as it is taken; null where nothing follows from it. */
  function takenBack(
    { allowedRanges }: NumberDeskDeps,
    number: string,
    reason: TakenBack['reason'],
    day: string,
    now: Date,
  ): TakenBack | { code: string; detail: string } {
    const read = readNumber(number, allowedRanges)
    if (typeof read === 'string') return { code: 'invalid_number', detail: problemBody('invalidNumber').title }
    // A day stands for its end: of somebody who got the number on that day nobody knows whether it was before or after.
    const at = new Date(/^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) + dayMs : Date.parse(day))
    if (at.getTime() - dayMs > now.getTime()) return { code: 'invalid_request', detail: 'The date lies in the future.' }
    return { number: read.msisdn, reason, at: at > now ? now : at }
  }

  function takeFile<S extends z.ZodType>(
    deps: NumberDeskDeps,
    request: Request,
    kind: TakenBack['reason'],
    schema: S,
    meant: (line: z.output<S>, now: Date) => TakenBack | { code: string; detail: string } | null,
  ): ReadableStream<Uint8Array> {
    const totals = { read: 0, taken: 0, suppressed: 0, subscribers: 0, bad: 0 }
    let reported = 0
    const say = (report: NumberFileReport) => `${JSON.stringify(report)}\n`
    const take = async (rows: { line: number; one: TakenBack | null }[], bad: BadLine[]): Promise<void> => {
      try {
        const { suppressed, subscribers } = await takeBack(
          deps,
          rows.flatMap(({ one }) => one ?? []),
        )
        totals.taken += rows.length
        totals.suppressed += suppressed
        totals.subscribers += subscribers
      } catch (error) {
        if (error instanceof DatabaseAway)
          bad.push(...rows.map(({ line }) => ({ line, code: 'database_away', detail: problemBody('away').title })))
        // A shared commit must not share failure: each is tried alone, and the bad one fails alone.
        else if (rows.length > 1) for (const row of rows) await take([row], bad)
        else {
          deps.log.error({ err: error }, 'a line of a file of numbers broke')
          bad.push({ line: rows[0]!.line, code: 'internal', detail: problemBody('internal').title })
        }
      }
    }
    const work = async (batch: Read[]): Promise<string> => {
      const now = clock.now()
      const bad: BadLine[] = []
      const good: { line: number; one: TakenBack | null }[] = []
      for (const row of batch) {
        if ('unreadable' in row) {
          bad.push({ line: row.line, code: 'broken_line', detail: row.unreadable })
          continue
        }
        const read = schema.safeParse(row.value)
        const one = read.success ? meant(read.data, now) : { code: 'invalid_request', detail: sayIssues(read.error) }
        if (one !== null && 'code' in one) bad.push({ line: row.line, ...one })
        else good.push({ line: row.line, one })
      }
      if (good.length > 0) await take(good, bad)
      totals.read += batch.length
      totals.bad += bad.length
      let out = bad
        .sort((a, b) => a.line - b.line)
        .map(({ line, ...problem }) => say({ line, problem }))
        .join('')
      if (totals.read - reported >= 1_000) {
        reported = totals.read
        out += say({ progress: { read: totals.read, taken: totals.taken, bad: totals.bad } })
      }
      return out
    }
    const isCsv = (request.headers.get('content-type') ?? '').startsWith('text/csv')
    return ndjson(
      rowsOf(pieces(request), isCsv, db.batch, record => record),
      1,
      work,
      async () => {
        await noteFile(deps, kind, totals)
        return say({ done: totals })
      },
    )
  }
}

const dayMs = 86_400_000
const answer = (body: ReadableStream<Uint8Array>) =>
  new Response(body, { headers: { 'content-type': 'application/x-ndjson' } })
