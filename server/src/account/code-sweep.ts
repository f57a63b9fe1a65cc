// What is done about codes by itself: each second new ones where one never left or did not arrive, each ten seconds the look
// at where too few come back.
import { DatabaseAway } from '../store/database.ts'
import type { Checker } from './check.ts'
import { blockPumped, type PumpingDeps } from './pumping.ts'
import type { Verifier } from './verification.ts'

export interface CodeSweep {
  sweep(): Promise<void>
  start(): void
  stop(): Promise<void>
}

const everyMs = 1_000
const pumpingEvery = 10
/** Ends that a text of a code may have long before its 8 seconds are over. */
const wentWrong = ['rejected', 'unanswered', 'undeliverable', 'unconfirmed']

export function sweeping(
  deps: PumpingDeps & { verifier: Pick<Verifier, 'sweep'>; checker: Pick<Checker, 'sweep'> },
): CodeSweep {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let times = 0
  let stopListening = () => {}
  const sweep = async () => {
    await deps.verifier.sweep()
    await deps.checker.sweep()
    await blockPumped(deps)
  }
  const run = (work: () => Promise<void>) => {
    running ??= work()
      .catch(error => {
        if (!(error instanceof DatabaseAway))
          deps.events.emit('work.failed', { what: 'a sweep of codes', error: String(error) })
      })
      .finally(() => {
        running = undefined
      })
  }
  return {
    sweep,
    start() {
      timer = setInterval(() => run(times++ % pumpingEvery === 0 ? sweep : () => deps.verifier.sweep()), everyMs)
      stopListening = deps.events.on('message.moved', list => {
        if (list.some(one => one.lane === 'code' && wentWrong.includes(one.state))) run(() => deps.verifier.sweep())
      })
    },
    async stop() {
      clearInterval(timer)
      stopListening()
      await running
    },
  }
}
