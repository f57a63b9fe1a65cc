// The log is a listener of events: nobody builds log lines inside business code. Events hold no number and no text.
import pino, { type Logger } from 'pino'
import type { EventBus } from './events.ts'

export type { Logger }

export const openLog = (level: string): Logger => pino({ level, base: null })

/** Wrong credentials need somebody to come. */
const levels: Record<string, 'info' | 'error'> = { bound: 'info', connecting: 'info', refused: 'error' }

export function logEvents(log: Logger, events: EventBus): void {
  events.on('bind.state', event => log[levels[event.state] ?? 'warn'](event, `bind ${event.state}`))
  events.on('carrier.slowed', event => log.warn(event, 'the carrier asks to slow down'))
  events.on('carrier.broken', event => log.error(event, 'nothing gets through to a carrier'))
  events.on('carrier.back', event => log.info(event, 'a carrier works again'))
  events.on('carrier.moved', event => log.warn(event, 'texts that waited for a carrier wait for others'))
  events.on('line.changed', event => log.info(event, 'carriers, senders and routes are changed'))
  events.on('lease.expired', event => log.warn(event, 'claims of a worker that died are settled'))
  events.on('number.file_missing', event => log.error(event, 'no file of deactivated numbers came'))
  events.on('sign_in.judged', judged => {
    // By its security event's name, so that a search for authn_* finds them.
    for (const { vocabulary, ...one } of judged)
      log[one.answer === 'allow' ? 'debug' : one.answer === 'challenge' ? 'info' : 'warn'](
        { ...one, event: vocabulary },
        `sign-in: ${one.answer}`,
      )
  })
  events.on('sign_in.campaign', event =>
    log[event.isOn ? 'error' : 'info'](
      { ...event, event: ['excess_rate_limit_exceeded'] },
      event.isOn ? 'passwords are being tried on many accounts' : 'no more passwords are being tried on many accounts',
    ),
  )
  events.on('places.missing', event => log.warn(event, 'where addresses are is not known: a file can not be read'))
  events.on('receipt.parked', event => log.debug(event, 'receipts parked'))
  events.on('work.failed', event => log.error(event, 'work failed'))
  events.on('audit.signed', event => log.info(event, 'the audit log is signed up to here'))
  events.on('audit.broken', event => log.error(event, 'the audit log was tampered with'))
  events.on('database.lost', event => log.error(event, 'the database is away'))
  events.on('database.back', event => log.info(event, 'the database is back'))
  events.on('clock.moved', event => log.info(event, 'the clock was moved ahead'))
  events.on('problem.answered', event => log.debug(event, 'a request was answered with a problem'))
}
