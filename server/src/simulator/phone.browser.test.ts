// The phones' pages in a browser: what the script adds, and that nothing is lost where there is none.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { serve } from '@hono/node-server'
import { segment } from '@usher/smpp/segment'
import { SmppClient } from '@usher/smpp/session'
import { Hono } from 'hono'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { phonePages } from './phone.tsx'
import { type Simulator, startSimulator } from './simulator.ts'

const executablePath = process.env.USHER_TEST_CHROMIUM ?? '/usr/bin/chromium'
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const amara = { id: 'orph-0014', name: 'Amara Bello', msisdn: '+447700900123', country: 'GB' }
const emilie = { id: 'orph-0011', name: 'Émilie Gagnon', msisdn: '+15145550134', country: 'CA' }
const [main, security] = ['22044', '22045']
const credentials = { systemId: 'usher', password: 'secret' }

describe.skipIf(executablePath === '')('in a browser', () => {
  let browser: Browser
  let simulator: Simulator
  let client: SmppClient
  let server: ReturnType<typeof serve>
  let url: string
  let complaints: string[]

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args })
  })
  afterAll(() => browser.close())

  const carrier = async (ports: { smppPort?: number; httpPort?: number } = {}) => {
    simulator = await startSimulator({ ...credentials, ...ports })
    await new Promise<void>(resolve => {
      client = new SmppClient({
        ...{ host: '127.0.0.1', port: simulator.smppPort, ...credentials, onDeliver: () => 0 },
        onState: state => state === 'bound' && resolve(),
      })
      client.start()
    })
  }
  beforeEach(async () => {
    complaints = []
    await carrier()
    const pages = phonePages({
      controlUrl: `http://127.0.0.1:${simulator.httpPort}`,
      owners: [amara, emilie],
      senders: { main, security },
      service: 'Orpheum',
    })
    server = serve({ fetch: new Hono().route('/phone', pages).fetch, hostname: '127.0.0.1', port: 0 })
    await new Promise(resolve => server.once('listening', resolve))
    url = `http://127.0.0.1:${(server.address() as { port: number }).port}/phone`
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
    server.close()
    if ('closeAllConnections' in server) server.closeAllConnections()
    client.destroy()
    await simulator.stop()
  })

  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext(options)
    const page = await context.newPage()
    // What the content-security policy stops is an error of the console.
    page.on('console', message => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', error => complaints.push(error.message))
    await page.route('**/favicon.ico', route => route.fulfill({ status: 204 }))
    await page.goto(`${url}${path}`)
    return page
  }

  async function text(from: string, to: string, words: string) {
    const { segments, dataCoding } = segment(words)
    for (const { octets, udh } of segments)
      await client.submit({
        ...{ source_addr_ton: 3, source_addr: from, dest_addr_ton: 1, destination_addr: to.slice(1) },
        ...{ short_message: octets, data_coding: dataCoding, esm_class: udh ? 0x40 : 0 },
      })
  }

  const phoneOf = (page: Page, { name }: { name: string }) => page.getByRole('region', { name: `Phone of ${name}` })
  const columnOf = (page: Page, { name }: { name: string }) => page.getByRole('article', { name })
  const repliesOf = ({ msisdn }: { msisdn: string }) => simulator.handsets.find(msisdn).replies

  /** What axe finds wrong, in a few words. */
  async function faults(page: Page): Promise<string[]> {
    await page.evaluate(axe)
    return page.evaluate(async () => {
      const { violations } = await (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run()
      return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`)
    })
  }

  test('two phones get their texts side by side, from the lock screen to the thread and back, without a reload', async () => {
    const page = await open('/447700900123,15145550134')
    await page.evaluate('window.isSamePage = true')
    const [hers, his] = [phoneOf(page, amara), phoneOf(page, emilie)]

    await text(security, amara.msisdn, 'Orpheum: 482913 is your code to sign in.')
    await text(main, emilie.msisdn, 'Orpheum: bonjour, un nouvel épisode.')
    const notification = hers.getByRole('link', { name: 'Orpheum Security' })
    await his.getByText('un nouvel épisode').waitFor()
    await notification.focus()
    await page.keyboard.press('Enter')
    await hers.getByRole('button', { name: 'Copy 482913' }).waitFor()

    expect(page.url()).toBe(`${url}/447700900123,15145550134?at=from:22045&at=lock`)
    await hers.getByRole('textbox').fill('half a th')
    await text(main, amara.msisdn, 'Orpheum: tonight, Nosferatu.')
    await hers.getByRole('link', { name: 'tonight, Nosferatu' }).waitFor()
    expect(await hers.getByRole('textbox').inputValue()).toBe('half a th')
    await hers.getByRole('button', { name: 'YES' }).click()
    await hers.getByText('Sent', { exact: true }).waitFor()
    expect(repliesOf(amara)).toMatchObject([{ to: security, text: 'YES' }])
    expect(await hers.getByRole('textbox').inputValue()).toBe('half a th')
    // Back again, while one more YES is on its way.
    await page.keyboard.press('Enter')
    await page.goBack()
    await hers.getByRole('link', { name: 'Open texts' }).waitFor()
    await text(main, amara.msisdn, 'Orpheum: and tomorrow, Metropolis.')
    await hers.getByRole('link', { name: 'and tomorrow, Metropolis' }).waitFor()
    expect(await hers.getByRole('link', { name: 'Open texts' }).isVisible()).toBe(true)
    expect(await page.evaluate('window.isSamePage')).toBe(true)
    expect(complaints).toEqual([])
  })

  test('what is written is sent with Enter and leaves the box; the keyboard alone reaches it all', async () => {
    const page = await open('/447700900123')
    const phone = phoneOf(page, amara)

    await phone.getByRole('link', { name: 'Open texts' }).press('Enter')
    await phone.getByRole('heading', { name: 'Texts' }).waitFor()
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Texts')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await phone.getByRole('heading', { name: 'Orpheum' }).waitFor()
    await phone.getByRole('textbox').fill('Bonsoir 🎬 <b>')
    await page.keyboard.press('Enter')
    await phone.getByText('Bonsoir 🎬 <b>', { exact: true }).waitFor()

    await phone.getByText('Sent', { exact: true }).waitFor()
    expect(await phone.getByRole('textbox').inputValue()).toBe('')
    expect(repliesOf(amara)).toMatchObject([{ to: main, text: 'Bonsoir 🎬 <b>' }])
    expect(complaints).toEqual([])
  })

  test('a code is copied at a click, also where the clipboard is refused', async () => {
    await text(security, amara.msisdn, 'Orpheum: 482913 is your code to sign in.')
    const page = await open('/447700900123?at=from:22045', { permissions: ['clipboard-read', 'clipboard-write'] })
    const refused = await open('/447700900123?at=from:22045')
    await refused.evaluate('Object.defineProperty(navigator, "clipboard", { value: undefined })')

    for (const one of [page, refused]) {
      await one.getByRole('button', { name: 'Copy 482913' }).click()
      await one.getByRole('status').filter({ hasText: '482913 copied' }).waitFor({ state: 'attached' })
    }
    await refused.getByRole('textbox', { name: 'Your reply' }).focus()
    await refused.keyboard.press('Control+V')

    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('482913')
    expect(await refused.getByRole('textbox', { name: 'Your reply' }).inputValue()).toBe('482913')
    expect(complaints).toEqual([])
  })

  test('a phone is off and on again in its place, and what waited for it arrives', async () => {
    const page = await open('/447700900123,15145550134?at=from:22044&at=lock')
    const column = columnOf(page, amara)
    await page.evaluate('window.isSamePage = true')

    await column.getByRole('button', { name: 'Off' }).click()
    await column.getByText('This phone is off').waitFor()
    await text(main, amara.msisdn, 'Orpheum: are you there?')
    await column.getByRole('button', { name: 'No coverage' }).click()
    await column.getByText('No coverage: texts wait').waitFor()
    await column.getByRole('button', { name: 'NO', exact: true }).click()
    await column.getByText('Waits for coverage').waitFor()
    await column.getByRole('button', { name: 'On', exact: true }).click()

    await column.getByText('Orpheum: are you there?').waitFor()
    await column.getByText('Sent', { exact: true }).waitFor()
    expect(
      await columnOf(page, emilie).getByRole('button', { name: 'On', exact: true }).getAttribute('aria-pressed'),
    ).toBe('true')
    expect(await page.evaluate('window.isSamePage')).toBe(true)
    expect(complaints).toEqual([])
  })

  test('phones are added, found by name while typing, changed and closed', async () => {
    const page = await open('/447700900123?at=inbox')

    await page.getByText('Add a phone').click()
    const chooser = page.getByRole('group').filter({ has: page.getByText('Add a phone') })
    await chooser.getByRole('searchbox').fill('emil')
    await chooser.getByRole('link', { name: 'Amara Bello' }).waitFor({ state: 'detached' })
    await chooser.getByRole('link', { name: 'Émilie Gagnon' }).click()
    await columnOf(page, emilie).waitFor()

    expect(page.url()).toBe(`${url}/447700900123,15145550134?at=inbox&at=lock`)
    await page.getByRole('link', { name: 'Close the phone of Amara Bello' }).click()
    await columnOf(page, amara).waitFor({ state: 'detached' })
    expect(page.url()).toBe(`${url}/15145550134`)
    expect(complaints).toEqual([])
  })

  test('while the carrier is gone the page says so and keeps what was written; it comes back by itself', async () => {
    const page = await open('/447700900123?at=from:22044')
    const { smppPort, httpPort } = simulator
    await page.getByRole('textbox', { name: 'Your reply' }).fill('Are you there?')

    client.destroy()
    await simulator.stop()
    await page.getByRole('status').filter({ hasText: 'The simulated carrier does not answer' }).waitFor()
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('alert').filter({ hasText: 'Not sent' }).waitFor()
    await carrier({ smppPort, httpPort })
    await page
      .getByRole('status')
      .filter({ hasText: 'The simulated carrier does not answer' })
      .waitFor({ state: 'hidden' })

    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByText('Sent', { exact: true }).waitFor()
    expect(repliesOf(amara)).toMatchObject([{ to: main, text: 'Are you there?' }])
    await text(main, amara.msisdn, 'Orpheum: here again.')
    await page.getByRole('region', { name: 'Texts with' }).getByText('here again').waitFor()
  })

  test('without script a text is read and answered by links and forms alone', async () => {
    await text(security, amara.msisdn, 'Orpheum: new sign-in. Was it you?')
    const page = await open('/447700900123,15145550134?write', { javaScriptEnabled: false })

    await phoneOf(page, amara).getByRole('link', { name: 'new sign-in' }).click()
    await page.getByRole('region', { name: 'Texts with' }).getByText('Was it you?').waitFor()
    await page.getByRole('button', { name: 'NO', exact: true }).click()

    await page.getByRole('region', { name: 'Texts with' }).getByText('NO', { exact: true }).waitFor()
    expect(repliesOf(amara)).toMatchObject([{ to: security, text: 'NO' }])
    expect(page.url()).toBe(`${url}/447700900123,15145550134?at=from:22045&at=lock`)
  })

  test.for([
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const)('at %i pixels, %s, nothing is wrong for axe and nothing overflows', async ([width, colorScheme]) => {
    await text(main, amara.msisdn, `Orpheum: ${'Nosferatu is back. '.repeat(12)} https://go.orpheum.example/7Kq`)
    await text(security, amara.msisdn, 'Orpheum: 482913 is your code.')
    await text(main, emilie.msisdn, 'Orpheum: مرحبا 🎬 <b>')
    await text('ORPHEUM', emilie.msisdn, 'Hello')
    simulator.handsets.turn('+4915112345678', 'off')

    const found: Record<string, string[]> = {}
    const paths = [
      '',
      '/447700900123?at=from:22045',
      '/447700900123,15145550134,4915112345678,4915112345679?at=from:22044&at=inbox&at=lock&at=from:22044',
      '?desk=447700900123&place=1',
      '?q=zorro',
    ]
    const page = await open('', { viewport: { width, height: 844 }, colorScheme, reducedMotion: 'reduce' })
    for (const path of paths) {
      await page.goto(`${url}${path}`)
      found[path] = await faults(page)
      if ((await page.evaluate('document.documentElement.scrollWidth')) !== width) found[path].push('it overflows')
    }

    expect(found).toEqual(Object.fromEntries(paths.map(path => [path, []])))
    expect(complaints).toEqual([])
  })

  test('on a small screen one phone is in sight at a time, and the others a step away', async () => {
    const page = await open('/447700900123,15145550134', { viewport: { width: 390, height: 844 } })
    const isInSight = (owner: { name: string }) =>
      phoneOf(page, owner).evaluate(phone => Math.abs(phone.getBoundingClientRect().left) < 1)

    expect([await isInSight(amara), await isInSight(emilie)]).toEqual([true, false])
    await page.getByRole('navigation', { name: 'Phones on this page' }).getByText('Émilie').click()
    await expect.poll(() => isInSight(emilie)).toBe(true)
  })
})
