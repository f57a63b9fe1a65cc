// The console as an operator has it: each page in both themes and widths, the way of a text from the console to a phone and
// back, the keyboard alone, and what each role is offered.
import type { MadeLink } from '@usher/contract/link'
import type { Template } from '@usher/contract/template'
import type { WebhookSecret } from '@usher/contract/webhook'
import type { Locator, Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { type Desk, type DeskOperator, testDesk } from '../../server/src/desk.ts'
import { inviteOperator, linkOf } from '../../server/src/operator/operator.ts'
import { companySettings, provider } from '../../server/src/operator/provider.ts'
import { faults, hasChromium, visitors } from './browser.ts'

const maya = { id: 'orph-0001', name: 'Maya Okafor', number: '+12125550142' }
const short = { text: 'Orpheum: your film is back.', purpose: 'reply.support' }
/** One that means something, one of an unknown type, and one that can not be taken. */
const orpheumsEvents = [
  ['com.usher.view.started', { title: 'the-phantom-empire' }],
  ['com.orpheum.party.joined', { room: 'r-1' }],
  ['com.usher.payment.failed', { amount: '9.99', currency: 'USD' }],
].map(([type, data], n) => ({
  ...{ specversion: '1.0', id: `ev-${n}`, source: '/orpheum', type, subject: maya.id, data },
}))
interface Day {
  message: string
  webhook: string
}
const wide = { width: 1280, height: 900 }
const narrow = { width: 390, height: 844 }

describe.skipIf(!hasChromium)('in a browser', () => {
  const { visit, listen, expectComplaints } = visitors()

  /** Texts of several fates, an answer, an import with a bad line, a second version, a key: something real on each page. */
  async function aDayAtOrpheum(desk: Desk, administrator: DeskOperator): Promise<Day> {
    const sent = await desk.send({
      subscriber: maya.id,
      purpose: 'alert.security',
      template: 'alert.security',
      data: { event: 'sign_in', device: 'Chrome on Windows', place: 'Lisbon, PT', time: '22:14' },
    })
    const { id } = sent.body as { id: string }
    await desk.send({
      subscriber: 'orph-0006',
      purpose: 'offer',
      text: 'Orpheum: half price tonight. Reply STOP to end',
    })
    await desk.send({ subscriber: 'orph-0003', notBefore: '2026-11-03T09:00:00Z', ...short })
    await desk.send({ subscriber: 'orph-0005', ...short, text: `Orpheum: ${'a long story '.repeat(14)}` })
    await desk.reaches(id, 'delivered')
    await desk.reply(maya.number, '22045', 'Was that me?')
    await desk.heard()
    const imported = new Promise<void>(resolve => {
      desk.usher.events.on('import.moved', ({ state }) => state === 'done' && resolve())
    })
    const csv = 'id,number,locale\nspring-1,+447700900301,en\nspring-2,+440000,en\n'
    await desk.ask('POST', '/v1/imports?name=spring.csv', csv, { 'content-type': 'text/csv' })
    await imported
    await desk.ask('POST', '/v1/suppressions', { number: '+447700900301', note: 'Asked for it by letter.' })
    const { body } = await desk.ask('GET', '/v1/templates/title.new_episode')
    const { purpose, texts } = body as Template
    await desk.ask('PUT', '/v1/templates/title.new_episode', { purpose, texts: { ...texts, en: `${texts.en}!` } })
    await desk.ask('POST', '/v1/events', orpheumsEvents, { 'content-type': 'application/cloudevents-batch+json' })
    await desk.askAs(administrator, 'POST', '/v1/keys', { name: 'Billing', scopes: ['messages:write'] })
    const made = await desk.ask('POST', '/v1/webhooks', { url: 'https://orpheum.example/hooks', types: ['event.bad'] })
    const link = { destination: 'https://orpheum.example/account', purpose: 'account.payment', subscriber: maya.id }
    const { url } = (await desk.ask('POST', '/v1/links', link)).body as MadeLink
    await fetch(`${desk.usher.url}/o${new URL(url).pathname}`, { redirect: 'manual' })
    return { message: id, webhook: (made.body as WebhookSecret).endpoint.id }
  }

  /** Each page: where it is, its heading, and words of real data that it shows. */
  const pages = ({ message, webhook }: Day): [path: string, heading: string, shows: string | RegExp][] => [
    ['/live', 'Live', 'simulated'],
    [`/messages?open=${message}`, 'Messages', 'Why it was sent as it was'],
    ['/subscribers', 'Subscribers', 'spring-1'],
    [`/subscribers/${maya.id}`, maya.name, 'Was that me?'],
    ['/imports', 'Imports', 'spring.csv'],
    ['/templates', 'Templates', 'title.new_episode'],
    ['/templates/title.new_episode', 'title.new_episode', 'sent now'],
    ['/events', 'Events', 'com.orpheum.party.joined'],
    ['/events?tab=types', 'Events', 'A payment did not go through.'],
    ['/events?tab=bad', 'Events', 'Wrong data'],
    ['/webhooks', 'Webhooks', 'orpheum.example/hooks'],
    [`/webhooks/${webhook}`, 'orpheum.example/hooks', 'Told of'],
    [`/webhooks/${webhook}?tab=settings`, 'orpheum.example/hooks', 'Replace'],
    ['/suppressions', 'Suppressions', 'Asked for it by letter.'],
    ['/policy', 'Policy', 'The same text twice'],
    ['/policy?tab=regions', 'Policy', 'Everywhere else'],
    ['/policy?tab=keywords', 'Policy', 'Try a reply'],
    ['/links', 'Links', 'orpheum.example/account'],
    ['/links?view=links', 'Links', 'orpheum.example/account'],
    ['/carriers', 'Carriers', 'simulated'],
    ['/carriers/simulated', 'simulated', 'System id'],
    ['/carriers/simulated?tab=settings', 'simulated', 'Where we bind'],
    ['/carriers?tab=routes', 'Carriers', 'Which way would it go, and why'],
    ['/carriers?tab=senders', 'Carriers', 'What phones show.'],
    ['/carriers?tab=history', 'Carriers', 'Each change of a carrier'],
    ['/carriers?tab=add', 'Add a carrier', 'How it is spoken to'],
    ['/settings?tab=me', 'Settings', /passkey/i],
    ['/settings?tab=keys', 'Settings', 'Billing'],
    ['/settings?tab=operators', 'Settings', 'administrator-1@orpheum.example'],
    ['/settings?tab=links', 'Settings', "Usher's own"],
    ['/settings?tab=audit', 'Settings', /key/i],
    ['/settings?tab=demo', 'Settings', 'Skip 3 days'],
    ['/nowhere', 'There is no such page', 'To Live'],
  ]

  async function isSoundEverywhere(page: Page, path: string) {
    for (const viewport of [wide, narrow])
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.setViewportSize(viewport)
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        await page.locator(`[data-mantine-color-scheme=${colorScheme}]`).first().waitFor({ state: 'attached' })
        const where = `${path} at ${viewport.width}, ${colorScheme}`
        expect.soft(await faults(page, colorScheme === 'light' ? 'all' : 'contrasts'), where).toEqual([])
        const overhang = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
        expect.soft(overhang, `${where}: wider than the window`).toBeLessThanOrEqual(0)
      }
  }

  test('each page shows what is there, in both themes and widths, and axe finds nothing', async () => {
    const desk = await testDesk()
    const administrator = await desk.operator('administrator')
    const day = await aDayAtOrpheum(desk, administrator)
    const page = await visit(desk, '/live', { as: administrator })

    for (const [path, heading, shows] of pages(day)) {
      await page.setViewportSize(wide)
      await page.goto(`${desk.usher.publicUrl}/console${path}`)
      await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor()
      await page.getByText(shows).filter({ visible: true }).first().waitFor()
      await isSoundEverywhere(page, path)
    }

    const stranger = await visit(desk, '/')
    await stranger.getByRole('heading', { level: 1, name: 'Sign in to Usher' }).waitFor()
    await isSoundEverywhere(stranger, 'sign-in')
  }, 240_000)

  test('a newcomer follows the printed link, sends a text, and sees it arrive, the answer, and why', async () => {
    const desk = await testDesk()
    const { token } = await inviteOperator(
      desk.usher.db,
      desk.wall(),
      { name: 'Ada', email: 'ada@orpheum.example', role: 'administrator' },
      null,
    )
    const link = linkOf(desk.usher.publicUrl, token)
    const page = await visit(desk, link.slice(link.indexOf('#')))
    await page.getByRole('heading', { level: 1, name: 'Live' }).waitFor()
    expect(page.url()).not.toContain(token)

    await page.getByRole('link', { name: 'Subscribers' }).first().click()
    await page.getByLabel('Find by id or number').fill(maya.number)
    await page.getByRole('link', { name: maya.id }).click()
    await page.getByText('Own words').click()
    await page.getByRole('textbox', { name: 'Words' }).fill('Orpheum: Nosferatu begins at nine.')
    await page.getByText('1 segment', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Send now' }).click()
    await page
      .getByRole('alert')
      .filter({ hasText: /^On its way/ })
      .getByRole('link', { name: 'See what becomes of it' })
      .click()
    const open = page.getByRole('region', { name: 'The open text' })
    await open.getByText('The carrier says that the phone has it').or(open.getByText('delivered')).first().waitFor()

    const phone = listen(await page.context().newPage())
    await phone.goto(`${desk.usher.publicUrl}/phone/${maya.number.slice(1)}`)
    await phone
      .getByRole('list', { name: /New texts/ })
      .getByText('Nosferatu begins at nine')
      .click()
    await phone.getByRole('textbox', { name: /Your reply/ }).fill('I will be there')
    await phone.getByRole('button', { name: 'Send', exact: true }).click()
    await page.bringToFront()

    await open.getByText('I will be there').waitFor()
    const why = open.getByRole('region', { name: 'Why it was sent as it was' })
    expect(await why.getByRole('listitem').count()).toBeGreaterThan(2)
    await open.getByRole('link', { name: maya.id }).click()
    const both = page.getByRole('log', { name: 'Timeline, oldest first' })
    await both.getByText('Nosferatu begins at nine').waitFor()
    await both.getByText('I will be there').waitFor()
  })

  test("an operator comes in by their company's sign-in, and a stranger is told that they are not known", async () => {
    const company = await provider()
    const desk = await testDesk({ env: companySettings(company.issuer) })
    await desk.operator('viewer')
    const page = await visit(desk, '/')
    const enter = page.getByRole('link', { name: 'Sign in with Orpheum staff' })

    company.person = { sub: 'person-2', email: 'stranger@orpheum.example', email_verified: true }
    await enter.click()
    await page.getByText('Usher knows no operator of that e-mail').waitFor()
    expect(new URL(page.url()).hash).toBe('')
    company.person = { sub: 'person-1', email: 'viewer-1@orpheum.example', email_verified: true }
    await enter.click()

    await page.getByRole('heading', { level: 1, name: 'Live' }).waitFor()
    await page.getByRole('button', { name: 'Signed in as viewer 1' }).waitFor()
    await page.reload()
    await page.getByRole('heading', { level: 1, name: 'Live' }).waitFor()
  })

  test('by keyboard alone: from page to page, through the list, and a text sent', async () => {
    const desk = await testDesk()
    const administrator = await desk.operator('administrator')
    for (const n of [1, 2, 3]) await desk.send({ subscriber: maya.id, ...short, text: `Orpheum: number ${n}.` })
    const page = await visit(desk, '/live', { as: administrator })
    const press = (...keys: string[]) =>
      keys.reduce((last, key) => last.then(() => page.keyboard.press(key)), Promise.resolve())
    const heading = (name: string) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
    const focused = page.locator(':focus')
    await heading('Live')

    await press('Control+k')
    await page.getByRole('searchbox', { name: 'Go to, or do' }).or(page.getByLabel('Go to, or do')).first().waitFor()
    await page.keyboard.type('mess')
    await press('Enter')
    await heading('Messages')
    const rows = page.getByRole('row').filter({ hasText: 'Orpheum: number' })
    await rows.nth(2).waitFor()

    await press('j')
    await expect.poll(() => focused.textContent()).toContain('number 3')
    await press('j')
    await expect.poll(() => focused.textContent()).toContain('number 2')
    await press('k')
    await expect.poll(() => focused.textContent()).toContain('number 3')
    await press('j', 'Enter')
    const open = page.getByRole('region', { name: 'The open text' })
    await open.getByText('number 2').waitFor()
    await press('j')
    await open.getByText('number 1').waitFor()
    await press('Escape')
    await open.waitFor({ state: 'detached' })
    await expect.poll(() => focused.textContent()).toContain('number 1')
    expect(await focused.evaluate(row => getComputedStyle(row).outlineStyle)).not.toBe('none')

    await press('/')
    await expect.poll(() => focused.getAttribute('aria-label')).toBe('Subscriber')
    await press('Escape', 'g', 't')
    await heading('Templates')
    await expect.poll(() => focused.getAttribute('id')).toBe('page')
    await press('g', 's')
    await heading('Subscribers')
    await page.getByRole('link', { name: maya.id }).waitFor()
    await press('/')
    await page.keyboard.type(maya.id)
    await page.getByText('orph-0002').waitFor({ state: 'detached' })
    await press('Enter')
    await expect.poll(() => focused.textContent()).toBe(maya.id)
    await press('Enter')
    await heading(maya.name)

    // Through the page to the words, as the tabulator goes.
    await page.getByRole('button', { name: 'Send now' }).waitFor()
    await tabTo(page, page.getByRole('radio', { name: 'A template' }))
    await press('ArrowRight')
    await page.getByRole('textbox', { name: 'Words' }).waitFor()
    await tabTo(page, page.getByRole('textbox', { name: 'Words' }))
    await page.keyboard.type('Orpheum: written without a mouse.')
    await tabTo(page, page.getByRole('button', { name: 'Send now' }))
    await press('Enter')
    await page.getByText('It is on its way').waitFor()
    expect((await desk.texts(maya.number, 4)).map(({ text }) => text)).toContain('Orpheum: written without a mouse.')
  })

  async function tabTo(page: Page, there: Locator) {
    const passed: string[] = []
    for (let n = 0; n < 60; n++) {
      await page.keyboard.press('Tab')
      if (await there.evaluate(one => one === document.activeElement)) return
      passed.push(await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 80) ?? 'nothing'))
    }
    throw new Error(`The tabulator never came there: ${passed.join('; ')}`)
  }

  test('a viewer is offered nothing that changes anything', async () => {
    const desk = await testDesk()
    const viewer = await desk.operator('viewer')
    const held = await desk.send({ subscriber: maya.id, notBefore: '2026-11-03T09:00:00Z', ...short })
    const { id } = held.body as { id: string }
    const page = await visit(desk, `/messages?open=${id}`, { as: viewer })
    const offers = (name: RegExp) => page.getByRole('button', { name }).count()

    await page.getByRole('region', { name: 'The open text' }).getByText('What happened').waitFor()
    expect(await offers(/cancel/i)).toBe(0)
    await page.goto(`${desk.usher.publicUrl}/console/subscribers/${maya.id}`)
    await page.getByText('Your role does not send texts').waitFor()
    expect(await offers(/^(send|erase|reveal)/i)).toBe(0)
    await page.goto(`${desk.usher.publicUrl}/console/templates/title.new_episode`)
    await page.getByText('Your role looks at templates').waitFor()
    expect(await offers(/^(save|restore|discard|take)/i)).toBe(0)
    expect(await page.getByRole('textbox', { name: 'Text in English' }).getAttribute('readonly')).not.toBeNull()
    await page.goto(`${desk.usher.publicUrl}/console/imports`)
    await page.getByText('Your role shows imports').waitFor()
    expect(await offers(/choose a file|start/i)).toBe(0)
    await page.goto(`${desk.usher.publicUrl}/console/settings?tab=keys`)
    await page.getByText('Your role does not show this').waitFor()
    expect(await page.getByRole('tab').allTextContents()).toEqual(['How I sign in', 'API keys'])
    expectComplaints(/status of 403/)
  })
})
