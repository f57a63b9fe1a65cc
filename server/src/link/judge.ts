// Whether a person or a machine followed a link, and what speaks for it. Pure: facts in, verdict and reasons out. Each
// rule has a weight; a machine is what reaches 1. Measured by the replay (replay.ts), whose labels know no rule.
import ipaddr from 'ipaddr.js'
import { appLibraries, scannerNetworks, scanners } from './scanners.ts'

/** What a request said besides its agent. */
export interface Marks {
  accept: string | null
  hasLanguage: boolean
  /** Sec-Fetch-*, as far as they came. */
  site: string | null
  mode: string | null
  dest: string | null
  /** Sec-Purpose, Purpose, X-Purpose or X-Moz. */
  purpose: string | null
}

/** Another click on the links of the same text, or on the same link, within a few seconds. */
export interface Beside {
  isSameLink: boolean
  /** After this one, or before it where negative. */
  afterMs: number
  method: string
  isSameAgent: boolean
  isSameNetwork: boolean
}

export interface ClickFacts {
  method: string
  agent: string | null
  /** /24 or /48. */
  network: string | null
  marks: Marks
  /** Null where the link is of no text, or it is not known when that left. 0 where the carrier had not answered yet. */
  sinceSubmittedMs: number | null
  /** Since its receipt, which may come late: nobody can read before the text left, but before its receipt they can. */
  sinceDeliveredMs: number | null
  beside: readonly Beside[]
}

/** What is known of each click of a text. */
export interface Neighbour {
  link: string
  atMs: number
  method: string
  agent: string | null
  network: string | null
}

/** How others stand to one click, as far as they came about when it did. */
export const besideOf = (click: Neighbour, others: readonly Neighbour[]): Beside[] =>
  others
    .filter(one => Math.abs(one.atMs - click.atMs) <= besideMs)
    .map(one => ({
      isSameLink: one.link === click.link,
      afterMs: one.atMs - click.atMs,
      method: one.method,
      isSameAgent: one.agent === click.agent,
      isSameNetwork: one.network !== null && one.network === click.network,
    }))

export interface Judgement {
  verdict: 'human' | 'machine'
  why: string[]
}

interface Rule {
  name: string
  /** 1 is enough by itself. */
  weight: number
  /** In plain words, for who reads the click; undefined where it does not hold. */
  holds: (facts: ClickFacts) => string | undefined
}

/** Clicks within this of each other are looked at together, before and after. A click is judged no sooner than this. */
export const besideMs = 3_000
/** Hardly anybody comes back from one page and opens another in two seconds, and nobody in one. */
const togetherMs = 2_000
const atOnceMs = 1_000
/** A phone has to ring first, and a thumb to move. */
const reflexMs = 1_500
const hastyMs = 3_000

const otherLinks = (beside: readonly Beside[]) => beside.filter(one => !one.isSameLink)
const isOneVisitor = ({ isSameAgent, isSameNetwork }: Beside) => isSameAgent || isSameNetwork
const when = (is: boolean, sentence: string) => (is ? sentence : undefined)

export const rules: readonly Rule[] = [
  {
    name: 'method',
    weight: 1,
    holds: ({ method }) => when(method !== 'GET', 'It asked for the head alone; browsers ask for the page.'),
  },
  {
    name: 'named',
    weight: 1,
    holds: ({ agent }) => {
      const scanner = agent === null ? undefined : scanners.find(({ pattern }) => pattern.test(agent))
      return scanner && `Its agent is ${scanner.name}.`
    },
  },
  {
    name: 'network',
    weight: 1,
    holds: ({ network }) => {
      const owner = network === null ? undefined : ownerOf(network)
      return owner && `It came from a network of ${owner}.`
    },
  },
  {
    name: 'prefetch',
    weight: 1,
    holds: ({ marks }) =>
      when(
        marks.purpose !== null && /prefetch|preview|prerender/i.test(marks.purpose),
        'The browser fetched it ahead, or for a preview.',
      ),
  },
  { name: 'nameless', weight: 1, holds: ({ agent }) => when(agent === null, 'It named no agent.') },
  {
    name: 'at once',
    weight: 1,
    holds: ({ sinceSubmittedMs: ms }) =>
      when(
        ms !== null && ms < reflexMs,
        'It came faster than anybody reads: within a second and a half of the text leaving.',
      ),
  },
  {
    name: 'both links',
    weight: 1,
    holds: ({ beside }) =>
      when(
        otherLinks(beside).some(one => isOneVisitor(one) && Math.abs(one.afterMs) <= atOnceMs),
        'The same visitor followed another link of the same text within a second.',
      ),
  },
  {
    name: 'both links, soon',
    weight: 0.6,
    holds: ({ beside }) => {
      const others = otherLinks(beside).filter(one => Math.abs(one.afterMs) <= togetherMs)
      return when(
        others.length > 0 && !others.some(one => isOneVisitor(one) && Math.abs(one.afterMs) <= atOnceMs),
        'Another link of the same text was followed within two seconds.',
      )
    },
  },
  {
    name: 'head first',
    weight: 1,
    holds: ({ beside }) =>
      when(
        beside.some(one => one.method === 'HEAD' && one.isSameAgent && one.isSameNetwork),
        'The same visitor asked for the head alone as well.',
      ),
  },
  {
    name: 'app library',
    weight: 1,
    holds: ({ agent, marks }) =>
      when(
        agent !== null && appLibraries.test(agent) && !asksAsApp(marks),
        'It is an HTTP library of an app, and did not ask as an app does.',
      ),
  },
  {
    name: 'no browser',
    weight: 0.7,
    holds: ({ agent, marks }) =>
      when(
        agent !== null && !/^(?:Mozilla|Opera)\//.test(agent) && !appLibraries.test(agent) && !asksAsApp(marks),
        'Its agent is no browser.',
      ),
  },
  {
    name: 'no language',
    weight: 0.6,
    holds: ({ marks }) => when(!marks.hasLanguage && !asksAsApp(marks), 'It said no language; browsers do.'),
  },
  {
    name: 'not as its browser',
    weight: 0.7,
    holds: ({ agent, marks }) =>
      when(
        agent !== null && sendsFetchMetadata(agent) && marks.mode === null,
        'It calls itself a browser whose requests say what they are for; this one did not.',
      ),
  },
  {
    name: 'accepts anything',
    weight: 0.5,
    holds: ({ agent, marks }) =>
      when(
        agent !== null &&
          /^(?:Mozilla|Opera)\//.test(agent) &&
          !/text\/html/.test(marks.accept ?? '') &&
          !asksAsApp(marks),
        'It did not ask for a page, as browsers do.',
      ),
  },
  {
    name: 'old browser',
    weight: 0.7,
    holds: ({ agent }) => when(agent !== null && isOutdated(agent), 'It calls itself a browser of many years ago.'),
  },
  {
    name: 'at a desk',
    weight: 0.4,
    holds: ({ agent }) =>
      when(
        agent !== null && /Windows NT|Macintosh|X11;|MSIE /.test(agent),
        'It calls itself a browser at a desk; texts are read on phones.',
      ),
  },
  {
    name: 'in haste',
    weight: 0.3,
    holds: ({ sinceSubmittedMs: left, sinceDeliveredMs: arrived }) =>
      when(
        left !== null &&
          left >= reflexMs &&
          (left < hastyMs || (arrived !== null && arrived >= 0 && arrived < reflexMs)),
        'It came within three seconds of the text leaving, or at once when it arrived.',
      ),
  },
]

