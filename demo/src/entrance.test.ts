import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { browser, call, type FakeUsher, fakeUsher, orpheum, rightCode, rightProof, rightRecovery } from './desk.ts'
import { everybodysPassword } from './people.ts'

// The sample sign-in, by its pages. That it works beside a whole Usher is tested with the server.

type Web = ReturnType<typeof browser>

const maya = { id: 'orph-0001', who: 'maya.okafor@mail.example', password: everybodysPassword }

async function signIn(web: Web, fields: Record<string, string> = maya): Promise<void> {
  await web.open('/enter')
  await web.press('Go on', fields)
  if (web.address === '/enter/code') await web.press('Sign in', { code: rightCode })
}

/** An Usher to which the TV looks strange. */
function wary(): FakeUsher {
  const usher = fakeUsher()
  usher.judges = ({ userAgent }) => (String(userAgent).includes('SMART-TV') ? 'challenge' : 'allow')
  return usher
}

async function resetPassword(web: Web, who: string, fields: Record<string, string>): Promise<void> {
  await web.open('/forgot')
  await web.press('Send a code', { who })
  await web.press('Go on', { code: rightCode })
  await web.press('Change it', fields)
}

// ---- Password and code --------------------------------------------------------------------------------------------------

test('who has the password and the code is in; session, address and device go to Usher with both', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))

  await web.open('/enter')
  await web.press('Go on', maya)
  expect(web.address).toBe('/enter/code')
  expect(web.html).toMatch(/<input[^>]* type="text" inputmode="numeric" autocomplete="one-time-code"/)
  await web.press('Sign in', { code: rightCode })

  expect(web.address).toBe('/account/security')
  expect(web.text()).toContain('Maya Okafor, maya.okafor@mail.example')
  const [{ asked, tried }] = usher.verifications as [(typeof usher.verifications)[0]]
  expect(asked).toMatchObject({ subscriber: 'orph-0001', purpose: 'sign_in', anotherCarrier: true, ip: '127.0.0.1' })
  expect(asked.device).toMatch(/^[\w-]{43}$/)
  const { session, ip, device } = asked
  expect(tried).toEqual([{ code: rightCode, purpose: 'sign_in', session, ip, device }])
})

test('the id of the subscriber serves, too; the address does so in capital letters and with spaces around it', async () => {
  const usher = fakeUsher()
  const started = await orpheum(usher)

  for (const who of ['orph-0001', ' Maya.Okafor@MAIL.example ']) await signIn(browser(started), { ...maya, who })
  await signIn(browser(started), { ...maya, who: 'malgorzata.wojcik@mail.example' })
  await signIn(browser(started), { ...maya, who: 'orph-0021@mail.example' })

  expect(usher.verifications.map(({ asked, state }) => [asked.subscriber, state])).toEqual([
    ['orph-0001', 'approved'],
    ['orph-0001', 'approved'],
    ['orph-0019', 'approved'],
    ['orph-0021', 'approved'],
  ])
})

test('a wrong password and a name that nobody has are told in the same words, and no code is sent', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))

  const said: string[] = []
  for (const fields of [
    { who: 'nobody@mail.example', password: everybodysPassword },
    { ...maya, password: 'matinee' },
  ]) {
    await web.open('/enter')
    await web.press('Go on', fields)
    said.push(web.html.replace(`value="${fields.who}"`, ''))
    expect(web.text()).toContain('The name or the password is not right.')
  }

  expect(said[0]).toBe(said[1])
  expect(usher.verifications).toEqual([])
})

test('a code goes to Usher as it was typed', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))
  await web.open('/enter')
  await web.press('Go on', maya)

  await web.press('Sign in', { code: ' ０１２ 345-' })

  expect(usher.verifications[0]!.tried).toMatchObject([{ code: ' ０１２ 345-' }])
  expect(web.address).toBe('/account/security')
})

test('a wrong code says how many tries are left; after the last one another code is needed, and its tag is shown', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))
  await web.open('/enter')
  await web.press('Go on', maya)

  const said: string[] = []
  for (let i = 0; i < 6; i++) {
    await web.press('Sign in', { code: '999999' })
    said.push(/id="wrong"[^>]*>([^<]+)</.exec(web.html)![1]!)
  }
  expect(web.html).toMatch(/<input id="code"[^>]*aria-describedby="wrong"/)
  await web.press('Send another')
  expect(web.text()).toContain('We sent another one. The one before counts no more.')
  expect(web.text()).toContain('Code from the text that says “Request 7K”')
  await web.press('Sign in', { code: rightCode })

  expect(said).toEqual([
    'That code is not right. 4 tries are left.',
    'That code is not right. 3 tries are left.',
    'That code is not right. 2 tries are left.',
    'That code is not right. One try is left.',
    'That code is not right. It counts no more: have another one sent.',
    'That code counts no more. Have another one sent.',
  ])
  expect(web.address).toBe('/account/security')
})

