// Segment's calls, as CloudEvents: which of its published events mean something here, and when they happened by a clock that
// can be trusted. RudderStack's are the same.
import { randomUUID } from 'node:crypto'
import { type EventTypeName, eventTypes, isEventType } from '@usher/contract/event'
import { Locale } from '@usher/contract/message'
import { SubscriberInput } from '@usher/contract/subscriber'
import { z } from 'zod'
import { type Fields, fieldsOf, given } from './fields.ts'

/**
 * The properties of Segment's Video spec. Its ids are of the asset; its `title` and `episode` are a name and a number, so
 * they are kept as those. `total_length` is null for a live stream.
 */
const viewed = (properties: Fields): Fields => {
  const { asset_id, asset_ids, content_asset_id, content_asset_ids, position, total_length, title, episode, ...rest } =
    properties
  const id = asset_id ?? content_asset_id ?? firstOf(content_asset_ids) ?? firstOf(asset_ids)
  return given({
    ...rest,
    title: typeof id === 'number' ? String(id) : (id ?? undefined),
    name: title,
    number: episode,
    atSeconds: position ?? undefined,
    lengthSeconds: total_length ?? undefined,
  })
}

/** Names of Segment's published specs (Video, B2B SaaS) that mean something here, in small letters. docs/events.md has this table. */
export const meanings: Record<string, { type: EventTypeName; data: (properties: Fields, context: Fields) => Fields }> =
  {
    'signed in': {
      type: 'com.usher.sign_in.succeeded',
      data: (properties, context) => given({ ip: addressOf(context.ip), device: deviceOf(context), ...properties }),
    },
    'video playback started': { type: 'com.usher.view.started', data: viewed },
    'video content started': { type: 'com.usher.view.started', data: viewed },
    'video content playing': { type: 'com.usher.view.progressed', data: viewed },
    'video playback paused': { type: 'com.usher.view.progressed', data: viewed },
    'video playback interrupted': { type: 'com.usher.view.progressed', data: viewed },
    'video playback resumed': { type: 'com.usher.view.progressed', data: viewed },
    'video playback completed': { type: 'com.usher.view.progressed', data: viewed },
    'video playback exited': { type: 'com.usher.view.progressed', data: viewed },
    'video content completed': { type: 'com.usher.view.completed', data: viewed },
  }

/** What the calls of one request share. */
export interface Delivery {
  receivedAt: Date
  sentAt?: unknown
  context?: unknown
}

/**
 * A call as a CloudEvent. It makes one of anything, so that a broken one comes to the list of bad events like every other.
 * `kind`: what the door is for; in a batch each call says it itself.
 */
export function asCloudEvent(call: unknown, delivery: Delivery, kind?: 'track' | 'identify'): Fields {
  const { messageId, userId, type, ...rest } = fieldsOf(call)
  const subject = typeof userId === 'number' ? String(userId) : userId === '' ? undefined : (userId ?? undefined)
  const context = { ...fieldsOf(delivery.context), ...fieldsOf(rest.context) }
  return given({
    specversion: '1.0',
    id: typeof messageId === 'number' ? String(messageId) : ((messageId || undefined) ?? randomUUID()),
    source: '/segment',
    subject,
    time: timeOf(rest, delivery),
    ...meaningOf(kind ?? type, rest, context, subject),
  })
}

