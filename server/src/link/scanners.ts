// Who fetches links without a person: agents that say so, and networks where nobody but machines lives. Data for
// judge.ts, kept apart from its rules. A machine that says it is a browser is not found here, but by how it behaves.
//
// `sure`: its maker documents it, or the word has no other use. `seen`: told by people who read their logs.

export interface Scanner {
  name: string
  pattern: RegExp
  confidence: 'sure' | 'seen'
  source: string
}

/** Agents that name a machine. Each is looked for anywhere in User-Agent. */
export const scanners: readonly Scanner[] = [
  {
    name: 'the preview of Apple Messages',
    // It calls itself by two other names at once, from the person's own network.
    pattern: /facebookexternalhit\/[\d.]+ Facebot Twitterbot/i,
    confidence: 'seen',
    source: 'peter.upfold.org.uk, February 2019; the string is the same since iOS 10',
  },
  {
    name: "Meta's link preview",
    pattern: /facebookexternalhit|facebookcatalog|facebot|meta-external(agent|fetcher)/i,
    confidence: 'sure',
    source: 'developers.facebook.com/docs/sharing/webmasters/web-crawlers',
  },
  {
    name: "Google's link preview",
    pattern: /Google-PageRenderer|developers\.google\.com\/\+\/web\/snippet|GoogleMessages/i,
    confidence: 'seen',
    source: 'developers.google.com/search/docs/crawling-indexing/google-user-triggered-fetchers',
  },
  {
    name: 'a service of Google',
    pattern:
      /Googlebot|GoogleOther|Google-InspectionTool|Google-Safety|APIs-Google|Mediapartners-Google|Chrome-Lighthouse/i,
    confidence: 'sure',
    source: 'developers.google.com/search/docs/crawling-indexing/google-common-crawlers',
  },
  { name: 'Applebot', pattern: /Applebot/i, confidence: 'sure', source: 'support.apple.com/en-us/119829' },
  {
    name: "WhatsApp's preview",
    pattern: /^WhatsApp\/|\bWhatsApp\/[\d.]+ [ANWi]\b/i,
    confidence: 'seen',
    source: 'webmasterid.com/user-agents/whatsapp-preview-user-agent',
  },
  {
    name: "Telegram's preview",
    pattern: /TelegramBot/i,
    confidence: 'sure',
    source: 'core.telegram.org/bots/webhooks; the agent says "like TwitterBot"',
  },
  { name: "Slack's preview", pattern: /Slackbot|Slack-ImgProxy/i, confidence: 'sure', source: 'api.slack.com/robots' },
  {
    name: "Discord's preview",
    pattern: /Discordbot/i,
    confidence: 'sure',
    source: 'the agent names discordapp.com',
  },
  {
    name: "X's preview",
    pattern: /Twitterbot/i,
    confidence: 'sure',
    source: 'developer.x.com, Cards: crawling',
  },
  { name: "LinkedIn's preview", pattern: /LinkedInBot/i, confidence: 'sure', source: 'the agent names linkedin.com' },
  {
    name: "Microsoft's preview",
    pattern: /SkypeUriPreview|MicrosoftPreview|BingPreview|bingbot|Microsoft Office|ms-office|MSOffice/i,
    confidence: 'sure',
    source: 'bing.com/webmasters/help/which-crawlers-does-bing-use; Skype, Teams and Outlook fetch previews so',
  },
  {
    name: "Signal's, Viber's or LINE's preview",
    // What is opened inside those apps says Line/1.2.3 or Viber after a whole browser; the previews stand alone.
    pattern: /^(?:Signal|Viber|Line)(?:\/| )|facebookexternalhit.*line-poker|line-poker/i,
    confidence: 'seen',
    source: 'developers.line.biz/en/faq (line-poker)',
  },
  {
    name: 'Pinterest, Reddit, Tumblr, Flipboard, VK, Snapchat or Embedly',
    pattern:
      /Pinterestbot|Pinterest\/0|redditbot|Tumblr\/|FlipboardProxy|vkShare|Snap URL Preview|Embedly|Iframely|Bitlybot/i,
    confidence: 'sure',
    source: 'each agent names its maker',
  },
  {
    name: 'a mail or web security scanner',
    pattern:
      /Barracuda|Proofpoint|Mimecast|MessageLabs|CiscoSecureEmail|IronPort|TMES|TrendMicro|Sophos|Fortinet|FortiGuard|Zscaler|PaloAlto|Netcraft|VirusTotal|urlscan|SafeBrowsing|Symantec|CloudmarkAuthority|Cloudflare-Radar|BitSightBot|CheckPoint|Forcepoint|Kaspersky|ESET SysRescue|Webroot/i,
    confidence: 'seen',
    source: 'live-direct-marketing.online, "Bot clicks from security scanners"; campus.barracuda.com',
  },
  {
    name: 'a program, by its HTTP library',
    pattern:
      /^(?:curl|Wget|HTTPie|python-requests|python-urllib|Python\/|aiohttp|httpx|Go-http-client|Java\/|Apache-HttpClient|Apache-HttpAsyncClient|axios|node-fetch|undici|node|got|libwww-perl|Ruby|PHP|GuzzleHttp|PostmanRuntime|Faraday|Scrapy|reqwest|ureq|Dart\/|RestSharp|WinHttp|Microsoft-CryptoAPI|PowerShell)/i,
    confidence: 'sure',
    source: 'what each library says by default',
  },
  {
    name: 'a browser without a screen',
    pattern: /HeadlessChrome|PhantomJS|SlimerJS|Puppeteer|Playwright|Selenium|Electron\/.*headless/i,
    confidence: 'sure',
    source: 'what each says by default',
  },
  {
    name: 'something that calls itself a robot',
    pattern:
      /(?:^|[^a-z])(?:bot|crawler|spider|scraper|fetcher|checker|validator|monitor|uptime|preview)(?:$|[^a-z])|\w(?<!\bcu)(?:bot|crawler|spider)(?:\/|;|\)|$| )/i, // Cubot makes phones
    confidence: 'sure',
    source: 'its own word',
  },
]

