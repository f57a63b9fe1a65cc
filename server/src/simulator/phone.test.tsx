import { existsSync } from 'node:fs'
import { serve } from '@hono/node-server'
import { segment } from '@usher/smpp/segment'
import { SmppClient } from '@usher/smpp/session'
import { Hono } from 'hono'
import { chromium } from 'playwright-core'
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

test('a thread groups texts by sender, marks codes and subdues the line for browsers', async () => {
  await text(security, amara.msisdn, 'Orpheum: 482913 is your code to sign in in 2026.\n\n@orpheum.example #482913')
  await text(security, amara.msisdn, 'Orpheum: 0734 is your code.')
  await text(main, amara.msisdn, 'Orpheum: 123456 viewers liked Metropolis.')

  const { page } = await open('/phone/447700900123')

  expect(times(page, '<div class="group">')).toBe(2)
  expect(page).toContain('Orpheum Security <span class="soft">22045</span>')
  expect(page.match(/<mark>\d+<\/mark>/g)).toEqual(['<mark>482913</mark>', '<mark>0734</mark>'])
  expect(page).toContain('<span class="bound">@orpheum.example #482913</span>')
})

test('what a text says is never run: only http links are links', async () => {
  await text(
    main,
    amara.msisdn,
    '<script>alert(1)</script> javascript:alert(2) https://go.orpheum.example/7Kq?a=1&b=2. <b>"',
  )

  const { page } = await open('/phone/447700900123')

  expect(page).not.toContain('<script>alert')
  expect(page).not.toContain('<b>&quot;')
  expect(page).not.toContain('href="javascript:')
  expect(page).toContain('href="https://go.orpheum.example/7Kq?a=1&amp;b=2" target="_blank" rel="noopener noreferrer"')
})

test('a long text shows its parts, and a text of any script sets its own direction', async () => {
  const long = `Orpheum: ${'Nosferatu is back. '.repeat(12)}`
  await text(main, amara.msisdn, long)
  await text(main, amara.msisdn, 'مرحبا')

  const { page } = await open('/phone/447700900123')

  expect(page).toContain('<summary>2 parts</summary>')
  expect(page).toContain(`<li dir="auto">${segment(long).segments[1]!.text}</li>`)
  expect(page).toContain('<p class="bubble" dir="auto">مرحبا</p>')
})

test('an empty handset says how to send the first text', async () => {
  const { page } = await open('/phone/447700900123')
  const stranger = await open('/phone/+4915112345678')

  expect(page).toContain('No texts yet')
  expect(page).toContain('curl http://localhost/v1/messages')
  expect(page).toContain('&quot;subscriber&quot;: &quot;orph-0014&quot;')
  expect(stranger.page).toContain('&quot;number&quot;: &quot;+4915112345678&quot;')
})

test('a reply leaves for the sender chosen, a quick one without the text in the box', async () => {
  const written = await post('/phone/447700900123/reply', { to: security, text: 'It was me' })
  const quick = await post('/phone/447700900123/reply', { to: main, text: 'half a th', quick: 'STOP' })

  const { page } = await open('/phone/447700900123')
  expect([written.status, quick.status, quick.headers.get('location')]).toEqual([303, 303, '/phone/447700900123'])
  expect(simulator.handsets.find(amara.msisdn).replies).toMatchObject([
    { to: security, text: 'It was me' },
    { to: main, text: 'STOP' },
  ])
  expect(page).toContain('<p class="bubble" dir="auto">It was me</p>')
  expect(page).toContain('to Orpheum Security')
})

test('a reply the carrier refuses says why and keeps the words', async () => {
  const response = await post('/phone/447700900123/reply', { to: 'Orpheum', text: 'Who <are> you?' })

  const page = await response.text()
  expect(response.status).toBe(422)
  expect(page).toContain('nobody can answer a sender that is not a number')
  expect(page).toContain('value="Who &lt;are&gt; you?"')
})

test('the sender of the last text is the one to answer, unless it is a name', async () => {
  await text(security, amara.msisdn, 'Orpheum security alert: new sign-in. Reply YES if this was you, NO if not.')
  simulator.handsets.receive(amara.msisdn, {
    ...{ messageId: '1', originator: 'ORPHEUM', octets: Buffer.from('Hello'), dataCoding: 0, reference: null, at: 0 },
  })

  const { page } = await open('/phone/447700900123')

  expect(page).toMatch(/<option value="22045" selected="">/)
  expect(page).not.toContain('<option value="ORPHEUM"')
})

