// Journeys as an operator has them: one is read, edited, tried on the last days and saved, and acts by it; what is ahead of a
// subscriber, which payments were saved, and what stops a step.
import type { Journey, JourneyDetail } from '@usher/contract/journey'
import type { Message } from '@usher/contract/message'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { type Desk, testDesk } from '../../server/src/desk.ts'
import { sql } from '../../server/src/store/sql.ts'
import { faults, hasChromium, visitors } from './browser.ts'

describe.skipIf(!hasChromium)('in a browser', () => {
  const { visit, expectComplaints } = visitors()

  const button = (page: Page, name: string | RegExp) =>
    page.getByRole('button', { name, exact: typeof name === 'string' })
  const section = (page: Page, name: string) => page.getByRole('region', { name })

  let events = 0
  const tell = (desk: Desk, type: string, subject: string, data: object) =>
    desk.ask('POST', '/v1/events', {
      ...{ specversion: '1.0', id: `e-${++events}`, source: '/billing', type: `com.usher.${type}`, subject },
      ...{ time: desk.clock.now().toISOString(), data },
    })
  const failed = { amount: 1_199, currency: 'GBP', invoice: 'inv-7' }
  const journey = async (desk: Desk, name: string) =>
    (await desk.ask('GET', `/v1/journeys/${name}`)).body as JourneyDetail
  const changed = async (desk: Desk, name: string, change: Partial<Journey>) => {
    const { name: _, version, isShipped: __, versions: ___, ...input } = await journey(desk, name)
    const answer = await desk.ask('PUT', `/v1/journeys/${name}`, { version, journey: { ...input, ...change } })
    expect(answer.status).toBe(200)
  }
  const templatesOf = async (desk: Desk, subscriber: string) => {
    const { body } = await desk.ask('GET', `/v1/messages?subscriber=${subscriber}`)
    return (body as { items: Message[] }).items.map(({ template }) => template)
  }

  /** Nothing is out of sight or wrong at either width. */
  const isSound = async (page: Page) => {
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 900 })
      expect(await faults(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    }
  }

  test('of more steps than are counted in one go the newest are, and it is said from when on', {
    timeout: 120_000,
  }, async () => {
    const desk = await testDesk()
    const administrator = await desk.operator('administrator')
    await desk.subscriber()
    await tell(desk, 'payment.failed', 'sub-1', failed)
    await desk.usher.journeys.sweep()
    await desk.usher.db.rows(sql`
      insert into journey_step (id, run_id, subscriber_id, journey, name, due_at, look_at, state, reason, ended_at)
      select gen_random_uuid(), run_id, subscriber_id, journey, name, at, at, 'skipped', 'late', at
      from journey_step, (select ${desk.clock.now()}::timestamptz - (k / 50000 + 1) * interval '1 day' as at from generate_series(1, 120000) k) earlier
      where name = 'at_once'`)

    const page = await visit(desk, '/journeys/payment_failed', { as: administrator, timezoneId: 'Etc/UTC' })
    await page
      .getByText('More steps came due in 30 days than are counted in one go: this is from 31 Oct 2026')
      .waitFor()
    await isSound(page)
    await page.getByRole('link', { name: 'Live', exact: true }).first().click()
    await section(page, 'Payments saved and lost').getByText(', since 31 Oct 2026').waitFor()
    await isSound(page)
  })

  test('a journey is edited, tried on the last days and saved, and acts by it once days are skipped', {
    timeout: 120_000,
  }, async () => {
    const desk = await testDesk()
    const administrator = await desk.operator('administrator')
    await desk.subscriber()
    await desk.subscriber({ id: 'sub-2', number: '+447700900124' })
    await tell(desk, 'payment.failed', 'sub-1', failed)
    await desk.usher.journeys.sweep()
    desk.clock.moveTo(new Date('2026-11-12T12:00:00Z'))
    const page = await visit(desk, '/live', { as: administrator })
    await page.getByRole('heading', { name: 'Live' }).waitFor()
    await page.keyboard.press('g')
    await page.keyboard.press('o')
    const rows = page.getByRole('table', { name: 'Journeys' }).getByRole('row')
    await rows.filter({ hasText: 'A payment fails' }).getByText('at once, 3 days, 7 days, 12 days').waitFor()
    await rows.filter({ hasText: 'A payment fails' }).getByRole('cell', { name: '1', exact: true }).first().waitFor()
    await isSound(page)

    await page.getByRole('link', { name: 'Failed payment' }).click()
    await page.getByText('It ends as paid when a payment succeeds or a subscription is restored.').waitFor()
    await page.getByText(/your payment of .* did not go through/).waitFor()
    await page.getByText('1 began in 30 days, and 1 is under way now.').waitFor()
    await isSound(page)
    await page.getByRole('tab', { name: 'Edit' }).click()
    await button(page, 'Take step 3 out').click()
    await page.getByLabel('Step 2: time of day').fill('11:00')
    await page.getByLabel('Step 2: template').selectOption('account.payment_failed_last')
    const changes = section(page, 'Changes')
    await changes.getByText(/^A step moves to 3 days later, at 11:00/).waitFor()
    await changes.getByText(/^The step 7 days later.*is taken out/).waitFor()
    await page.getByRole('link', { name: 'All journeys' }).click()
    await button(page, 'Stay').click()
    await button(page, 'Try it on the last 30 days').click()
    const run = section(page, 'What it would have sent')
    await run.getByText('In the last 30 days it would have sent 2 texts; the version in force, 3.').waitFor()
    await run.getByRole('link', { name: 'sub-1' }).first().waitFor()
    await isSound(page)
    expect((await journey(desk, 'payment_failed')).version).toBe(0)
    await button(page, 'Save').click()
    await page.getByText('Saved as version 1').waitFor()

    await tell(desk, 'payment.failed', 'sub-2', { ...failed, invoice: 'inv-8' })
    await desk.usher.journeys.sweep()
    await page.goto(`${desk.usher.publicUrl}/console/subscribers/sub-2`)
    await section(page, 'What is ahead').getByText('Sun 15 Nov 2026, 11:00 their time').waitFor()
    await isSound(page)
    await page.goto(`${desk.usher.publicUrl}/console/settings?tab=demo`)
    await button(page, 'Skip 3 days').click()
    await expect.poll(() => templatesOf(desk, 'sub-2')).toContain('account.payment_failed_last')
    await page.goto(`${desk.usher.publicUrl}/console/messages?subscriber=sub-2`)
    await page
      .getByText(/last notice/)
      .first()
      .click()
    const open = section(page, 'The open text')
    await open.getByText('its step after 3 days').waitFor()
    expect(await faults(page)).toEqual([])
    await open.getByRole('link', { name: 'payment failed', exact: true }).click()
    await page.getByRole('heading', { name: 'Failed payment' }).waitFor()
  })

  test('who saved meanwhile is not overwritten unseen; versions are gone back to, and to what was shipped', async () => {
    const desk = await testDesk()
    const page = await visit(desk, '/journeys/welcome?tab=edit', { as: await desk.operator('marketer') })
    await page.getByLabel('Title').fill('Good day')
    await changed(desk, 'welcome', { isOn: false })

    await button(page, 'Save').click()
    const changes = section(page, 'Changes')
    await changes.getByText('Version 1 was saved while you were writing').waitFor()
    await changes.getByText('It is off: it goes on counting its days and texts nobody.').waitFor()
    await isSound(page)
    await button(page, 'Save mine over version 1').click()
    await page.getByText('Saved as version 2').waitFor()
    expect(await journey(desk, 'welcome')).toMatchObject({ title: 'Good day', isOn: true, version: 2 })

    await page.getByRole('tab', { name: 'Versions' }).click()
    const rows = page.getByRole('table', { name: 'Versions' }).getByRole('row')
    await rows.nth(1).getByText('Title: “Good day”; it was “Welcome”.').waitFor()
    await rows.nth(2).getByText('a program').waitFor()
    await isSound(page)
    await button(page, /^Make it the next version.*version 1$/).click()
    await page.getByText('Saved as version 3').waitFor()
    await rows.nth(4).waitFor()
    await button(page, 'As it was shipped').click()
    await page.getByText('Welcome is as it was shipped').waitFor()
    await expect.poll(() => journey(desk, 'welcome')).toMatchObject({ title: 'Welcome', isOn: true, version: 4 })
  })

  test('what the server does not take is told at its field, and nothing is saved', async () => {
    expectComplaints(/status of 400|status of 422/)
    const desk = await testDesk()
    const page = await visit(desk, '/journeys/renewal_yearly?tab=edit', { as: await desk.operator('administrator') })
    await page.getByRole('combobox', { name: 'The journey, condition 1: field' }).fill('no field!')
    await page.keyboard.press('Escape')
    await button(page, 'Add a step').click()
    await page.getByText('Step 3: 4 days before the next payment, at 10:00 their time').waitFor()

    await button(page, 'Save').click()

    const part = section(page, 'Only where')
    await part.getByText(/A field is a name, or names with dots between/).waitFor()
    await section(page, 'Changes').getByText('It was not saved').waitFor()
    await isSound(page)
    expect((await journey(desk, 'renewal_yearly')).version).toBe(0)
    await page.getByRole('combobox', { name: 'The journey, condition 1: field' }).fill('every')
    await page.keyboard.press('Escape')
    await button(page, 'Save').click()
    await page.getByText('Saved as version 1').waitFor()
    expect((await journey(desk, 'renewal_yearly')).steps.map(({ name }) => name)).toEqual([
      'before_30_days',
      'before_7_days',
      'before_4_days',
    ])
  })

  test('a switch in the list turns a journey off and can be taken back; who may not change it looks', async () => {
    const desk = await testDesk()
    const page = await visit(desk, '/journeys', { as: await desk.operator('marketer') })

    await page.getByRole('switch', { name: 'Refund is on' }).click({ force: true })
    await page.getByText('Refund is off').waitFor()
    await page.getByText(/goes on counting its days and texts nobody. What waits/).waitFor()
    expect((await journey(desk, 'refund')).isOn).toBe(false)
    await button(page, 'Undo').click()
    await expect.poll(() => journey(desk, 'refund')).toMatchObject({ isOn: true, version: 2 })

    const looking = await visit(desk, '/journeys', { as: await desk.operator('viewer') })
    await looking.getByText('it lacks templates:write').waitFor()
    expect(await looking.getByRole('switch', { name: 'Refund is on' }).isDisabled()).toBe(true)
    await looking.getByRole('link', { name: 'Refund' }).click()
    await looking.getByRole('heading', { name: 'How it goes' }).waitFor()
    await looking.getByText('Nobody was in this journey in 30 days.').waitFor()
    expect(await looking.getByRole('tab', { name: 'Edit' }).count()).toBe(0)
    await isSound(looking)
  })

  test('a step whose template is broken is warned of; saved payments stand on the first page', async () => {
    const desk = await testDesk()
    const administrator = await desk.operator('administrator')
    await desk.subscriber()
    await tell(desk, 'payment.failed', 'sub-1', failed)
    await desk.usher.journeys.sweep()
    await expect.poll(() => templatesOf(desk, 'sub-1')).toEqual(['account.payment_failed'])
    await desk.reaches(
      ((await desk.ask('GET', '/v1/messages?subscriber=sub-1')).body as { items: Message[] }).items[0]!.id,
      'delivered',
    )
    await tell(desk, 'payment.succeeded', 'sub-1', failed)
    const texts = { en: '{{ service }}: {{ unheard_of }}' }
    await desk.ask('PUT', '/v1/templates/account.refund', { purpose: 'account.refund', texts })
    await tell(desk, 'payment.refunded', 'sub-1', failed)
    await desk.usher.journeys.sweep()
    const page = await visit(desk, '/journeys', { as: administrator })

    await page.getByText('1 can not be written').waitFor()
    await page.getByRole('link', { name: 'Refund' }).click()
    await page.getByText(/1 text of at once: .*unheard_of/).waitFor()
    await page.getByRole('link', { name: 'Mend account.refund' }).waitFor()
    await isSound(page)
    await page.goto(`${desk.usher.publicUrl}/console/subscribers/sub-1`)
    await section(page, 'What is ahead')
      .getByText(/It can not be written: .*unheard_of/)
      .waitFor()
    await page.goto(`${desk.usher.publicUrl}/console/live`)
    const saved = section(page, 'Payments saved and lost')
    await saved.getByText('£11.99').waitFor()
    await isSound(page)
    await saved.getByRole('link', { name: 'Failed payment' }).click()
    await page.getByText('1 payment was saved (£11.99 after a text)').waitFor()
  })

  test('a server that does not answer is said and asked again, and a journey that is none is said to be none', async () => {
    expectComplaints(/status of 503/, /status of 404/)
    const desk = await testDesk()
    await desk.subscriber()
    const page = await visit(desk, '/journeys/nothing', { as: await desk.operator('viewer') })
    await page.getByText('There is no journey of this name').waitFor()
    expect(await faults(page)).toEqual([])
    for (const [path, api] of [
      ['/journeys', '**/v1/journeys'],
      ['/journeys/refund', '**/v1/journeys/refund'],
      ['/journeys/refund', '**/v1/journeys/refund/funnel*'],
      ['/subscribers/sub-1', '**/v1/subscribers/sub-1/schedule'],
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