/** Agents of an app's own requests: a program's, unless the app asks as docs/links.md has it (Accept: application/json). */
export const appLibraries = /^(?:okhttp\/|Dalvik\/|.*\bCFNetwork\/)/i

export interface ScannerNetwork {
  name: string
  /** Not longer than /24 or /48: the addresses of clicks are kept no more exactly. */
  cidrs: readonly string[]
  source: string
}

/**
 * Networks from which no person browses: crawlers' and scanners' own. Clouds are not among them, for people come out of
 * them too, by VPN and by private relay. Where a list is old it misses some, which the other rules may still find.
 */
export const scannerNetworks: readonly ScannerNetwork[] = [
  {
    name: 'Meta',
    cidrs: [
      '31.13.24.0/21',
      '31.13.64.0/18',
      '66.220.144.0/20',
      '69.63.176.0/20',
      '69.171.224.0/19',
      '74.119.76.0/22',
      '103.4.96.0/22',
      '173.252.64.0/18',
      '204.15.20.0/22',
      '2a03:2880::/29',
    ],
    source: 'developers.facebook.com/docs/sharing/best-practices, as quoted on stackoverflow.com/q/8859013',
  },
  {
    name: 'Telegram',
    cidrs: ['149.154.160.0/20', '91.108.4.0/22'],
    source: 'core.telegram.org/resources/cidr.txt',
  },
  { name: 'Googlebot', cidrs: ['66.249.64.0/19'], source: 'developers.google.com/search/apis/ipranges/googlebot.json' },
  {
    name: 'Barracuda Email Security',
    cidrs: ['64.235.144.0/20', '209.222.80.0/21'],
    source: 'campus.barracuda.com, Email Security Service IP ranges; connect.act-on.com on false clicks',
  },
]
