// The hours and caps of regions as an operator changes them: what may be saved, what is said first, and that every text is
// judged by it: when it is accepted, when it is asked about, and right before it is written.
import type { Acceptance, Explanation } from '@usher/contract/message'
import type { Decision, Policy } from '@usher/contract/policy'
import type { PolicyPreview, Region } from '@usher/contract/region'
import { expect, test } from 'vitest'
import { aNumber, type Desk, type DeskOperator, testDesk } from '../desk.ts'

const why = 'Complaints in October; agreed with legal.'
const daily = (from: string, to: string) => ({
  ...{ weekday: { from, to }, saturday: { from, to }, sunday: null, holiday: null },
})
/** A Monday, 15:00 in London, which closes at two in the afternoon by this. */
const earlier = { GB: { hours: daily('10:00', '14:00'), why } }
const anOffer = { subscriber: 'sub-1', purpose: 'offer', text: 'Orpheum: half price tonight. Reply STOP to end.' }

interface Problem {
  code: string
  detail?: string
  errors?: { at: string; detail: string }[]
}

async function administrated() {
  const desk = await testDesk()
  const operator = await desk.operator('administrator')
  const { body: first } = await desk.ask('GET', '/v1/policy')
  return { desk, operator, first: first as Policy }
}
const put = async (desk: Desk, operator: DeskOperator, first: Policy, regions: object) => {
  const { status, body } = await desk.askAs(operator, 'PUT', '/v1/policy', { ...first, regions })
  return { status, body: body as Policy & Problem }
}
const regionOf = async (desk: Desk, name: string) =>
  ((await desk.ask('GET', '/v1/regions')).body as { items: Region[] }).items.find(({ region }) => region === name)!

test('stricter hours are saved as they are, shown beside the shipped ones, audited, and taken back', async () => {
  const { desk, operator, first } = await administrated()

  expect(await put(desk, operator, first, earlier)).toMatchObject({ status: 200, body: { regions: earlier } })

  expect(await regionOf(desk, 'GB')).toMatchObject({
    ...{
      hours: { weekday: { from: '10:00', to: '14:00' } },
      shipped: { hours: { weekday: { from: '09:00', to: '20:00' } } },
    },
    override: { of: ['hours'], why, widens: null, wider: [] },
  })
  expect(await put(desk, operator, first, {})).toMatchObject({ status: 200, body: { regions: {} } })
  expect(await regionOf(desk, 'GB')).toMatchObject({ override: null, hours: { weekday: { from: '09:00' } } })
  const { items } = (await desk.askAs(operator, 'GET', '/v1/audit?action=policy.changed')).body as {
    items: { detail: object }[]
  }
  expect(items.map(({ detail }) => detail)).toEqual([
    { regions: { before: earlier, after: {} } },
    { regions: { before: {}, after: earlier } },
  ])
})

test('what is wider than the shipped rule is refused with where it is, until it says why it may be', async () => {
  const { desk, operator, first } = await administrated()
  const hours = { ...daily('07:00', '19:00'), isHolidayAsDay: true }
  const wide = { hours, caps: [], why }

  const refused = await put(desk, operator, first, { 'US-FL': wide, GB: earlier.GB })

  expect(refused).toMatchObject({ status: 422, body: { code: 'wider_than_shipped' } })
  expect(refused.body.errors).toEqual([
    { at: 'body.regions.US-FL', detail: 'US-FL: Monday to Friday: 07:00-19:00; shipped 08:00-20:00.' },
    { at: 'body.regions.US-FL', detail: 'US-FL: Saturday: 07:00-19:00; shipped 08:00-20:00.' },
    {
      at: 'body.regions.US-FL',
      detail: 'US-FL: Caps: the shipped 3 in 24 h (same subject) would not hold any more.',
    },
  ])
  const widens = 'All of them are customers of ours; counsel says that the cap is not meant.'
  expect((await put(desk, operator, first, { 'US-FL': { ...wide, widens } })).status).toBe(200)
  expect(await regionOf(desk, 'US-FL')).toMatchObject({
    ...{ hours: { weekday: { from: '07:00' } }, caps: [], override: { of: ['hours', 'caps'], widens } },
  })
  expect((await regionOf(desk, 'US-FL')).override!.wider).toHaveLength(3)
})

test.each<[what: string, regions: object, code: string, said: RegExp]>([
  ['a region that is none', { UK: earlier.GB }, 'unknown_region', /no region UK. Did you mean GB/],
  ['a region that can be none', { Florida: earlier.GB }, 'invalid_request', /ISO 3166/],
  [
    'a window that ends before it begins',
    { GB: { hours: daily('20:00', '08:00'), why } },
    'invalid_request',
    /ends before it begins/,
  ],
  ['a window without length', { GB: { hours: daily('09:00', '09:00'), why } }, 'invalid_request', /is empty/],
  [
    'minutes that no clock change keeps',
    { GB: { hours: daily('09:10', '14:00'), why } },
    'invalid_request',
    /quarters/,
  ],
  [
    'no day at all',
    { GB: { hours: { weekday: null, saturday: null, sunday: null, holiday: null }, why } },
    'invalid_request',
    /never open/,
  ],
  ['states that share no hour', { 'US-NY': { hours: daily('08:00', '10:00'), why } }, 'never_opens', /not known/],
  ['nothing', { GB: { why } }, 'invalid_request', /hours, caps or both/],
  ['no reason', { GB: { hours: daily('10:00', '14:00') } }, 'invalid_request', /./],
])('%s is refused, by preview as by the change itself', async (_, regions, code, said) => {
  const { desk, operator, first } = await administrated()
  const saved = await put(desk, operator, first, regions)
  const previewed = await desk.ask('POST', '/v1/policy/preview', { ...first, regions })

  for (const { status, body } of [saved, previewed] as { status: number; body: Problem }[]) {
    expect([status, body.code]).toEqual([422, code])
    expect([body.detail, ...(body.errors ?? []).map(({ detail }) => detail)].join(' ')).toMatch(said)
  }
  expect((await desk.ask('GET', '/v1/policy')).body).toMatchObject({ regions: {} })
})