test('the page says what becomes of the text, to whom has given the password and to nobody else', async () => {
  const usher = fakeUsher()
  usher.way = ['sending', 'sending', 'sent', 'delivered']
  const web = browser(await orpheum(usher))

  await web.open('/enter')
  await web.press('Go on', maya)
  expect(web.text()).toContain('The text It is on its way. Your carrier has it. It is on your phone.')
  expect(web.html).toMatch(/<\/html>$/)

  await web.open('/forgot')
  await web.press('Send a code', { who: maya.who })
  expect(web.text()).not.toContain('It is on')
  expect(web.text()).not.toContain('Maya')
})

test('where there were too many codes, or Usher is away, the page says so and nobody is in', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))
  await web.open('/enter')

  usher.refuses = { code: 'too_many_codes', status: 429, retryAfter: 240 }
  await web.press('Go on', maya)
  expect(web.text()).toContain('Enough codes were sent for now. Try again in 4 minutes.')
  usher.isAway = true
  await web.press('Go on', maya)
  expect(web.text()).toContain('We can’t do this just now. Try again in a minute.')

  await web.open('/account/security')
  expect(web.text()).toContain('Sign in with your password and a code')
})

test('to be chosen from the list of the demo opens no page of the account’s safety', async () => {
  const web = browser(await orpheum(fakeUsher()))
  await web.open('/account')
  await web.press('Sign in', { viewer: 'orph-0001' })

  await web.open('/account/security')

  expect(web.text()).toContain('Maya Okafor')
  expect(web.text()).not.toContain('Who came in')
  expect(web.text()).toContain('Sign in with your password and a code')
})

// ---- What Usher says of it ----------------------------------------------------------------------------------------------

test('each sign-in is told, wrong passwords and names that nobody has among them; the code comes on top', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))

  await web.open('/enter')
  await web.press('Go on', { ...maya, password: 'matinee' })
  await web.press('Go on', { ...maya, who: 'orph-9999' })
  await signIn(web)

  const [wrong, unknown, right] = usher.signIns
  expect(usher.signIns.map(({ outcome, factor, ip }) => [outcome, factor, ip])).toEqual([
    ['failed', 'password', '127.0.0.1'],
    ['failed', 'password', '127.0.0.1'],
    ['succeeded', 'password', '127.0.0.1'],
  ])
  expect([wrong!.subscriber, right!.subscriber]).toEqual(['orph-0001', 'orph-0001'])
  expect(unknown!.subscriber).toMatch(/^nobody-/)
  expect(right).toMatchObject({ device: wrong!.device, userAgent: expect.stringContaining('Chrome/140') })
})

test('where nothing is strange, a device that had a code before needs none', async () => {
  const usher = fakeUsher()
  const started = await orpheum(usher)
  const web = browser(started)
  await signIn(web)
  await web.press('Sign out')

  await web.open('/enter')
  await web.press('Go on', maya)
  expect(web.address).toBe('/account/security')
  expect(web.text()).toContain('no code was asked for')
  expect(usher.verifications).toHaveLength(1)

  await web.press('Sign out')
  usher.judges = () => 'challenge'
  await web.open('/enter')
  await web.press('Go on', maya)
  expect(web.address).toBe('/enter/code')
  const other = browser(started)
  usher.judges = () => 'allow'
  await other.open('/enter')
  await other.press('Go on', maya)
  expect(other.address).toBe('/enter/code')
})

test('who is denied is not let in, and not told why; the account shows it to whom it belongs', async () => {
  const usher = fakeUsher()
  const started = await orpheum(usher)
  const [home, web] = [browser(started), browser(started)]
  usher.judges = () => 'deny'

  await web.open('/enter')
  await web.press('Go on', { ...maya, from: 'vpn' })

  expect(web.text()).toContain('You can’t sign in this way just now.')
  expect(web.text()).not.toContain('km')
  expect(usher.verifications).toEqual([])
  usher.judges = () => 'allow'
  await signIn(home)
  expect(home.text()).toContain('behind a VPN in Amsterdam was not let in What Usher said: deny It is 754 km from')
})

// ---- A new password -----------------------------------------------------------------------------------------------------

