import { segment } from '@usher/smpp/segment'
import { SmppClient } from '@usher/smpp/session'
import { Hono } from 'hono'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type PhoneOptions, phonePages } from './phone.tsx'
import { type Simulator, startSimulator } from './simulator.ts'

const amara = { id: 'orph-0014', name: 'Amara Bello', msisdn: '+447700900123', country: 'GB' }
const emilie = { id: 'orph-0011', name: 'Émilie Gagnon', msisdn: '+15145550134', country: 'CA' }
const [main, security] = ['22044', '22045']
const credentials = { systemId: 'usher', password: 'secret' }
let simulator: Simulator
let client: SmppClient
let app: Hono

beforeEach(async () => {
  simulator = await startSimulator(credentials)
  app = mounted({})
  await new Promise<void>(resolve => {
    client = new SmppClient({
      ...{ host: '127.0.0.1', port: simulator.smppPort, ...credentials, onDeliver: () => 0 },
      onState: state => state === 'bound' && resolve(),
    })
    client.start()
  })
})
afterEach(async () => {
  client.destroy()
  await simulator.stop()
})

const mounted = (options: Partial<PhoneOptions>) =>
  new Hono().route(
    '/phone',
    phonePages({
      controlUrl: `http://127.0.0.1:${simulator.httpPort}`,
      owners: [amara, emilie],
      senders: { main, security },
      service: 'Orpheum',
      ...options,
    }),
  )

async function text(from: string, to: string, words: string) {
  const { segments, dataCoding } = segment(words)
  for (const { octets, udh } of segments)
    await client.submit({
      ...{ source_addr_ton: 3, source_addr: from, dest_addr_ton: 1, destination_addr: to.slice(1) },
      ...{ short_message: octets, data_coding: dataCoding, esm_class: udh ? 0x40 : 0 },
    })
}

async function open(path: string) {
  const response = await app.request(path)
  return { status: response.status, headers: response.headers, page: await response.text() }
}

const post = (
  path: string,
  form: Record<string, string>,
  headers: Record<string, string> = { origin: 'http://localhost' },
) => app.request(path, { method: 'POST', body: new URLSearchParams(form), headers })

/** How often `piece` stands in the page. */
const times = (page: string, piece: string) => page.split(piece).length - 1

test('the list shows who was texted first, and finds a handset by name, number or country', async () => {
  await text(main, emilie.msisdn, 'Orpheum: bonjour')

  const { page } = await open('/phone')
  const found = await Promise.all(
    ['emilie', '+1 514', 'canada', 'zorro'].map(q => open(`/phone?q=${encodeURIComponent(q)}`)),
  )

  expect(page.indexOf('Émilie Gagnon')).toBeLessThan(page.indexOf('Amara Bello'))
  expect(page).toContain('Orpheum: bonjour')
  expect(page).toContain('1 handset with texts, 2 in all.')
  expect(page).toContain('href="/phone/447700900123"')
  expect(found.map(({ page }) => [page.includes('Émilie'), page.includes('Amara')])).toEqual([
    [true, false],
    [true, false],
    [true, false],
    [false, false],
  ])
  expect(found[3]!.page).toContain('No handset matches')
})

test('the ticked handsets lie side by side: four at most, each once, at an address of their own', async () => {
  const ticked = await open('/phone?with=447700900123&with=15145550134&with=447700900123')
  const written = await open('/phone/+447700900123,+15145550134?with=4915112345678')
  const many = await open('/phone/1000,1001,1002,1003,1004')

  const { page } = await open('/phone/+447700900123,+15145550134')
  expect([ticked, written, many].map(({ status, headers }) => [status, headers.get('location')])).toEqual([
    [302, '/phone/447700900123,15145550134'],
    [302, '/phone/447700900123,15145550134,4915112345678'],
    [302, '/phone/1000,1001,1002,1003'],
  ])
  expect(page.match(/aria-label="Phone of [^"]+"/g)).toEqual([
    'aria-label="Phone of Amara Bello"',
    'aria-label="Phone of Émilie Gagnon"',
  ])
  expect((await open('/phone/447700900123,nobody')).status).toBe(404)
})

