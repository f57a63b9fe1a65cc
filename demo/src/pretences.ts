// The demo's own: places and devices somebody may pretend to sign in from, so that a strange sign-in can be made at one desk.
// The addresses are set aside for documentation (RFC 5737); the demo's Usher has places for them.
import { type Seen, secret } from './sessions.ts'

export interface Pretence extends Seen {
  id: string
}

const chrome =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'
const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0'
const tv =
  'Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/4.0 Chrome/94.0.4606.31 TV Safari/537.36'

/** Each is one device for as long as Orpheum runs: who signs in by it twice comes from the same. */
export const pretences: readonly Pretence[] = [
  { id: 'phone', what: 'a phone', place: 'New York', ip: '198.51.100.131', agent: 'Orpheum/5.2 (iPhone; iOS 18.6)' },
  { id: 'laptop', what: 'Chrome on Windows', place: 'New York', ip: '198.51.100.140', agent: chrome },
  { id: 'tv', what: 'a TV', place: 'Lyon', ip: '198.51.100.7', agent: tv },
  { id: 'tokyo', what: 'Chrome on Windows', place: 'Tokyo', ip: '198.51.100.200', agent: chrome },
  { id: 'vpn', what: 'Firefox on Linux, behind a VPN', place: 'Amsterdam', ip: '192.0.2.200', agent: firefox },
].map(one => ({ ...one, device: secret() }))

/** A user agent as a person would say it. */
export function whatOf(agent: string): string {
  const first = (...names: [string, RegExp][]) => names.find(([, sign]) => sign.test(agent))?.[0]
  const browser = first(['Edge', /Edg/], ['Firefox', /Firefox/], ['Chrome', /Chrome/], ['Safari', /Safari/])
  const system = first(
    ['an iPhone', /iPhone/],
    ['Android', /Android/],
    ['Windows', /Windows/],
    ['a Mac', /Mac OS/],
    ['Linux', /Linux/],
  )
  return system === undefined ? (browser ?? 'a browser') : `${browser ?? 'a browser'} on ${system}`
}
