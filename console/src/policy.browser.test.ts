// Who is texted and who is not, as an operator has it: a number is blocked and lifted, a cap is changed and its effect seen
// before a text is sent, a reply is tried, and everything that happened with one subscriber stands on one page.
import type { Policy } from '@usher/contract/policy'
import type { Suppression } from '@usher/contract/suppression'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { type Desk, testDesk } from '../../server/src/desk.ts'
import { faults, hasChromium, visitors } from './browser.ts'

/** Nobody of the demo has it. */
const number = '+447700900177'
const anOffer = { purpose: 'offer', text: 'Orpheum: half price tonight. Reply STOP to end.' }

describe.skipIf(!hasChromium)('in a browser', () => {
  const { visit, expectComplaints } = visitors()

  const button = (page: Page, name: string | RegExp) =>
    page.getByRole('button', { name, exact: typeof name === 'string' })
  const list = async (desk: Desk) =>
    ((await desk.ask('GET', '/v1/suppressions')).body as { items: Suppression[] }).items
  const rows = (page: Page) => page.getByRole('table', { name: 'Suppressions, newest first' }).getByRole('row')
  const section = (page: Page, name: string) => page.getByRole('region', { name })

  test('a number is blocked, a text to it is refused with the reason, and it is lifted again', async () => {
    const desk = await testDesk()
    const administrator = await desk.operator('administrator')
    const subscriber = await desk.subscriber({ number })
    const page = await visit(desk, '/suppressions', { as: administrator })
    await page.getByText('Nobody is suppressed').waitFor()
    expect(await faults(page)).toEqual([])

    await button(page, 'Block a number').first().click()
    const form = page.getByRole('dialog', { name: 'Block a number' })
    await form.getByLabel('Number').fill('+44 7700 900177')
    await form.getByRole('radio', { name: 'Titles and offers' }).check()
    await form.getByLabel('Why').fill('Asked for it on the telephone.')
    expect(await faults(page)).toEqual([])
    await button(page, 'Block it').click()
    await rows(page).filter({ hasText: subscriber }).getByText('blocked', { exact: true }).waitFor()
    await page.getByText('+44••••••••77 is blocked').waitFor()
    expect(await page.content()).not.toContain('900177')
    expect((await desk.send({ subscriber, ...anOffer })).body).toMatchObject({ state: 'refused' })

    await rows(page).getByRole('link', { name: subscriber }).click()
    await section(page, 'Suppressions').getByText('Asked for it on the telephone.').waitFor()
    const ask = section(page, 'Would this go out now?')
    await ask.getByText('It would be refused now, by the rule suppression').waitFor()
    await page.getByRole('log').getByText('refused', { exact: true }).waitFor()
    expect(await faults(page)).toEqual([])

    await page.getByRole('link', { name: 'Show them in the list' }).click()
    await button(page, /^Lift: blocked/).click()
    const lift = page.getByRole('dialog', { name: 'Lift this suppression' })
    expect(await lift.getByRole('button', { name: 'Lift it' }).isDisabled()).toBe(true)
    await lift.getByLabel('Why').fill('Asked for it back.')
    await lift.getByRole('button', { name: 'Lift it' }).click()
    await page.getByText('Nothing is suppressed like this').waitFor()
    expect(await list(desk)).toEqual([])
    expect((await desk.send({ subscriber, ...anOffer })).body).toMatchObject({ state: 'queued' })

    await page.goto(`${desk.usher.publicUrl}/console/settings?tab=audit`)
    await page.getByText('because: “Asked for it back.”').waitFor()
    await page.getByText('because: “Asked for it on the telephone.”').waitFor()
    expect(await faults(page)).toEqual([])
  })

  test('a STOP is lifted only with how they asked; support blocks and does not lift, a marketer looks', async () => {
    const desk = await testDesk()
    const subscriber = await desk.subscriber({ number })
    await desk.reply(number, desk.config.senders.main, 'STOP')
    await desk.heard(1)
    const page = await visit(desk, '/suppressions?reason=stop', { as: await desk.operator('administrator') })

    await button(page, /^Lift: STOP/).click()
    const lift = page.getByRole('dialog', { name: 'Lift this suppression' })
    await lift.getByLabel('What they said, and when').fill('Called on Monday, wants them back.')
    expect(await lift.getByRole('button', { name: 'Lift it' }).isDisabled()).toBe(true)
    await lift.getByLabel('How they asked').selectOption('call')
    expect(await faults(page)).toEqual([])
    await lift.getByRole('button', { name: 'Lift it' }).click()
    await page.getByText('Nothing is suppressed like this').waitFor()

    await page.goto(`${desk.usher.publicUrl}/console/subscribers/${subscriber}`)
    const said = page.getByRole('log').getByRole('article', { name: 'A consent' })
    await said.getByText(/Titles: no, by text, for they said STOP/).waitFor()
    await said.filter({ hasText: 'no, by text' }).getByText('Proof: by a text of theirs.').first().waitFor()
    await page.getByText('understood as stop').waitFor()
    await page.getByRole('group', { name: 'What is shown' }).getByText('Consents').click()
    await said.first().waitFor({ state: 'detached' })
    await page.getByText('understood as stop').waitFor()

    const support = await visit(desk, '/suppressions', { as: await desk.operator('support') })
    await button(support, 'Block a number').first().waitFor()
    expect(await button(support, 'Import').count()).toBe(0)
    const marketer = await visit(desk, '/suppressions', { as: await desk.operator('marketer') })
    await marketer.getByText('Nobody is suppressed').waitFor()
    expect(await button(marketer, 'Block a number').count()).toBe(0)
  })

  test('a file is imported, its bad lines are named, and a number of it is found again', async () => {
    const desk = await testDesk()
    const page = await visit(desk, '/suppressions', { as: await desk.operator('administrator') })
    const lines = Array.from({ length: 3_000 }, (_, n) => `+4479111${String(n).padStart(5, '0')},promotional,stop`)
    lines[41] = '+440000,promotional,stop'
    const buffer = Buffer.from(`number,scope,reason\n${lines.join('\n')}\n`)

    await button(page, 'Import').click()
    expect(await faults(page)).toEqual([])
    const choosing = page.waitForEvent('filechooser')
    await button(page, 'Choose a file').click()
    await (await choosing).setFiles({ name: 'old-system.csv', mimeType: 'text/csv', buffer })
    const region = section(page, 'Import suppressions')
    await region.getByText('2,999 of 3,000 lines taken, 2,999 of them new; 1 bad.').waitFor()
    await section(page, 'Bad lines of old-system.csv').getByRole('cell', { name: '43' }).waitFor()
    expect(await faults(page)).toEqual([])

    await page.keyboard.press('/')
    await page.keyboard.type('+44 7911 102999')
    await page.keyboard.press('Enter')
    await page.getByText('1 suppression shown, that is all').waitFor()
    await rows(page).getByText('only its hash is kept').waitFor()
  })

  test('a cap is changed: what changes is said before, the preview answers by it after, and it is taken back', async () => {
    const desk = await testDesk({ hasFirstPolicy: true })
    const administrator = await desk.operator('administrator')
    const subscriber = await desk.subscriber({ number })
    const first = (await desk.send({ subscriber, ...anOffer })).body as { id: string }
    await desk.reaches(first.id, 'delivered')
    const page = await visit(desk, '/policy', { as: administrator })
    const preview = section(page, 'Would it go out?')

    await preview.getByRole('combobox', { name: 'Subscriber' }).fill(subscriber)
    await page.getByRole('option', { name: subscriber }).click()
    await preview.getByText('It would be refused now, by the rule cap').waitFor()
    await preview.getByText(/at the earliest/).waitFor()
    expect(await faults(page)).toEqual([])

    await page.getByLabel('Titles and offers together: texts').fill('3')
    await page.getByText('Titles and offers together: at most 3 in 24 h; it was at most 1 in 24 h.').waitFor()
    await page.getByRole('link', { name: 'Live' }).first().click()
    await button(page, 'Stay').click()
    await button(page, 'Save').click()
    await preview.getByText('It would go out now').waitFor()
    expect((await desk.ask('GET', '/v1/policy')).body as Policy).toMatchObject({ caps: { promotional: { count: 3 } } })

    await button(page, 'Undo').click()
    await preview.getByText('It would be refused now, by the rule cap').waitFor()
    // The night after, in London.
    await preview.getByLabel('As if it were (left empty: now)').fill('2026-11-05T23:30')
    await preview.getByText(/It would wait until/).waitFor()
    const rules = preview.getByRole('list').getByRole('listitem')
    expect(await rules.filter({ has: page.getByRole('img', { name: 'Held:' }) }).count()).toBe(1)

    await page.goto(`${desk.usher.publicUrl}/console/settings?tab=audit`)
    await page.getByText(/changed the policy: Titles and offers together: at most 3 in 24 h/).waitFor()
  })

  test('who saved the policy meanwhile is not overwritten, and who may not change it sees it all the same', async () => {
    const desk = await testDesk({ hasFirstPolicy: true })
    const administrator = await desk.operator('administrator')
    const page = await visit(desk, '/policy', { as: administrator })
    await page.getByLabel(/leave evenly over so many minutes/).fill('45')
    await page.getByText('What changes').waitFor()
    await desk.askAs(administrator, 'PUT', '/v1/policy', { codesToVoip: false })

    await button(page, 'Save').click()
    await page.getByText('Somebody saved the policy meanwhile.').waitFor()
    await page.getByText('Numbers of internet telephony: may have codes; it was have no codes.').waitFor()
    expect((await desk.ask('GET', '/v1/policy')).body).toMatchObject({ codesToVoip: false, releaseMinutes: 30 })

    const viewer = await visit(desk, '/policy', { as: await desk.operator('viewer') })
    await viewer.getByText('it lacks settings:write').waitFor()
    expect(await viewer.getByLabel('Titles: texts').isDisabled()).toBe(true)
    expect(await button(viewer, 'Save').count()).toBe(0)
    expect(await faults(viewer)).toEqual([])
  })

  test('by keyboard: regions are found, keywords are found in any language, and a reply is tried', async () => {
    const desk = await testDesk()
    const page = await visit(desk, '/policy', { as: await desk.operator('viewer') })
    await page.getByRole('tab', { name: 'Caps and hours' }).focus()
    await page.keyboard.press('ArrowRight')
    const regions = page.getByRole('table', { name: 'Regions' }).getByRole('row')
    await regions.first().waitFor()
    await page.keyboard.press('/')
    await page.keyboard.type('florida')
    await page.getByText('No region is like this').waitFor()
    await page.getByLabel('Find a region').fill('US-FL')
    await regions.getByText('3 in 24 h, same subject').waitFor()
    expect(await regions.count()).toBe(2)

    await page.getByRole('tab', { name: 'Regions' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.getByLabel('What somebody writes').focus()
    await page.keyboard.type('¡No más, por favor!')
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('understood as stop').waitFor()
    await page.getByText(/It asks to stop: it is the keyword “no mas” \(es\)/).waitFor()
    await page.getByLabel('What somebody writes').fill("the show won't stop buffering")
    await page.keyboard.press('Enter')
    await page.getByText('nothing to act on').waitFor()
    await page.getByLabel('Find a word').fill('désabonner')
    await page.getByRole('table', { name: 'Keywords' }).getByText('French').first().waitFor()
    expect(await faults(page)).toEqual([])
  })

  test('the hours of a region are made stricter: what changes is seen first, texts keep to them, and they are reset', async () => {
    const desk = await testDesk()
    const administrator = await desk.operator('administrator')
    const subscriber = await desk.subscriber({ number, region: 'GB' })
    await desk.send({ subscriber, ...anOffer, notBefore: '2026-11-02T18:00:00Z' })
    const page = await visit(desk, '/policy?tab=regions', { as: administrator })
    const regions = page.getByRole('table', { name: 'Regions' }).getByRole('row')
    await page.getByLabel('Which regions').selectOption('Changed here')
    await page.getByText('No region is changed').waitFor()
    await page.getByLabel('Which regions').selectOption('All regions')
    await page.getByRole('link', { name: 'United Kingdom', exact: true }).click()

    const hours = page.getByRole('group', { name: 'Monday to Friday' })
    await hours.getByLabel('Monday to Friday: to').selectOption('08:00')
    await page.getByText('Monday to Friday: it ends before it begins.').waitFor()
    await hours.getByLabel('Monday to Friday: to').selectOption('14:00')
    await page.getByLabel('Sunday: open').selectOption('closed all day')
    const changes = section(page, 'What changes')
    await changes.getByText(/Mon–Fri 09:00–14:00.*it was/).waitFor()
    await changes.getByText('Of the 1 title or offer that waits, 1 would leave later and 0 not at all.').waitFor()
    const ask = section(page, 'Would it go out?')
    await ask.getByRole('combobox', { name: 'Subscriber' }).fill(subscriber)
    await page.getByRole('option', { name: subscriber }).click()
    await ask.getByText('It would go out now').waitFor()
    await section(page, 'What would become of it, as proposed')
      .getByText(/It would wait until/)
      .waitFor()
    expect(await button(page, 'Save').isDisabled()).toBe(true)
    await page.getByText('Say why, and by which source.').waitFor()
    await page.getByRole('link', { name: 'All regions' }).click()
    await button(page, 'Stay').click()
    await page.getByLabel('Why, and by which source').fill('Complaints in October.')
    expect(await faults(page)).toEqual([])
    await button(page, 'Save').click()

    await page.getByText('hours changed here').waitFor()
    await ask.getByText(/the operator's own hours/).waitFor()
    desk.clock.moveTo(new Date('2026-11-02T18:00:00Z'))
    expect((await desk.send({ subscriber, ...anOffer })).body).toMatchObject({ state: 'held' })
    await page.getByRole('link', { name: 'All regions' }).click()
    await page.getByLabel('Which regions').selectOption('Changed here')
    await regions.getByText('hours changed here').waitFor()
    expect(await regions.count()).toBe(2)
    expect(await faults(page)).toEqual([])

    await page.getByRole('link', { name: 'United Kingdom', exact: true }).click()
    await button(page, 'Reset to shipped').click()
    await changes.getByText(/it was Mon–Fri 09:00–14:00/).waitFor()
    await button(page, 'Save').click()
    await page.getByText('hours changed here').waitFor({ state: 'detached' })
    expect((await desk.ask('GET', '/v1/policy')).body).toMatchObject({ regions: {} })

    await page.goto(`${desk.usher.publicUrl}/console/settings?tab=audit`)
    await page.getByText(/changed the policy: United Kingdom: Mon–Fri 09:00–14:00.*Complaints in October/).waitFor()
  })

  test('hours that are wider than the shipped rule are named, and not saved before somebody says why they may be', async () => {
    const desk = await testDesk()
    const page = await visit(desk, '/policy?tab=regions', {
      as: await desk.operator('administrator'),
      viewport: { width: 390, height: 844 },
    })
    await page.getByLabel('Find a region').fill('Spain')
    await button(page, 'Open Spain').click()
    await page.getByLabel('Sunday: open').selectOption('from … to')
    await button(page, 'Add a cap').click()
    await page.getByLabel('Why, and by which source').fill('Our customers in Spain asked for it.')
    const wider = page.getByRole('alert').filter({ hasText: 'Wider than the rule that is shipped' })
    await wider.getByText('Sunday: 09:00-20:00; shipped none.').waitFor()
    await page.getByText('Say why it may be wider.').waitFor()
    expect(await button(page, 'Save').isDisabled()).toBe(true)
    expect(await faults(page)).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)

    await wider.getByLabel('Why it may be wider all the same').fill('No law there says anything of Sundays.')
    await button(page, 'Save').click()
    await page.getByText('hours and caps changed here').waitFor()
    expect((await desk.ask('GET', '/v1/policy')).body).toMatchObject({
      regions: {
        ES: { caps: [{ most: 3, hours: 24, of: 'promotional' }], widens: 'No law there says anything of Sundays.' },
      },
    })

    // What was said of other hours is not said of these.
    await page.getByLabel('Sunday: to').selectOption('22:00')
    await page.getByText('Say why it may be wider.').waitFor()
    expect(await wider.getByLabel('Why it may be wider all the same').inputValue()).toBe('')
  })

  test('who may not change a region sees it whole, and a region that is none is said to be none', async () => {
    const desk = await testDesk()
    const viewer = await visit(desk, '/policy?tab=regions&region=US-FL', { as: await desk.operator('viewer') })
    await viewer.getByText('it lacks settings:write').waitFor()
    await viewer.getByRole('list', { name: 'The week' }).waitFor()
    expect(await viewer.getByLabel('Saturday: to').isDisabled()).toBe(true)
    expect(await viewer.getByLabel('Cap 1: texts').isDisabled()).toBe(true)
    expect(await button(viewer, 'Save').count()).toBe(0)
    expect(await faults(viewer)).toEqual([])

    await viewer.goto(`${desk.usher.publicUrl}/console/policy?tab=regions&region=Narnia`)
    await viewer.getByText('There is no region Narnia').waitFor()
    await viewer.getByRole('link', { name: 'All regions' }).click()
    await viewer.getByRole('table', { name: 'Regions' }).waitFor()
  })

  test('what waits for the morning leaves when the clock of the demo is moved there, and says why it waited', async () => {
    const desk = await testDesk({ demo: true, now: '2026-11-02T23:10Z' })
    const administrator = await desk.operator('administrator')
    const subscriber = await desk.subscriber({ number })
    const held = (await desk.send({ subscriber, ...anOffer })).body as { id: string }
    const page = await visit(desk, `/messages?open=${held.id}`, { as: administrator, timezoneId: 'Europe/London' })
    const open = section(page, 'The open text')
    await open.getByText('held', { exact: true }).first().waitFor()
    await open.getByRole('img', { name: 'Held:' }).waitFor()

    await page.goto(`${desk.usher.publicUrl}/console/settings?tab=demo`)
    await button(page, 'Skip to tomorrow 9:00').click()
    await page.getByText(/It is 3 Nov 2026, 09:00/).waitFor()
    await desk.reaches(held.id, 'delivered')

    await page.goto(`${desk.usher.publicUrl}/console/subscribers/${subscriber}`)
    await page.getByRole('log').getByText('delivered', { exact: true }).waitFor()
  })

  test('a server that does not answer is said, and asked again', async () => {
    expectComplaints(/status of 503/)
    const desk = await testDesk()
    const administrator = await desk.operator('administrator')
    const page = await visit(desk, '/live', { as: administrator })
    for (const [path, api] of [
      ['/suppressions', '**/v1/suppressions*'],
      ['/policy', '**/v1/policy'],
      ['/policy?tab=regions', '**/v1/regions'],
      ['/policy?tab=regions&region=GB', '**/v1/policy'],
      ['/policy?tab=keywords', '**/v1/keywords'],
    ] as const) {
      let isAway = true
      await page.route(api, route =>
        isAway
          ? route.fulfill({
              status: 503,
              contentType: 'application/problem+json',
              headers: { 'retry-after': '120' },
              body: '{"type":"/docs/problems#database_away","title":"The database is away.","status":503,"code":"database_away"}',
            })
          : route.continue(),
      )
      await page.goto(`${desk.usher.publicUrl}/console${path}`)
      const failed = page.getByRole('alert').filter({ hasText: 'This could not be loaded' })
      await failed.waitFor()
      isAway = false
      await failed.getByRole('button', { name: 'Try again' }).click()
      await failed.waitFor({ state: 'detached' })
    }
  })
})
