// What followed a link, in short words: Safari on iPhone, Slackbot, curl. It is what the caller says of itself.

const programs: readonly [RegExp, string][] = [
  // Who names itself a bot, a preview or a library is that, whatever browser it says it is like.
  [/facebookexternalhit|facebookcatalog|meta-externalagent/i, 'Facebook preview'],
  [/WhatsApp/i, 'WhatsApp preview'],
  [/TelegramBot/i, 'Telegram preview'],
  [/Slackbot|Slack-ImgProxy/i, 'Slack preview'],
  [/Twitterbot/i, 'X preview'],
  [/Discordbot/i, 'Discord preview'],
  [/LinkedInBot/i, 'LinkedIn preview'],
  [/SkypeUriPreview|Teams/i, 'Microsoft Teams preview'],
  [/Google-?Safe|GoogleMessages|Google-PageRenderer/i, 'Google check'],
  [/Googlebot|GoogleOther|AdsBot-Google/i, 'Googlebot'],
  [/bingbot|BingPreview/i, 'Bing'],
  [/Applebot/i, 'Applebot'],
  [/Barracuda|Proofpoint|Mimecast|Symantec|Forcepoint|FireEye|Trend ?Micro|Zscaler|Sophos/i, 'Security scanner'],
  [/^curl\b/i, 'curl'],
  [/^Wget\b/i, 'Wget'],
  [/python-requests|aiohttp|^Python|httpx/i, 'Python'],
  [/Go-http-client/i, 'Go'],
  [/okhttp/i, 'okhttp'],
  [/^node|undici|axios/i, 'Node.js'],
  [/^Java\/|Apache-HttpClient/i, 'Java'],
  [/HeadlessChrome|PhantomJS|Puppeteer|Playwright/i, 'A browser without a screen'],
]
const crawler = /([A-Za-z][\w.-]*(?:bot|crawler|spider|preview|scanner))\b/i

// The first that fits: most browsers name the older ones too.
const browsers: readonly [RegExp, string][] = [
  [/FBAN|FBAV/, 'Facebook app'],
  [/Instagram/, 'Instagram'],
  [/SamsungBrowser/, 'Samsung Internet'],
  [/Edg(A|iOS)?\//, 'Edge'],
  [/OPR\/|OPiOS/, 'Opera'],
  [/DuckDuckGo/, 'DuckDuckGo'],
  [/Firefox\/|FxiOS/, 'Firefox'],
  [/CriOS|Chrome\//, 'Chrome'],
  [/Version\/.*Safari\//, 'Safari'],
]
const systems: readonly [RegExp, string][] = [
  [/iPhone|iPod/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/CrOS/, 'ChromeOS'],
  [/Windows/, 'Windows'],
  [/Macintosh|Mac OS X/, 'Mac'],
  [/Linux|X11/, 'Linux'],
]

const named = (all: readonly [RegExp, string][], agent: string) => all.find(([like]) => like.test(agent))?.[1]

export function agentWords(agent: string | null): string {
  if (agent === null || agent.trim() === '') return 'did not say'
  const program = named(programs, agent) ?? crawler.exec(agent)?.[1]
  if (program) return program
  const browser = named(browsers, agent)
  const system = named(systems, agent)
  if (browser && system) return `${browser} on ${system}`
  if (browser ?? system) return browser ?? `a program on ${system}`
  const first = agent.trim().split(/[\s/]/)[0]!
  return first.length > 40 ? `${first.slice(0, 39)}…` : first
}
