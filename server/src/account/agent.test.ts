import { expect, test } from 'vitest'
import { readAgent } from './agent.ts'

/** As they are sent: by browsers, televisions, consoles, apps and programs. */
const table: [agent: string, kind: string, system: string, browser: string][] = [
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1',
    'phone',
    'iOS',
    'Safari',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/141.0.7390.41 Mobile/15E148 Safari/604.1',
    'phone',
    'iOS',
    'Chrome',
  ],
  [
    'Mozilla/5.0 (iPad; CPU OS 17_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.7 Mobile/15E148 Safari/604.1',
    'tablet',
    'iPadOS',
    'Safari',
  ],
  [
    'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Mobile Safari/537.36',
    'phone',
    'Android',
    'Chrome',
  ],
  [
    'Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36',
    'phone',
    'Android',
    'Samsung Internet',
  ],
  [
    'Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    'tablet',
    'Android',
    'Chrome',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
    'computer',
    'Windows',
    'Chrome',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.0.0',
    'computer',
    'Windows',
    'Edge',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0',
    'computer',
    'Windows',
    'Firefox',
  ],
  ['Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko', 'computer', 'Windows', 'Internet Explorer'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15',
    'computer',
    'macOS',
    'Safari',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 OPR/122.0.0.0',
    'computer',
    'macOS',
    'Opera',
  ],
  ['Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', 'computer', 'Linux', 'Firefox'],
  [
    'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
    'computer',
    'ChromeOS',
    'Chrome',
  ],
  [
    'Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/4.0 Chrome/94.0.4606.31 TV Safari/537.36',
    'tv',
    'Tizen',
    'Samsung Internet',
  ],
  [
    'Mozilla/5.0 (Web0S; Linux/SmartTV) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/87.0.4280.88 Safari/537.36 WebAppManager',
    'tv',
    'webOS',
    'Chrome',
  ],
  ['Roku/DVP-14.5 (14.5.4.5934-C2)', 'tv', 'Roku', 'other'],
  [
    'Mozilla/5.0 (Linux; Android 9; AFTKA Build/PS7681; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0.6099.230 Mobile Safari/537.36',
    'tv',
    'Fire TV',
    'Chrome',
  ],
  [
    'Mozilla/5.0 (Linux; Android 12; BRAVIA 4K VH21 Build/STT2.240321.001) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.6367.82 Safari/537.36',
    'tv',
    'Android TV',
    'Chrome',
  ],
  [
    'Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0.4430.225 Safari/537.36 CrKey/1.56.500000',
    'tv',
    'Chromecast',
    'Chrome',
  ],
  ['Orpheum/5.2 (Apple TV; tvOS 18.6)', 'tv', 'tvOS', 'Orpheum'],
  [
    'Mozilla/5.0 (PlayStation; PlayStation 5/10.40) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/15.4 Safari/605.1.15',
    'console',
    'PlayStation',
    'Safari',
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64; Xbox; Xbox One) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/127.0.0.0 Safari/537.36 Edg/127.0.0.0',
    'console',
    'Xbox',
    'Edge',
  ],
  ['Orpheum/5.2.1 (iPhone; iOS 18.6; Scale/3.00)', 'phone', 'iOS', 'Orpheum'],
  ['Orpheum/5.2 (Linux; Android 15; Pixel 9) okhttp/4.12.0', 'phone', 'Android', 'Orpheum'],
  ['Dalvik/2.1.0 (Linux; U; Android 13; Pixel 7 Build/TQ3A)', 'phone', 'Android', 'other'],
  ['python-requests/2.32.3', 'program', 'other', 'python-requests'],
  ['curl/8.5.0', 'program', 'other', 'curl'],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/141.0.0.0 Safari/537.36',
    'program',
    'other',
    'Mozilla',
  ],
  ['', 'other', 'other', 'other'],
  ['\u{1F600} nonsense', 'other', 'other', 'other'],
]

for (const [agent, kind, system, browser] of table)
  test(`${agent.slice(0, 60) || 'nothing'} is ${kind}, ${system}, ${browser}`, () => {
    expect(readAgent(agent)).toEqual({ kind, system, browser })
  })

test('a version changes nothing, and the longest text takes no time', () => {
  const chrome = (version: number) =>
    `Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`
  expect(readAgent(chrome(141))).toEqual(readAgent(chrome(99)))

  const startedAt = performance.now()
  for (const piece of ['Android ', 'Version/', 'SMART-TV Tizen ', 'A', ' ', 'Tizen TV Android Mobile '])
    readAgent(piece.repeat(1_024).slice(0, 1_024))
  expect(performance.now() - startedAt).toBeLessThan(100)
})
