// What a user agent is, by families: device, system, browser. Versions change each month and tell nobody apart; families are
// few, so that they can be counted. What is not known is `other`, and never an error.

export const deviceKinds = ['phone', 'tablet', 'computer', 'tv', 'console', 'program', 'other'] as const
export type DeviceKind = (typeof deviceKinds)[number]

export interface Agent {
  kind: DeviceKind
  system: string
  browser: string
}

type Row = readonly [RegExp, string]

/** The first that fits: televisions before Android and Linux, which they say as well. */
const systems: readonly (readonly [RegExp, string, DeviceKind])[] = [
  [/\bPlayStation\b|\bPS[345]\b/i, 'PlayStation', 'console'],
  [/\bXbox\b/i, 'Xbox', 'console'],
  [/\bNintendo\b/i, 'Nintendo', 'console'],
  [/\bRoku\b/i, 'Roku', 'tv'],
  [/\bApple ?TV|\btvOS\b/i, 'tvOS', 'tv'],
  [/\bAFT[A-Z0-9]+\b|\bFire ?TV\b/i, 'Fire TV', 'tv'],
  [/\bTizen\b.*\bTV\b|\bSMART-TV\b.*\bTizen\b|\bMaple\b/i, 'Tizen', 'tv'],
  [/\bweb[o0]s\b(?!hooks)|\bNetCast\b|\bLG ?Browser\b/i, 'webOS', 'tv'],
  [/\bVIDAA\b/i, 'VIDAA', 'tv'],
  [/\bCrKey\b/i, 'Chromecast', 'tv'],
  [
    /\bAndroid ?TV\b|\bGoogle ?TV\b|\bBRAVIA\b|\bShield Android\b|\bAndroid\b.*\b(?:MiTV|MiBOX|TV BOX)\b/i,
    'Android TV',
    'tv',
  ],
  [/\bHbbTV\b|\bSmart-?TV\b|\bTV Safari\b/i, 'Smart TV', 'tv'],
  [/\biPad\b|\biPadOS\b/i, 'iPadOS', 'tablet'],
  [/\biPhone\b|\biPod\b|\biOS\b/i, 'iOS', 'phone'],
  [/\bTizen\b/i, 'Tizen', 'phone'],
  [/\bKF[A-Z]{2,}\b|\bSilk\b/i, 'Fire OS', 'tablet'],
  [/\bAndroid\b(?=.*\bMobile\b)/i, 'Android', 'phone'],
  [/\bAndroid\b(?=.*\b(?:Tablet|SM-T|SM-X|Nexus (?:7|9|10)|Pixel Tablet|Lenovo TB))/i, 'Android', 'tablet'],
  [/\bAndroid\b(?=.*\b(?:AppleWebKit|Gecko)\b)/i, 'Android', 'tablet'], // without Mobile it is a tablet, as Google has it
  [/\bAndroid\b|\bDalvik\b/i, 'Android', 'phone'],
  [/\bCrOS\b/i, 'ChromeOS', 'computer'],
  [/\bWindows\b/i, 'Windows', 'computer'],
  [/\bMac(?:intosh| ?OS| OS X)\b/i, 'macOS', 'computer'],
  [/\b(?:Ubuntu|Linux|X11|FreeBSD)\b/i, 'Linux', 'computer'],
]

const browsers: readonly Row[] = [
  [/\bEdg(?:e|A|iOS)?\//, 'Edge'],
  [/\bOPR\/|\bOpera\b|\bOPT\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bSilk\//, 'Silk'],
  [/\bVivaldi\//, 'Vivaldi'],
  [/\bYaBrowser\//, 'Yandex'],
  [/\bUCBrowser\//, 'UC Browser'],
  [/\bDuckDuckGo\//, 'DuckDuckGo'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bCriOS\/|\bHeadlessChrome\//, 'Chrome'],
  [/\bChrom(?:e|ium)\//, 'Chrome'],
  [/\bVersion\/[\d.]+.*\bSafari\//, 'Safari'],
  [/\bMSIE \d|\bTrident\//, 'Internet Explorer'],
]

/** Programs, which have neither a system nor a browser to speak of. */
const programs =
  /^(?:curl|Wget|python|Python-urllib|aiohttp|Go-http-client|Java|Apache-HttpClient|node|axios|undici|PostmanRuntime|libwww-perl|Ruby|okhttp\/[\d.]+$)|\b(?:bot|crawler|spider|Selenium|PhantomJS|HeadlessChrome)\b/i

export function readAgent(text: string): Agent {
  if (programs.test(text))
    return { kind: 'program', system: 'other', browser: /^[A-Za-z][\w.-]{0,29}/.exec(text)?.[0] ?? 'other' }
  const [, system = 'other', kind = 'other'] = systems.find(([pattern]) => pattern.test(text)) ?? []
  const [, browser] = browsers.find(([pattern]) => pattern.test(text)) ?? []
  return { kind, system, browser: browser ?? appOf(text) }
}

/** An app calls itself by its name first: `Orpheum/5.2 (iPhone; iOS 18.6)`. */
function appOf(text: string): string {
  const [, name] = /^([A-Za-z][\w .+-]{0,29})\/\d/.exec(text) ?? []
  return name === undefined || name === 'Mozilla' || name === 'Dalvik' ? 'other' : name.trim()
}
