// Finding people, seeing a number whole, and taking a waiting text back.
import type { Message } from '@usher/contract/message'
import type { Subscriber } from '@usher/contract/subscriber'
import { expect, test } from 'vitest'
import { aNumber, type Desk, testDesk } from '../desk.ts'

const idsOf = (body: unknown) => (body as { items: Subscriber[] }).items.map(({ id }) => id)

test('subscribers are found by the beginning of their id, or by their number to the last digit', async () => {
  const desk = await testDesk({ demo: true })
  await desk.subscriber({ id: 'vip_1', number: '+447700900801' })
  await desk.subscriber({ id: 'vipx1', number: '+447700900802' })
  await desk.subscriber({ id: 'VIP-2', number: '+447700900803' })

  const found = async (query: string) => idsOf((await desk.ask('GET', `/v1/subscribers?${query}`)).body)

  expect(await found('id=vip')).toEqual(['vipx1', 'vip_1'])
  expect(await found('id=vip_')).toEqual(['vip_1'])
  expect(await found('id=%25')).toEqual([])
  expect(await found(`number=${encodeURIComponent('+447700900803')}`)).toEqual(['VIP-2'])
  expect(await found(`number=${encodeURIComponent('+44770090080')}`)).toEqual([])
})

test('the list is paged from the newest on, numbers masked, and shows no bare number and nobody who was erased', async () => {
  const desk = await testDesk({ demo: true })
  for (const i of [1, 2, 3]) await desk.subscriber({ id: `p-${i}`, number: `+44770090081${i}` })
  await desk.send({
    number: '+447700900899',
    purpose: 'code.sign_in',
    template: 'code.sign_in',
    data: { code: '482913', minutes: 10 },
  })
  await desk.ask('DELETE', '/v1/subscribers/p-2')

  const first = await desk.ask('GET', '/v1/subscribers?limit=1&id=p-')
  const { next } = first.body as { next: string }
  const second = await desk.ask('GET', `/v1/subscribers?limit=1&id=p-&cursor=${next}`)
  const bare = await desk.ask('GET', `/v1/subscribers?number=${encodeURIComponent('+447700900899')}`)

  expect([...idsOf(first.body), ...idsOf(second.body)]).toEqual(['p-3', 'p-1'])
  expect((second.body as { next: string | null }).next).toBeNull()
  expect(JSON.stringify(first.body)).not.toContain('+447700900813')
  expect(idsOf(bare.body)).toEqual([])
})

test('a number is revealed to who may see it, with a reason that is recorded', async () => {
  const desk = await testDesk()
  await desk.subscriber({ id: 'ana' })
  const support = await desk.operator('support')
  const administrator = await desk.operator('administrator')

  const bare = await desk.askAs(support, 'POST', '/v1/subscribers/ana/reveal', { reason: ' ' })
  const seen = await desk.askAs(support, 'POST', '/v1/subscribers/ana/reveal', {
    reason: 'She called from another phone',
  })
  const viewer = await desk.askAs(await desk.operator('viewer'), 'POST', '/v1/subscribers/ana/reveal', {
    reason: 'curious',
  })
  const key = await desk.ask('POST', '/v1/subscribers/ana/reveal', { reason: 'a script' })

  expect(bare.status).toBe(422)
  expect(seen.body).toEqual({ number: aNumber })
  expect(seen.headers.get('cache-control')).toBe('no-store')
  expect([viewer.status, key.status]).toEqual([403, 403])
  const { body } = await desk.askAs(administrator, 'GET', '/v1/audit?action=number.revealed')
  expect((body as { items: object[] }).items).toMatchObject([
    { operator: { id: support.id }, subject: 'ana', detail: { reason: 'She called from another phone' } },
  ])
  expect(JSON.stringify(body)).not.toContain(aNumber)
})

test('who has no number has none to reveal', async () => {
  const desk = await testDesk()
  await desk.ask('PUT', '/v1/subscribers/ana', { locale: 'en' })
  const support = await desk.operator('support')

  const { status, body } = await desk.askAs(support, 'POST', '/v1/subscribers/ana/reveal', { reason: 'She called us' })

  expect([status, (body as { code: string }).code]).toEqual([409, 'no_number'])
})

async function aWaitingText(desk: Desk): Promise<string> {
  await desk.subscriber()
  const { body } = await desk.send({
    subscriber: 'sub-1',
    purpose: 'account.plan',
    text: 'Orpheum: your plan changes.',
    notBefore: '2026-11-03T15:00:00Z',
  })
  return (body as Message).id
}

test('a text that waits is cancelled, once, and never sent', async () => {
  const desk = await testDesk()
  const id = await aWaitingText(desk)
  const support = await desk.operator('support')

  const first = await desk.askAs(support, 'POST', `/v1/messages/${id}/cancel`)
  const second = await desk.askAs(support, 'POST', `/v1/messages/${id}/cancel`)
  desk.clock.moveTo(new Date('2026-11-03T16:00:00Z'))
  const { body: later } = await desk.send({ subscriber: 'sub-1', purpose: 'account.plan', text: 'Orpheum: as before.' })
  await desk.reaches((later as Message).id, 'delivered')

  expect(first.body).toMatchObject({ id, state: 'cancelled', reason: 'asked' })
  expect([second.status, (second.body as { code: string }).code]).toEqual([409, 'not_waiting'])
  expect((await desk.texts(aNumber)).map(({ text }) => text)).toEqual(['Orpheum: as before.'])
  const { body } = await desk.askAs(await desk.operator('administrator'), 'GET', `/v1/audit?subject=${id}`)
  expect((body as { items: object[] }).items).toMatchObject([
    { action: 'message.cancelled', operator: { id: support.id } },
  ])
})

test('a text that was delivered is not taken back, and one that never was is not found', async () => {
  const desk = await testDesk()
  await desk.subscriber()
  const { body } = await desk.send({
    subscriber: 'sub-1',
    purpose: 'account.plan',
    text: 'Orpheum: your plan changes.',
  })
  const { id } = await desk.reaches((body as Message).id, 'delivered')

  const delivered = await desk.ask('POST', `/v1/messages/${id}/cancel`)
  const unknown = await desk.ask('POST', '/v1/messages/01a19dd8-e79c-701c-9f3e-5b0d2a7c4e18/cancel')

  expect([delivered.status, unknown.status]).toEqual([409, 404])
  expect(await desk.message(id)).toMatchObject({ state: 'delivered' })
})
