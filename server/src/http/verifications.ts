// Codes over the API, and what protects them.
import {
  type CodeBlockLift,
  type NewRecoveryCodes,
  type NewVerification,
  type Protection,
  ProtectionInput,
  type VerificationCheck,
  type VerificationResend,
  type VerificationView,
  type VerificationWatch,
} from '@usher/contract/verification'
import type { z } from 'zod'
import type { Checker } from '../account/check.ts'
import { clearWrongCodes } from '../account/check.ts'
import type { NotSent, TooMuch } from '../account/limits.ts'
import { codeUse, liftBlock, listBlocks } from '../account/pumping.ts'
import { countRecoveryCodes, makeRecoveryCodes } from '../account/recovery.ts'
import type { StartProblem, Verifier } from '../account/verification.ts'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { record } from '../operator/audit.ts'
import type { Database } from '../store/database.ts'
import type { KeyRing } from '../store/keys.ts'
import type { WatchedSetting } from '../store/setting.ts'
import type { Handlers } from './call.ts'
import { Saying } from './problem.ts'

export interface VerificationDeskDeps {
  db: Database
  keys: KeyRing
  clock: Clock
  wall: () => Date
  events: EventBus
  verifier: Verifier
  checker: Checker
  protection: WatchedSetting<Protection>
}

type Name =
  | 'startVerification'
  | 'getVerification'
  | 'checkVerification'
  | 'resendVerification'
  | 'cancelVerification'
  | 'makeRecoveryCodes'
  | 'countRecoveryCodes'
  | 'clearWrongCodes'
  | 'getProtection'
  | 'putProtection'
  | 'listCodeBlocks'
  | 'liftCodeBlock'
  | 'codeUse'

export const refusals: Record<NotSent, string> = {
  no_account: 'There is nobody to send it to.',
  country_closed:
    'Few subscribers are in this country, so nobody gets a code there by number alone. The protection settings can open it.',
  country_blocked: 'Too few of the codes to this country were typed lately.',
  block_blocked: 'Too few of the codes to numbers beside this one were typed lately.',
  block_velocity: 'Many codes went to numbers beside this one within an hour, and few were typed.',
  number_flooded: 'This number got as many codes today as it may.',
  spend_ceiling: 'Codes cost as much as they may in this hour.',
  sim_swapped: 'The SIM of this number was changed lately. Ask for something stronger.',
  sim_unknown: 'Its operator does not say whether the SIM of this number was changed lately.',
}

/** Other processes are asked this often whether anything changed. */
const lookMs = 1_000

