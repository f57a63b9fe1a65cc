// One account's history by its front door: what happened in one list, in order and page by page, and nothing of anybody else.
import type { AccountHistory } from '@usher/contract/account-history'
import { expect, test } from 'vitest'
import { aNumber, type Desk, testDesk } from '../desk.ts'

const pass = (desk: Desk, minutes: number) => desk.clock.moveTo(new Date(desk.clock.now().getTime() + minutes * 60_000))
const history = async (desk: Desk, query = '', who = 'sub-1') =>
  (await desk.ask('GET', `/v1/subscribers/${who}/security${query}`)).body as AccountHistory

/** A code that was right, a sign-in, recovery codes, an alert that is denied, a link, and the same of somebody else. */
async function lived() {
  const desk = await testDesk()
  await desk.subscriber()
  await desk.subscriber({ id: 'sub-2', number: '+447700900124' })
  const post = async (path: string, body: object) => {
    pass(desk, 1)
    return (await desk.ask('POST', path, body)).body as { id: string }
  }
  const { id } = await post('/v1/verifications', { subscriber: 'sub-1', purpose: 'sign_in' })
  const code = /#(\d+)$/.exec((await desk.texts(aNumber))[0]!.text)![1]!
  await desk.ask('POST', `/v1/verifications/${id}/check`, { code: '0' })
  await desk.ask('POST', `/v1/verifications/${id}/check`, { code })
  const came = { ip: '203.0.113.9', userAgent: '', outcome: 'succeeded' }
  await post('/v1/sign-ins', { subscriber: 'sub-1', ...came })
  await post('/v1/subscribers/sub-1/recovery-codes', { stepUp: 'passkey' })
  await post('/v1/alerts', { subscriber: 'sub-1', event: 'email', about: 'a' })
  await desk.texts(aNumber, 2)
  await desk.reply(aNumber, '67744', 'NO')
  await desk.heard(1)
  await post('/v1/reset-links', { subscriber: 'sub-1' })
  for (const path of ['/v1/verifications', '/v1/reset-links'])
    await post(path, { subscriber: 'sub-2', ...(path === '/v1/verifications' ? { purpose: 'reset' } : {}) })
  return desk
}

test('codes, sign-ins, alerts, links and recovery codes stand in one list, newest first', async () => {
  const desk = await lived()

  const { items, next } = await history(desk)

  expect(next).toBeNull()
  expect(items).toMatchObject([
    { kind: 'reset_link', state: 'open' },
    { kind: 'alert', alert: { event: 'email', state: 'denied', by: 'text' } },
    { kind: 'recovery_codes', what: 'made' },
    { kind: 'sign_in', signIn: { answer: 'allow', place: { country: 'GB' } } },
    { kind: 'code', purpose: 'sign_in', state: 'approved', sends: 1, wrong: 1, notSent: null },
    ...items.slice(5),
  ])
  // Their number came with them.
  expect(new Set(items.slice(5).map(({ kind }) => kind))).toEqual(new Set(items.length > 5 ? ['number'] : []))
  expect(JSON.stringify(items)).not.toContain(aNumber)
})

test('page by page it is the same', async () => {
  const desk = await lived()
  const { items } = await history(desk)

  const pieces: AccountHistory['items'] = []
  for (let before: string | null = ''; before !== null; ) {
    const page: AccountHistory = await history(desk, `?limit=2${before && `&before=${before}`}`)
    pieces.push(...page.items)
    before = page.next
  }

  expect(pieces).toEqual(items)
})

test('what was used, replaced, too old or not sent says so', async () => {
  const desk = await lived()
  pass(desk, 31)
  await desk.ask('POST', '/v1/verifications', { subscriber: 'sub-2', purpose: 'sign_in' })

  const [first] = (await history(desk)).items
  const others = (await history(desk, '', 'sub-2')).items

  expect(first).toMatchObject({ kind: 'reset_link', state: 'expired' })
  expect(others.filter(({ kind }) => kind === 'code')).toMatchObject([{ state: 'pending' }, { state: 'expired' }])
})