test('a phone is turned off and on, and what waited arrives', async () => {
  const off = await post('/phone/447700900123/state', { state: 'off' })
  await text(main, amara.msisdn, 'Orpheum: are you there?')
  const dark = await open('/phone/447700900123')
  await post('/phone/447700900123/state', { state: 'on' })
  const lit = await open('/phone/447700900123')

  expect(off.status).toBe(303)
  expect(dark.page).toContain('This phone is off')
  expect(dark.page).not.toContain('/reply"')
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

test('whoever waits gets the thread as soon as a text arrives', async () => {
  await text(main, amara.msisdn, 'Orpheum: first')

  const waiting = open('/phone/447700900123/texts?after=1')
  await text(security, amara.msisdn, 'Orpheum: second')
  const { status, page } = await waiting

  expect(status).toBe(200)
  expect(page).toContain('first')
  expect(page).toContain('New text from Orpheum Security: Orpheum: second')
  expect(times(page, 'class="text new"')).toBe(1)
  expect(page).toContain('href="/phone/447700900123/texts?after=2"')
  expect((await open('/phone/447700900123/texts?after=x')).status).toBe(400)
})

test('nothing new is an answer without a page, after a while', async () => {
  const nothing = { number: amara.msisdn, state: 'on', count: 3, texts: [], replies: [] }
  const asked: string[] = []
  app = mounted({
    fetch: async url => {
      asked.push(String(url))
      return Response.json(nothing)
    },
  })

  const { status } = await open('/phone/447700900123/texts?after=3')

  expect(status).toBe(204)
  expect(asked).toEqual([`http://127.0.0.1:${simulator.httpPort}/handsets/447700900123/wait?after=3&timeoutMs=25000`])
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
  expect((await open('/phone/447700900123?write')).page).not.toContain('http-equiv="refresh"')
  expect((await open('/phone/phone.css')).headers.get('content-type')).toBe('text/css; charset=utf-8')
  expect((await open('/phone/phone.js')).headers.get('content-type')).toBe('text/javascript; charset=utf-8')
})

test('without a carrier the page says what to do', async () => {
  app = mounted({ fetch: () => Promise.reject(new TypeError('fetch failed')) })

  const list = await open('/phone')
  const written = await post('/phone/447700900123/reply', { to: main, text: 'Hello' })
  const waiting = await open('/phone/447700900123/texts?after=0')

  expect([list.status, written.status, waiting.status]).toEqual([503, 503, 503])
  expect(list.page).toContain('The simulated carrier is not running')
  expect(await written.text()).toContain('<a href="/phone/447700900123" id="again">')
  expect(waiting.page).toBe('The simulated carrier does not answer.')
})

const browser = '/usr/bin/chromium'
test.skipIf(!existsSync(browser))(
  'in a browser a text appears by itself and leaves a half-written reply alone',
  async () => {
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
    await new Promise(resolve => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const chrome = await chromium.launch({
      executablePath: browser,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
    const page = await chrome.newPage({ viewport: { width: 390, height: 844 } })
    const complaints: string[] = []
    page.on('console', message => complaints.push(message.text()))
    page.on('pageerror', error => complaints.push(error.message))

    try {
      await page.goto(`http://127.0.0.1:${port}/phone/447700900123`)
      await page.fill('#write', 'half a th')
      await text(security, amara.msisdn, 'Orpheum: 482913 is your code to sign in.')
      await page.waitForSelector('mark')

      expect(await page.textContent('mark')).toBe('482913')
      expect(await page.inputValue('#write')).toBe('half a th')
      await page.click('button[value=YES]')
      await page.waitForSelector('.own :text("Sent")')
      expect(simulator.handsets.find(amara.msisdn).replies).toMatchObject([{ to: security, text: 'YES' }])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
      expect(complaints).toEqual([])
    } finally {
      await chrome.close()
      server.close()
      if ('closeAllConnections' in server) server.closeAllConnections()
    }
  },
)