test('with a code a new password is chosen; the other sessions end, the old password is over, and nobody is signed in by it', async () => {
  const usher = fakeUsher()
  const started = await orpheum(usher)
  const elsewhere = browser(started)
  await signIn(elsewhere)
  const web = browser(started)

  await resetPassword(web, maya.who, { password: 'Café noir', end: 'all' })

  expect(web.text()).toContain('The new password is in place. Sign in with it.')
  await web.open('/account/security')
  expect(web.text()).not.toContain('Who came in')
  await elsewhere.open('/account/security')
  expect(elsewhere.text()).toContain('The password was changed, so this session was ended.')
  await web.open('/enter')
  await web.press('Go on', maya)
  expect(web.text()).toContain('The name or the password is not right.')
  // The same letters, composed of others.
  await signIn(web, { ...maya, password: 'Café noir'.normalize('NFD') })
  expect(web.text()).toContain('a new password was chosen')
})

test('whether there is such an account can not be read from the pages that ask for a code', async () => {
  const usher = fakeUsher()
  const started = await orpheum(usher)

  for (const path of ['/forgot', '/lost']) {
    const said: string[] = []
    for (const who of ['maya.okafor@mail.example', 'nobody.at.all@mail.example']) {
      const web = browser(started)
      await web.open(path)
      await web.press('Send a code', { who })
      await web.press('Go on', { code: '999999', recovery: 'x' })
      said.push(web.html)
    }
    expect(said[0]).toBe(said[1])
  }

  // Usher is asked for both, and for the same nobody each time.
  const asked = usher.verifications.map(({ asked }) => asked.subscriber)
  expect(asked.map(id => (id === 'orph-0001' ? id : '-'))).toEqual(['orph-0001', '-', 'orph-0001', '-'])
  expect(asked[1]).toBe(asked[3])
})

test('no new password without a right code in this browser, and a right one serves once', async () => {
  const usher = fakeUsher()
  const started = await orpheum(usher)
  const web = browser(started)

  await web.open('/new-password')
  expect(web.address).toBe('/forgot')
  await web.press('Send a code', { who: maya.who })
  await web.open('/new-password')
  expect(web.address).toBe('/forgot')

  await resetPassword(web, maya.who, { password: 'short' })
  expect(web.text()).toContain('The password is too short')
  await web.press('Change it', { password: 'long enough' })
  await web.open('/new-password')
  expect(web.address).toBe('/forgot')
  await signIn(web, { ...maya, password: 'long enough' })
  expect(web.address).toBe('/account/security')
})

test('a link goes by mail, to who has an account and to nobody else, and the page says the same', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))

  const said: string[] = []
  for (const who of [maya.who, 'nobody@mail.example']) {
    await web.open('/forgot')
    await web.press('Send a link by e-mail', { who })
    said.push(`${web.address} ${web.html}`)
  }

  expect(said[0]).toBe(said[1])
  expect(usher.links).toMatchObject([
    { subscriber: 'orph-0001', ip: '127.0.0.1' },
    { subscriber: expect.stringMatching(/^nobody-/) },
  ])
  expect(usher.links.every(asked => 'device' in asked && !('session' in asked))).toBe(true)
  await web.open('/mail')
  expect(web.text().match(/To \S+@mail\.example/g)).toEqual(['To maya.okafor@mail.example'])
  expect(web.html).toMatch(/href="http:\/\/usher\.example\/o\/r\/[\w-]{43}">https:\/\/o\.orpheum\.example\/r\//)
})

test('who comes by a link chooses a new password in that browser; what they ticked stands there', async () => {
  const usher = fakeUsher()
  const started = await orpheum(usher)
  const [home, phone] = [browser(started), browser(started)]
  await signIn(home)

  usher.endsSessions = false
  await phone.open(`/reset?reset=${rightProof}`)
  expect(phone.address).toBe('/new-password')
  expect(phone.html).not.toMatch(/name="end"[^>]*checked/)
  usher.endsSessions = true
  await phone.open(`/reset?reset=${rightProof}`)
  expect(phone.html).toMatch(/name="end"[^>]*checked/)
  await phone.press('Change it', { password: 'the second password', end: 'all' })

  expect(phone.text()).toContain('The new password is in place.')
  await home.open('/account')
  expect(home.text()).toContain('The password was changed, so this session was ended.')
  await phone.open('/account/security')
  expect(phone.text()).toContain('Sign in with your password and a code')
})

test('a link that counts no more leads to where another is asked for', async () => {
  const web = browser(await orpheum(fakeUsher()))

  for (const path of ['/reset?reset=another', '/reset']) {
    await web.open(path)
    expect(web.text()).toMatch(/This link counts no more\. Ask for another one\..* Send a link by e-mail/)
  }
  await web.open('/new-password')

  expect(web.address).toBe('/forgot')
})

