// The events page as an operator has it, through the real server: what the service posts appears as it comes, an unknown type
// is named, and a bad event is mended, replayed and gone from the list.
import type { BadEvent, EventVerdicts } from '@usher/contract/event'
import type { Page } from 'playwright-core'
import { describe, expect, test, vi } from 'vitest'
import { type Desk, testDesk } from '../../server/src/desk.ts'
import { faults, hasChromium, visitors } from './browser.ts'

const number = '+12125550142'
const masked = /\+12•+42/

interface Posted {
  id?: string
  type?: string
  subject?: string
  time?: string
  data?: unknown
}
const anEvent = ({ id = 'ev-1', type = 'com.usher.view.started', subject = 'orph-0001', ...rest }: Posted = {}) => ({
  ...{ specversion: '1.0', id, source: '/player', type, subject },
  data: { title: 'the-phantom-empire' },
  ...rest,
})
const aPayment = (data: object, id = 'pay-1') => anEvent({ id, type: 'com.usher.payment.failed', data })

async function post(desk: Desk, ...events: object[]) {
  const { body } = await desk.ask('POST', '/v1/events', events, {
    'content-type': 'application/cloudevents-batch+json',
  })
  return (body as EventVerdicts).events.map(({ verdict, id }) => ({ verdict, id: id! }))
}

