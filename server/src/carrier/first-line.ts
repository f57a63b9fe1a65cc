// The line before an operator has made one: what the USHER_* settings say, one carrier over SMPP and a sender for each use.
import { CarrierInput, type SenderSettings } from '@usher/contract/carrier'
import { carrierDocument } from './line.ts'
import type { CarrierDocument, LineDocument } from './route.ts'

export interface FirstSettings {
  carrier: {
    name: string
    host: string
    port: number
    systemId: string
    password: string
    window: number
    perSecond: number
    responseTimeoutMs: number
  }
  senders: { main: string; security: string }
}

export interface FirstLine {
  document: LineDocument
  secrets: Record<string, Record<string, string>>
}

/** `further`: carriers beside the first, with their weights; the demo has some. */
export function firstLine(
  { carrier, senders }: FirstSettings,
  further: readonly { carrier: CarrierDocument; secrets: Record<string, string>; weight: number }[] = [],
  weight = 100,
): FirstLine {
  const first = smpp(carrier.name, carrier)
  const carriers = [
    { carrier: carrier.name, weight, microsPerSegment: null },
    ...further.map(one => ({ carrier: one.carrier.name, weight: one.weight, microsPerSegment: null })),
  ]
  const route = { countries: null, networks: null, carriers, otherwise: null, isOnlyFallback: false }
  return {
    document: {
      carriers: [first, ...further.map(one => one.carrier)],
      senders: [senderOf('main', senders.main), senderOf('security', senders.security)],
      routes: [
        { ...route, name: 'security', purposes: ['code.*', 'alert.*'], sender: 'security' },
        { ...route, name: 'everything', purposes: null, sender: 'main' },
      ],
    },
    secrets: {
      [carrier.name]: { password: carrier.password },
      ...Object.fromEntries(further.map(one => [one.carrier.name, one.secrets])),
    },
  }
}

/** A carrier with one transceiver, all else as the contract has it by default. */
export const smpp = (
  name: string,
  { host, port, systemId, window, perSecond, responseTimeoutMs }: Omit<FirstSettings['carrier'], 'name' | 'password'>,
): CarrierDocument =>
  carrierDocument(
    name,
    CarrierInput.parse({
      protocol: 'smpp',
      systemId,
      binds: [{ host, port }],
      window: Math.min(1_000, window),
      perSecond: Number.isFinite(perSecond) ? perSecond : null,
      responseTimeoutMs,
    }),
  )

/** What an address is, by how it is written. A name can't be answered, so its texts need a way to opt out. */
function senderOf(name: string, address: string): SenderSettings {
  const kind = /[^\d+]/.test(address) ? 'alphanumeric' : address.length <= 8 ? 'short_code' : 'long_number'
  return {
    ...{ name, kind, address, countries: null, purposes: null },
    ...{ isTwoWay: kind !== 'alphanumeric', optOut: null, registrations: [] },
  }
}