function meaningOf(
  kind: unknown,
  call: Fields,
  context: Fields,
  userId: unknown,
): { type?: unknown; data: unknown; subject?: unknown } {
  if (kind === 'track') {
    const { event } = call
    const properties = fieldsOf(call.properties)
    // Without a name it is an event without a type, which the engine calls bad.
    if (typeof event !== 'string' || event === '') return { data: properties }
    if (isEventType(event))
      return {
        type: event,
        data: properties,
        // Whoever published a title is not what it is about.
        ...(eventTypes[event].about === 'title' && { subject: properties.title }),
      }
    const name = event.toLowerCase()
    const meaning = Object.hasOwn(meanings, name) ? meanings[name] : undefined
    // Visitors without an account watch and click as well; nothing can follow from it for them.
    if (meaning && userId !== undefined) return { type: meaning.type, data: meaning.data(properties, context) }
    return { type: `segment.track.${event}`, data: properties }
  }
  if (kind === 'identify') {
    const traits = fieldsOf(call.traits ?? context.traits)
    return userId === undefined
      ? { type: 'segment.identify', data: traits }
      : { type: 'com.usher.subscriber.changed' satisfies EventTypeName, data: asSubscriber(traits) }
  }
  if (typeof kind !== 'string' || kind === '') return { data: call }
  const { name, category, properties, groupId, traits, previousId } = call
  return {
    type: `segment.${kind}`,
    data: given({ name, category, groupId, previousId, ...fieldsOf(traits), ...fieldsOf(properties) }),
  }
}

/** Traits as a change of the subscriber. Consents are none of them: whatever is named so is a field of the profile. */
export function asSubscriber(traits: Fields): Fields {
  const { phone, locale, language, timezone, country, ...others } = traits
  const address = fieldsOf(others.address)
  const land = country ?? address.country
  const isLand = typeof land === 'string' && /^[A-Z]{2}$/.test(land)
  const inside = `${String(land)}-${String(address.state)}`
  const spoken = [locale, language].find(text => Locale.safeParse(text).success)
  const profile = Object.fromEntries(
    Object.entries({
      ...others,
      // What is no name of a language or country is not lost.
      ...(locale !== undefined && locale !== spoken && { locale }),
      ...(language !== undefined && language !== spoken && { language }),
      ...(country !== undefined && !isLand && { country }),
    }).flatMap(([name, value]) => {
      const field = snakeCase(name)
      return /^[a-z][a-z0-9_]{0,63}$/.test(field) ? [[field, value]] : []
    }),
  )
  return given({
    // Written with what people write between digits; anything else is refused by the type's schema.
    number: typeof phone === 'string' ? phone.replace(/[\s-]/g, '') || undefined : (phone ?? undefined),
    locale: spoken,
    zone: timezone ?? undefined,
    region: isLand ? (SubscriberInput.shape.region.safeParse(inside).success ? inside : land) : undefined,
    profile: Object.keys(profile).length > 0 ? profile : undefined,
  })
}

/**
 * When it happened: a device's clock may be wrong, but the time from a call to its sending is right by any clock, so
 * receivedAt - (sentAt - originalTimestamp), as Segment's spec has it. What is no time is left as it is, to be refused.
 */
function timeOf(call: Fields, { receivedAt, sentAt }: Delivery): unknown {
  const original = call.originalTimestamp ?? call.timestamp ?? undefined
  if (original === undefined || original === '') return receivedAt.toISOString()
  const originalMs = millisOf(original)
  const sentMs = millisOf(call.sentAt ?? sentAt)
  if (Number.isNaN(originalMs)) return original
  const at = new Date(Number.isNaN(sentMs) ? originalMs : receivedAt.getTime() - (sentMs - originalMs))
  return Number.isNaN(at.getTime()) ? original : at.toISOString()
}

/** Of ISO 8601; one without a zone is read as UTC, not as the time where this server happens to stand. */
function millisOf(value: unknown): number {
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d/.test(value)) return Number.NaN
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/i.test(value)
  return Date.parse(hasZone || !value.includes('T') ? value : `${value}Z`)
}

const firstOf = (value: unknown): unknown => (Array.isArray(value) ? value[0] : undefined)

const addressOf = (ip: unknown): unknown => (z.union([z.ipv4(), z.ipv6()]).safeParse(ip).success ? ip : undefined)

function deviceOf(context: Fields): Fields | undefined {
  const { id, name, model, type } = fieldsOf(context.device)
  const device = given({ id, name: name ?? model, kind: type })
  return Object.keys(device).length > 0 ? device : undefined
}

const snakeCase = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase()
