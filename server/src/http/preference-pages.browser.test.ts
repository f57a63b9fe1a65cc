// A subscriber's own page in a browser as an old phone has it: without script, by keyboard alone, in the dark, from right to left.
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { faults, hasChromium, visitors } from '../../../console/src/browser.ts'
import { type Desk, testDesk } from '../desk.ts'
import { languages } from './preference-words.ts'

/** Of none of the demo's subscribers. */
const number = '+447700900444'
const phone = { viewport: { width: 390, height: 844 } }

/** The path of a link that was asked for from the handset; others may be on their way there. */
async function linkFor(desk: Desk): Promise<string> {
  await desk.reply(number, '67743', 'SETTINGS')
  for (let count = 1; ; count++)
    for (const { text } of await desk.texts(number, count)) {
      const [, path] = /https:\/\/[^/\s]+(\/p\/\w+)/.exec(text) ?? []
      if (path) return path
    }
}

/** Goes on by the tabulator until this has the focus, as somebody without a pointer does, and does what Enter does there. */
async function tabTo(page: Page, role: 'button' | 'link', name: string): Promise<void> {
  const target = page.getByRole(role, { name, exact: true }).first()
  const isThere = () => target.evaluate(element => element === document.activeElement)
  for (let n = 0; n < 60 && !(await isThere()); n++) await page.keyboard.press('Tab')
  expect(await isThere(), `the focus came to ${name}`).toBe(true)
}
async function enter(page: Page, role: 'button' | 'link', name: string): Promise<void> {
  await tabTo(page, role, name)
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')])
}

describe.skipIf(!hasChromium)('in a browser', () => {
  const { visit, expectComplaints } = visitors()
  /** Opens an address of the link domain, where the demo has it. */
  const open = async (desk: Desk, path: string, options: Parameters<typeof visit>[2] = {}) => {
    const page = await visit(desk, '/../o/p/', { ...phone, ...options })
    await page.goto(`${desk.usher.publicUrl}/o${path}`)
    return page
  }

  test('everything is done without script, by keyboard alone', async () => {
    const desk = await testDesk({ now: '2026-11-02T23:30:00Z' })
    await desk.subscriber({ number })
    await desk.send({ subscriber: 'sub-1', purpose: 'offer', text: 'Half price. Reply STOP to end' })
    const page = await open(desk, await linkFor(desk), { javaScriptEnabled: false })
    const said = page.getByRole('status')

    await enter(page, 'button', 'Turn off: Offers')
    expect(await said.textContent()).toContain('“Offers” is off. One waiting text was cancelled.')
    // What was just said is in sight, and the next key goes on from there.
    await enter(page, 'button', 'Undo')
    expect(await said.textContent()).toContain('“Offers” is on.')

    await enter(page, 'button', 'Pause for a month')
    expect(await said.textContent()).toContain('Paused until Dec 2, 2026.')
    await enter(page, 'button', 'Undo')
    await enter(page, 'button', 'Send me fewer')
    expect(await said.textContent()).toContain('half as many at most')

    await page.getByLabel('From').focus()
    await page.keyboard.type('1000PM')
    await page.getByLabel('To', { exact: true }).focus()
    await page.keyboard.type('0730AM')
    await enter(page, 'button', 'Save quiet hours')
    expect(await said.textContent()).toContain('Quiet from 22:00 to 07:30.')

    await enter(page, 'link', 'Turn off: Security alerts')
    await enter(page, 'button', 'Yes, turn them off')
    expect(await said.textContent()).toContain('“Security alerts” is off.')

    await page.getByRole('combobox').focus()
    await page.keyboard.type('Deu')
    await enter(page, 'button', 'Use this language')
    expect(await page.locator('html').getAttribute('lang')).toBe('de')
    await page.locator('summary').last().focus()
    await page.keyboard.press('Enter')
    expect(await page.getByText('Du hast „Angebote“ am').isVisible()).toBe(true)
  })

  test.each(['light', 'dark'] as const)('axe finds nothing, in the %s, on any of its pages', async colorScheme => {
    const desk = await testDesk()
    await desk.subscriber({ number, consents: {} })
    await desk.send({ subscriber: 'sub-1', purpose: 'account.plan', text: 'Orpheum: your plan changed' })
    const path = await linkFor(desk)
    expectComplaints(/status of 404/) // the link that is none
    const addresses = [
      path,
      ...['number', 'security'].map(screen => `${path}?screen=${screen}`),
      `${path}?screen=code&said=bad-code`,
      `${path}?said=frequency&undo=do%3Doff%26group%3Doffers`,
      ...['/p/', '/p/XXXXXXXXXXX', '/p/?asked=', '/p/?lang=ar'],
    ]
    for (const address of addresses) {
      const page = await open(desk, address, { colorScheme })
      await page.evaluate(() => {
        for (const one of document.querySelectorAll('details')) one.open = true
      })
      expect(await faults(page), address).toEqual([])
      await page.context().close()
    }
  })

  test.each(Object.keys(languages))(
    'in %s nothing is wider than a phone, and the words go their way',
    async language => {
      const desk = await testDesk()
      await desk.subscriber({ number, locale: language })
      const page = await open(desk, await linkFor(desk), { viewport: { width: 320, height: 700 } })

      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)
      const { title, state } = await page.evaluate(() => {
        const edge = (selector: string) => document.querySelector(selector)!.getBoundingClientRect()
        return { title: edge('section h3').left, state: edge('section h3 .state').left }
      })
      const heading = await page.evaluate(() => getComputedStyle(document.querySelector('h1')!).direction)
      expect(heading).toBe(language === 'ar' ? 'rtl' : 'ltr')
      // The state stands where a line ends.
      if (language === 'ar') expect(state - title).toBeLessThan(5)
      else expect(state).toBeGreaterThan(title)
      expect(await faults(page)).toEqual([])
      // What is pressed is large enough for a thumb.
      const small = await page.evaluate(() =>
        [...document.querySelectorAll('button, .button, input:not([type=hidden]), select, summary')].flatMap(one =>
          one.getBoundingClientRect().height < 44 ? [one.outerHTML] : [],
        ),
      )
      expect(small).toEqual([])
    },
  )
})
