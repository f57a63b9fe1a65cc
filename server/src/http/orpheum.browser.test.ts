// The sample sign-in in a browser without script, with the codes read from the page of the phone beside it.
import { everybodysPassword } from '@usher/demo/people'
import { subscribers } from '@usher/demo/subscribers'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { faults, hasChromium, visitors } from '../../../console/src/browser.ts'
import { type Desk, deskAndOrpheum } from '../desk.ts'

const maya = subscribers[0]!
const password = (page: Page) => page.getByLabel(/password$/i)

describe.skipIf(!hasChromium)('in a browser', () => {
  const { visit, listen, expectComplaints } = visitors()

  /** A browser without script, and Maya's phone. */
  const newcomer = async (options: Parameters<typeof deskAndOrpheum>[0] = {}) => {
    const { desk, orpheum } = await deskAndOrpheum(options)
    const phone = await visit(desk, `/../phone/${maya.msisdn.slice(1)}`)
    const page = await visit(desk, '/../phone', { javaScriptEnabled: false })
    const open = (path: string) => page.goto(`${orpheum.url}${path}`)
    let texts = 0
    /** What the newest text says is the code, once one more has come than was read. */
    const code = async (): Promise<string> => {
      texts++
      const { originator } = (await desk.texts(maya.msisdn, texts)).at(-1)!
      await phone.goto(`${desk.usher.publicUrl}/phone/${maya.msisdn.slice(1)}?at=from:${originator}`)
      const text = phone.getByRole('region', { name: 'Texts with' }).locator('.bubble:has(.code)').last()
      return (await text.getByRole('button', { name: 'Copy' }).first().getAttribute('data-code'))!
    }
    return { desk, orpheum, page, phone, open, code }
  }

  test('a newcomer signs in with a code from the phone, chooses a new password, and recovers the account', async () => {
    const { page, open, code } = await newcomer()
    const signIn = async (who: string, word: string) => {
      await open('/enter')
      await page.getByLabel('E-mail address').fill(who)
      await password(page).fill(word)
      await page.getByRole('button', { name: 'Go on' }).click()
      await page.getByText('It is on your phone.').waitFor()
      // As somebody types it who reads it from the phone.
      const digits = await code()
      await page.getByLabel('Code from the text').fill(`${digits.slice(0, 3)} ${digits.slice(3)}`)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('heading', { name: 'Where your account is open' }).waitFor()
    }

    await signIn('maya.okafor@mail.example', everybodysPassword)
    await password(page).fill(everybodysPassword)
    await page.getByRole('button', { name: 'Make recovery codes' }).click()
    const saved = await page.locator('ol.codes code').allTextContents()
    expect(saved).toHaveLength(10)

    await open('/enter')
    await page.getByRole('link', { name: 'I forgot my password' }).click()
    await page.getByLabel('E-mail address').fill('maya.okafor@mail.example')
    await page.getByRole('button', { name: 'Send a code' }).click()
    await page.getByLabel('Code from the text').fill(await code())
    await page.getByRole('button', { name: 'Go on' }).click()
    await password(page).fill('the second password')
    await page.getByRole('button', { name: 'Change it' }).click()
    await page.getByText('The new password is in place.').waitFor()
    await open('/account')
    await page.getByText('so this session was ended').waitFor()
    await signIn('orph-0001', 'the second password')

    await open('/lost')
    await page.getByLabel('E-mail address').fill('orph-0001')
    await page.getByRole('button', { name: 'Send a code' }).click()
    await page.getByLabel('Code from the text').fill(await code())
    await page.getByLabel('Recovery code').fill(saved[3]!.toLowerCase().replaceAll('-', ' '))
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByLabel('New e-mail address').fill('maya@elsewhere.example')
    await password(page).fill('the third password')
    await page.getByRole('button', { name: 'Change it' }).click()
    await page.getByText('The new password is in place.').waitFor()
    await signIn('maya@elsewhere.example', 'the third password')
    await page.getByText('You have 9 left.').waitFor()
  })

  test('a mailed link leads, without script, to a new password, and serves once', async () => {
    const { page, open } = await newcomer()
    await open('/forgot')
    await page.getByLabel('E-mail address').fill('maya.okafor@mail.example')
    await page.getByRole('button', { name: 'Send a link by e-mail' }).click()
    await page.getByText('If there is such an account').waitFor()
    await page.getByRole('link', { name: 'The e-mails that Orpheum would have sent' }).click()
    const link = await page.getByRole('link', { name: 'https://o.orpheum.example/r/' }).getAttribute('href')

    await page.goto(link!)
    expect(await page.getByLabel('Sign me out everywhere else').isChecked()).toBe(true)
    await page.getByRole('button', { name: 'Go on' }).click()
    await page.getByRole('heading', { name: 'Choose a new password' }).waitFor()
    expect(new URL(page.url()).search).toBe('')
    await password(page).fill('the second password')
    await page.getByRole('button', { name: 'Change it' }).click()
    await page.getByText('The new password is in place.').waitFor()

    expectComplaints(/status of 410/)
    await page.goto(link!)
    await page.getByRole('heading', { name: 'This link counts no more' }).waitFor()
  })

  test('a strange sign-in is asked about on the phone; NO ends it, and a new password is wanted', async () => {
    const { desk, orpheum, page, phone, open, code } = await newcomer()
    const signIn = async (from: string) => {
      await open('/enter')
      await page.getByLabel('E-mail address').fill(maya.id)
      await password(page).fill(everybodysPassword)
      await page.getByLabel('Pretend to sign in from').selectOption(from)
      await page.getByRole('button', { name: 'Go on' }).click()
    }
    for (const from of ['', 'tv']) {
      await signIn(from)
      await page.getByText('It is on your phone.').waitFor()
      await page.getByLabel('Code from the text').fill(await code())
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page
        .getByText(from === 'tv' ? 'A TV in Lyon' : 'Chrome on Linux')
        .first()
        .waitFor()
    }

    await phone.getByText('New sign-in, a TV, Lyon').first().waitFor()
    const denied = new Promise<void>(resolve => {
      desk.usher.events.on('delivery.moved', () => {
        if (orpheum.receiver.calls().some(({ told }) => told?.type === 'alert.denied')) resolve()
      })
    })
    await phone.getByRole('button', { name: 'NO', exact: true }).click()
    await denied
    await open('/account/security')

    await page.getByText('This session was ended because you said that it wasn’t you.').waitFor()
    await signIn('tv')
    await page.getByRole('heading', { name: 'A new password first' }).waitFor()
    await page.getByRole('link', { name: 'Choose a new password' }).click()
    await page.getByRole('heading', { name: 'A new password' }).waitFor()
  })

  test('the page can be used while the text is on its way', async () => {
    const { page, open, code } = await newcomer({ knobs: { receiptMissing: 1 } })
    await open('/enter')
    await page.getByLabel('E-mail address').fill(maya.id)
    await password(page).fill(everybodysPassword)
    await page.getByRole('button', { name: 'Go on' }).click()

    await page.getByText('Your carrier has it.').waitFor()
    expect(await page.evaluate(() => document.readyState)).toBe('loading')
    await page.getByLabel('Code from the text').fill(await code())
    await page.getByRole('button', { name: 'Sign in' }).click()

    await page.getByRole('heading', { name: 'Safety' }).waitFor()
  })

  test('the whole way goes by keyboard: the field that is wanted has the focus, and what is wrong is said with it', async () => {
    const { page, open } = await newcomer()
    expectComplaints(/status of 422/)
    await open('/enter')
    await page.getByLabel('E-mail address').focus()
    await page.keyboard.type('orph-0001')
    await page.keyboard.press('Tab')
    await page.keyboard.type('wrong')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('The name or the password is not right.').waitFor()
    await password(page).focus()
    await page.keyboard.type(everybodysPassword)
    await page.keyboard.press('Enter')

    const field = page.getByLabel('Code from the text')
    await field.waitFor()
    await page.getByText('It is on your phone.').waitFor()
    expect(await field.getAttribute('autocomplete')).toBe('one-time-code')
    await page.keyboard.type('000000')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').getByText('4 tries are left').waitFor()
  })

  test.each(['light', 'dark'] as const)(
    'axe finds nothing, in the %s, and nothing is wider than a phone',
    async colorScheme => {
      const { desk, orpheum } = await deskAndOrpheum()
      expectComplaints(/status of 422/)
      const page = await visit(desk, '/../phone', { colorScheme, viewport: { width: 390, height: 844 } })
      listen(page)
      const looks = async (where: string) => {
        expect(await faults(page), where).toEqual([])
        expect(await page.evaluate(() => document.documentElement.scrollWidth), where).toBeLessThanOrEqual(390)
      }
      const open = async (path: string) => {
        await page.goto(`${orpheum.url}${path}`)
        await looks(path)
      }
      const give = async (path: string, who: string, button: string) => {
        await page.goto(`${orpheum.url}${path}`)
        await page.getByLabel('E-mail address').fill(who)
        if (path === '/enter') await password(page).fill(everybodysPassword)
        await page.getByRole('button', { name: button }).click()
        await page.getByLabel('Code from the text').waitFor()
      }

      for (const path of [
        '/enter',
        '/forgot',
        '/forgot/mail',
        '/mail',
        '/lost',
        '/account',
        '/account/security',
        '/enter?after=password',
      ])
        await open(path)
      await page.goto(`${orpheum.url}/forgot`)
      await page.getByLabel('E-mail address').fill(maya.id)
      await page.getByRole('button', { name: 'Send a link by e-mail' }).click()
      await open('/mail')
      await page.getByRole('link', { name: '/r/' }).click()
      await page.getByRole('heading', { name: 'A new password' }).waitFor()
      await looks('/r/')
      await give('/lost', 'orph-0002', 'Send a code')
      await looks('/lost/code')
      await give('/forgot', maya.id, 'Send a code')
      await page.getByRole('button', { name: 'Send another' }).click()
      await page.getByText('We sent another one.').waitFor()
      await looks('/forgot/code')
      await page.getByLabel('Code from the text').fill(await newest(desk, 2))
      await page.getByRole('button', { name: 'Go on' }).click()
      await page.getByLabel('New password').waitFor()
      await looks('/new-password')
      await give('/enter', maya.id, 'Go on')
      await page.getByText('It is on your phone.').waitFor()
      await looks('/enter/code')
      await page.getByLabel('Code from the text').fill(await newest(desk, 3))
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('heading', { name: 'Safety' }).waitFor()
      await looks('/account/security, inside')
      await password(page).fill('wrong')
      await page.getByRole('button', { name: 'Make recovery codes' }).click()
      await page.getByText('The password is not right.').waitFor()
      await looks('/account/security, with something wrong')
      await password(page).fill(everybodysPassword)
      await page.getByRole('button', { name: 'Make recovery codes' }).click()
      await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor()
      await looks('/account/security/codes')
    },
  )
})

/** The code in the newest of so many texts. */
async function newest(desk: Desk, count: number): Promise<string> {
  const texts = await desk.texts(maya.msisdn, count)
  return /#(\d+)/.exec(texts.at(-1)!.text)![1]!
}
