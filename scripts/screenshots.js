// `npm run screenshots`: starts the demo on ports of its own, sends a few texts, and takes the pictures of the README and of
// the docs: the phones, a subscriber's own page, and each page of the console in both themes. It waits for what a page shows, not for time.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { build, install, root } from './run.js'

await install()
await build()
const data = mkdtempSync(join(tmpdir(), 'usher-pictures-'))
const port = 4850
const url = `http://localhost:${port}`
const env = {
  ...process.env,
  USHER_DATA: data,
  USHER_PORT: String(port),
  USHER_SMPP: `127.0.0.1:${port + 2}`,
  USHER_SIMULATOR_PORT: String(port + 1),
  USHER_ORPHEUM_PORT: String(port + 3),
  USHER_LOG: 'warn',
}
const demo = spawn('node', ['server/dist/cli.js', 'demo'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
try {
  const { key, link } = await new Promise((resolve, reject) => {
    let said = ''
    demo.once('exit', code => reject(new Error(`The demo ended with ${code}.`)))
    demo.stdout.on('data', piece => {
      said += piece
      const [, key] = /API key +(\S+)/.exec(said) ?? []
      const [, link] = /Console +(\S+)/.exec(said) ?? []
      if (key && link && said.includes('curl')) resolve({ key, link })
    })
  })
  const ids = await fillLine(key)

  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  const viewport = { width: 1280, height: 860 }
  const phone = await browser.newPage({ viewport })
  await phone.goto(`${url}/phone/12125550142`)
  await phone.getByText('482913').first().waitFor()
  await shoot(phone, 'phone')
  await phone.close()
  await shootOwnPage(browser)

  const context = await browser.newContext({ viewport, locale: 'en-GB', timezoneId: 'Europe/London' })
  const page = await context.newPage()
  await page.goto(`${url}/console`)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor()
  await shootBoth(page, 'sign-in')

  await page.goto(link)
  await page.getByRole('heading', { level: 1, name: 'Live' }).waitFor()
  for (const { name, path, shows, opens, act, before } of consolePages(ids)) {
    await before?.(page)
    await page.goto(`${url}/console${path}`)
    for (const text of shows) await page.getByText(text).filter({ visible: true }).first().waitFor()
    if (opens) await page.getByRole('button', { name: opens }).click()
    await act?.(page)
    await shootBoth(page, name)
  }
  await browser.close()
} finally {
  demo.kill('SIGTERM')
  if (demo.exitCode === null && demo.signalCode === null) await new Promise(resolve => demo.once('exit', resolve))
  rmSync(data, { recursive: true, force: true })
}

/** Each page, with what has to be on it before it is taken. */
function consolePages({ refused, seen, bad, endpoint, carrier }) {
  return [
    { name: 'live', path: '/live?minutes=5', shows: ['Lanes', 'How texts ended', 'delivered'] },
    { name: 'messages', path: '/messages', shows: ['delivered'] },
    { name: 'message', path: `/messages?open=${refused}`, shows: ['What happened', /^Why it was/] },
    { name: 'subscribers', path: '/subscribers', shows: ['orph-0040'] },
    { name: 'subscriber', path: '/subscribers/orph-0001', shows: ['What happened', /subtitles/] },
    {
      name: 'suppressions',
      path: '/suppressions',
      shows: ['blocked', 'STOP', 'deactivated'],
      before: fillSuppressions,
    },
    {
      name: 'policy',
      path: '/policy',
      shows: ['The same text twice'],
      async act(page) {
        await page.getByRole('combobox', { name: 'Subscriber' }).fill('orph-0003')
        await page.getByRole('option', { name: 'orph-0003' }).click()
        await page.getByRole('region', { name: 'What would become of it' }).waitFor()
        await page.getByLabel('Titles: texts').fill('3')
        await page.getByText('What changes').waitFor()
      },
    },
    { name: 'regions', path: '/policy?tab=regions', shows: ['Everywhere else', 'high'] },
    {
      name: 'region',
      path: '/policy?tab=regions&region=US-FL',
      shows: ['The week'],
      async act(page) {
        await page.getByLabel('Monday to Friday: from').selectOption('10:00')
        await page.getByLabel('Saturday: to').selectOption('21:30')
        await page.getByLabel('Sunday: open').selectOption('closed all day')
        await page.getByLabel('Why, and by which source').fill('Complaints in October; agreed with legal.')
        await page
          .getByRole('region', { name: 'What changes' })
          .getByText(/it was/)
          .first()
          .waitFor()
      },
    },
    {
      name: 'keywords',
      path: '/policy?tab=keywords',
      shows: ['Understood as'],
      async act(page) {
        await page.getByLabel('What somebody writes').fill('por favor ya no me manden mensajes')
        await page.keyboard.press('Enter')
        await page.getByText('understood as stop').waitFor()
      },
    },
    { name: 'templates', path: '/templates', shows: ['title.new_episode'] },
    { name: 'template', path: '/templates/title.new_episode', shows: ['Versions', 'What uses it', /segment/] },
    { name: 'events', path: `/events?open=${seen}`, shows: ['com.usher.payment.failed', 'inv-20931'] },
    { name: 'bad-event', path: `/events?tab=bad&open=${bad}`, shows: ['Replay as it is', 'Mend'] },
    { name: 'webhooks', path: '/webhooks', shows: ['active', 'inbound.received'] },
    { name: 'webhook', path: `/webhooks/${endpoint}`, shows: ['delivered', 'Send test'] },
    { name: 'links', path: '/links', shows: ['human', 'machine'] },
    { name: 'carriers', path: '/carriers', shows: [carrier, 'Last 15 minutes', 'Until it answers'] },
    { name: 'carrier', path: `/carriers/${carrier}`, shows: ['What it answered', 'bound'] },
    {
      name: 'routes',
      path: '/carriers?tab=routes',
      shows: ['Which way would it go, and why', 'is in use.'],
      async act(page) {
        await page.getByRole('textbox', { name: 'Number' }).fill('+12125550142')
        await page.getByRole('button', { name: 'Which way?' }).click()
        await page.getByRole('list', { name: 'Routes that were asked' }).waitFor()
      },
    },
    // Not before the subscribers were taken: it would fill their list.
    {
      name: 'imports',
      path: '/imports',
      shows: ['subscribers-november.csv', '2 bad'],
      opens: 'Show the bad lines',
      before: fillDesk,
    },
    { name: 'settings', path: '/settings?tab=operators', shows: ['Tomás Lindqvist'] },
  ]
}

/** Texts whose pictures are worth looking at, beside those that the demo begins with. */
async function fillLine(key) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const asked = async (path, init = {}) => {
    const answer = await fetch(`${url}/v1/${path}`, { ...init, headers: { ...headers, ...init.headers } })
    if (!answer.ok) throw new Error(await answer.text())
    return answer.json()
  }
  const send = async message => {
    const body = JSON.stringify({ subscriber: 'orph-0001', ...message })
    const { id } = await asked('messages', {
      method: 'POST',
      headers: { 'idempotency-key': crypto.randomUUID() },
      body,
    })
    return id
  }
  const until = async (path, isThere) => {
    for (;;) {
      if (isThere(await asked(path))) return
      await new Promise(resolve => setTimeout(resolve, 100))
    }
  }
  const delivered = async message => {
    const id = await send(message)
    await until(`messages/${id}`, ({ state }) => state === 'delivered')
    return id
  }
  // What a new demo begins with comes first, so that these stand at the top.
  await until('messages?limit=60', ({ items }) => items.length > 50)
  await delivered({
    purpose: 'alert.security',
    template: 'alert.security',
    data: { event: 'sign_in', device: 'Chrome on Windows', place: 'Lisbon, PT', time: '22:14' },
  })
  await delivered({
    purpose: 'reply.support',
    text: 'Orpheum support: the subtitles of The Phantom Empire are mended. Chapters 4 to 7 had German titles in the English track, and the sound of chapter 9 ran half a second late. https://orpheum.example/help/subtitles',
  })
  const refused = await send({
    subscriber: 'orph-0003',
    purpose: 'offer',
    template: 'offer',
    data: {
      offer: 'Three months of Premium for the price of two.',
      date: 'Nov 30',
      link: 'https://go.orpheum.example/3mPz0c',
    },
  })
  await delivered({ purpose: 'code.sign_in', template: 'code.sign_in', data: { code: '482913', minutes: 10 } })
  return { refused, ...(await fillDoors(asked, until)) }
}

/** Events, good and bad; a webhook that arrived; a link that a person and a machine followed. */
async function fillDoors(asked, until) {
  const json = { method: 'POST', headers: { 'content-type': 'application/cloudevents-batch+json' } }
  const about = (id, subject, type, data) => ({
    ...{ specversion: '1.0', id, source: '/orpheum', type: `com.usher.${type}`, subject, data },
  })
  const { events } = await asked('events', {
    ...json,
    body: JSON.stringify([
      about('v-1', 'orph-0014', 'view.completed', { title: 'metropolis', watchedSeconds: 310 }),
      about('s-1', 'orph-0007', 'sign_in.succeeded', { device: { name: 'Living room TV' }, place: 'Leeds, UK' }),
      about('d-1', 'orph-0023', 'download.completed', { title: 'his-girl-friday' }),
      about('p-1', 'orph-0037', 'payment.failed', { amount: '9.99', currency: 'USD', invoice: 'inv-20932' }),
      about('p-2', 'orph-0001', 'payment.failed', {
        amount: 999,
        currency: 'USD',
        invoice: 'inv-20931',
        reason: 'card_declined',
      }),
    ]),
  })
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const { url: short } = await asked('links', {
    ...post,
    body: JSON.stringify({
      ...{
        destination: 'https://orpheum.example/account/payment',
        purpose: 'account.payment',
        subscriber: 'orph-0001',
      },
    }),
  })
  const follow = headers => fetch(`${url}/o${new URL(short).pathname}`, { headers, redirect: 'manual' })
  await follow({ 'user-agent': 'WhatsApp/2.24.6.77 A' })
  await follow({
    'user-agent':
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'accept-language': 'en-GB,en;q=0.9',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
    'sec-fetch-site': 'none',
  })
  await until('clicks', ({ items }) => items.filter(({ verdict }) => verdict !== null).length >= 2)
  const { items } = await asked('webhooks')
  const endpoint = items[0].id
  const [{ name: carrier }] = (await asked('carriers')).items
  await until(`webhooks/${endpoint}/deliveries?state=delivered`, ({ items }) => items.length > 0)
  return { seen: events[4].id, bad: events[3].id, endpoint, carrier }
}

/** What a console in use has beside texts: an import, and colleagues. Asked as the page itself asks. */
async function fillDesk(page) {
  const lines = Array.from(
    { length: 240 },
    (_, n) => `nov-${1001 + n},+4474${10_000_000 + n * 37},en-GB,Europe/London,GB,yes`,
  )
  lines[36] = 'nov-1037,+4412345,en-GB,Europe/London,GB,yes'
  lines[118] = 'nov-1119,+447410000456,en-GB,Europe/Londn,GB,yes'
  const file = `id,number,locale,zone,region,consent.titles\n${lines.join('\n')}\n`
  await askAs(page, '/v1/imports?name=subscribers-november.csv', 'text/csv', file)
  for (const operator of [
    { name: 'Tomás Lindqvist', email: 'tomas@orpheum.example', role: 'support' },
    { name: 'Priya Raman', email: 'priya@orpheum.example', role: 'marketer' },
    { name: 'Jonas Weber', email: 'jonas@orpheum.example', role: 'viewer' },
  ])
    await askAs(page, '/v1/operators', 'application/json', JSON.stringify(operator))
}

/** Numbers that are not texted: two by hand, one from a carrier's list. Others said STOP. */
async function fillSuppressions(page) {
  const list = 'number,scope,reason,note\n+442079460188,all,deactivated,carrier list of 1 November\n'
  await askAs(page, '/v1/suppressions/import', 'text/csv', list)
  for (const block of [
    { number: '+442079460177', scope: 'all', note: 'Their lawyer wrote: nothing more by text, whatever it is about.' },
    {
      number: '+12125550142',
      scope: 'promotional',
      note: 'Asked on the telephone to have no more offers, ticket 4711.',
    },
  ])
    await askAs(page, '/v1/suppressions', 'application/json', JSON.stringify(block))
}

function askAs(page, path, type, body) {
  return page.evaluate(
    async ([path, type, body]) => {
      const { csrf } = await (await fetch('/v1/session')).json()
      const headers = { 'content-type': type, 'x-usher-csrf': csrf }
      const answer = await fetch(path, { method: 'POST', headers, body })
      if (!answer.ok) throw new Error(await answer.text())
      return answer.json()
    },
    [path, type, body],
  )
}

async function shootBoth(page, name) {
  for (const theme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
    await page.locator(`html[data-mantine-color-scheme="${theme}"]`).waitFor({ state: 'attached' })
    await shoot(page, `console-${name}-${theme}`)
  }
}

/** A subscriber's own page, by the link that their phone gets when it writes SETTINGS. */
async function shootOwnPage(browser) {
  const page = await browser.newPage({ viewport: { width: 390, height: 1200 } })
  await page.goto(`${url}/phone/14155550173?at=from:67743`)
  await page.getByRole('textbox').last().fill('SETTINGS')
  await page.keyboard.press('Enter')
  const link = page.locator('a[href^="/o/p/"]').last()
  await link.waitFor()
  await page.goto(`${url}${await link.getAttribute('href')}`)
  await shoot(page, 'preferences')
  await page.close()
}

/** Toasts and what still loads are not for a picture. */
async function shoot(page, name) {
  // Those within the view: a tab that is not open may wait for ever.
  await page.waitForFunction(() =>
    [...document.querySelectorAll('.mantine-Loader-root, .mantine-Skeleton-root')].every(
      waiting => !waiting.checkVisibility({ opacityProperty: true, visibilityProperty: true }),
    ),
  )
  await page.evaluate(() => document.fonts.ready.then(() => {}))
  await page.screenshot({ path: join(root, `docs/images/${name}.png`), animations: 'disabled' })
}
