// What is done about numbers once a minute, by itself.
import type { EventBus } from '../events.ts'
import { DatabaseAway } from '../store/database.ts'
import { type DeadDeps, liftDelivered } from './dead.ts'
import { forgetChanges, type NumberChangeDeps, tellOldNumbers } from './number-change.ts'
import { missFile } from './number-files.ts'
import { type ReminderDeps, remindToCheck } from './number-reminder.ts'

export type NumberSweepDeps = NumberChangeDeps & ReminderDeps & Pick<DeadDeps, 'db' | 'clock'> & { events: EventBus }

const everyMs = 60_000

export interface NumberSweep {
  sweep(): Promise<void>
  start(): void
  stop(): Promise<void>
}

export function numberSweep(deps: NumberSweepDeps): NumberSweep {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  async function sweep() {
    await tellOldNumbers(deps)
    await liftDelivered(deps)
    await missFile(deps)
    await remindToCheck(deps)
    await forgetChanges(deps.db, deps.clock.now())
  }
  return {
    sweep,
    start() {
      timer = setInterval(() => {
        running ??= sweep()
          .catch(error => {
            if (!(error instanceof DatabaseAway))
              deps.events.emit('work.failed', { what: 'a sweep of numbers', error: String(error) })
          })
          .finally(() => {
            running = undefined
          })
      }, everyMs)
    },
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