test('each phone is changed and closed alone, and the ones beside it stay as they are', async () => {
  const { page } = await open('/phone/447700900123,15145550134?at=inbox&at=from:22044')
  const chooser = await open('/phone?desk=447700900123,15145550134&place=1&at=inbox&at=from:22044&q=4915112345678')

  expect(page).toContain(
    'href="/phone/15145550134?at=from:22044" data-turn="true" aria-label="Close the phone of Amara',
  )
  expect(page).toContain('href="/phone/447700900123?at=inbox" data-turn="true" aria-label="Close the phone of Émilie')
  expect(page).toContain('href="/phone/447700900123,15145550134?at=from:22045&amp;at=from:22044"')
  expect(chooser.page).toContain('href="/phone/447700900123,4915112345678?at=inbox&amp;at=lock"')
  expect(chooser.page).toContain('href="/phone/447700900123,15145550134?at=inbox&amp;at=from:22044">Back to the phones')
})

test('a locked phone says who texted, until the thread was opened', async () => {
  await text(security, amara.msisdn, 'Orpheum: 482913 is your code.')
  await text(main, amara.msisdn, 'Orpheum: first')
  await text(main, amara.msisdn, 'Orpheum: second')

  const locked = await open('/phone/447700900123')
  const thread = await open('/phone/447700900123?at=from:22044')
  const after = await open('/phone/447700900123')

  expect(times(locked.page, 'class="notification"')).toBe(2)
  expect(locked.page.indexOf('Orpheum: second')).toBeLessThan(locked.page.lastIndexOf('482913 is your code'))
  expect(locked.page).toContain('and 1 more text')
  expect(locked.page).toContain('<a class="notification" href="/phone/447700900123?at=from:22045" data-turn="true">')
  expect(thread.page).toContain('first')
  expect(times(after.page, 'class="notification"')).toBe(1)
  expect(after.page).toContain(
    'href="/phone/447700900123?at=from:22045" data-turn="true"><span class="avatar security"',
  )
})

test('a text of another sender is a banner over the open thread, until it is dismissed', async () => {
  await text(main, amara.msisdn, 'Orpheum: first')
  await text(security, amara.msisdn, 'Orpheum: 482913 is your code.')

  const over = await open('/phone/447700900123?at=from:22044')
  const dismissed = await post('/phone/447700900123/read?at=from:22044', { of: '447700900123', sender: security })
  const without = await open('/phone/447700900123?at=from:22044')

  expect(over.page).toContain('class="banner new"')
  expect(over.page).toContain('aria-label="All texts, 1 unread"')
  expect(dismissed.headers.get('location')).toBe('/phone/447700900123?at=from:22044')
  expect(without.page).not.toContain('class="banner')
  expect(without.page).toContain('aria-label="All texts"')
})

