// Codes as an operator has them: how many came back, where they stop and why, and the limits around them.
import type { Protection, Verification } from '@usher/contract/verification'
import { describe, expect, test } from 'vitest'
import { aNumber, type Desk, testDesk } from '../../server/src/desk.ts'
import { sql } from '../../server/src/store/sql.ts'
import { faults, hasChromium, visitors } from './browser.ts'

describe.skipIf(!hasChromium)('in a browser', () => {
  const { visit } = visitors()

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
