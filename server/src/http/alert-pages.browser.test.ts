// The page of an alert in a browser as an old phone has it: without script, by keyboard alone, in the dark, from right to left.
import type { MadeAlert } from '@usher/contract/alert'
import { describe, expect, test } from 'vitest'
import { faults, hasChromium, visitors } from '../../../console/src/browser.ts'
import { type Desk, testDesk } from '../desk.ts'
import { languages } from './preference-words.ts'

describe.skipIf(!hasChromium)('in a browser', () => {
  const { visit } = visitors()
  /** Opens an address of the link domain, where the demo has it. */
  const open = (desk: Desk, path: string, options: Parameters<typeof visit>[2] = {}) =>
    visit(desk, `/../o${path}`, { viewport: { width: 390, height: 844 }, ...options })
  const raise = async (desk: Desk, locale = 'en') => {
    await desk.subscriber({ locale })
    const { body } = await desk.ask('POST', '/v1/alerts', {
      ...{ subscriber: 'sub-1', event: 'sign_in', device: 'Chrome on Windows', place: 'Lyon, France', about: 's-1' },
    })
    return new URL((body as MadeAlert).page!).pathname
  }

  test('is answered without script, by keyboard alone', async () => {
    const desk = await testDesk()
    const page = await open(desk, await raise(desk), { javaScriptEnabled: false })

    await page.keyboard.press('Tab')
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
    expect(await page.getByRole('status').textContent()).toContain('You told us that it was you')

    await page.keyboard.press('Tab')
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('We are securing your account')
    expect(await page.getByRole('link', { name: 'To your account' }).getAttribute('href')).toMatch(/\/account$/)
  })

  test.each(['light', 'dark'] as const)('axe finds nothing, in the %s, however it stands', async colorScheme => {
    const desk = await testDesk()
    const page = await open(desk, await raise(desk), { colorScheme })

    for (const answer of ['yes', 'no', null] as const) {
      expect(await faults(page), answer ?? 'denied').toEqual([])
      if (answer !== null)
        await Promise.all([
          page.waitForNavigation(),
          page.locator(`form:has(input[value=${answer}]) button`).first().click(),
        ])
    }
  })

  test.each(Object.keys(languages))('in %s nothing is wider than a phone', async language => {
    const desk = await testDesk()
    const page = await open(desk, await raise(desk, language), { viewport: { width: 320, height: 700 } })

    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)
    const direction = await page.evaluate(() => getComputedStyle(document.querySelector('h1')!).direction)
    expect(direction).toBe(language === 'ar' ? 'rtl' : 'ltr')
    expect(await faults(page)).toEqual([])
    const heights = await page.evaluate(() =>
      [...document.querySelectorAll('button')].map(one => one.getBoundingClientRect().height),
    )
    expect(Math.min(...heights)).toBeGreaterThanOrEqual(44)
  })
})
