// Codes as an operator has them: how many came back, where they stop and why, and the limits around them.
import type { Protection, Verification } from '@usher/contract/verification'
import { describe, expect, test } from 'vitest'
import { aNumber, type Desk, testDesk } from '../../server/src/desk.ts'
import { sql } from '../../server/src/store/sql.ts'
import { faults, hasChromium, visitors } from './browser.ts'

describe.skipIf(!hasChromium)('in a browser', () => {
  const { visit, expectComplaints } = visitors()

  /** Of 400 codes to Latvia three came back, an hour ago. */
  const pumped = (desk: Desk) =>
    desk.usher.db.rows(sql`
      insert into verification_count (what, key, from_at, n)
      select what, convert_to('LV', 'UTF8'), ${new Date(Math.floor(desk.clock.now().getTime() / 600_000) * 600_000 - 3_600_000)}, n
      from (values ('country.sent', 400::bigint), ('country.right', 3::bigint)) v(what, n)`)

  test('codes are counted by country; where too few come back they stop, and an administrator lets them go on', async () => {
    const desk = await testDesk()
    const administrator = await desk.operator('administrator')
    const page = await visit(desk, '/security', { as: administrator })
    await page.getByText('No code was asked for').waitFor()
    await page.getByText('Nowhere. Where too few codes').waitFor()
    expect(await faults(page)).toEqual([])

    await desk.subscriber()
    const asked = await desk.ask('POST', '/v1/verifications', { subscriber: 'sub-1', purpose: 'sign_in' })
    const code = /#(\d+)$/.exec((await desk.texts(aNumber))[0]!.text)![1]!
    await desk.ask('POST', `/v1/verifications/${(asked.body as Verification).id}/check`, { code })
    await pumped(desk)
    await desk.usher.codes.sweep()
    await page.reload()
    await page.getByText('1 % of 401 codes came back right').waitFor()
    const rows = page.getByRole('table', { name: 'Codes by country' }).getByRole('row')
    await rows.filter({ hasText: 'United Kingdom' }).getByText('100 %').waitFor()
    const stops = page.getByRole('region', { name: 'Where codes stop' })
    await stops.getByText('3 of 400 codes came back right within a day; at least 25 % are asked for.').waitFor()
    expect(await faults(page)).toEqual([])

    await page.getByRole('button', { name: 'Let codes go on: Latvia' }).click()
    const dialog = page.getByRole('dialog', { name: 'Let codes go on' })
    await dialog.getByLabel('Why').fill('A premiere in Riga.')
    expect(await faults(page)).toEqual([])
    await dialog.getByRole('button', { name: 'Let codes go on' }).click()
    await stops.getByText('let go on').waitFor()
    expect(await page.getByRole('button', { name: 'Let codes go on: Latvia' }).count()).toBe(0)
  })

  test('a sign-in is shown with each number that decided, an alert with its answer', async () => {
    const desk = await testDesk()
    const support = await desk.operator('support')
    const page = await visit(desk, '/security?tab=sign-ins', { as: support })
    await page.getByText('No sign-in was told').waitFor()
    await desk.subscriber()
    const home = { subscriber: 'sub-1', ip: '203.0.113.9', device: 'phone-1', outcome: 'succeeded', factor: 'password' }
    for (let i = 0; i < 5; i++)
      await desk.ask('POST', '/v1/sign-ins', { ...home, userAgent: 'Orpheum/5.2 (iPhone; iOS 18.6)' })
    const tv = 'Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/4.0 TV'
    await desk.ask('POST', '/v1/sign-ins', { ...home, ip: '198.51.100.9', device: 'tv-x', userAgent: tv })

    await page.reload()
    const rows = page.getByRole('table', { name: 'Sign-ins, newest first' }).getByRole('row')
    const strange = rows.filter({ hasText: 'Lyon, France' })
    await strange.getByText('asked for more').waitFor()
    await strange.getByRole('button', { name: /^Each number/ }).click()
    await page.getByRole('list', { name: 'Each number' }).getByText('The device is new to them').waitFor()
    expect(await faults(page)).toEqual([])
    await page.getByRole('button', { name: 'It was not they' }).click()
    await strange.getByText('not theirs').waitFor()

    const asked = { subscriber: 'sub-1', event: 'sign_in', device: 'a TV', place: 'Lyon, France', about: 's-1' }
    expect((await desk.ask('POST', '/v1/alerts', asked)).status).toBeLessThan(300)
    await desk.texts(aNumber)
    await desk.reply(aNumber, desk.config.senders.security, 'NO')
    await desk.heard(1)
    await page.getByRole('tab', { name: 'Alerts' }).click()
    const alerts = page.getByRole('table', { name: 'Alerts, newest first' }).getByRole('row')
    await alerts.filter({ hasText: 'a TV, Lyon, France' }).getByText('not them', { exact: true }).waitFor()
    expect(await faults(page)).toEqual([])
  })

  test.each([1280, 390])(
    "an account's history is one list, found from a sign-in and from the subscriber, at %i",
    async width => {
      const desk = await testDesk()
      await desk.subscriber()
      const home = {
        subscriber: 'sub-1',
        ip: '203.0.113.9',
        device: 'phone-1',
        outcome: 'succeeded',
        factor: 'password',
      }
      for (let i = 0; i < 3; i++)
        await desk.ask('POST', '/v1/sign-ins', { ...home, userAgent: 'Orpheum/5.2 (iPhone; iOS 18.6)' })
      const tv = 'Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/4.0 TV'
      const strange = { ...home, ip: '198.51.100.9', device: 'tv-x', userAgent: tv, code: {} }
      const { verification } = (await desk.ask('POST', '/v1/sign-ins', strange)).body as { verification: string }
      const code = /#(\d+)$/.exec((await desk.texts(aNumber))[0]!.text)![1]!
      await desk.ask('POST', `/v1/verifications/${verification}/check`, { code })
      const asked = { subscriber: 'sub-1', event: 'sign_in', device: 'a TV', place: 'Lyon, France', about: 's-1' }
      await desk.ask('POST', '/v1/alerts', asked)
      await desk.texts(aNumber, 2)
      await desk.reply(aNumber, desk.config.senders.security, 'NO')
      await desk.heard(1)
      await desk.ask('POST', '/v1/reset-links', { subscriber: 'sub-1' })
      const support = await desk.operator('support')
      const page = await visit(desk, '/security?tab=sign-ins', { as: support, viewport: { width, height: 900 } })

      await page.getByText('IP geolocation by DB-IP').waitFor()
      expect(await page.getByRole('link', { name: 'db-ip.com' }).first().getAttribute('href')).toBe('https://db-ip.com')
      await page.getByRole('link', { name: 'History of the account sub-1' }).first().click()
      const rows = page.getByRole('table', { name: 'What happened, newest first' }).getByRole('row')
      await rows.filter({ hasText: 'A link to reset the password' }).getByText('waits').waitFor()
      await rows.filter({ hasText: 'Asked about a new sign-in' }).getByText('not them', { exact: true }).waitFor()
      await rows.filter({ hasText: 'A code to sign in' }).getByText('right', { exact: true }).waitFor()
      await rows
        .filter({ hasText: 'Lyon, France' })
        .getByText(/points, theirs/)
        .waitFor()
      await page.getByText('IP geolocation by DB-IP').waitFor()
      expect(await faults(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)

      await page.getByRole('link', { name: 'sub-1', exact: true }).click()
      await page.getByRole('link', { name: "Their account's safety" }).click()
      await rows.filter({ hasText: 'A code to sign in' }).waitFor()
      expectComplaints(/status of 404/)
      await page.getByLabel("A subscriber's id").fill('nobody')
      await page.getByText('There is no subscriber of this id').waitFor()
    },
  )

  test('limits are changed, what changes is said first, and taken back; a marketer looks', async () => {
    const desk = await testDesk()
    const page = await visit(desk, '/security?tab=protection', { as: await desk.operator('administrator') })
    const inForce = async () => (await desk.ask('GET', '/v1/protection')).body as Protection

    await page.getByLabel('Codes from one address', { exact: true }).fill('12')
    await page.getByRole('switch', { name: 'By number alone, codes go to' }).click({ force: true })
    await page.getByRole('combobox', { name: 'Countries, by their two letters' }).fill('gb')
    await page.keyboard.press('Enter')
    await page.getByText('Codes from one address: 12; it was 30.').waitFor()
    await page.getByText('Codes by number alone go: GB; it was where subscribers are.').waitFor()
    expect(await faults(page)).toEqual([])
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByText('The protection is saved').waitFor()
    expect(await inForce()).toMatchObject({ perAddressHour: 12, countries: ['GB'] })
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(inForce).toMatchObject({ perAddressHour: 30, countries: null })

    const looking = await visit(desk, '/security?tab=protection', { as: await desk.operator('marketer') })
    await looking.getByText('Your role looks at these settings').waitFor()
    expect(await looking.getByLabel('Digits', { exact: true }).isDisabled()).toBe(true)
    expect(await looking.getByRole('button', { name: 'Save', exact: true }).count()).toBe(0)
    expect(await faults(looking)).toEqual([])
  })
})
