// A renewal as a newcomer sees it, in a browser without script: time is skipped in Orpheum's back office, the texts come on the
// phone, and the link in one leads to where it is paid.
import { subscribers } from '@usher/demo/subscribers'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { faults, hasChromium, visitors } from '../../../console/src/browser.ts'
import { type Desk, deskAndOrpheum } from '../desk.ts'

const maya = subscribers[0]!

/** Resolves once Usher has planned what Orpheum told of her subscription. */
async function isPlanned(desk: Desk): Promise<void> {
  for (;;) {
    const next = new Promise<void>(resolve => void desk.usher.events.onAny(() => resolve()))
    const { body } = await desk.ask('GET', `/v1/subscribers/${maya.id}/schedule`)
    if ((body as { ahead: unknown[] }).ahead.length > 0) return
    await next
  }
}

describe.skipIf(!hasChromium)('in a browser', () => {
  const { visit } = visitors()

  const newcomer = async (options: Parameters<typeof deskAndOrpheum>[0] & { browser?: object } = {}) => {
    const { desk, orpheum } = await deskAndOrpheum({ hasBilling: true, ...options })
    await isPlanned(desk)
    const page = await visit(desk, '/../phone', { viewport: { width: 390, height: 844 }, ...options.browser })
    const open = (path: string) => page.goto(`${orpheum.url}${path}`)
    const skip = async (button: string) => {
      await open(`/desk/clock?of=${maya.id}`)
      await page.getByRole('button', { name: button, exact: true }).click()
      await page.getByText('You are there.').waitFor()
    }
    /** All that came on her phone, the oldest first. */
    const texts = async (count: number) => (await desk.texts(maya.msisdn, count)).map(({ text }) => text)
    return { desk, page, open, skip, texts }
  }

  /** Taps the link in the newest text on the page of her phone. */
  const tap = async (desk: Desk, page: Page) => {
    const { originator } = (await desk.texts(maya.msisdn)).at(-1)!
    await page.goto(`${desk.usher.url}/phone/${maya.msisdn.slice(1)}?at=from:${originator}`)
    const link = page.getByRole('region', { name: 'Texts with' }).locator('.bubble a').last()
    await page.goto(new URL((await link.getAttribute('href'))!, desk.usher.url!).href)
  }

  test('a reminder, a payment that fails, the ladder; paid by the link in a text, and nothing more comes', async () => {
    const { desk, page, skip, texts } = await newcomer({
      browser: { javaScriptEnabled: false },
      settled: desk => desk.usher.journeys.sweep(),
    })

    await skip('Go there')
    await texts(1)
    await skip('Go there')
    await texts(2)
    await skip('Go there')
    await texts(3)
    await tap(desk, page)
    await page.getByText('Your payment of $119.90 on Nov 10').waitFor()
    await page.getByLabel('A card that is declined').check()
    await page.getByRole('button', { name: 'Pay $119.90 with it' }).click()
    await page.getByText('did not go through').waitFor()
    await page.getByLabel('A card that works').check()
    await page.getByRole('button', { name: 'Pay $119.90 with it' }).click()
    await page.getByText('Paid. Thank you.').waitFor()
    await texts(4)
    // Past the last notice that she would have had.
    await skip('A week')
    await skip('A week')

    expect((await texts(4)).map(text => text.replace(/ \S+$/, ''))).toEqual([
      'Orpheum: your Premium plan renews on Nov 10 for $119.90 a year. To change or cancel it:',
      'Orpheum: your payment of $119.90 did not go through. Update your payment method by Nov 24 to keep watching:',
      'Orpheum: your payment of $119.90 is still open. You can watch until Nov 24. To pay or change your payment method:',
      expect.stringMatching(/^Orpheum: we received your payment of \$119\.90 on Nov 13\./),
    ])
  }, 120_000)

  test.each(['light', 'dark'] as const)(
    'axe finds nothing, in the %s, and nothing is wider than a phone',
    async colorScheme => {
      const { page, open, skip } = await newcomer({ browser: { colorScheme } })
      const looks = async (where: string) => {
        expect(await faults(page), where).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth), where).toBeLessThanOrEqual(390)
      }
      const press = async (path: string, button: string) => {
        await open(path)
        await page.getByRole('button', { name: button }).first().click()
        await page.waitForURL(/told=/)
      }

      await open('/desk/clock')
      await looks('the clock')
      await skip('A day')
      await looks('the clock, there')
      await open('/account')
      await page.getByLabel('Subscriber').selectOption(maya.id)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      await page.getByText('The next payment is').waitFor()
      await looks('/account')
      await press('/account/payment', 'The card is declined')
      await looks('/account/payment, owed')
      await open('/account')
      await looks('/account, owed')
      await press('/account/payment', 'Pay $119.90 with it')
      await looks('/account/payment, paid')
      await press('/account', 'Pause for 30 days')
      await looks('/account, paused')
      await open('/account/plan')
      await looks('/account/plan')
    },
  )
})
