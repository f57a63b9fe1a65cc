// What the browser suites stand on: one Chromium for a file, a context of its own for each visit, and every complaint of a
// page (its console, an exception, its content-security policy, a dialog) as a failure of the test it came up in.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import type { Desk, DeskOperator } from '../../server/src/desk.ts'

const executablePath = process.env.USHER_TEST_CHROMIUM ?? '/usr/bin/chromium'
export const hasChromium = executablePath !== ''
const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export interface Visit extends BrowserContextOptions {
  /** Who is signed in; nobody where it is left out. */
  as?: DeskOperator
}

export interface Visitors {
  /** Opens an address of the console, below /console, in a context of its own. */
  visit(desk: Desk, path: string, visit?: Visit): Promise<Page>
  /** A page that is opened by other means complains to the same list. */
  listen(page: Page): Page
  /** What this test provokes: lines of the console that are no failure in it. */
  expectComplaints(...like: RegExp[]): void
}

/** That nobody is signed in is asked and answered on every first visit; the browser writes it down as an error. */
const usual = /status of (401|409)/

export function visitors(): Visitors {
  let browser: Browser
  let complaints: string[]
  let expected: RegExp[]
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args })
  })
  afterAll(() => browser.close())
  beforeEach(() => {
    complaints = []
    expected = [usual]
  })
  afterEach(async () => {
    const heard = complaints.filter(line => !expected.some(like => like.test(line)))
    for (const context of browser.contexts()) await context.close()
    expect(heard, 'complaints of the pages').toEqual([])
  })

  const listen = (page: Page) => {
    page.on('console', said => {
      if (said.type() === 'error' || /content.security.policy/i.test(said.text())) complaints.push(said.text())
    })
    page.on('pageerror', error => complaints.push(error.message))
    page.on('dialog', dialog => {
      complaints.push(`a dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    return page
  }
  return {
    listen,
    expectComplaints: (...like) => expected.push(...like),
    async visit(desk, path, { as, ...options } = {}) {
      const context = await browser.newContext({
        viewport: { width: 1280, height: 900 },
        reducedMotion: 'reduce',
        ...options,
      })
      // Below that of a test, so that what did not come is named by its line.
      context.setDefaultTimeout(20_000)
      if (as) await context.addCookies([cookieFor(desk, as)])
      const page = listen(await context.newPage())
      await page.goto(`${desk.usher.publicUrl}/console${path}`)
      return page
    },
  }
}

export const cookieFor = (desk: Desk, { cookie }: DeskOperator) => ({
  name: cookie.slice(0, cookie.indexOf('=')),
  value: cookie.slice(cookie.indexOf('=') + 1),
  url: desk.usher.publicUrl,
})

/**
 * What axe finds wrong, in a few words: all it looks for, or the contrasts alone, where only the theme is another. Colours
 * on their way from one theme to the other are waited for.
 */
export async function faults(page: Page, of: 'all' | 'contrasts' = 'all'): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(axe)
  return page.evaluate(async of => {
    const moving = document.getAnimations().filter(one => one instanceof CSSTransition)
    await Promise.all(moving.map(one => one.finished.catch(() => {})))
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') }
    const { violations } = await axe.run(of === 'all' ? {} : { runOnly: ['color-contrast'] })
    return violations.flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    )
  }, of)
}