export function verificationDesk(deps: VerificationDeskDeps): Pick<Handlers, Name> {
  const { db, keys, clock, wall, events, verifier, checker, protection } = deps
  const note = (
    tx: Pick<Database, 'rows'>,
    operatorId: string | null,
    action: string,
    detail: Record<string, unknown>,
    subject?: string,
  ) => record(tx, { at: wall(), operatorId, action, detail, ...(subject === undefined ? {} : { subject }) })
  return {
    async startVerification({ c, body }) {
      const made = await verifier.start(body as NewVerification)
      if (isProblem(made)) throw saying(made)
      return c.json(made, 201)
    },
    async getVerification({ c, params, query }) {
      const { since, wait } = query as z.infer<typeof VerificationWatch>
      const id = params.id!
      const signal = c.req.raw.signal
      const until = clock.monotonic() + wait * 1_000
      const changed = watch(events, id)
      try {
        for (;;) {
          const view = await verifier.read(id)
          if (!view) throw new Saying('unknownVerification')
          const left = until - clock.monotonic()
          if (view.version !== since || left <= 0 || signal.aborted) return c.json(view satisfies VerificationView)
          await changed.next(view.delivery.message, Math.min(left, lookMs), signal)
        }
      } finally {
        changed.stop()
      }
    },
    async checkVerification({ c, params, body }) {
      const checked = await checker.check(params.id!, body as VerificationCheck)
      if (checked === 'unknown') throw new Saying('unknownVerification')
      if (checked === 'second_missing') throw new Saying('secondMissing')
      if ('tooMuch' in checked) throw tooMuch(checked.tooMuch)
      return c.json(checked)
    },
    async resendVerification({ c, params, body }) {
      const made = await verifier.resend(params.id!, body as VerificationResend)
      if (isProblem(made)) throw saying(made)
      return c.json(made)
    },
    async cancelVerification({ c, params }) {
      const cancelled = await verifier.cancel(params.id!)
      if (isProblem(cancelled)) throw saying(cancelled)
      return c.json(cancelled)
    },
    async makeRecoveryCodes({ c, caller, params, body }) {
      const { stepUp } = body as NewRecoveryCodes
      if (stepUp === undefined)
        throw new Saying(
          'stepUpMissing',
          'Recovery codes open the account: say in stepUp how you made sure, just now, that it is them.',
        )
      const now = clock.now()
      const codes = await db.transaction(async tx => {
        const made = await makeRecoveryCodes(tx, keys, params.id!, now)
        if (made) await note(tx, caller.operator?.id ?? null, 'recovery_codes.made', { stepUp }, params.id!)
        return made
      })
      if (!codes) throw new Saying('unknownSubscriber')
      return c.json({ codes, left: codes.length, madeAt: now.toISOString(), lastUsedAt: null }, 201)
    },
    async clearWrongCodes({ c, caller, params, body }) {
      const { stepUp } = body as NewRecoveryCodes
      if (stepUp === undefined) throw new Saying('stepUpMissing')
      const isThere = await db.transaction(async tx => {
        const cleared = await clearWrongCodes(tx, keys, params.id!)
        if (cleared) await note(tx, caller.operator?.id ?? null, 'wrong_codes.cleared', { stepUp }, params.id!)
        return cleared
      })
      if (!isThere) throw new Saying('unknownSubscriber')
      return c.body(null, 204)
    },
    async countRecoveryCodes({ c, params }) {
      const counted = await countRecoveryCodes(db, params.id!)
      if (!counted) throw new Saying('unknownSubscriber')
      return c.json(counted)
    },
    getProtection: ({ c }) => c.json(protection.current()),
    async putProtection({ c, caller, body }) {
      const next = ProtectionInput.parse(body)
      await db.transaction(async tx => {
        const before = await protection.put(tx, next)
        const changed = (Object.keys(next) as (keyof Protection)[]).filter(
          field => JSON.stringify(next[field]) !== JSON.stringify(before[field]),
        )
        const detail = Object.fromEntries(changed.map(field => [field, { before: before[field], after: next[field] }]))
        await note(tx, caller.operator?.id ?? null, 'protection.changed', detail)
      })
      await protection.refresh()
      return c.json(protection.current())
    },
    listCodeBlocks: async ({ c }) => c.json({ items: await listBlocks(db, clock.now()) }),
    async liftCodeBlock({ c, caller, params, body }) {
      const { hours, reason } = body as CodeBlockLift
      const now = clock.now()
      const operatorId = caller.operator?.id ?? null
      const lifted = await db.transaction(async tx => {
        const block = await liftBlock(
          tx,
          params.id!,
          { until: new Date(now.getTime() + hours * 3_600_000), operatorId },
          now,
        )
        if (block)
          await note(tx, operatorId, 'code_block.lifted', { kind: block.kind, label: block.label, hours, reason })
        return block
      })
      if (!lifted) throw new Saying('unknownCodeBlock')
      return c.json(lifted)
    },
    codeUse: async ({ c, query }) =>
      c.json({ items: await codeUse(db, clock.now(), (query as { hours: number }).hours) }),
  }
}

const isProblem = (made: object | StartProblem): made is StartProblem =>
  typeof made === 'string' || 'tooMuch' in made || 'refused' in made

export const tooMuch = ({ kind, waitSeconds }: TooMuch): Saying =>
  new Saying(
    kind === 'codes' ? 'tooManyCodes' : 'tooManyWrongCodes',
    undefined,
    undefined,
    waitSeconds === null ? {} : { 'retry-after': String(waitSeconds) },
  )

function saying(made: StartProblem): Saying {
  if (made === 'invalid_number') return new Saying('invalidNumber')
  if (made === 'unknown') return new Saying('unknownVerification')
  if (made === 'over') return new Saying('verificationOver')
  return 'tooMuch' in made ? tooMuch(made.tooMuch) : new Saying('codeRefused', refusals[made.refused])
}

/** Resolves when something happens to this verification here, or its time is over. */
function watch(events: EventBus, id: string) {
  let wake = () => {}
  let messageId: string | null = null
  let isChanged = false
  const stops = [
    events.on('verification.moved', list => {
      if (list.some(one => one.id === id)) changed()
    }),
    events.on('message.moved', list => {
      if (list.some(one => one.id === messageId)) changed()
    }),
  ]
  const changed = () => {
    isChanged = true
    wake()
  }
  return {
    next(message: string | null, ms: number, signal: AbortSignal) {
      messageId = message
      return new Promise<void>(resolve => {
        const done = () => {
          clearTimeout(timer)
          signal.removeEventListener('abort', done)
          isChanged = false
          resolve()
        }
        const timer = setTimeout(done, ms)
        wake = done
        signal.addEventListener('abort', done)
        if (isChanged) done()
      })
    },
    stop() {
      for (const stop of stops) stop()
    },
  }
}
