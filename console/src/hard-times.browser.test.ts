// Bad days at the console: a dead server, an ended session, a role or a subscriber that goes away underfoot, a flood, markup
// in every field. Nothing typed is lost, nothing written is run, and the page says what is the matter.
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import type { TotpSecret } from '@usher/contract/operator'
import type { Template } from '@usher/contract/template'
import { Secret, TOTP } from 'otpauth'
import type { Page, Route } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { type Desk, type DeskOperator, testDesk } from '../../server/src/desk.ts'
import { hasChromium, visitors } from './browser.ts'

const maya = { id: 'orph-0001', name: 'Maya Okafor', number: '+12125550142' }
/** Nobody else has it in the demo: an answer is hers alone. */
const amara = '+447700900977'
const evil = '<img src=x onerror=alert(1)><script>alert(2)</script>'
const arabic = 'مرحبا، فيلمك جاهز الليلة'
const emoji = '🎬👩‍👩‍👧 tonight'

describe.skipIf(!hasChromium)('in a browser', () => {
  const { visit, expectComplaints } = visitors()

  async function writeTo(page: Page, words: string) {
    await page.getByText('Own words').click()
    await page.getByRole('textbox', { name: 'Words' }).fill(words)
  }
  const words = (page: Page) => page.getByRole('textbox', { name: 'Words' })
  const sendNow = (page: Page) => page.getByRole('button', { name: 'Send now' })
  const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
  const become = async (desk: Desk, by: DeskOperator, who: DeskOperator, role: string) =>
    expect(await desk.askAs(by, 'PUT', `/v1/operators/${who.id}`, { role })).toMatchObject({ status: 200 })

  test('a session that ends while a text is typed: one signs in over the page, and sends what was typed', async () => {
    const desk = await testDesk()
    const support = await desk.operator('support')
    const password = 'nine lanterns over the pier'
    desk.stopWall()
    const { secret } = (await desk.askAs(support, 'POST', '/v1/session/totp')).body as TotpSecret
    const app = new TOTP({ secret: Secret.fromBase32(secret) })
    const code = () => app.generate({ timestamp: desk.wall().getTime() })
    await desk.askAs(support, 'PUT', '/v1/session/password', { password, secret, code: code() })
    const page = await visit(desk, `/subscribers/${maya.id}`, { as: support })
    await writeTo(page, 'Orpheum: half a thou')
    await page.getByText('1 segment', { exact: true }).waitFor()

    desk.passWall(60 * 24 * 30)
    await words(page).fill('Orpheum: half a thought, and the rest.')
    const over = page.getByRole('dialog', { name: 'Your session has ended' })
    await over.waitFor()
    expect(await words(page).inputValue()).toBe('Orpheum: half a thought, and the rest.')
    expect(await over.getByLabel('E-mail').inputValue()).toBe(support.email)
    await over.getByRole('textbox', { name: 'Password' }).fill(password)
    await over.getByLabel('Code').fill(code())
    await over.getByRole('button', { name: 'Sign in with the password' }).click()
    await over.waitFor({ state: 'detached' })
    await sendNow(page).click()
    await page.getByText('It is on its way').waitFor()

    expect((await desk.texts(maya.number)).map(({ text }) => text)).toEqual(['Orpheum: half a thought, and the rest.'])
  })

  test('a role that is taken away: the next change is refused in words, and what it showed goes', async () => {
    expectComplaints(/status of 403/)
    const desk = await testDesk()
    const [administrator, fallen] = [await desk.operator('administrator'), await desk.operator('administrator')]
    const page = await visit(desk, `/subscribers/${maya.id}`, { as: fallen })
    await writeTo(page, 'Orpheum: one last word.')
    await page.getByText('1 segment', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Erase this subscriber' }).waitFor()

    await become(desk, administrator, fallen, 'viewer')
    await sendNow(page).click()

    await page.getByText('Your role does not send texts').waitFor()
    await page.getByRole('button', { name: 'Erase this subscriber' }).waitFor({ state: 'detached' })
    expect(await page.getByRole('button', { name: 'Reveal' }).count()).toBe(0)
    expect(desk.simulator.handsets.find(maya.number)?.texts ?? []).toEqual([])
  })

  test('a subscriber who is erased while open: the page says so, and keeps nothing of them', async () => {
    expectComplaints(/status of (404|422)/)
    const desk = await testDesk()
    const page = await visit(desk, `/subscribers/${maya.id}`, { as: await desk.operator('support') })
    await writeTo(page, 'Orpheum: too late.')
    await page.getByText('1 segment', { exact: true }).waitFor()

    expect(await desk.ask('DELETE', `/v1/subscribers/${maya.id}`)).toMatchObject({ status: 204 })
    await sendNow(page).click()

    await page.getByText('This subscriber was just erased').waitFor()
    expect(await page.getByText(maya.name).count()).toBe(0)
  })

  test('a template that somebody else saves while it is edited is not written over unseen', async () => {
    const desk = await testDesk()
    const page = await visit(desk, '/templates/alert.security', { as: await desk.operator('marketer') })
    const english = page.getByRole('textbox', { name: 'Text in English' })
    await english.fill('{{ service }}: mine, {{ event }}')
    const { purpose, texts } = (await desk.ask('GET', '/v1/templates/alert.security')).body as Template
    await desk.ask('PUT', '/v1/templates/alert.security', {
      ...{ purpose, texts: { ...texts, es: `${texts.es} (suyo)` } },
    })

    await page.getByRole('button', { name: 'Save', exact: true }).click()

    await page.getByText('Version 2 was saved while you were writing').waitFor()
    expect(await english.inputValue()).toBe('{{ service }}: mine, {{ event }}')
    expect((await desk.ask('GET', '/v1/templates/alert.security')).body).toMatchObject({ version: 2 })
    await page.getByRole('button', { name: 'See the difference' }).click()
    await page.getByRole('dialog').getByText('(suyo)').first().waitFor()
  })

  test('a save that would break a locale is stopped, with the reason beside that locale', async () => {
    expectComplaints(/status of 422/)
    const desk = await testDesk()
    const page = await visit(desk, '/templates/alert.security', { as: await desk.operator('marketer') })
    const french = page.getByRole('region', { name: 'French', exact: true })
    await french.getByRole('textbox').fill('{{ service }} : {{ evenement')

    await page.getByRole('button', { name: 'Save', exact: true }).click()

    const stopped = page.getByRole('alert').filter({ hasText: 'It was not saved' })
    await stopped.getByText('French:').waitFor()
    await french.getByRole('alert').waitFor()
    expect(await french.getByRole('textbox').getAttribute('aria-invalid')).toBe('true')
    expect((await desk.ask('GET', '/v1/templates/alert.security')).body).toMatchObject({ version: 1 })
  })

  test('markup, right-to-left and emoji are shown as they were written, and never run', async () => {
    expectComplaints(/status of 422/)
    const desk = await testDesk()
    await desk.subscriber({ id: 'sub-<b>1', number: amara, profile: { name: evil, note: arabic } })
    const odd = { en: `Orpheum: ${evil} {{ name }}`, ar: `Orpheum: ${arabic} {{ name }}` }
    const saved = await desk.ask('PUT', '/v1/templates/odd', { purpose: 'reply.support', texts: odd })
    expect(saved).toMatchObject({ status: 200 })
    await desk.ask('POST', `/v1/imports?name=${encodeURIComponent(evil)}`, `id,number\n${evil},+440000\n`, {
      'content-type': 'text/csv',
    })
    await desk.send({ subscriber: 'sub-<b>1', purpose: 'reply.support', text: `Orpheum: ${arabic} ${emoji}` })
    const shown = await desk.send({ subscriber: 'sub-<b>1', purpose: 'reply.support', text: `Orpheum: ${evil}` })
    const { id } = shown.body as { id: string }
    await desk.reaches(id, 'delivered')
    await desk.reply(amara, '22044', `${evil} ${emoji} ${arabic}`)
    await desk.heard()
    const administrator = await desk.operator('administrator')
    const page = await visit(desk, '/subscribers', { as: administrator })
    const images: string[] = []
    page.on('request', asked => {
      if (asked.resourceType() === 'image' && !asked.url().endsWith('usher.svg')) images.push(asked.url())
    })
    const goTo = (path: string) => page.goto(`${desk.usher.publicUrl}/console${path}`)

    await page.getByText(evil).filter({ visible: true }).first().waitFor()
    await page.getByRole('link', { name: 'sub-<b>1' }).click()
    await heading(page, evil)
    const both = page.getByRole('log')
    await both.getByText(`${evil} ${emoji} ${arabic}`).waitFor()
    await both.getByText(`Orpheum: ${arabic} ${emoji}`).waitFor()
    await writeTo(page, evil)
    await page.getByRole('region', { name: 'Send a text' }).getByText(evil).last().waitFor()
    await words(page).fill(arabic)
    await page.getByText(/makes the whole text UCS-2|because GSM 03.38 lacks/).waitFor()
    expect(await words(page).evaluate(box => getComputedStyle(box).direction)).toBe('rtl')
    await goTo(`/messages?open=${id}`)
    const open = page.getByRole('region', { name: 'The open text' })
    await open.getByText(`Orpheum: ${evil}`).waitFor()
    await open.getByText(`${evil} ${emoji} ${arabic}`).waitFor()
    await goTo('/templates/odd')
    const inArabic = page.getByRole('textbox', { name: 'Text in Arabic' })
    await inArabic.waitFor()
    expect(await inArabic.evaluate(box => getComputedStyle(box).direction)).toBe('rtl')
    await page.getByRole('region', { name: 'Preview on a phone' }).getByText(evil).waitFor()
    await goTo('/imports')
    await page.getByRole('heading', { name: evil }).waitFor()
    await goTo(`/messages?subscriber=${encodeURIComponent(evil)}`)
    await page.getByText('No text is like this').waitFor()
    expect(images).toEqual([])
    expect(await page.evaluate(() => document.querySelectorAll('main img, main script').length)).toBe(0)
  })

  test('a paste of two hundred segments is counted and refused calmly', async () => {
    const desk = await testDesk()
    const page = await visit(desk, `/subscribers/${maya.id}`, { as: await desk.operator('support') })
    const paste = 'x'.repeat(153 * 200)

    await writeTo(page, paste)

    await page.getByText('30,600 characters, about 200 segments').waitFor()
    expect(await sendNow(page).isDisabled()).toBe(true)
    expect(await words(page).inputValue()).toBe(paste)
    await words(page).fill('Orpheum: shorter.')
    await page.getByText('1 segment', { exact: true }).waitFor()
    expect(await sendNow(page).isEnabled()).toBe(true)
  })

  test('in another zone the exact times are those of the zone, and a slow network is waited for in words', async () => {
    const desk = await testDesk()
    const sent = await desk.send({ subscriber: maya.id, purpose: 'reply.support', text: 'Orpheum: hello.' })
    const { id } = sent.body as { id: string }
    const { acceptedAt } = await desk.message(id)
    const page = await visit(desk, '/live', {
      as: await desk.operator('viewer'),
      timezoneId: 'Pacific/Auckland',
      locale: 'en-GB',
    })
    await heading(page, 'Live')
    const waiting: Route[] = []
    let isSlow = true
    await page.route('**/v1/messages?*', route => (isSlow ? void waiting.push(route) : route.continue()))

    await page.getByRole('link', { name: 'Messages' }).first().click()
    await page.getByRole('status', { name: 'Listing texts' }).waitFor()
    isSlow = false
    for (const route of waiting) await route.continue()
    const row = page.getByRole('row').filter({ hasText: 'Orpheum: hello.' })
    const exact = await row.getByRole('gridcell').first().getAttribute('title')

    // 15:00 UTC is four in the morning of the next day there.
    expect(exact).toMatch(/^3 Nov 2026, 04:0\d:\d\d (GMT\+13|NZDT)/)
    expect(acceptedAt).toMatch(/^2026-11-02T15:0/)
  })

  test('a server that dies: the page says so, keeps what it shows and what is typed, and comes back by itself', async () => {
    expectComplaints(/ERR_|status of 50\d/)
    const desk = await testDesk({ env: { USHER_PORT: String(await freePort()) } })
    const page = await visit(desk, `/subscribers/${maya.id}`, { as: await desk.operator('support') })
    const stream = page.getByRole('status').filter({ hasText: /^(Live|Connecting)$/ })
    await stream.filter({ hasText: 'Live' }).waitFor()
    await writeTo(page, 'Orpheum: still here.')
    await page.getByText('1 segment', { exact: true }).waitFor()

    const back = desk.usher.stop()
    await stream.filter({ hasText: 'Connecting' }).waitFor()
    await back
    await sendNow(page).click()
    await page.getByText('It was not sent', { exact: true }).waitFor()
    await page.getByText('The server can not be reached.').first().waitFor()
    expect(await words(page).inputValue()).toBe('Orpheum: still here.')
    await heading(page, maya.name)

    await desk.restart()
    await stream.filter({ hasText: 'Live' }).waitFor()
    await sendNow(page).click()
    await page.getByText('It is on its way').waitFor()
    expect((await desk.texts(maya.number)).map(({ text }) => text)).toEqual(['Orpheum: still here.'])
  })

  test('thousands of events at once are counted, and the page is asked of the server no more than before', async () => {
    const desk = await testDesk()
    const page = await visit(desk, '/messages', { as: await desk.operator('viewer') })
    await page
      .getByRole('status')
      .filter({ hasText: /^Live$/ })
      .waitFor()
    await page.getByText('No text was sent yet').waitFor()
    let asked = 0
    page.on('request', request => {
      if (/\/v1\/(messages|live|inbound|message)/.test(request.url())) asked++
    })

    for (let batch = 0; batch < 50; batch++) {
      const list = Array.from({ length: 100 }, (_, n) => anEvent(batch * 100 + n))
      desk.usher.events.emit('message.moved', list)
      if (batch % 10 === 9) await page.evaluate(() => new Promise(requestAnimationFrame))
    }
    await page.getByRole('link', { name: 'Templates' }).first().click()
    await heading(page, 'Templates')
    await page
      .getByRole('status')
      .filter({ hasText: /^Live$/ })
      .hover()
    // What a slow page did not get is told with the next beat, at most fifteen seconds later.
    await page.getByRole('tooltip').filter({ hasText: 'Live: 5,000 events since' }).waitFor({ timeout: 40_000 })
    await page.getByRole('button', { name: 'Command palette' }).click()
    await page.getByRole('dialog', { name: 'Command palette' }).waitFor()

    expect(asked).toBeLessThan(20)
  })

  test('the progress of an import is there again after a reload', async () => {
    const desk = await testDesk()
    const page = await visit(desk, '/imports', { as: await desk.operator('support') })
    const lines = Array.from({ length: 8_000 }, (_, n) => `reload-${n},+447911${String(n).padStart(6, '0')},en`)
    await page.locator('input[type=file]').setInputFiles({
      name: 'autumn.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(`id,number,locale\n${lines.join('\n')}\nbad,+440000,en\n`),
    })
    await page.getByLabel('Name').fill('Autumn')
    await page.getByRole('button', { name: 'Start the import' }).click()
    const card = page.getByRole('article', { name: 'Autumn' })
    await card.waitFor()

    await page.reload()

    await card.getByText('done', { exact: true }).waitFor({ timeout: 40_000 })
    await card.getByText('8,000 taken').waitFor()
    await card.getByRole('button', { name: 'Show the bad lines' }).click()
    await page.getByRole('region', { name: 'Bad lines of Autumn' }).getByText('invalid_number').waitFor()
  })
})

const anEvent = (n: number) => ({
  id: `018f0000-0000-7000-8000-${String(n).padStart(12, '0')}`,
  purpose: 'reply.support' as const,
  lane: 'reply' as const,
  state: 'submitted' as const,
  country: 'GB',
  channel: null,
  reason: null,
  subscriber: null,
  at: new Date('2026-11-02T15:00:00Z'),
})

/** One that stays the same when Usher comes back: below those that the system hands out, or somebody else is given it. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_000)
    const server = createServer()
    const isFree = await new Promise<boolean>(resolve => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!isFree) continue
    await new Promise(resolve => server.close(resolve))
    return port
  }
}
