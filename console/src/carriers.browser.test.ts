// The pages of carriers as an operator has them, through the real server: three carriers at a glance, a setting that is wrong
// and one that is saved, which way a number would go, a pause, and the way back to an older version.
import type { Line, RouteInput } from '@usher/contract/carrier'
import type { Template } from '@usher/contract/template'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { type Desk, type DeskOperator, testDesk } from '../../server/src/desk.ts'
import { faults, hasChromium, visitors } from './browser.ts'

/** Nothing listens there: the bind is refused at once. */
const nowhere = { host: '127.0.0.1', port: 1 }
const telura = {
  protocol: 'smpp',
  label: 'Telura',
  systemId: 'orph01',
  binds: [nowhere],
  secrets: { password: 'kept-7' },
}
const vox = { protocol: 'vonage', apiKey: 'a1b2c3d4', isPaused: true, secrets: { apiSecret: 'kept-8' } }

describe.skipIf(!hasChromium)('in a browser', () => {
  const { visit, expectComplaints } = visitors()

  const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name }).waitFor()
  const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })
  const tab = (page: Page, name: string) => page.getByRole('tab', { name }).click()
  const line = async (desk: Desk) => (await desk.ask('GET', '/v1/line')).body as Line

  /** Beside the simulated carrier, one that can't be reached and one that is paused. */
  async function threeCarriers(desk: Desk): Promise<DeskOperator> {
    const administrator = await desk.operator('administrator')
    for (const [name, carrier] of Object.entries({ telura, vox }))
      expect(await desk.askAs(administrator, 'PUT', `/v1/carriers/${name}`, carrier)).toMatchObject({ status: 200 })
    return administrator
  }

  test('which of three carriers is in trouble, and why, stands before everything else', async () => {
    const desk = await testDesk()
    const administrator = await threeCarriers(desk)

    const page = await visit(desk, '/carriers', { as: administrator })

    const row = (name: string) =>
      page.getByRole('table', { name: 'Carriers' }).getByRole('row').filter({ hasText: name })
    await row('simulated').getByText('up', { exact: true }).waitFor()
    await row('telura').getByText('down', { exact: true }).waitFor()
    await row('vox').getByText('paused', { exact: true }).waitFor()
    const headline = page.getByRole('status').filter({ hasText: '1 of 3 carriers is in trouble' })
    await headline.getByText(/telura is down/).waitFor()
    expect(await faults(page)).toEqual([])

    await row('telura').getByRole('link', { name: 'telura' }).click()
    await heading(page, 'telura')
    await page.getByRole('table', { name: 'Binds' }).getByText('waiting', { exact: true }).first().waitFor()
    expect(await faults(page)).toEqual([])
  })

  test('a setting that is wrong is told at its field, and saved once it is right; the password stays', async () => {
    expectComplaints(/status of 422/)
    const desk = await testDesk()
    const page = await visit(desk, '/carriers/telura?tab=settings', { as: await threeCarriers(desk) })
    const window = page.getByLabel('Window', { exact: true })
    await page.getByText('It is stored; leave it empty to keep it.').waitFor()
    expect(await page.content()).not.toContain('kept-7')

    await window.fill('5000')
    await button(page, 'Save').click()
    await page.getByText('It was not saved').waitFor()
    expect(await window.getAttribute('aria-invalid')).toBe('true')
    expect(await window.evaluate(field => field === document.activeElement)).toBe(true)
    expect(await faults(page)).toEqual([])

    await window.fill('20')
    await button(page, 'Save').click()
    await page.getByText('telura is saved').waitFor()
    const saved = (await line(desk)).carriers.find(({ name }) => name === 'telura')
    expect(saved).toMatchObject({ window: 20, systemId: 'orph01', secrets: ['password'] })
  })

  test('what somebody else saved meanwhile is told, and what was typed stays', async () => {
    const desk = await testDesk()
    const administrator = await threeCarriers(desk)
    const page = await visit(desk, '/carriers/telura?tab=settings', { as: administrator })
    await page.getByLabel('System id').fill('orph02')
    await desk.askAs(administrator, 'PUT', '/v1/carriers/vox', { ...vox, label: 'Vonage' })

    await button(page, 'Save').click()

    await page.getByText(/was saved while you were writing/).waitFor()
    await button(page, 'Read it again, keep what I typed').click()
    expect(await page.getByLabel('System id').inputValue()).toBe('orph02')
    await button(page, 'Save').click()
    await page.getByText('telura is saved').waitFor()
    const { carriers } = await line(desk)
    expect(carriers.find(({ name }) => name === 'telura')).toMatchObject({ systemId: 'orph02' })
    expect(carriers.find(({ name }) => name === 'vox')).toMatchObject({ label: 'Vonage' })
  })

  test('a carrier is added, and taken away again by its name', async () => {
    const desk = await testDesk()
    const page = await visit(desk, '/carriers', { as: await desk.operator('administrator') })

    await page.getByRole('link', { name: 'Add a carrier' }).or(button(page, 'Add a carrier')).first().click()
    await page.getByLabel('Name', { exact: true }).fill('telnova')
    await page.getByRole('radio', { name: 'Twilio' }).click()
    await page.getByLabel('Account SID').fill(`AC${'0'.repeat(32)}`)
    await page.getByRole('textbox', { name: 'Auth token' }).fill('kept-9')
    expect(await faults(page)).toEqual([])
    await button(page, 'Add the carrier').click()
    await heading(page, 'telnova')
    await tab(page, 'Settings')
    await page
      .getByRole('region', { name: 'Where it calls us' })
      .getByText(/^https?:/)
      .first()
      .waitFor()
    expect(await page.content()).not.toContain('kept-9')

    await page.getByText('telnova is added').waitFor({ state: 'detached' })
    await button(page, 'Take it away').click()
    await page.getByLabel(/Type telnova/).fill('telnova')
    await button(page, 'Take the carrier away').click()
    await heading(page, 'Carriers')
    expect((await line(desk)).carriers.map(({ name }) => name)).not.toContain('telnova')
  })

  test('a carrier is paused and goes on; nothing else of it changes', async () => {
    const desk = await testDesk()
    const page = await visit(desk, '/carriers/simulated', { as: await desk.operator('administrator') })
    const before = (await line(desk)).carriers.find(({ name }) => name === 'simulated')

    await button(page, 'Pause').click()
    await page.getByText('simulated is paused').waitFor()
    await page.getByText('It is paused: nothing is handed to it.').waitFor()
    const paused = (await line(desk)).carriers.find(({ name }) => name === 'simulated')
    expect(paused).toEqual({ ...before, isPaused: true })
    expect(await faults(page)).toEqual([])

    await button(page, 'Resume').click()
    await button(page, 'Pause').waitFor()
    expect((await line(desk)).carriers.find(({ name }) => name === 'simulated')).toEqual(before)
  })

  test('routes are put in order by keyboard, asked which way a number goes, and saved as one', async () => {
    const desk = await testDesk()
    const administrator = await threeCarriers(desk)
    const { routes, senders } = await line(desk)
    const added: RouteInput[] = ['britain', 'france'].map(name => ({
      ...{ name, countries: [name === 'britain' ? 'GB' : 'FR'], networks: null, purposes: null },
      ...{ sender: senders[0]!.name, carriers: [{ carrier: 'simulated', weight: 100, microsPerSegment: null }] },
      ...{ otherwise: null, isOnlyFallback: false },
    }))
    // Behind the one that takes everything, nobody asks them.
    await desk.askAs(administrator, 'PUT', '/v1/routes', { routes: [...routes, ...added] })
    const page = await visit(desk, '/carriers?tab=routes', { as: administrator })
    const way = page.getByRole('region', { name: 'Which way, and why' })
    await way.getByRole('textbox', { name: 'Number' }).fill('+44 7700 900123')
    await way.getByRole('button', { name: 'Which way?' }).click()
    const asked = way.getByRole('list', { name: 'Routes that were asked' })
    await asked.getByText(routes[0]!.name, { exact: true }).first().waitFor()
    expect(await faults(page)).toEqual([])

    await button(page, 'Move britain up').focus()
    for (let n = 0; n < routes.length; n++) await page.keyboard.press('Alt+ArrowUp')
    await page.getByText(`britain is now 1 of ${routes.length + 2}.`).waitFor()
    await way.getByText('By the routes as you have changed them').waitFor()
    await way
      .getByRole('list', { name: 'Carriers it would go by' })
      .getByText(/route britain/)
      .waitFor()
    expect((await line(desk)).routes[0]!.name).toBe(routes[0]!.name)

    await button(page, 'Save').click()
    await page.getByText('The routes are saved').waitFor()
    const order = [added[0]!, ...routes, added[1]!].map(({ name }) => name)
    expect((await line(desk)).routes.map(({ name }) => name)).toEqual(order)
  })

  test('a sender is changed, and a registration that ended is seen in the list', async () => {
    const desk = await testDesk()
    const administrator = await desk.operator('administrator')
    await desk.askAs(administrator, 'PUT', '/v1/senders/brand', {
      ...{ kind: 'alphanumeric', address: 'Orpheum', countries: ['DE'], purposes: ['code.*'], isTwoWay: false },
      registrations: [{ country: 'DE', state: 'registered', reference: 'R-7', until: '2020-01-01T00:00:00.000Z' }],
    })
    const page = await visit(desk, '/carriers?tab=senders', { as: administrator })
    const row = page.getByRole('row').filter({ hasText: 'brand' })
    await row.getByText('ended', { exact: true }).waitFor()
    expect(await faults(page)).toEqual([])

    await row.getByRole('button', { name: 'brand' }).click()
    const form = page.getByRole('dialog', { name: 'Sender brand' })
    await form.getByLabel('Until').fill('2099-12-31')
    expect(await faults(page)).toEqual([])
    await form.getByRole('button', { name: 'Save' }).click()
    await row.getByText('registered', { exact: true }).waitFor()

    expect((await line(desk)).senders.find(({ name }) => name === 'brand')).toMatchObject({
      registrations: [{ country: 'DE', reference: 'R-7', until: '2099-12-31T00:00:00.000Z' }],
    })
  })

  test('an older version is looked at, told apart from the one in use, and restored', async () => {
    const desk = await testDesk()
    const administrator = await threeCarriers(desk)
    const older = await line(desk)
    await desk.askAs(administrator, 'PUT', '/v1/carriers/telura', { ...telura, window: 20 })
    const page = await visit(desk, '/carriers?tab=history', { as: administrator })
    await button(page, `Look at version ${older.version}`).click()
    const dialog = page.getByRole('dialog', { name: `Version ${older.version}` })
    await dialog.getByText('window: 20 → 50').waitFor()
    expect(await faults(page)).toEqual([])

    await dialog.getByRole('button', { name: `Go back to version ${older.version}`, exact: true }).click()
    await dialog.getByRole('button', { name: /^Yes/ }).click()
    await page.getByText(`Version ${older.version} is in use again`).waitFor()

    const now = await line(desk)
    expect(now.version).toBe(older.version + 2)
    expect(now.carriers).toEqual(older.carriers)
  })

  test('who may only look sees everything and is offered no change', async () => {
    const desk = await testDesk()
    await threeCarriers(desk)
    const page = await visit(desk, '/carriers', { as: await desk.operator('viewer') })
    const changing = /^(Save|Add|Pause|Resume|Bind|Take|Move|Discard|Go back)/

    for (const [path, shows] of [
      ['/carriers', 'telura'],
      ['/carriers/telura', 'Its binds'],
      ['/carriers/telura?tab=settings', 'Where we bind'],
      ['/carriers?tab=routes', 'Which way would it go, and why'],
      ['/carriers?tab=senders', 'What phones show.'],
      ['/carriers?tab=history', 'Each change of a carrier'],
    ] as const) {
      await page.goto(`${desk.usher.publicUrl}/console${path}`)
      await page.getByText(shows).first().waitFor()
      expect(await button(page, changing).count(), path).toBe(0)
      expect(await page.getByRole('link', { name: changing }).count(), path).toBe(0)
      expect(await faults(page), path).toEqual([])
    }
    await page.goto(`${desk.usher.publicUrl}/console/carriers?tab=add`)
    await page.getByText('Your role does not show this').waitFor()
  })

  test('a template says what plain punctuation saves, and is saved with it', async () => {
    const desk = await testDesk()
    const texts = { en: `{{ service }}: “${'it is on tonight '.repeat(5)}”` }
    await desk.ask('PUT', '/v1/templates/tonight', { purpose: 'title.premiere', texts })
    const page = await visit(desk, '/templates/tonight', { as: await desk.operator('marketer') })
    await page.getByText(/^Would save .+ of each text in English: 1 segment instead of 2\.$/).waitFor()

    await page.getByRole('switch', { name: 'Plain punctuation' }).click()
    await page.getByText(/^Saves .+ of each text in English/).waitFor()
    await button(page, 'Save').click()
    await page.getByText('Saved as version 2').waitFor()

    expect((await desk.ask('GET', '/v1/templates/tonight')).body as Template).toMatchObject({
      isPlain: true,
      version: 2,
    })
    expect(await faults(page)).toEqual([])
  })
})
