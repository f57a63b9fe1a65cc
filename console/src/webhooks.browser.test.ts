// The pages of webhooks and links as an operator has them, through the real server: an endpoint is made, fails and takes its
// delivery after all; a link is made, followed, judged and revoked.
import type { MadeLink } from '@usher/contract/link'
import type { WebhookEndpoint } from '@usher/contract/webhook'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { type Desk, testDesk } from '../../server/src/desk.ts'
import { receiver } from '../../server/src/faults/receiver.ts'
import { faults, hasChromium, visitors } from './browser.ts'

/** As a phone's browser asks. */
const phone = {
  'user-agent':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'accept-language': 'en-GB,en;q=0.9',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
  'sec-fetch-site': 'none',
}
const follow = (desk: Desk, url: string, headers: Record<string, string>) =>
  fetch(`${desk.usher.url}/o${new URL(url).pathname}`, { headers, redirect: 'manual' })

describe.skipIf(!hasChromium)('in a browser', () => {
  const { visit, expectComplaints } = visitors()

  const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name })
  const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name })

  test('an endpoint is made, its test fails, is told why, and arrives once its program is mended', async () => {
    const ours = await receiver()
    ours.answers(500)
    const desk = await testDesk({ env: { USHER_WEBHOOK_ALLOW: ours.place } })
    const administrator = await desk.operator('administrator')
    const page = await visit(desk, '/webhooks', { as: administrator })
    await page.getByText('Nobody is called yet').waitFor()
    expect(await faults(page)).toEqual([])

    await button(page, 'Make the first endpoint').click()
    expectComplaints(/status of 422/)
    await page.getByLabel('Address').fill('https://127.0.0.1/hooks')
    await button(page, 'Make it').click()
    await page.getByText(/The address is private/).waitFor()
    await page.getByLabel('Address').fill(ours.url)
    await button(page, 'Make it').click()
    await page
      .getByText(/whsec_/)
      .first()
      .waitFor()
    expect(await faults(page)).toEqual([])
    await button(page, 'I have it').click()
    await heading(page, /hooks\/usher/).waitFor()
    expect(await page.content()).not.toContain('whsec_')

    await button(page, 'Send test').click()
    await page.getByText('The test was not taken').waitFor()
    await page.getByText(/500/).first().waitFor()
    expect(await faults(page)).toEqual([])
    ours.answers(204)
    await page.getByRole('link', { name: 'See the delivery' }).click()
    const delivery = page.getByRole('region', { name: 'The open delivery' })
    await delivery.getByText('"webhook.test"').waitFor()
    await delivery.getByRole('button', { name: 'Deliver now' }).click()
    const [first, second] = await ours.hears(2)
    expect(second!.id).toBe(first!.id)
    await delivery.getByText('delivered').first().waitFor()
    expect(await faults(page)).toEqual([])
  })

  test('who may only look is offered nothing that changes', async () => {
    const desk = await testDesk()
    await desk.ask('POST', '/v1/webhooks', { url: 'https://orpheum.example/hooks', types: ['event.bad'] })
    const { items } = (await desk.ask('GET', '/v1/webhooks')).body as { items: WebhookEndpoint[] }
    const viewer = await desk.operator('viewer')
    const page = await visit(desk, '/webhooks', { as: viewer })
    await page.getByText('orpheum.example/hooks').first().waitFor()
    expect(await button(page, 'New endpoint').count()).toBe(0)

    await page.goto(`${desk.usher.publicUrl}/console/webhooks/${items[0]!.id}?tab=settings`)
    await heading(page, /orpheum\.example\/hooks/).waitFor()
    expect(await button(page, /Send test|Pause|Replace|Delete/).count()).toBe(0)

    await page.goto(`${desk.usher.publicUrl}/console/links`)
    await page.getByText('Nobody has followed a link yet').waitFor()
    expect(await button(page, 'Make a link').count()).toBe(0)
    expect(await faults(page)).toEqual([])
  })

  test('a link is followed by a person and a preview, and judged while one looks; revoked, it leads nowhere', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const { body } = await desk.ask('POST', '/v1/links', {
      ...{ destination: 'https://orpheum.example/account', purpose: 'account.payment', subscriber: 'sub-1' },
    })
    const { url, link } = body as MadeLink
    const page = await visit(desk, '/links', { as: await desk.operator('support') })
    await page.getByText('Nobody has followed a link yet').waitFor()

    await follow(desk, url, { 'user-agent': 'WhatsApp/2.24.6.77 A' })
    expect((await follow(desk, url, phone)).status).toBe(302)

    const rows = page.getByRole('table', { name: 'Clicks, newest first' }).getByRole('row')
    await rows.filter({ hasText: 'human' }).filter({ hasText: 'Safari' }).waitFor()
    await rows.filter({ hasText: 'machine' }).filter({ hasText: 'WhatsApp' }).waitFor()
    expect(await faults(page)).toEqual([])

    await page.goto(`${desk.usher.publicUrl}/console/links?view=links&open=${link.id}`)
    const panel = page.getByRole('region', { name: 'The open link' })
    await panel.getByRole('button', { name: /Revoke/ }).click()
    const asked = page.getByRole('dialog', { name: 'Revoke this link?' })
    await asked.getByRole('button', { name: /Revoke/ }).click()
    await panel
      .getByText(/revoked/i)
      .first()
      .waitFor()
    expect(await faults(page)).toEqual([])

    expect((await follow(desk, url, phone)).status).toBe(410)
  })
})
