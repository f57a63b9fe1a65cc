// A thousand clicks, each labelled by who made it, to measure judge.ts by. What people's phones and what machines do is
// written here as it is told by those who read logs; nothing here knows a rule of judge.ts, and many of these are made so
// that the rules can't tell: machines that send all a browser sends, people whose proxy strips what theirs would send.
//
// Two halves of five hundred. The rules were tuned on the first; the held one also has agents that the first has not.

import { besideOf, type ClickFacts, type Marks, type Neighbour } from './judge.ts'

export interface ReplayClick extends Neighbour {
  text: number
  marks: Marks
  sinceDeliveredMs: number
  /** Who made it, which is what a verdict is compared with. */
  by: 'human' | 'machine'
  /** In a word or two, to see whom the rules mistake. */
  who: string
}

type Random = () => number

/** A small generator (mulberry32): the same clicks each time. */
function randomFrom(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface World {
  random: Random
  pick: <T>(of: readonly T[]) => T
  between: (least: number, most: number) => number
  /** Of a pool of agents, the first half knows every other one; the held half knows all. */
  agent: (of: readonly string[]) => string
}

// ---- People's browsers ---------------------------------------------------------------------------------------------

interface Device {
  who: string
  share: number
  agents: readonly string[]
  accept: string
  hasLanguage: boolean
  hasFetchMetadata: boolean
}

const page = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'
const chromePage =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7'

const iphone = (os: string, version: string, build = '15E148', tail = `Safari/604.1`) =>
  `Mozilla/5.0 (iPhone; CPU iPhone OS ${os} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/${version} Mobile/${build} ${tail}`
const iphoneApp = (os: string, tail: string) =>
  `Mozilla/5.0 (iPhone; CPU iPhone OS ${os} like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 ${tail}`
const android = (device: string, chrome: string, tail = '') =>
  `Mozilla/5.0 (Linux; Android ${device}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${chrome} Mobile Safari/537.36${tail}`
const webView = (device: string, chrome: string, tail: string) =>
  `Mozilla/5.0 (Linux; Android ${device}; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/${chrome} Mobile Safari/537.36 ${tail}`

const devices: readonly Device[] = [
  {
    who: 'iPhone',
    share: 30,
    agents: [
      iphone('18_5', '18.5'),
      iphone('17_6_1', '17.6'),
      iphone('18_1', '18.1'),
      iphone('16_7_10', '16.6'),
      iphone('26_0', '26.0'),
      iphone('17_2', '17.2'),
    ],
    accept: page,
    hasLanguage: true,
    hasFetchMetadata: true,
  },
  {
    who: 'old iPhone',
    share: 4,
    agents: [iphone('12_5_7', '12.1.2'), iphone('15_8_3', '15.6.6'), iphone('14_4', '14.0.3'), iphone('16_3', '16.3')],
    accept: page,
    hasLanguage: true,
    hasFetchMetadata: false,
  },
  {
    who: 'Android, Chrome',
    share: 30,
    agents: [
      android('10; K', '137.0.0.0'),
      android('10; K', '141.0.0.0'),
      android('14; Pixel 8', '124.0.6367.82'),
      android('13; SM-A536B', '119.0.6045.66'),
      android('9; CUBOT X19', '118.0.5993.80'),
      android('10; CUBOT_NOTE_20', '115.0.5790.166'),
      android('8.1.0; TECNO KB7j', '107.0.5304.105'),
      android('12; moto g(30)', '133.0.0.0'),
    ],
    accept: chromePage,
    hasLanguage: true,
    hasFetchMetadata: true,
  },
  {
    who: 'Samsung Internet',
    share: 8,
    agents: [
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36',
      'Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-G991B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/21.0 Chrome/110.0.5481.154 Mobile Safari/537.36',
    ],
    accept: chromePage,
    hasLanguage: true,
    hasFetchMetadata: true,
  },
  {
    who: "an app's browser",
    share: 8,
    agents: [
      iphoneApp('17_5', 'Instagram 334.0.4.32.98 (iPhone14,5; iOS 17_5; en_US; en; scale=3.00; 1170x2532; 606020150)'),
      iphoneApp(
        '18_3',
        '[FBAN/FBIOS;FBAV/500.0.0.44.108;FBBV/700;FBDV/iPhone15,2;FBMD/iPhone;FBSN/iOS;FBSV/18.3;FBSS/3;FBLC/en_US]',
      ),
      webView('14; SM-S911B', '126.0.6478.71', '[FB_IAB/FB4A;FBAV/468.0.0.0.1;]'),
      iphoneApp('18_2', 'Safari Line/14.21.0'),
      iphoneApp('17_4', 'GSA/323.0.647062479 Safari/604.1'),
      webView('13; M2101K7AG', '131.0.6778.81', 'Viber'),
      iphoneApp('18_5', 'Snapchat/13.20.0.40 (like Safari/8621.2.5.10.8, panda)'),
      webView('12; V2111', '122.0.6261.119', 'GoogleApp/15.9'),
    ],
    accept: page,
    hasLanguage: true,
    hasFetchMetadata: true,
  },
  {
    who: 'a desk',
    share: 9,
    agents: [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Safari/605.1.15',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36 Edg/137.0.0.0',
      'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
      'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/136.0.0.0 Safari/537.36',
    ],
    accept: chromePage,
    hasLanguage: true,
    hasFetchMetadata: true,
  },
  {
    who: 'a private browser',
    share: 5,
    agents: [
      `${iphone('17_6', '17.6')} Ddg/17.6`,
      'Mozilla/5.0 (Android 14; Mobile; rv:139.0) Gecko/139.0 Firefox/139.0',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0',
      'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/132.0.0.0 Mobile DuckDuckGo/5 Safari/537.36',
      iphone('18_3', '18.3', '15E148', 'FxiOS/138.0 Safari/605.1.15'),
    ],
    accept: page,
    hasLanguage: true,
    hasFetchMetadata: true,
  },
  {
    who: 'a small phone',
    share: 3,
    agents: [
      'Opera/9.80 (J2ME/MIDP; Opera Mini/9.80/191.308; U; en) Presto/2.5.25 Version/10.54',
      'Mozilla/5.0 (Mobile; Nokia 8110 4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5.1',
      'Mozilla/5.0 (Linux; U; Android 4.4.2; en-us; SM-G7102) AppleWebKit/534.30 (KHTML, like Gecko) Version/4.0 Mobile Safari/534.30',
      'Opera/9.80 (Android; Opera Mini/36.2.2254/191.320; U; sw) Presto/2.12.423 Version/12.16',
    ],
    accept: page,
    hasLanguage: true,
    hasFetchMetadata: false,
  },
  {
    who: "the service's app",
    share: 3,
    agents: [
      'okhttp/4.12.0',
      'Orpheum/812 CFNetwork/1568.200.51 Darwin/24.1.0',
      'okhttp/5.1.0',
      'Orpheum/7.4.1 (Android 14)',
    ],
    accept: 'application/json',
    hasLanguage: false,
    hasFetchMetadata: false,
  },
]

// ---- Machines ------------------------------------------------------------------------------------------------------

const previews: readonly { who: string; agents: readonly string[]; accept: string; hasLanguage: boolean }[] = [
  {
    who: 'Apple Messages',
    agents: [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0',
    ],
    accept: page,
    hasLanguage: true,
  },
  {
    who: 'Google Messages',
    agents: [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.6422.60 Safari/537.36 Google-PageRenderer Google (+https://developers.google.com/+/web/snippet/)',
    ],
    accept: page,
    hasLanguage: false,
  },
  {
    who: 'a forwarded link',
    agents: [
      'WhatsApp/2.24.11.78 A',
      'TelegramBot (like TwitterBot)',
      'WhatsApp/2.23.20.0',
      'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
      'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
      'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
      'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com',
      'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)',
      'Mozilla/5.0 (compatible; Snap URL Preview Service; bot; snapchat; https://developers.snap.com/robots)',
      'facebookexternalhit/1.1;line-poker/1.0',
    ],
    accept: '*/*',
    hasLanguage: false,
  },
]

const honest: readonly string[] = [
  'curl/8.5.0',
  'python-requests/2.32.3',
  'Go-http-client/2.0',
  'Java/17.0.11',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
  'Wget/1.21.4',
  'axios/1.7.2',
  'Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)',
  'libwww-perl/6.67',
  'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; SentinelCrawler/3.1; +https://sentinel.example/c) Chrome/124.0.0.0 Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/126.0.0.0 Safari/537.36',
  'aiohttp/3.9.5',
  'PhishGuard-Scanner',
  'okhttp/3.12.13',
  'Dalvik/2.1.0 (Linux; U; Android 13; SM-A137F Build/TP1A.220624.014)',
  'CarrierURLInspect/2.3',
]

/** What scanners wear: often a browser of the day, often one of many years ago. */
const masks: readonly string[] = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/41.0.2272.101 Safari/537.36',
  iphone('17_1', '17.1'),
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36',
  android('10; SM-G975F', '121.0.0.0'),
  'Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 6.0)',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0',
  iphone('13_2_3', '13.0.3'),
  'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:52.0) Gecko/20100101 Firefox/52.0',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/79.0.3945.88 Safari/537.36',
]

const scannersOwn = ['64.235.150.0/24', '173.252.79.0/24', '209.222.82.0/24', '66.249.66.0/24', '149.154.161.0/24']

// ---- What happens to one text --------------------------------------------------------------------------------------

/** Five hundred clicks. */
function half(seed: number, isHeld: boolean): ReplayClick[] {
  const random = randomFrom(seed)
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
  const world: World = {
    random,
    pick,
    between: (least, most) => least + (most - least) * random(),
    agent: of => pick(isHeld ? of : of.filter((_, i) => i % 2 === 0)),
  }
  const clicks: ReplayClick[] = []
  for (let text = 1; clicks.length < 500; text++) clicks.push(...ofText(world, text))
  return clicks.slice(0, 500)
}

function ofText(world: World, text: number): ReplayClick[] {
  const { random, between } = world
  const links = random() < 0.3 ? 2 : 1
  // The phone has it some seconds after it left; where it was off, much later. Its receipt may be late as well.
  const arrivedMs = random() < 0.08 ? between(60_000, 3_600_000) : between(400, 4_000)
  const receiptMs = arrivedMs + (random() < 0.2 ? between(1_000, 20_000) : between(30, 500))
  const home = homeNetwork(world)
  const made: Omit<ReplayClick, 'text' | 'sinceDeliveredMs'>[] = []
  const roll = random()
  if (roll < 0.5) made.push(...person(world, arrivedMs, links, home))
  else if (roll < 0.64) {
    made.push(...phonePreview(world, arrivedMs, links, home))
    if (random() < 0.6) made.push(...person(world, arrivedMs, links, home))
  } else if (roll < 0.86) {
    made.push(...scanner(world, arrivedMs, links))
    if (random() < 0.45) made.push(...person(world, arrivedMs, links, home))
  } else if (roll < 0.93) {
    made.push(...person(world, arrivedMs, links, home))
    made.push(...forwarded(world, arrivedMs))
  } else if (roll < 0.97) made.push(...program(world, arrivedMs))
  else made.push(...prefetch(world, arrivedMs, home))
  return made.map(click => ({
    ...click,
    text,
    link: `${text}.${click.link}`,
    sinceDeliveredMs: click.atMs - receiptMs,
  }))
}

type Made = Omit<ReplayClick, 'text' | 'sinceDeliveredMs'>

const octet = ({ between }: World) => Math.floor(between(1, 255))
/** A mobile carrier, a flat, a VPN's data centre: nothing can be told from it. */
const homeNetwork = (world: World): string =>
  world.random() < 0.25
    ? `2a02:${octet(world).toString(16)}:${octet(world).toString(16)}::/48`
    : `${world.pick([81, 86, 92, 109, 176, 185, 104, 45])}.${octet(world)}.${octet(world)}.0/24`

function person(world: World, arrivedMs: number, links: number, network: string): Made[] {
  const { random, between, pick } = world
  const device = pick(devices.flatMap(one => Array<Device>(one.share).fill(one)))
  const agent = world.agent(device.agents)
  // Most within some minutes; some have the phone in the hand; some read it tomorrow.
  const speed = random()
  const afterMs =
    speed < 0.06
      ? between(1_100, 3_500)
      : speed < 0.85
        ? 3_500 + 60_000 * -Math.log(1 - random())
        : between(3_600_000, 80_000_000)
  // Proxies of companies and of the wary take away what browsers send.
  const strip = random()
  const hasFetch = device.hasFetchMetadata && strip >= 0.03
  const marks: Marks = {
    accept: device.accept,
    hasLanguage: device.hasLanguage && !(strip >= 0.02 && strip < 0.045),
    site: hasFetch ? 'none' : null,
    mode: hasFetch ? 'navigate' : null,
    dest: hasFetch ? 'document' : null,
    purpose: null,
  }
  const isInTunnel = random() < 0.06
  const one: Made = {
    link: random() < 0.8 || links === 1 ? 'a' : 'b',
    atMs: Math.round(arrivedMs + afterMs),
    method: 'GET',
    agent: strip > 0.995 ? 'Mozilla/5.0' : agent,
    network: isInTunnel ? homeNetwork(world) : network,
    marks,
    by: 'human',
    who: strip < 0.045 ? `${device.who}, behind a proxy` : device.who,
  }
  const clicks = [one]
  // Back, and the other one: seldom in less than some seconds.
  if (links === 2 && random() < 0.3)
    clicks.push({
      ...one,
      link: one.link === 'a' ? 'b' : 'a',
      atMs: Math.round(one.atMs + (random() < 0.1 ? between(1_500, 4_000) : between(4_000, 120_000))),
      who: `${one.who}, both links`,
    })
  // Tapped twice, or loaded anew.
  if (random() < 0.07)
    clicks.push({ ...one, atMs: Math.round(one.atMs + between(150, 2_500)), who: `${one.who}, twice` })
  return clicks
}

/** The phone itself looks when the text arrives, or when it is opened; it looks at each link. */
function phonePreview(world: World, arrivedMs: number, links: number, network: string): Made[] {
  const { random, between } = world
  const preview = previews[random() < 0.65 ? 0 : 1]!
  const atMs = arrivedMs + (random() < 0.5 ? between(100, 1_500) : between(5_000, 600_000))
  return Array.from(
    { length: links },
    (_, i): Made => ({
      link: 'ab'[i]!,
      atMs: Math.round(atMs + i * between(20, 300)),
      method: 'GET',
      agent: world.agent(preview.agents),
      network: preview.who === 'Apple Messages' ? network : '66.102.8.0/24',
      marks: {
        accept: preview.accept,
        hasLanguage: preview.hasLanguage,
        site: null,
        mode: null,
        dest: null,
        purpose: null,
      },
      by: 'machine',
      who: preview.who,
    }),
  )
}

/** A friend gets it by another app, whose servers or whose phone make a preview. */
function forwarded(world: World, arrivedMs: number): Made[] {
  const { who, agents, accept } = previews[2]!
  return [
    {
      link: 'a',
      atMs: Math.round(arrivedMs + world.between(20_000, 4_000_000)),
      method: world.random() < 0.15 ? 'HEAD' : 'GET',
      agent: world.agent(agents),
      network: homeNetwork(world),
      marks: { accept, hasLanguage: false, site: null, mode: null, dest: null, purpose: null },
      by: 'machine',
      who,
    },
  ]
}

/** The carrier's firewall, the company's gateway, the phone's guard: they say they are browsers, more or less well. */
function scanner(world: World, arrivedMs: number, links: number): Made[] {
  const { random, between, pick } = world
  const when = random()
  // Before the phone has it, while it arrives, or once it is on a list to look at again.
  const atMs =
    when < 0.5 ? between(30, 1_300) : when < 0.8 ? arrivedMs + between(800, 25_000) : between(300_000, 20_000_000)
  const care = random()
  const isWhole = care > 0.85
  const marks: Marks = {
    accept: care < 0.4 ? '*/*' : page,
    hasLanguage: care >= 0.45,
    site: isWhole ? 'none' : null,
    mode: isWhole ? 'navigate' : null,
    dest: isWhole ? 'document' : null,
    purpose: null,
  }
  const isNameless = random() < 0.04
  const one: Made = {
    link: 'a',
    atMs: Math.round(atMs),
    method: random() < 0.2 ? 'HEAD' : 'GET',
    agent: isNameless ? null : world.agent(masks),
    network: random() < 0.15 ? pick(scannersOwn) : homeNetwork(world),
    marks,
    by: 'machine',
    who: isWhole ? 'scanner, whole' : care < 0.4 ? 'scanner, careless' : 'scanner, careful',
  }
  const clicks = [one]
  if (one.method === 'HEAD' && random() < 0.7)
    clicks.push({ ...one, method: 'GET', atMs: Math.round(one.atMs + between(40, 900)) })
  if (links === 2 && random() < 0.75)
    clicks.push({
      ...one,
      link: 'b',
      method: 'GET',
      atMs: Math.round(one.atMs + between(5, random() < 0.8 ? 900 : 6_000)),
      // Some leave by another door each time.
      network: random() < 0.3 ? homeNetwork(world) : one.network,
    })
  return clicks
}

/** Whoever found the link somewhere. */
function program(world: World, arrivedMs: number): Made[] {
  const isTool = world.random() < 0.85
  return [
    {
      link: 'a',
      atMs: Math.round(arrivedMs + world.between(500, 40_000_000)),
      method: world.random() < 0.1 ? 'HEAD' : 'GET',
      agent: isTool ? world.agent(honest) : null,
      network: homeNetwork(world),
      marks: { accept: '*/*', hasLanguage: false, site: null, mode: null, dest: null, purpose: null },
      by: 'machine',
      who: 'a program',
    },
  ]
}

/** A browser that fetches what its owner may ask next; then, perhaps, the owner does. */
function prefetch(world: World, arrivedMs: number, network: string): Made[] {
  const [visit] = person(world, arrivedMs, 1, network)
  const ahead: Made = {
    ...visit!,
    atMs: Math.max(0, Math.round(visit!.atMs - world.between(200, 20_000))),
    agent: world.agent(devices[2]!.agents),
    marks: {
      accept: chromePage,
      hasLanguage: true,
      site: 'none',
      mode: 'navigate',
      dest: 'document',
      purpose: world.pick(['prefetch', 'prefetch;anonymous-client-ip', 'prefetch;prerender', 'preview']),
    },
    by: 'machine',
    who: 'prefetch',
  }
  return world.random() < 0.5 ? [ahead, visit!] : [ahead]
}

// ---- The two halves ------------------------------------------------------------------------------------------------

export const tuned = (): ReplayClick[] => half(20_261_102, false)
export const held = (): ReplayClick[] => half(19_390_417, true)

/** The facts of one click as the database would have them. */
export const factsOf = (click: ReplayClick, all: readonly ReplayClick[]): ClickFacts => ({
  method: click.method,
  agent: click.agent,
  network: click.network,
  marks: click.marks,
  sinceSubmittedMs: click.atMs,
  sinceDeliveredMs: click.sinceDeliveredMs,
  beside: besideOf(
    click,
    all.filter(one => one.text === click.text && one !== click),
  ),
})