test('a code for a reset is none for a sign-in: each page takes what was begun on it', async () => {
  const web = browser(await orpheum(fakeUsher()))
  await web.open('/forgot')
  await web.press('Send a code', { who: maya.who })

  await web.open('/enter/code')

  expect(web.address).toBe('/enter')
})

// ---- Recovery -----------------------------------------------------------------------------------------------------------

test('recovery codes are made after the password was asked for once more, and shown once', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))
  await signIn(web)
  expect(web.text()).toContain('You have none.')

  await web.press('Make recovery codes', { password: 'matinee' })
  expect(web.text()).toContain('The password is not right.')
  await web.press('Make recovery codes', { password: everybodysPassword })
  expect(web.text()).toContain(rightRecovery)
  await web.open('/account/security/codes')

  expect(web.address).toBe('/account/security')
  expect(web.html).not.toContain(rightRecovery)
  expect(web.text()).toContain('You have 10 left.')
  expect(usher.stepUps).toEqual(['password'])
})

test('a new number is taken with the password and a code that went there, and what a text is worth is said before', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))
  await signIn(web)

  await web.open('/account/security/number')
  await web.press('Send a code there', { number: '+1 (212) 555-0177', password: 'matinee' })
  expect(web.text()).toContain('The password is not right.')
  expect(usher.changes).toEqual([])
  await web.press('Send a code there', { number: '+1 (212) 555-0177', password: everybodysPassword })
  expect(usher.changes).toEqual([{ number: '+12125550177', stepUp: 'password' }])
  expect(web.text()).toContain('Before you go on. A code by text keeps out whoever knows your password alone.')
  await web.press('Change my number', { code: '999999' })
  expect(web.text()).toContain('That code is not right.')
  await web.press('Change my number', { code: rightCode })

  expect(web.address).toBe('/account/security')
  expect(web.text()).toContain('To the number that ends in 77.')
  expect(web.text()).toContain('the number was changed')
})

test('an account is recovered by a code and a recovery code together: then it has a new password and a new address', async () => {
  const usher = fakeUsher()
  const web = browser(await orpheum(usher))
  await web.open('/lost')
  await web.press('Send a code', { who: 'orph-0001' })

  await web.press('Go on', { code: rightCode, recovery: 'AAAA-AAAA-AAAA-AAAA' })
  expect(web.text()).toContain('The two codes are not right. 4 tries are left.')
  await web.press('Go on', { code: rightCode, recovery: rightRecovery })
  await web.press('Change it', { password: 'a new password', mail: 'daniel.reyes@mail.example' })
  expect(web.text()).toContain('This e-mail address can’t be used.')
  await web.press('Change it', { password: 'a new password', mail: 'Maya@elsewhere.example' })
  await signIn(web, { who: 'maya@elsewhere.example', password: 'a new password' })

  expect(web.text()).toContain('Maya Okafor, maya@elsewhere.example')
  expect(web.text()).toContain('the account was recovered')
  await web.open('/enter')
  await web.press('Go on', { ...maya, password: 'a new password' })
  expect(web.text()).toContain('The name or the password is not right.')
})

// ---- Was it you? --------------------------------------------------------------------------------------------------------

/** Says of an alert what its owner answered, as Usher does. */
const answered = (about: unknown, type: 'alert.denied' | 'alert.confirmed') => {
  const at = new Date().toISOString()
  const data = {
    id: randomUUID(),
    subscriber: maya.id,
    event: 'sign_in',
    about,
    at,
    by: 'text',
    answeredAt: at,
    isLate: false,
  }
  return { id: randomUUID(), type, data }
}

test('what Usher challenges is asked about once it had the code; what it allows is not', async () => {
  const usher = wary()
  const started = await orpheum(usher)
  await signIn(browser(started))
  expect(usher.alerts).toEqual([])

  const tv = browser(started)
  await signIn(tv, { ...maya, from: 'tv' })
  await tv.open('/account/security')

  expect(usher.alerts).toMatchObject([{ subscriber: 'orph-0001', event: 'sign_in', device: 'a TV', place: 'Lyon' }])
  expect(tv.text()).toContain('A TV in Lyon you were asked by text whether it was you')
  // Whose it was is not known until they say so.
  expect(usher.settled).toEqual([])
})

