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