test('texts are kept by sender; the last is at the top, and what was never opened is counted', async () => {
  await text(main, amara.msisdn, 'Orpheum: first')
  await text('ORPHEUM', amara.msisdn, 'Hello')

  const { page } = await open('/phone/447700900123?at=inbox')

  const threads = page.match(/\?at=from:[^"]*" data-turn="true">/g)
  expect(threads).toEqual(['ORPHEUM', '22044', '22045'].map(sender => `?at=from:${sender}" data-turn="true">`))
  expect(times(page, '<span class="count">1<span class="unseen"> unread</span></span>')).toBe(2)
})

test('a thread marks the codes of the security sender and subdues the line for browsers', async () => {
  await text(security, amara.msisdn, 'Orpheum: 482913 is your code to sign in in 2026.\n\n@orpheum.example #482913')
  await text(security, amara.msisdn, 'Orpheum: 0734 is your code.')
  await text(main, amara.msisdn, 'Orpheum: 123456 viewers liked Metropolis.')

  const codes = await open('/phone/447700900123?at=from:22045')
  const titles = await open('/phone/447700900123?at=from:22044')

  expect(codes.page).toContain('Orpheum Security<span class="soft line">22045</span>')
  expect(codes.page.match(/data-code="\d+"/g)).toEqual(['data-code="482913"', 'data-code="0734"'])
  expect(codes.page).toContain('aria-label="Copy 482913">482913</button>')
  expect(codes.page).toContain('<span class="bound">@orpheum.example #482913</span>')
  expect(titles.page).not.toContain('data-code=')
})

test('what a text says is never run, wherever it stands: only http links are links', async () => {
  const words = '<script>alert(1)</script> javascript:alert(2) https://go.orpheum.example/7Kq?a=1&b=2. <b>"'
  await text(main, amara.msisdn, words)
  await text('<i>"\' onload', amara.msisdn, words)

  const screens = ['lock', 'inbox', 'from:22044', `from:${encodeURIComponent('<i>"\' onload')}`]
  const pages = await Promise.all(screens.map(at => open(`/phone/447700900123?at=${at}`)))

  for (const { status, page } of pages) {
    expect(status).toBe(200)
    expect(page).not.toContain('<script>alert')
    expect(page).not.toContain('<b>&quot;')
    expect(page).not.toContain('<i>')
    expect(page).not.toContain('href="javascript:')
  }
  for (const { page } of pages.slice(2))
    expect(page).toContain(
      'href="https://go.orpheum.example/7Kq?a=1&amp;b=2" target="_blank" rel="noopener noreferrer"',
    )
})

test('a long text shows where its parts meet, and a text of any script sets its own direction', async () => {
  const long = `Orpheum: ${'Nosferatu is back. '.repeat(18)}`
  await text(main, amara.msisdn, long)
  await text(main, amara.msisdn, 'مرحبا')

  const { page } = await open('/phone/447700900123?at=from:22044')

  const parts = segment(long).segments.map(part => part.text)
  expect(page).toContain('<summary>3 parts</summary>')
  expect(page).toContain(`<span class="part">part 2 of 3</span><span dir="auto">${parts[1]}</span>`)
  expect(page).toContain(
    `${parts[0]}<span class="joint" data-part="2/3"></span>${parts[1]}<span class="joint" data-part="3/3"></span>${parts[2]}</p>`,
  )
  expect(page).toContain('<p class="bubble" dir="auto">مرحبا</p>')
})

test('where somebody says where links lead, they lead there; the words stay as they were written', async () => {
  app = mounted({
    follow: url => (new URL(url).host === 'o.orpheum.example' ? `/o${new URL(url).pathname}` : undefined),
  })
  await text(
    main,
    amara.msisdn,
    'Orpheum: https://o.orpheum.example/AbC. Or o.orpheum.example/DeF, or and/or x.example/y',
  )

  const { page } = await open('/phone/447700900123?at=from:22044')

  expect(page).toContain(
    'href="/o/AbC" target="_blank" rel="noopener noreferrer" dir="ltr">https://o.orpheum.example/AbC<',
  )
  expect(page).toContain('href="/o/DeF" target="_blank" rel="noopener noreferrer" dir="ltr">o.orpheum.example/DeF<')
  expect(page).toContain('or and/or x.example/y')
})

test('of the simulator alone, links lead where they say', async () => {
  await text(main, amara.msisdn, 'Orpheum: https://o.orpheum.example/AbC or o.orpheum.example/DeF')

  const { page } = await open('/phone/447700900123?at=from:22044')

  expect(page).toContain('<a href="https://o.orpheum.example/AbC"')
  expect(times(page, 'target="_blank"')).toBe(1)
})

test('a link that two parts share stays whole', async () => {
  const link = `https://orpheum.example/help/${'subtitles/'.repeat(4)}`
  await text(main, amara.msisdn, `Orpheum: ${'Nosferatu is back. '.repeat(6)}${link} ${'Watch it. '.repeat(4)}`)

  const { page } = await open('/phone/447700900123?at=from:22044')

  expect(page).toContain(`dir="ltr">${link}</a><span class="joint" data-part="2/2"></span> Watch it. `)
})

test('an empty handset says how to send the first text', async () => {
  const { page } = await open('/phone/447700900123')
  const stranger = await open('/phone/+4915112345678?at=from:22044')

  expect(page).toContain('Send the first text')
  expect(page).toContain('curl http://localhost/v1/messages')
  expect(page).toContain('&quot;subscriber&quot;: &quot;orph-0014&quot;')
  expect(stranger.page).toContain('No texts yet')
  expect(stranger.page).toContain('&quot;number&quot;: &quot;+4915112345678&quot;')
})

test('a reply leaves from the phone it was written on, for the sender of the thread; a quick one without the text in the box', async () => {
  const desk = '/phone/15145550134,447700900123'
  const written = await post(`${desk}/reply?at=lock&at=from:22045`, {
    ...{ of: '447700900123', to: security, text: 'It was me' },
  })
  const quick = await post(`${desk}/reply?at=inbox&at=from:22044`, {
    ...{ of: '447700900123', to: main, text: 'half a th', quick: 'STOP' },
  })
  const elsewhere = await post(`${desk}/reply`, { of: '4915112345678', to: main, text: 'Not from here' })

  const { page } = await open('/phone/447700900123?at=from:22045')
  expect([written.status, quick.status, elsewhere.status]).toEqual([303, 303, 422])
  expect(quick.headers.get('location')).toBe(`${desk}?at=inbox&at=from:22044`)
  expect(simulator.handsets.find(emilie.msisdn).replies).toEqual([])
  expect(simulator.handsets.find(amara.msisdn).replies).toMatchObject([
    { to: security, text: 'It was me' },
    { to: main, text: 'STOP' },
  ])
  expect(page).toContain('<p class="bubble" dir="auto">It was me</p>')
  expect(page).not.toContain('<p class="bubble" dir="auto">STOP</p>')
})

test('a reply says whether it has left', async () => {
  const [write, settle] = [{ number: amara.msisdn, count: 0, texts: [], read: [] }, Date.parse('2026-11-02T12:00:00Z')]
  const reply = { n: 1, to: main, text: 'YES', at: settle, acknowledgedAt: null, references: [1] }
  const fate = async (state: string, acknowledgedAt: number | null, secondsLater: number) => {
    app = mounted({
      wall: () => new Date(settle + secondsLater * 1_000),
      fetch: async url =>
        Response.json(
          String(url).includes('limit=') ? [] : { ...write, state, replies: [{ ...reply, acknowledgedAt }] },
        ),
    })
    const { page } = await open('/phone/447700900123?at=from:22044')
    return /<\/time><span>([^<]+)<\/span><\/div>/.exec(page)?.[1]
  }

  expect([
    await fate('on', settle + 1, 1),
    await fate('on', null, 1),
    await fate('on', null, 60),
    await fate('noCoverage', null, 60),
  ]).toEqual(['Sent', 'Sending …', 'Not sent yet: nobody takes it; tried again by itself', 'Waits for coverage'])
})

test('a reply the carrier refuses says why and keeps the words', async () => {
  const response = await post('/phone/447700900123/reply?at=from:22044', { to: 'Orpheum', text: 'Who <are> you?' })

  const page = await response.text()
  expect(response.status).toBe(422)
  expect(page).toContain('nobody can answer a sender that is not a number')
  expect(page).toContain('value="Who &lt;are&gt; you?"')
})

test('a sender that is a name can be read, not answered', async () => {
  await text('ORPHEUM', amara.msisdn, 'Hello')

  const named = await open('/phone/447700900123?at=from:ORPHEUM')
  const numbered = await open('/phone/447700900123?at=from:22044')

  expect(named.page).toContain('can not be answered')
  expect(named.page).not.toContain('/reply?')
  expect(numbered.page).toContain('action="/phone/447700900123/reply?at=from:22044"')
})

test('a phone is turned off and on, and what waited arrives', async () => {
  const desk = '/phone/15145550134,447700900123'
  const off = await post(`${desk}/state?at=lock&at=from:22044`, { of: '447700900123', state: 'off' })
  await text(main, amara.msisdn, 'Orpheum: are you there?')
  const dark = await open('/phone/447700900123?at=from:22044')
  await post('/phone/447700900123/state', { state: 'on' })
  const lit = await open('/phone/447700900123')

  expect([off.status, off.headers.get('location')]).toEqual([303, `${desk}?at=lock&at=from:22044`])
  expect(simulator.handsets.stateOf(emilie.msisdn)).toBe('on')
  expect(dark.page).toContain('This phone is off')
  expect(dark.page).not.toContain('/reply?')
  expect(lit.page).toContain('Orpheum: are you there?')
})

test('a form of another site is refused', async () => {
  const attempts = await Promise.all(
    [{ origin: 'https://evil.example' }, { origin: 'null' }, {}].flatMap(headers => [
      post('/phone/447700900123/reply', { to: main, text: 'STOP' }, headers as Record<string, string>),
      post('/phone/447700900123/state', { state: 'off' }, headers as Record<string, string>),
    ]),
  )

  expect(attempts.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 403])
  expect(simulator.handsets.find(amara.msisdn)).toMatchObject({ state: 'on', replies: [] })
})