/** All that holds, and whether it is enough. `without` leaves one rule out, to see what it adds. */
export function judge(facts: ClickFacts, without?: string): Judgement & { held: string[] } {
  let weight = 0
  const why: string[] = []
  const held: string[] = []
  for (const rule of rules) {
    if (rule.name === without) continue
    const sentence = rule.holds(facts)
    if (sentence === undefined) continue
    weight += rule.weight
    why.push(sentence)
    held.push(rule.name)
  }
  // Weights are tenths: what they add up to is not always written so.
  if (weight >= 0.999) return { verdict: 'machine', why, held }
  return {
    verdict: 'human',
    why: [...why, why.length > 0 ? 'That is not enough to call it a machine.' : unsuspicious],
    held,
  }
}
const unsuspicious = 'Nothing about it speaks for a machine.'

const asksAsApp = (marks: Marks) => marks.accept !== null && /^application\/json\b/.test(marks.accept)

/** Browsers that send Sec-Fetch-* (W3C Fetch Metadata): Chromium from 80, Firefox from 90, Safari from 16.4. */
function sendsFetchMetadata(agent: string): boolean {
  if (isSmallPhone(agent)) return false
  const chrome = /Chrom(?:e|ium)\/(\d+)/.exec(agent)
  if (chrome) return Number(chrome[1]) >= 80
  const firefox = /Firefox\/(\d+)/.exec(agent)
  if (firefox) return Number(firefox[1]) >= 90
  const ios = /(?:iPhone OS|CPU OS) (\d+)_(\d+)/.exec(agent)
  if (ios) return Number(ios[1]) > 16 || (Number(ios[1]) === 16 && Number(ios[2]) >= 4)
  const safari = /Version\/(\d+)\.(\d+).* Safari\//.exec(agent)
  return safari !== null && (Number(safari[1]) > 16 || (Number(safari[1]) === 16 && Number(safari[2]) >= 4))
}

/** What still says it is of 2016, because it is. */
const isSmallPhone = (agent: string) => /Opera Mini|Opera Mobi|KAIOS/i.test(agent)

function isOutdated(agent: string): boolean {
  if (isSmallPhone(agent)) return false
  if (/MSIE |Trident\/|Windows NT 5|Windows NT 6\.[01];/.test(agent)) return true
  const chrome = /Chrome\/(\d+)/.exec(agent)
  if (chrome) return Number(chrome[1]) < 70
  const firefox = /Firefox\/(\d+)/.exec(agent)
  return firefox !== null && Number(firefox[1]) < 60
}

// ---- Networks ------------------------------------------------------------------------------------------------------

type Range = [address: ipaddr.IPv4 | ipaddr.IPv6, bits: number]
const ranges: { name: string; range: Range }[] = scannerNetworks.flatMap(({ name, cidrs }) =>
  cidrs.map(cidr => ({ name, range: ipaddr.parseCIDR(cidr) })),
)

/** Of networks that were asked for: people come from few. */
const owners = new Map<string, string | undefined>()

function ownerOf(network: string): string | undefined {
  if (owners.has(network)) return owners.get(network)
  if (!ipaddr.isValidCIDR(network)) return undefined
  const [address] = ipaddr.parseCIDR(network)
  const owner = ranges.find(
    ({ range: [base, bits] }) => base.kind() === address.kind() && address.match(base, bits),
  )?.name
  if (owners.size >= 10_000) owners.clear()
  owners.set(network, owner)
  return owner
}

/** An address without its last part, by which nobody is found again: /24 or /48. Null where it is none. */
export function networkOf(address: string): string | null {
  if (!ipaddr.isValid(address)) return null
  const read = ipaddr.process(address) // an IPv4 address that is written as IPv6 is one of IPv4
  const bits = read.kind() === 'ipv4' ? 24 : 48
  const bytes = read.toByteArray().map((byte, i) => (i < bits / 8 ? byte : 0))
  return `${ipaddr.fromByteArray(bytes).toString()}/${bits}`
}
