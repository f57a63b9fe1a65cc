// Where webhooks may go: https, to the public internet. An address is judged at the moment a socket connects to it, so that a
// name that changes what it stands for is judged by what it stands for then.
import type { LookupAddress } from 'node:dns'
import { lookup as ask } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** What a name stands for now. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>

export const resolveName: Resolve = host => ask(host, { all: true })

/** The socket was not opened: it would have left the public internet. */
export class ForbiddenAddress extends Error {
  override readonly name = 'ForbiddenAddress'
}

/** Whether an address belongs to the public internet: no loopback, no private network, no metadata service of a cloud. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const ip = ipaddr.parse(address)
  const range = ip.range()
  if (range === 'unicast') return true
  if (!(ip instanceof ipaddr.IPv6)) return false
  // These two stand for an IPv4 address, their last 32 bits, and lead where that leads. The second is the well-known prefix of
  // NAT64 alone (RFC 6052, 2.1); what a local one leads to, nobody can say. 6to4 and Teredo have no webhooks behind them.
  const standsForIPv4 = range === 'ipv4Mapped' || ip.match(ipaddr.IPv6.parse('64:ff9b::'), 96)
  return standsForIPv4 && isPublic(ip.toByteArray().slice(12).join('.'))
}

/** `host:port` as USHER_WEBHOOK_ALLOW writes it. */
const placeOf = (url: URL) => `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`

export const isAllowed = (url: URL, allow: readonly string[]): boolean => allow.includes(placeOf(url))

/** The address itself where the host is one and no name; Node then asks no `lookup`. */
const literalOf = ({ hostname }: URL) => {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1')
  return ipaddr.isValid(bare) ? bare : undefined
}

/** Why nothing is sent there, as far as the address itself says; what its name stands for is asked at each connection. */
export function whyForbidden(url: URL, allow: readonly string[]): string | undefined {
  if (isAllowed(url, allow)) return undefined
  if (url.protocol !== 'https:') return 'The address has to be https.'
  const literal = literalOf(url)
  // `new URL` has read 127.1, 0x7f.1 and 2130706433 as 127.0.0.1 already.
  const isHere = literal === undefined ? /(^|\.)localhost\.?$/.test(url.hostname) : !isPublic(literal)
  return isHere
    ? 'The address is private. USHER_WEBHOOK_ALLOW can name host and port of one that may be called.'
    : undefined
}

/**
 * The `lookup` of a socket: answers what the name stands for, unless any of it is private. Those who ask for one name at the
 * same moment share the question, for a name server that is silent would take all of Node's few threads.
 */
export function publicLookup(resolve: Resolve): LookupFunction {
  const asking = new Map<string, Promise<readonly LookupAddress[]>>()
  const look = (host: string) => {
    let asked = asking.get(host)
    if (!asked) {
      asked = resolve(host).finally(() => asking.delete(host))
      asking.set(host, asked)
    }
    return asked
  }
  return (host, { all }, callback) => {
    look(host).then(
      found => {
        const [first] = found
        if (!first) callback(Object.assign(new Error('The name stands for nothing.'), { code: 'ENOTFOUND' }), [])
        else if (!found.every(({ address }) => isPublic(address)))
          callback(new ForbiddenAddress('The name stands for a private address.'), [])
        else if (all) callback(null, [...found])
        else callback(null, first.address, first.family)
      },
      error => callback(error, []),
    )
  }
}