/** Where the script of this page would ask for what is new. */
const liveOf = (page: string) => /id="follow" hidden(?:="")?><a href="([^"]+)"/.exec(page)![1]!.replaceAll('&amp;', '&')

test('whoever waits gets the page as soon as a text arrives on any of its phones', async () => {
  await text(main, amara.msisdn, 'Orpheum: first')
  const { page: before } = await open('/phone/15145550134,447700900123?at=lock&at=from:22045')

  const waiting = open(liveOf(before))
  await text(security, amara.msisdn, 'Orpheum: second')
  const { status, page } = await waiting

  expect(status).toBe(200)
  expect(page).toContain('New text for Amara Bello from Orpheum Security: Orpheum: second')
  expect(times(page, 'class="text new"')).toBe(1)
  expect((await open('/phone/447700900123/live?after=x&mark=')).status).toBe(400)
  expect((await open('/phone/447700900123,15145550134/live?after=1&mark=')).status).toBe(400)
})

test.for([
  ['is turned off', () => simulator.handsets.turn(amara.msisdn, 'off'), 'This phone is off'],
  ['is written on elsewhere', () => simulator.reply(amara.msisdn, main, 'From my watch'), 'From my watch'],
] as const)('whoever waits sees that a phone %s', async ([, happens, shown]) => {
  const { page: before } = await open('/phone/447700900123?at=from:22044')

  const waiting = open(liveOf(before))
  happens()

  expect((await waiting).page).toContain(shown)
})

