// The whole way with a browser at the far end: a text sent by HTTP is on the phone's page, and what is written there is
// read over the API.
import { chromium } from 'playwright-core'
import { expect, test } from 'vitest'
import { testDesk } from '../desk.ts'

const executablePath = process.env.USHER_TEST_CHROMIUM ?? '/usr/bin/chromium'
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']

test.skipIf(executablePath === '')('a text sent by HTTP is seen on the phone, and the reply over the API', async () => {
  const desk = await testDesk()
  const number = '+447700900977'
  await desk.subscriber({ number })
  const browser = await chromium.launch({ executablePath, args })
  try {
    const page = await browser.newPage()
    const broken: string[] = []
    page.on('console', said => said.type() === 'error' && broken.push(said.text()))
    await page.goto(`${desk.usher.url}/phone/${number.slice(1)}`)

    await desk.send({
      subscriber: 'sub-1',
      purpose: 'alert.security',
      template: 'alert.security',
      data: { event: 'sign_in', device: 'Chrome on Windows', place: 'Lisbon, PT', time: '22:14' },
    })
    // It appears by itself, without a reload.
    await page.getByRole('list', { name: 'New texts' }).getByText('new sign-in, Chrome on Windows').click()
    const thread = page.getByRole('region', { name: 'Texts with' })
    await thread.getByText('new sign-in, Chrome on Windows').waitFor()
    await page.getByRole('button', { name: 'NO', exact: true }).click()
    await thread.getByText('NO', { exact: true }).waitFor()
    const [stored] = await desk.heard()

    expect(stored).toMatchObject({ subscriber: 'sub-1', to: '67744', text: 'NO' })
    expect(broken).toEqual([])
  } finally {
    await browser.close()
  }
})
