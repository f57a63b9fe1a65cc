// Whether an event can be taken: how deep and large it is, its envelope, its time, and the data that its type asks for. It
// says where an event is wrong and how to mend it, and never quotes what stands there, which may be somebody's number.
import { type BadReason, CloudEvent, type EventTypeName, eventTypes, isEventType } from '@usher/contract/event'
import { keepable, SubscriberId } from '@usher/contract/message'
import { z } from 'zod'
import { maskNumbers } from './mask.ts'

export const deepest = 32
export const largest = 64 * 1024
const aheadMs = 10 * 60_000
/** Source and id are found together by an index, whose rows have at most 2,704 bytes. */
const identityBytes = 1_024
const mostErrors = 20

export interface Flaw {
  at: string
  detail: string
}

export interface Good {
  kind: 'good'
  source: string
  eventId: string
  type: string
  /** Undefined where the type means nothing here. */
  known: EventTypeName | undefined
  subject: string | null
  at: Date
  data: unknown
}

/** What can be read of it is there, for the list. */
export interface Bad {
  kind: 'bad'
  reason: BadReason
  errors: Flaw[]
  source: string | null
  eventId: string | null
  type: string | null
  subject: string | null
}

// What was read from JSON is JSON: asking that again takes longer than all the rest.
const Envelope = CloudEvent.extend({ data: z.unknown().optional() })

/** Judges one event, as it came. It is pure, and cheap for what is too deep or too large. */
export function check(event: unknown, now: Date): Good | Bad {
  const bad = (reason: BadReason, ...errors: Flaw[]): Bad => ({ kind: 'bad', reason, errors, ...readable(event) })
  if (isDeeper(event, deepest))
    return bad('too_deep', { at: '', detail: `It is nested more than ${deepest} levels deep.` })
  const text = JSON.stringify(event) ?? ''
  const bytes = Buffer.byteLength(text)
  if (bytes > largest)
    return bad('too_large', { at: '', detail: `It has ${bytes} bytes as JSON; ${largest} are the most.` })

  const whole = withData(event)
  if (whole === undefined)
    return bad('invalid_event', { at: 'data_base64', detail: 'Data is read as JSON, and this is none.' })
  // What was wrapped in base64 can be as deep as the rest.
  if (whole !== event && isDeeper(whole, deepest))
    return bad('too_deep', { at: 'data_base64', detail: `It is nested more than ${deepest} levels deep.` })
  const envelope = Envelope.safeParse(whole)
  if (!envelope.success) return bad('invalid_event', ...flawsOf(envelope.error))
  const { id: eventId, source, type, subject = null, time, data } = envelope.data
  for (const [at, text] of Object.entries({ id: eventId, source }))
    if (Buffer.byteLength(text) > identityBytes)
      return bad('invalid_event', { at, detail: `It has ${identityBytes} bytes at most.` })
  // Escaped in JSON; what is neither here nor wrapped in base64 need not be looked for.
  const unkeepable = whole === event && !/\\u(0000|d[89a-f])/.test(text) ? undefined : unkeepableIn(whole)
  if (unkeepable !== undefined)
    return bad(/^data\b/.test(unkeepable) ? 'invalid_data' : 'invalid_event', {
      at: maskNumbers(unkeepable),
      detail: 'Text has no NUL and no half characters.',
    })
  const at = time === undefined ? now : new Date(time)
  if (at.getTime() > now.getTime() + aheadMs)
    return bad('from_the_future', {
      at: 'time',
      detail: `It lies more than ten minutes ahead; it is ${now.toISOString()} here.`,
    })

  if (!isEventType(type)) return { kind: 'good', source, eventId, type, known: undefined, subject, at, data }
  const { about, data: schema } = eventTypes[type]
  if (about === 'subscriber' && subject === null)
    return bad('missing_subject', { at: 'subject', detail: 'Name the subscriber it is about, by your own id.' })
  // All that some types ask for is who it is about.
  const read = schema.safeParse(data ?? {})
  if (!read.success) return bad('invalid_data', ...flawsOf(read.error, 'data'))
  return { kind: 'good', source, eventId, type, known: type, subject, at, data: read.data }
}

/** Without recursion: a megabyte of brackets would otherwise be the end of the stack. */
export function isDeeper(value: unknown, levels: number): boolean {
  const waiting: { value: object; level: number }[] = []
  const look = (value: unknown, level: number) => {
    if (typeof value === 'object' && value !== null) waiting.push({ value, level })
  }
  look(value, 1)
  for (let place = waiting.pop(); place; place = waiting.pop()) {
    if (place.level > levels) return true
    for (const inner of Object.values(place.value)) look(inner, place.level + 1)
  }
  return false
}

/** Where the first text is that a database can't keep, keys among them. It is asked of what is not too deep. */
function unkeepableIn(value: unknown, path: string[] = []): string | undefined {
  if (typeof value === 'string') return keepable.test(value) ? undefined : path.join('.')
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, inner] of Object.entries(value)) {
    if (!keepable.test(key)) return path.join('.')
    const found = unkeepableIn(inner, [...path, key])
    if (found !== undefined) return found
  }
  return undefined
}

/** The event with what stands in `data_base64` as its data (CloudEvents JSON format, 3.1); undefined where that is no JSON. */
function withData(event: unknown): unknown {
  if (typeof event !== 'object' || event === null || !('data_base64' in event) || 'data' in event) return event
  const { data_base64: encoded, ...rest } = event
  if (typeof encoded !== 'string') return undefined
  try {
    return { ...rest, data: JSON.parse(Buffer.from(encoded, 'base64').toString()) }
  } catch {
    return undefined // SyntaxError: it is something else than JSON
  }
}

/** A place may be named by a key that is somebody's number, and a key that is too many is quoted. */
const flawsOf = (error: z.ZodError, above?: string): Flaw[] =>
  error.issues.slice(0, mostErrors).map(issue => ({
    at: maskNumbers([...(above === undefined ? [] : [above]), ...issue.path].map(String).join('.')),
    detail: issue.code === 'unrecognized_keys' ? maskNumbers(issue.message) : issue.message,
  }))

function readable(event: unknown): Pick<Bad, 'source' | 'eventId' | 'type' | 'subject'> {
  const { source, id, type, subject } = (typeof event === 'object' && event !== null ? event : {}) as Record<
    string,
    unknown
  >
  const text = (value: unknown, most: number) =>
    typeof value === 'string' &&
    value !== '' &&
    value.length <= most &&
    Buffer.byteLength(value) <= identityBytes &&
    keepable.test(value)
      ? value
      : null
  return {
    source: text(source, 512),
    eventId: text(id, 512),
    type: text(type, 255),
    subject: SubscriberId.safeParse(subject).success ? (subject as string) : null,
  }
}