test('what cannot be asked by text is asked by mail', async () => {
  const usher = wary()
  usher.asksByText = false
  const tv = browser(await orpheum(usher))

  await signIn(tv, { ...maya, from: 'tv' })
  await tv.open('/account/security')
  expect(tv.text()).toContain('A TV in Lyon you were asked by e-mail whether it was you')
  await tv.open('/mail')

  expect(tv.text()).toContain('Was this you? Somebody signed in on a TV in Lyon. Say whether it was you.')
  expect(tv.html).toMatch(/href="http:\/\/usher\.example\/o\/a\//)
  expect(usher.settled).toEqual([])
})

test('who says that it was not them ends all sessions, and gets in again by a new password alone', async () => {
  const usher = wary()
  const started = await orpheum(usher)
  const [home, tv] = [browser(started), browser(started)]
  await signIn(home)
  await signIn(tv, { ...maya, from: 'tv' })

  await call(started, usher.endpoints[0]!.secret, answered(usher.alerts[0]!.about, 'alert.denied'))

  await tv.open('/account')
  expect(tv.text()).toContain('This session was ended because you said that it wasn’t you.')
  expect(tv.text()).not.toContain('Sign out')
  await home.open('/account/security')
  expect(home.text()).toContain('You said that a sign-in was not you, so all sessions were ended.')
  await tv.open('/enter')
  await tv.press('Go on', { ...maya, from: 'tv' })
  expect(tv.text()).toContain('A new password first')
  await resetPassword(home, maya.who, { password: 'the second password' })
  await signIn(home, { ...maya, password: 'the second password' })
  expect(home.text()).toContain('you said that it was not you, so it was ended')
  // What was said once is not forgotten: the TV is asked about again.
  await signIn(tv, { ...maya, password: 'the second password', from: 'tv' })
  expect(usher.alerts).toHaveLength(2)
  expect(usher.settled).toEqual([['sign-in-2', false]])
})

test('a code that was asked for before they said that it was not them lets nobody in', async () => {
  const usher = wary()
  const started = await orpheum(usher)
  const web = browser(started)
  await web.open('/enter')
  await web.press('Go on', maya)

  await call(started, usher.endpoints[0]!.secret, answered('another', 'alert.denied'))
  await web.press('Sign in', { code: rightCode })

  expect(web.text()).toContain('E-mail address or subscriber id')
  await web.press('Go on', maya)
  expect(web.text()).toContain('A new password first')
})

test('who says that it was them changes nothing', async () => {
  const usher = wary()
  const started = await orpheum(usher)
  const tv = browser(started)
  await signIn(browser(started))
  await signIn(tv, { ...maya, from: 'tv' })

  await call(started, usher.endpoints[0]!.secret, answered(usher.alerts[0]!.about, 'alert.confirmed'))
  await tv.open('/account/security')

  expect(tv.text()).toContain('A TV in Lyon you said that it was you')
  expect(usher.settled).toEqual([['sign-in-2', true]])
})

// ---- Sessions -----------------------------------------------------------------------------------------------------------

test('a session can be ended from another one, which says so; nobody ends that of somebody else', async () => {
  const usher = fakeUsher()
  const started = await orpheum(usher)
  const [home, tv, stranger] = [browser(started), browser(started), browser(started)]
  await signIn(tv, { ...maya, from: 'tv' })
  await signIn(home)
  await signIn(stranger, { ...maya, who: 'orph-0002' })
  const [, id] = /name="session" value="([^"]+)"/.exec(home.html)!

  await stranger.post('/account/security/end', { session: id! })
  await tv.open('/account/security')
  expect(tv.text()).toContain('Chrome on Windows')
  expect(home.text()).toContain('A TV in Lyon')
  await home.press('End it')
  await tv.open('/account')

  expect(tv.text()).toContain('You ended this session from another one.')
  expect(tv.text()).not.toContain('Sign out')
  expect(home.text()).not.toContain('End it')
})

test('who signs in anew has one session on a device, and not two', async () => {
  const web = browser(await orpheum(fakeUsher()))
  await signIn(web)
  await signIn(web)

  expect(web.text()).toContain('This one, since')
  expect(web.text()).not.toContain('End it')
})

test('what somebody pretends goes to Usher as if they came from there, from the same device each time', async () => {
  const usher = fakeUsher()
  const started = await orpheum(usher)
  await signIn(browser(started), { ...maya, from: 'tv' })
  await signIn(browser(started), { ...maya, from: 'tv' })

  const { ip, device, userAgent } = usher.signIns[0]!
  expect(usher.signIns[1]).toMatchObject({ ip, device, userAgent })
  expect(ip).toBe('198.51.100.7')
  expect(usher.verifications[0]!.asked).toMatchObject({ ip, device })
})