test('a page from before a restart of the carrier is answered at once', async () => {
  const { page } = await open('/phone/447700900123/live?at=from:22044&after=7&mark=on-7-0-0-7')

  expect(page).toContain('No texts yet')
})

test('pages keep strangers out: no inline script or style, no frame, no cache', async () => {
  await text(main, amara.msisdn, 'Orpheum: hello')

  const pages = await Promise.all(['/phone', '/phone/447700900123', '/phone/nobody'].map(open))

  for (const { headers, page } of pages) {
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self'; style-src 'self'/)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(page).toMatch(/^<!doctype html><html lang="en">/)
    expect(page).not.toMatch(/ style=| on\w+=|<style|<script(?! src=)/)
  }
  expect(pages.map(({ status }) => status)).toEqual([200, 200, 404])
  expect(pages[1]!.page).toContain(
    '<noscript><meta http-equiv="refresh" content="3; url=/phone/447700900123"/></noscript>',
  )
  expect((await open('/phone/447700900123?at=from:22044')).page).toContain('url=/phone/447700900123?at=from:22044"/>')
  expect((await open('/phone/447700900123?write')).page).not.toContain('http-equiv="refresh"')
  expect((await open('/phone/phone.css')).headers.get('content-type')).toBe('text/css; charset=utf-8')
  expect((await open('/phone/phone.js')).headers.get('content-type')).toBe('text/javascript; charset=utf-8')
})

test('without a carrier the page says what to do', async () => {
  app = mounted({ fetch: () => Promise.reject(new TypeError('fetch failed')) })

  const list = await open('/phone')
  const written = await post('/phone/447700900123/reply?at=from:22044', { to: main, text: 'Hello' })
  const waiting = await open('/phone/447700900123/live?after=0&mark=')

  expect([list.status, written.status, waiting.status]).toEqual([503, 503, 503])
  expect(list.page).toContain('The simulated carrier is not running')
  expect(await written.text()).toContain('<a href="/phone/447700900123?at=from:22044" id="again">')
  expect(waiting.page).toBe('The simulated carrier does not answer.')
})

test('a text says by which carrier it came, where there are several', async () => {
  await text(main, amara.msisdn, 'Orpheum: of the only one')
  simulator.handsets.receive(amara.msisdn, {
    ...{ messageId: '1', originator: main, octets: segment('Orpheum: of several').segments[0]!.octets },
    ...{ dataCoding: 0, reference: null, at: Date.now(), carrier: 'boreal' },
  })

  const { page } = await open(`/phone/447700900123?at=from:${main}`)

  expect(times(page, '<span>by ')).toBe(1)
  expect(page.lastIndexOf('of the only one')).toBeLessThan(page.lastIndexOf('of several'))
  expect(page.lastIndexOf('of several')).toBeLessThan(page.indexOf('<span>by boreal</span>'))
})