describe.skipIf(!hasChromium)('in a browser', () => {
  const { visit, expectComplaints } = visitors()

  const isLive = (page: Page) => page.getByRole('status').filter({ hasText: /^Live$/ })
  const rows = (page: Page) => page.getByRole('table').getByRole('row')
  const row = (page: Page, has: string | RegExp) => rows(page).filter({ hasText: has })
  const tab = (page: Page, name: RegExp) => page.getByRole('tab', { name })
  const region = (page: Page, name: string) => page.getByRole('region', { name, exact: true })

  test('events appear as they come, an unknown one is named, and one is read beside the list', async () => {
    const desk = await testDesk()
    const page = await visit(desk, '/events', { as: await desk.operator('viewer') })
    await page.getByText('No event came in yet').waitFor()
    expect(await page.getByText('curl -sS').textContent()).toContain(`curl -sS '${desk.usher.publicUrl}/v1/events'`)
    await isLive(page).waitFor()

    await post(desk, anEvent(), anEvent({ id: 'ev-2', type: 'com.orpheum.party.joined', subject: 'orph-0002' }))
    await row(page, 'com.usher.view.started').waitFor()
    const unknown = row(page, 'com.orpheum.party.joined')
    await unknown.getByText('unknown').waitFor()
    expect(await row(page, 'com.usher.view.started').getByText('unknown').count()).toBe(0)
    await post(desk, { ...aPayment({ amount: 999, currency: 'USD', phone: number }), time: '2026-11-02T12:00:00Z' })
    const late = row(page, 'payment.failed')
    await late.getByText('3 h late').waitFor()
    expect(await rows(page).nth(1).textContent()).toContain('payment.failed')

    await late.getByRole('link').click()
    const open = region(page, 'The open event')
    await open.getByText('"amount": 999').waitFor()
    await open.getByText(masked).waitFor()
    await open.getByText('3 h after it happened').waitFor()
    expect(await page.content()).not.toContain(number)
    await open.getByRole('button', { name: 'only theirs' }).click()
    await unknown.waitFor({ state: 'detached' })
    expect(page.url()).toContain('subject=orph-0001')
    await page.getByRole('combobox', { name: 'Type' }).fill('com.usher.view.started')
    await page.keyboard.press('Enter')
    await late.waitFor({ state: 'detached' })
    await vi.waitFor(async () => expect(await rows(page).count()).toBe(2), 10_000) // while it asks, there are none
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByLabel('Known or not').selectOption('Unknown types')
    await unknown.waitFor()
    expect(await rows(page).count()).toBe(2)
    await page.goto(`${desk.usher.publicUrl}/console/events?type=com.nobody.sent`)
    await page.getByText('No event is like this').waitFor()
    expectComplaints(/status of 404/)
    await page.goto(`${desk.usher.publicUrl}/console/events?open=01a20bc8-1fec-70e3-8800-64ff78d92a8b`)
    await page.getByText('There is no such event').waitFor()
    await row(page, 'payment.failed').getByRole('link').click()
    await open.getByRole('link', { name: 'orph-0001' }).click()
    await page.getByRole('heading', { level: 1, name: 'Maya Okafor' }).waitFor()
  })

  test('by keyboard: j and k through the list, enter opens, j takes it along, escape closes', async () => {
    const desk = await testDesk()
    await post(desk, ...[1, 2, 3].map(n => anEvent({ id: `ev-${n}`, data: { title: `title-${n}` } })))
    const page = await visit(desk, '/events', { as: await desk.operator('viewer') })
    await rows(page).nth(3).waitFor()
    const focusedRow = () => page.evaluate(() => document.activeElement?.closest('tr')?.rowIndex)
    const open = region(page, 'The open event')

    await page.keyboard.press('j')
    expect(await focusedRow()).toBe(1)
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await open.getByText('"title-2"').waitFor()
    await page.keyboard.press('j')
    await open.getByText('"title-1"').waitFor()
    await page.keyboard.press('k')
    await page.keyboard.press('k')
    await open.getByText('"title-3"').waitFor()
    await page.keyboard.press('Escape')
    await open.waitFor({ state: 'detached' })

    expect(await focusedRow()).toBe(1)
    await page.keyboard.press('/')
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Subject')
  })

  test('what is read stays where it is while others come, and the newest are a press away', async () => {
    const desk = await testDesk()
    await post(desk, ...Array.from({ length: 150 }, (_, n) => anEvent({ id: `ev-${n}`, subject: `orph-${1_000 + n}` })))
    const page = await visit(desk, '/events', { as: await desk.operator('viewer') })
    await isLive(page).waitFor()
    await row(page, 'orph-1149').waitFor()
    expect(await rows(page).count()).toBe(101)

    await row(page, 'orph-1060').scrollIntoViewIfNeeded()
    const place = await row(page, 'orph-1060').boundingBox()
    await post(desk, anEvent({ id: 'new-1', subject: 'orph-2001' }), anEvent({ id: 'new-2', subject: 'orph-2002' }))
    const fresh = page.getByRole('button', { name: '2 new events' })
    await fresh.waitFor()

    expect(await row(page, 'orph-1060').boundingBox()).toEqual(place)
    await fresh.click()
    await row(page, 'orph-2002').waitFor()
    await page.getByRole('button', { name: 'Older ones' }).click()
    await row(page, 'orph-1000').waitFor()
    await page.getByText('152 shown, that is all').waitFor()
  })

  test('thousands of events at once: the page asks the server no more than before', async () => {
    const desk = await testDesk()
    await post(desk, anEvent())
    const page = await visit(desk, '/events', { as: await desk.operator('viewer') })
    await isLive(page).waitFor()
    await row(page, 'view.started').waitFor()
    let asked = 0
    page.on('request', request => {
      if (/\/v1\/(events|event-types|bad-events)/.test(request.url())) asked++
    })

    const at = new Date(desk.wall())
    for (let batch = 0; batch < 50; batch++) {
      const told = { type: 'com.usher.view.started', isKnown: true, subject: 'orph-0001', at }
      desk.usher.events.emit(
        'event.taken',
        Array.from({ length: 100 }, (_, n) => ({ ...told, id: `${batch}-${n}` })),
      )
      if (batch % 10 === 9) await page.evaluate(() => new Promise(requestAnimationFrame))
    }
    await post(desk, anEvent({ id: 'last', subject: 'orph-0099' }))
    await row(page, 'orph-0099').waitFor()

    expect(asked).toBeGreaterThan(0)
    expect(asked).toBeLessThan(15)
  })

  test('the types: unknown ones of today first, the known with what they mean, an example and a request', async () => {
    const desk = await testDesk()
    await post(desk, anEvent(), anEvent({ id: 'ev-2', type: 'com.orpheum.party.joined' }))
    const page = await visit(desk, '/events?tab=types', { as: await desk.operator('viewer') })

    await page.getByText('1 type that Usher does not know came today').waitFor()
    expect(await rows(page).nth(1).textContent()).toMatch(/com\.orpheum\.party\.joined.*unknown/)
    expect(await row(page, 'com.usher.view.started').getByRole('cell').nth(1).textContent()).toBe('1')
    await row(page, 'com.usher.payment.failed').getByRole('link').click()
    const open = region(page, 'The open type')
    await open.getByText('A payment did not go through.').waitFor()

    const command = await region(page, 'A request that posts this event').textContent()
    expect(command).toContain(`curl -sS '${desk.usher.publicUrl}/v1/events'`)
    // The request that is shown is one that is taken.
    const [, event] = /-d '(.*)'$/s.exec(command!)!
    expect(await post(desk, JSON.parse(event!))).toMatchObject([{ verdict: 'taken' }])
    await region(page, 'What its data may carry').getByText('"amount"').first().waitFor()
    await open.getByRole('button', { name: 'Close the type' }).click()
    await row(page, 'com.orpheum.party.joined').getByRole('link').click()
    await open.getByText('Usher does not know this type').waitFor()
    await open.getByRole('button', { name: 'See them' }).click()
    await row(page, 'com.orpheum.party.joined').waitFor()
    expect(page.url()).toContain('/events?type=com.orpheum.party.joined')
  })

  test('a bad event is seen as it comes, mended in the editor, replayed, and gone from the list', async () => {
    const desk = await testDesk()
    const page = await visit(desk, '/events?tab=bad', { as: await desk.operator('support') })
    await page.getByText('No event is bad').waitFor()
    await isLive(page).waitFor()

    await post(desk, aPayment({ amount: '9.99', currency: 'USD', phone: number }))
    await tab(page, /^Bad 1 open$/).waitFor()
    await row(page, /Wrong data.*data\.amount/)
      .getByRole('link')
      .click()
    const open = region(page, 'The open bad event')
    await open.getByText('Its type asks for other data than it carries.').waitFor()
    await region(page, 'As it came').getByText(masked).waitFor()
    await open.getByText('the audit log records that you did').waitFor()
    expect(await page.content()).not.toContain(number)

    await open.getByRole('button', { name: 'Mend' }).click()
    const editor = open.getByRole('textbox', { name: 'The event, as JSON' })
    const replay = open.getByRole('button', { name: 'Replay', exact: true })
    const came = await editor.inputValue()
    expect(came).toContain(number)
    await editor.fill(came.replace('"9.99"', "'9.99'"))
    await open.getByText('Line 8, column 15: Text stands in double quotes.').waitFor()
    expect(await replay.isDisabled()).toBe(true)
    expect(await faults(page)).toEqual([])

    await editor.fill(came.replace('"9.99"', '999').replace('"subject": "orph-0001",', ''))
    await replay.click()
    await open.getByRole('alert').filter({ hasText: 'Still bad: names nobody' }).waitFor()
    await page.getByRole('alert').filter({ hasText: 'It is still bad' }).waitFor()
    await row(page, 'Names nobody').waitFor()
    expect(await editor.inputValue()).toContain('"amount": 999')

    await editor.fill(came.replace('"9.99"', '999'))
    await page.keyboard.press('Control+Enter')
    await open.getByRole('status').filter({ hasText: 'Taken' }).waitFor()
    await page.getByText('No event is bad').waitFor()
    await tab(page, /^Bad$/).waitFor()
    expect(await faults(page)).toEqual([])
    await open.getByRole('link', { name: 'See the event' }).click()
    await region(page, 'The open event').getByText('"amount": 999').waitFor()
    await tab(page, /^Bad/).click()
    await page.getByText('Mended', { exact: true }).click()
    await row(page, 'payment.failed').getByRole('link').click()
    await open.getByText('mended', { exact: true }).waitFor()
    expect(await open.getByRole('button', { name: /Mend|Replay|Drop/ }).count()).toBe(0)
    const administrator = await desk.operator('administrator')
    const { body } = await desk.askAs(administrator, 'GET', '/v1/audit?action=bad_event.opened')
    expect((body as { items: unknown[] }).items).toHaveLength(1)
  })

  test('what was mended and not replayed is not lost by a slip', async () => {
    const desk = await testDesk()
    await post(desk, aPayment({ amount: 'one' }, 'pay-1'), aPayment({ amount: 'two' }, 'pay-2'))
    const page = await visit(desk, '/events?tab=bad', { as: await desk.operator('support') })
    await rows(page).nth(2).getByRole('link').click()
    const open = region(page, 'The open bad event')
    await open.getByRole('button', { name: 'Mend' }).click()
    const editor = open.getByRole('textbox')
    await editor.fill('{"half": "mended"}')

    await rows(page).nth(1).getByRole('link').click()
    const asked = page.getByRole('dialog', { name: 'Leave what you mended?' })
    await asked.getByRole('button', { name: 'Stay' }).click()
    await asked.waitFor({ state: 'detached' })
    expect(await editor.inputValue()).toBe('{"half": "mended"}')
    await rows(page).nth(1).getByRole('link').click()
    await asked.getByRole('button', { name: 'Leave it' }).click()

    await region(page, 'As it came').getByText('"two"').waitFor()
    expect(await editor.count()).toBe(0)
  })

  test('all of a filter are replayed at once, and one is dropped after it was said what that means', async () => {
    const desk = await testDesk()
    await post(desk, ...[1, 2, 3].map(n => aPayment({ amount: `${n}`, currency: 'USD' }, `pay-${n}`)), {
      ...anEvent({ id: 'ev-9' }),
      subject: undefined,
    })
    const page = await visit(desk, '/events?tab=bad', { as: await desk.operator('support') })
    await page.getByRole('button', { name: 'Replay all 4' }).waitFor()

    await page.getByLabel('Reason').selectOption('Wrong data')
    await page.getByRole('button', { name: 'Replay all 3 of this filter' }).click()
    const asked = page.getByRole('dialog', { name: 'Replay 3 bad events?' })
    await asked.getByText('with the reason “Wrong data”').waitFor()
    await asked.getByRole('button', { name: 'Replay 3' }).click()
    await page.getByRole('status').filter({ hasText: 'Of 3 events that were tried again, 0 were taken' }).waitFor()
    await asked.waitFor({ state: 'detached' })
    await page.getByLabel('Reason').selectOption('Names nobody')
    await row(page, 'Names nobody').getByRole('link').click()
    const open = region(page, 'The open bad event')
    await open.getByRole('button', { name: 'Replay as it is' }).click()
    await open.getByText('Still bad: names nobody').waitFor()
    await open.getByRole('button', { name: 'Drop' }).click()
    const drop = page.getByRole('dialog', { name: 'Drop this event?' })
    await drop.getByText('It will never be taken').waitFor()
    await drop.getByRole('button', { name: 'Drop the event' }).click()

    await page.getByText('No bad event is like this').waitFor()
    await tab(page, /^Bad 3 open$/).waitFor()
    const { body } = await desk.ask('GET', '/v1/bad-events?state=dropped')
    expect((body as { items: BadEvent[] }).items.map(({ eventId }) => eventId)).toEqual(['ev-9'])
    await page.getByText('Dropped', { exact: true }).click()
    await row(page, 'Names nobody').waitFor()
  })

  test('one that somebody else has mended meanwhile: the page says so and shows what became of it', async () => {
    expectComplaints(/status of 409/)
    const desk = await testDesk()
    const [bad] = await post(desk, aPayment({ amount: 'x' }))
    const page = await visit(desk, `/events?tab=bad&open=${bad!.id}`, { as: await desk.operator('support') })
    const open = region(page, 'The open bad event')
    await open.getByRole('button', { name: 'Drop' }).waitFor()

    await desk.ask('POST', `/v1/bad-events/${bad!.id}/replay`, { event: aPayment({ amount: 1, currency: 'USD' }) })
    await open.getByRole('button', { name: 'Replay as it is' }).click()

    await page.getByText('Somebody was quicker').waitFor()
    await open.getByText('mended', { exact: true }).waitFor()
  })

  test('a viewer reads bad events and is offered nothing that changes them', async () => {
    const desk = await testDesk()
    const [bad] = await post(desk, aPayment({ amount: '9.99', phone: number }))
    const page = await visit(desk, `/events?tab=bad&open=${bad!.id}`, { as: await desk.operator('viewer') })

    await region(page, 'As it came').getByText(masked).waitFor()
    await page.getByText('it lacks events:write').waitFor()

    expect(await page.getByRole('button', { name: /mend|replay|drop/i }).count()).toBe(0)
  })

  test('a server that fails is told on each view, and asked again by a press', async () => {
    expectComplaints(/status of 500/)
    const desk = await testDesk()
    await post(desk, anEvent(), aPayment({ amount: 'x' }))
    const page = await visit(desk, '/live', { as: await desk.operator('viewer') })
    const problem = { type: 'about:blank', title: 'It broke', status: 500, code: 'internal', detail: 'It broke here.' }
    const address = /\/v1\/(events|event-types|bad-events)(\?|$)/

    for (const [path, shows] of [
      ['/events', 'view.started'],
      ['/events?tab=types', 'view.started'],
      ['/events?tab=bad', 'Wrong data'],
    ] as const) {
      await page.route(address, route =>
        route.fulfill({ status: 500, contentType: 'application/problem+json', body: JSON.stringify(problem) }),
      )
      await page.goto(`${desk.usher.publicUrl}/console${path}`)
      await page.getByRole('alert').getByText('It broke here.').waitFor()
      await page.unroute(address)
      await page.getByRole('button', { name: 'Try again' }).click()
      await row(page, shows).waitFor()
    }
  })

  test('with nothing in them, and with something open, the views have nothing that axe finds', async () => {
    const desk = await testDesk()
    const page = await visit(desk, '/events', { as: await desk.operator('administrator') })
    const goTo = async (path: string, shows: string) => {
      await page.goto(`${desk.usher.publicUrl}/console${path}`)
      await page.getByText(shows).filter({ visible: true }).first().waitFor()
    }
    for (const [path, shows] of [
      ['/events', 'No event came in yet'],
      ['/events?tab=types', 'No event came yet'],
      ['/events?tab=bad', 'No event is bad'],
    ] as const) {
      await goTo(path, shows)
      expect.soft(await faults(page), path).toEqual([])
    }

    const [, bad] = await post(desk, anEvent(), aPayment({ amount: 'x' }))
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 844 })
      await goTo('/events?tab=types&open=com.usher.payment.failed', 'What its data may carry')
      expect.soft(await faults(page), `a type at ${width}`).toEqual([])
      await goTo(`/events?tab=bad&open=${bad!.id}`, 'As it came')
      expect.soft(await faults(page), `a bad event at ${width}`).toEqual([])
    }
  })
})