test('a text is judged by them: when it is accepted, when it is asked about, and in its explanation', async () => {
  const { desk, operator, first } = await administrated()
  await desk.subscriber({ region: 'GB' })
  const ask = async (policy?: Policy) => {
    const { body } = await desk.ask('POST', '/v1/decisions/preview', {
      subscriber: 'sub-1',
      purpose: 'offer',
      ...(policy && { policy }),
    })
    return body as Decision
  }
  const said =
    "It is outside quiet hours (10:00-14:00 of GB; the operator's own hours) there; it waits until 2026-11-03T10:00:00.000Z."

  // Before it is saved, by the same question.
  expect(await ask()).toMatchObject({ answer: 'sent' })
  expect(await ask({ ...first, regions: earlier })).toMatchObject({
    answer: 'held',
    leavesAt: '2026-11-03T10:00:00.000Z',
  })
  await put(desk, operator, first, earlier)

  expect((await ask()).rules.at(-1)!.sentence).toBe(said)
  const { id, state } = (await desk.send(anOffer)).body as Acceptance
  expect(state).toBe('held')
  const { body } = await desk.ask('GET', `/v1/messages/${id}/explanation`)
  expect((body as Explanation).rules.find(({ rule }) => rule === 'hours')!.sentence).toBe(said)
  expect((await desk.send({ ...anOffer, purpose: 'account.plan', text: 'Your plan was changed.' })).body).toMatchObject(
    {
      state: 'queued',
    },
  )
})

test('a text that waits is asked once more before it is written; which these are is said before the change', async () => {
  const { desk, operator, first } = await administrated()
  await desk.subscriber({ region: 'GB' })
  await desk.subscriber({ id: 'sub-2', number: '+4915123456789', zone: 'Europe/Berlin', region: 'FR' })
  const notBefore = '2026-11-02T18:00:00Z'
  const later = (await desk.send({ ...anOffer, notBefore })).body as Acceptance
  const dies = (await desk.send({ ...anOffer, notBefore, expiresAt: '2026-11-02T20:00:00Z' })).body as Acceptance
  await desk.send({ ...anOffer, subscriber: 'sub-2', notBefore })

  const preview = (await desk.ask('POST', '/v1/policy/preview', { ...first, regions: earlier })).body as PolicyPreview

  expect(preview.regions).toMatchObject([{ region: 'GB', wider: [], needsWidens: false, notes: [] }])
  expect(preview.waiting).toEqual({
    ...{ looked: 3, isAll: true, later: 1, never: 1 },
    examples: [
      {
        id: later.id,
        subscriber: 'sub-1',
        purpose: 'offer',
        before: '2026-11-02T18:00:00.000Z',
        after: '2026-11-03T10:00:00.000Z',
      },
      { id: dies.id, subscriber: 'sub-1', purpose: 'offer', before: '2026-11-02T18:00:00.000Z', after: null },
    ],
  })
  await put(desk, operator, first, earlier)
  desk.clock.moveTo(new Date(notBefore))
  await desk.reaches(dies.id, 'expired')
  expect(await desk.message(later.id)).toMatchObject({ state: 'held' })
  desk.clock.moveTo(new Date('2026-11-03T10:00:00Z'))
  await desk.reaches(later.id, 'delivered')
  expect(await desk.texts(aNumber, 1)).toHaveLength(1)
})

test("a region's own cap counts, over days and for all of its texts", async () => {
  const { desk, operator, first } = await administrated()
  await desk.subscriber({ region: 'GB' })
  await put(desk, operator, first, { GB: { caps: [{ most: 1, hours: 30 * 24, of: 'promotional' }], why } })
  const sent = (await desk.send(anOffer)).body as Acceptance
  await desk.reaches(sent.id, 'delivered')
  desk.clock.moveTo(new Date('2026-11-30T15:00:00Z'))

  const refused = (await desk.send({ ...anOffer, purpose: 'title.release', text: 'A new one is out. STOP to end.' }))
    .body as Acceptance

  expect(refused.state).toBe('refused')
  expect(refused.reasons[0]!.sentence).toContain('in 720 hours (the cap of GB, as the operator set it)')
})

test('the preview says which would be wider, and that somebody without a zone could never be texted', async () => {
  const { desk, first } = await administrated()
  const regions = { AU: { hours: daily('08:00', '09:00'), why } }

  const { regions: said } = (await desk.ask('POST', '/v1/policy/preview', { ...first, regions })).body as PolicyPreview

  expect(said).toMatchObject([{ region: 'AU', needsWidens: true, before: { caps: [] } }])
  expect(said[0]!.wider[0]).toContain('Monday to Friday: 08:00-09:00; shipped')
  expect(said[0]!.notes[0]).toContain('could never be texted')
})

test.each(['viewer', 'support', 'marketer'] as const)('a %s looks and previews, and changes nothing', async role => {
  const { desk, first } = await administrated()
  const operator = await desk.operator(role)

  expect((await put(desk, operator, first, earlier)).status).toBe(403)
  expect((await desk.askAs(operator, 'POST', '/v1/policy/preview', { ...first, regions: earlier })).status).toBe(200)
  expect((await desk.askAs(operator, 'GET', '/v1/regions')).status).toBe(200)
})
