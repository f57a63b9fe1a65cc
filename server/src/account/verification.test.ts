// Codes by the front door: asked for over HTTP, read on a simulated handset, checked over HTTP.
import type {
  CodeBlock,
  StartedVerification,
  VerificationChecked,
  VerificationView,
} from '@usher/contract/verification'
import { expect, test } from 'vitest'
import { aNumber, type Desk, type DeskOptions, testDesk } from '../desk.ts'
import { sql } from '../store/sql.ts'

type Asked = StartedVerification & { code: string; detail: string }

async function codes(options: DeskOptions = {}) {
  const desk = await testDesk(options)
  await desk.subscriber()
  const read = new Map<string, number>()
  return {
    desk,
    async start(input: object = {}) {
      const whom = 'number' in input ? {} : { subscriber: 'sub-1' }
      const answer = await desk.ask('POST', '/v1/verifications', { ...whom, purpose: 'sign_in', ...input })
      return { ...answer, body: answer.body as Asked }
    },
    async check(id: string, code: string, more: object = {}) {
      const answer = await desk.ask('POST', `/v1/verifications/${id}/check`, { code, ...more })
      return { ...answer, body: answer.body as VerificationChecked & { code: string } }
    },
    async resend(id: string, by: object = {}) {
      const answer = await desk.ask('POST', `/v1/verifications/${id}/resend`, by)
      return { ...answer, body: answer.body as Asked }
    },
    /** The next code that comes to the phone. */
    async code(number = aNumber) {
      const count = (read.get(number) ?? 0) + 1
      read.set(number, count)
      return codeIn((await desk.texts(number, count))[count - 1]!.text)
    },
    /** How it reads once the text has left, or never will. */
    async settled(id: string) {
      for (;;) {
        const view = (await desk.ask('GET', `/v1/verifications/${id}`)).body as VerificationView
        if (view.delivery.state !== 'sending') return view
      }
    },
    view: async (id: string) => (await desk.ask('GET', `/v1/verifications/${id}`)).body as VerificationView,
    protect: (settings: object) => protect(desk, settings),
  }
}
const codeIn = (text: string) => /#(\d{4,10})$/.exec(text)![1]!
const wrongOf = (code: string) => (code.startsWith('0') ? `1${code.slice(1)}` : `0${code.slice(1)}`)
const minutes = (desk: Desk, n: number) => desk.clock.moveTo(new Date(desk.clock.now().getTime() + n * 60_000))

async function protect(desk: Desk, settings: object) {
  const administrator = await desk.operator('administrator')
  const answer = await desk.askAs(administrator, 'PUT', '/v1/protection', settings)
  expect(answer.status).toBe(200)
  return administrator
}

test('a code goes to the phone, and is right once', async () => {
  const { desk, start, check, code } = await codes()

  const { status, body } = await start()
  const right = await code()
  const first = await check(body.id, right)
  const second = await check(body.id, right)

  expect(status).toBe(201)
  expect(body).toMatchObject({ state: 'pending', sends: 1, sendsLeft: 4, checksLeft: 5, tag: null })
  expect(first.body).toMatchObject({ result: 'approved', verification: { state: 'approved' } })
  expect(second.body.result).toBe('over')
  const [text] = await desk.texts(aNumber)
  expect(text!.text).toBe(
    `Orpheum: ${right} is your code to sign in. Valid for 10 minutes. We will never ask you for it.\n\n@orpheum.example #${right}`,
  )
})

test.each([
  ['with a space', (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`],
  ['with a dash and around it spaces', (code: string) => ` ${code.slice(0, 3)}-${code.slice(3)} `],
  ['in full-width digits', (code: string) => [...code].map(one => String.fromCodePoint(0xff10 + Number(one))).join('')],
  ['in Arabic digits', (code: string) => [...code].map(one => String.fromCodePoint(0x0660 + Number(one))).join('')],
  ['in Devanagari digits', (code: string) => [...code].map(one => String.fromCodePoint(0x0966 + Number(one))).join('')],
])('a code that is typed %s is right', async (_, typed) => {
  const { start, check, code } = await codes()
  const { body } = await start()

  const checked = await check(body.id, typed(await code()))

  expect(checked.body.result).toBe('approved')
})

test('a code lives for ten minutes', async () => {
  const { desk, start, check, code } = await codes()
  const { body } = await start()
  const right = await code()
  const began = desk.clock.now().getTime()

  desk.clock.moveTo(new Date(began + 601_000))
  const late = await check(body.id, right)

  expect(late.body).toMatchObject({ result: 'over', verification: { state: 'expired', checksLeft: 0 } })
})

test('five tries of a code, and then the right one is over too', async () => {
  const { start, check, code } = await codes()
  const { body } = await start()
  const right = await code()

  const wrong = []
  for (let i = 0; i < 5; i++) wrong.push((await check(body.id, wrongOf(right))).body)
  const then = await check(body.id, right)

  expect(wrong.map(({ result, verification }) => `${result} ${verification.checksLeft}`)).toEqual([
    'wrong 4',
    'wrong 3',
    'wrong 2',
    'wrong 1',
    'wrong 0',
  ])
  expect(then.body.result).toBe('over')
})

test('a new code kills the old one, and both texts say which request is theirs', async () => {
  const { desk, start, resend, check, code } = await codes()
  const { body } = await start()
  const old = await code()

  const again = await resend(body.id)
  const next = await code()
  const [ofOld, ofNext] = [await check(body.id, old), await check(body.id, next)]

  expect(again.body).toMatchObject({ id: body.id, sends: 2, sendsLeft: 3 })
  expect(again.body.tag).toMatch(/^[2-9][A-Z]$/)
  expect((await desk.texts(aNumber, 2))[1]!.text).toContain(`Request ${again.body.tag}.`)
  expect(ofOld.body.result).toBe(old === next ? 'approved' : 'wrong')
  expect(ofNext.body.result).toBe('approved')
})

test('a code of one session is refused in another, for another action, and costs no try there', async () => {
  const { start, check, code } = await codes()
  const action = { what: 'buy Charade', amount: '$3.99' }
  const { body } = await start({ purpose: 'action', session: 'mine', action })
  const right = await code()

  const mine = { session: 'mine', action }
  const wrong = [
    await check(body.id, right, { ...mine, session: 'theirs' }),
    await check(body.id, right, { action }),
    await check(body.id, right, { ...mine, action: { ...action, amount: '$39.90' } }),
    await check(body.id, right, { session: 'mine' }),
    await check(body.id, right, { ...mine, purpose: 'reset' }),
  ]
  const approved = await check(body.id, right, { ...mine, purpose: 'action' })

  expect(wrong.map(one => one.body.result)).toEqual(wrong.map(() => 'wrong'))
  expect(wrong[0]!.body.subscriber).toBe(null)
  expect(wrong[4]!.body.verification.checksLeft).toBe(5)
  expect(approved.body).toMatchObject({ result: 'approved', subscriber: 'sub-1' })
})

test('what is approved stands in the text', async () => {
  const { desk, start } = await codes()

  await start({ purpose: 'action', action: { what: 'buy Charade', amount: '$3.99' } })

  expect((await desk.texts(aNumber))[0]!.text).toMatch(/^Orpheum: \d{6} approves: buy Charade, \$3\.99\. /)
})

test('five codes in ten minutes, then the sixth waits for the first to be ten minutes old', async () => {
  const { desk, start } = await codes()
  for (let i = 0; i < 5; i++) expect((await start({ session: `s${i}` })).status).toBe(201)
  minutes(desk, 4)

  const sixth = await start({ session: 's6' })
  minutes(desk, 6)
  const later = await start({ session: 's7' })

  expect(sixth.status).toBe(429)
  expect(sixth.body.code).toBe('too_many_codes')
  expect(Math.abs(Number(sixth.headers.get('retry-after')) - 360)).toBeLessThan(5)
  expect(later.status).toBe(201)
})

test('a stranger has used up the codes of the account: its owner gets theirs, by a device that is known', async () => {
  const { desk, start, check, code } = await codes()
  const { body } = await start({ device: 'living room' })
  await check(body.id, await code())
  for (let i = 0; i < 5; i++) await start({ session: `stranger ${i}`, device: 'stranger' })

  const stranger = await start({ session: 'stranger', device: 'stranger' })
  const owner = await start({ session: 'owner', device: 'living room' })

  expect(stranger.status).toBe(429)
  expect(owner.status).toBe(201)
  await desk.texts(aNumber, 6)
})

test('who asks too often loses no code that they have', async () => {
  const { start, resend, check, code, protect } = await codes()
  await protect({ perAddressHour: 1 })
  const ip = '198.51.100.7'
  const { body } = await start({ session: 'mine', ip })
  const right = await code()

  const again = await start({ session: 'mine', ip })
  const another = await resend(body.id, { ip })

  expect([again.status, another.status]).toEqual([429, 429])
  expect((await check(body.id, right, { session: 'mine' })).body).toMatchObject({
    result: 'approved',
    verification: { sends: 1 },
  })
})

test('of 200 right tries at once, in two processes, one is right', async () => {
  const { desk, start, code } = await codes()
  const { body } = await start()
  const right = await code()

  const answers = await Promise.all(
    Array.from({ length: 200 }, () => desk.ask('POST', `/v1/verifications/${body.id}/check`, { code: right })),
  )

  const results = answers.map(one => (one.body as VerificationChecked).result)
  expect(results.filter(one => one === 'approved')).toHaveLength(1)
  expect(results.filter(one => one === 'over')).toHaveLength(199)
})

test('an account that is not there is answered as one that is, and nothing of it is ever right', async () => {
  const { desk, start, check, resend, code, view } = await codes()

  const known = await start({ session: 'a' })
  const unknown = await start({ subscriber: 'nobody', session: 'a' })

  const shape = ({ status, headers, body }: Awaited<ReturnType<typeof start>>) => ({
    status,
    headers: [...headers.keys()].filter(name => name !== 'date').sort(),
    body: { ...body, id: '', madeAt: '', expiresAt: '' },
  })
  expect(shape(unknown)).toEqual(shape(known))
  const right = await code()
  const wrong = [
    await check(known.body.id, wrongOf(right), { session: 'a' }),
    await check(unknown.body.id, '123456', { session: 'a' }),
  ]
  expect({ ...wrong[1]!.body.verification, id: '', madeAt: '', expiresAt: '' }).toEqual({
    ...wrong[0]!.body.verification,
    ...{ id: '', madeAt: '', expiresAt: '' },
  })
  const again = [await resend(known.body.id), await resend(unknown.body.id)]
  expect(again.map(one => [one.status, one.body.sends, one.body.sendsLeft])).toEqual([
    [200, 2, 3],
    [200, 2, 3],
  ])
  expect((await view(unknown.body.id)).delivery).toMatchObject({ state: 'none', reason: 'no_account' })
  await desk.texts(aNumber, 2)
})

test('the state of a code is followed to the phone', async () => {
  const { desk, start, view } = await codes()
  const { body } = await start()

  let seen = await view(body.id)
  while (seen.delivery.state !== 'delivered') {
    const next = await desk.ask('GET', `/v1/verifications/${body.id}?since=${seen.version}&wait=20`)
    seen = next.body as VerificationView
  }

  expect(seen).toMatchObject({ state: 'pending', delivery: { carrier: 'simulated' } })
  const explained = await desk.ask('GET', `/v1/messages/${seen.delivery.message}/explanation`)
  expect(explained.status).toBe(200)
})

test('a code that is cancelled is not right any more', async () => {
  const { desk, start, check, code } = await codes()
  const { body } = await start()
  const right = await code()

  const cancelled = await desk.ask('POST', `/v1/verifications/${body.id}/cancel`)
  const twice = await desk.ask('POST', `/v1/verifications/${body.id}/cancel`)

  expect((cancelled.body as Asked).state).toBe('cancelled')
  expect(twice.status).toBe(409)
  expect((await check(body.id, right)).body.result).toBe('over')
})

test('a code that the carrier swallows is made anew by another carrier after eight seconds', async () => {
  const { desk, start, check, view } = await codes({
    carriers: [
      { name: 'aurora', weight: 100, knobs: { receiptMissing: 1 } },
      { name: 'boreal', weight: 0 },
    ],
  })
  const { body } = await start({ anotherCarrier: true })
  let seen = await view(body.id)
  while (seen.delivery.state !== 'sent') seen = await view(body.id)
  const first = codeIn((await desk.texts(aNumber, 1))[0]!.text)

  desk.clock.moveTo(new Date(desk.clock.now().getTime() + 9_000))
  await desk.usher.codes.sweep()
  const texts = await desk.texts(aNumber, 2)
  await desk.usher.codes.sweep()

  expect((await view(body.id)).sends).toBe(2)
  expect(codeIn(texts[1]!.text)).toBeDefined()
  if (codeIn(texts[1]!.text) !== first) expect((await check(body.id, first)).body.result).toBe('wrong')
  expect((await check(body.id, codeIn(texts[1]!.text))).body.result).toBe('approved')
})

test('where no other carrier could take it, a code that is late is not killed by another', async () => {
  const { desk, start, check, settled } = await codes({
    carriers: [{ name: 'aurora', knobs: { receiptMissing: 1 } }],
  })
  const { body } = await start({ anotherCarrier: true })
  await settled(body.id)
  const right = codeIn((await desk.texts(aNumber))[0]!.text)

  minutes(desk, 1)
  await desk.usher.codes.sweep()

  expect((await check(body.id, right)).body).toMatchObject({ result: 'approved', verification: { sends: 1 } })
})

test('what follows from a text tells nothing before a password: a reset is not sent anew by itself', async () => {
  const { desk, start, settled, view } = await codes({
    carriers: [
      { name: 'aurora', knobs: { receiptMissing: 1 } },
      { name: 'boreal', weight: 0 },
    ],
  })
  const { body } = await start({ purpose: 'reset', anotherCarrier: true })
  await settled(body.id)

  minutes(desk, 1)
  await desk.usher.codes.sweep()

  expect((await view(body.id)).sends).toBe(1)
})

test('as many codes to a number as strangers get in a day leave some for a device that is known', async () => {
  const { desk, start, check, code, settled, protect } = await codes()
  await protect({ openPerBlockHour: 1_000, perNumberDay: 3 })
  const { body } = await start({ device: 'living room' })
  await check(body.id, await code())
  for (let i = 0; i < 3; i++) await settled((await start({ session: `s${i}`, device: 'stranger' })).body.id)

  const stranger = await settled((await start({ session: 'stranger', device: 'stranger' })).body.id)
  const owner = await settled((await start({ session: 'owner', device: 'living room' })).body.id)

  expect(stranger.delivery).toMatchObject({ state: 'refused', reason: 'number_flooded' })
  expect(owner.delivery.state).not.toBe('refused')
  await desk.texts(aNumber, 4)
})

test('what is refused counts for no conversion, so a country that was blocked is not blocked by that', async () => {
  const { desk, start, protect } = await codes()
  await protect({ conversionFrom: 10, perAddressHour: 3 })
  for (let i = 0; i < 30; i++) await start({ subscriber: 'sub-1', session: `s${i}`, ip: '198.51.100.7' })

  minutes(desk, 30)
  await desk.usher.codes.sweep()

  const { body } = await desk.ask('GET', '/v1/protection/blocks')
  expect((body as { items: CodeBlock[] }).items).toEqual([])
  const use = (await desk.ask('GET', '/v1/protection/use')).body as { items: { sent: number }[] }
  expect(use.items.reduce((sum, one) => sum + one.sent, 0)).toBe(3)
})

test('above the ceiling of what codes may cost, only a device that is known gets one', async () => {
  const { desk, start, check, code, settled, protect } = await codes()
  const { body } = await start({ device: 'living room' })
  await check(body.id, await code())
  await protect({ spendPerHour: 0 })

  const stranger = await settled((await start({ session: 'stranger' })).body.id)
  const owner = await settled((await start({ session: 'owner', device: 'living room' })).body.id)

  expect(stranger.delivery).toMatchObject({ state: 'refused', reason: 'spend_ceiling' })
  expect(owner.delivery.state).not.toBe('refused')
  await desk.texts(aNumber, 2)
})

test('of two codes that are asked for at the same moment the later one is right, and no other', async () => {
  const { desk, start, check } = await codes()
  const [one, two] = await Promise.all([start({ session: 'mine' }), start({ session: 'mine' })])
  const texts = await desk.texts(aNumber, 2)

  const results = []
  for (const { body } of [one, two])
    for (const { text } of texts) results.push((await check(body.id, codeIn(text), { session: 'mine' })).body.result)

  expect(results.filter(result => result === 'approved')).toHaveLength(1)
})

test('once the service made sure in another way, the count of wrong codes begins anew', async () => {
  const { desk, start } = await codes()
  await start()
  await desk.usher.db.rows(sql`update verification_subject set wrong = 80, sends = '{}'`)

  const before = await start({ session: 'a' })
  const unsure = await desk.ask('POST', '/v1/subscribers/sub-1/wrong-codes/clear', {})
  const cleared = await desk.ask('POST', '/v1/subscribers/sub-1/wrong-codes/clear', { stepUp: 'passkey' })
  const after = await start({ session: 'b' })

  expect([before.status, unsure.status, cleared.status, after.status]).toEqual([429, 403, 204, 201])
  await desk.texts(aNumber, 2)
})

test('an account has a hundred wrong codes at most, in a day of an attacker with any number of addresses', async () => {
  const { desk, start, check } = await codes()
  let guesses = 0
  const until = desk.clock.now().getTime() + 24 * 3_600_000
  let address = 0

  while (desk.clock.now().getTime() < until) {
    const ip = `198.${18 + (address >> 16)}.${(address >> 8) & 255}.${address & 255}`
    address += 256
    const asked = await start({ session: `s${address}`, ip })
    if (asked.status === 201)
      for (let i = 0; i < 5; i++) {
        const tried = await check(asked.body.id, String(guesses % 1_000_000).padStart(6, '0'), {
          ...{ session: `s${address}`, ip },
        })
        if (tried.status === 200 && tried.body.result === 'wrong') guesses++
      }
    const wait = Number(asked.headers.get('retry-after') ?? 600)
    desk.clock.moveTo(new Date(desk.clock.now().getTime() + Math.min(wait, 3_600) * 1_000))
  }

  expect(guesses).toBe(80)
})

test('one guess on each of many accounts: an address is stopped, and over all of them the codes grow long', async () => {
  const { desk, start, check, protect } = await codes()
  await protect({ perAddressHour: 1_000, perNetworkHour: 10_000, wrongPerNetworkHour: 10_000, sprayed: 60 })

  const spray = async (from: number, to: number, ip: (i: number) => string) => {
    let tried = 0
    for (let i = from; i < to; i++) {
      const asked = await start({ subscriber: `account-${i}`, session: 's', ip: ip(i) })
      if (asked.status !== 201) continue
      const checked = await check(asked.body.id, '123456', { session: 's', ip: ip(i) })
      if (checked.status === 200) tried++
    }
    return tried
  }
  const byOne = await spray(0, 40, () => '198.51.100.7')
  const byMany = await spray(40, 100, i => `198.18.${i}.1`)
  await start({ session: 'owner' })

  expect(byOne).toBe(20)
  expect(byMany).toBe(60)
  const [text] = await desk.texts(aNumber)
  expect(codeIn(text!.text)).toHaveLength(10)
})

test('a number that sixty addresses ask codes for gets twenty of them a day', async () => {
  const { desk, start, settled } = await codes()
  await desk.subscriber({ id: 'sub-2' })
  const asked: string[] = []

  for (let i = 0; i < 60; i++) {
    const { status, body } = await start({ subscriber: `sub-${1 + (i % 2)}`, session: `s${i}`, ip: `198.18.${i}.1` })
    if (status === 201) asked.push((await settled(body.id)).delivery.state)
    minutes(desk, 3)
  }

  expect(asked.length).toBeGreaterThan(20)
  expect(asked.slice(0, 20)).not.toContain('refused')
  expect(new Set(asked.slice(20))).toEqual(new Set(['refused']))
  expect(await desk.texts(aNumber, 20)).toHaveLength(20)
})

test('of two hundred numbers beside each other sixteen get a code', async () => {
  const { desk, start, protect } = await codes()
  await protect({ countries: ['GB'] })
  const statuses: number[] = []

  for (let i = 0; i < 200; i++) {
    const number = `+44770090${String(i).padStart(4, '0')}`
    const { status } = await start({ number, ip: `198.18.${i}.1` })
    statuses.push(status)
  }

  expect(statuses.filter(status => status === 201)).toHaveLength(16)
  expect(statuses.at(-1)).toBe(403)
  await desk.texts('+447700900000', 1)
})

test('a country that few subscribers are in is closed to who has no account', async () => {
  const { start } = await codes()

  const closed = await start({ number: '+37120000000' })
  const open = await start({ number: '+447700900999' })

  expect(closed.status).toBe(403)
  expect(closed.body).toMatchObject({ code: 'code_refused', detail: expect.stringContaining('Few subscribers') })
  expect(open.status).toBe(201)
})

/** What was counted of a country in the hours before. */
const counted = (desk: Desk, country: string, sent: number, right: number) =>
  desk.usher.db.rows(sql`
    insert into verification_count (what, key, from_at, n)
    select what, convert_to(${country}, 'UTF8'), ${new Date(Math.floor(desk.clock.now().getTime() / 600_000) * 600_000 - 3_600_000)}, n
    from (values ('country.sent', ${sent}::bigint), ('country.right', ${right}::bigint)) v(what, n)`)

test.each([
  { sent: 500, right: 5, isBlocked: true },
  { sent: 500, right: 350, isBlocked: false },
  { sent: 99, right: 0, isBlocked: false },
])('of $sent codes to a country $right were typed: blocked, $isBlocked', async ({ sent, right, isBlocked }) => {
  const { desk, start } = await codes()
  await counted(desk, 'GB', sent, right)

  await desk.usher.codes.sweep()
  const asked = await start({ number: '+447700900999' })

  expect(asked.status).toBe(isBlocked ? 403 : 201)
})

test('an operator sees why codes stop and lets them go on; a block ends by itself', async () => {
  const { desk, start } = await codes()
  const administrator = await desk.operator('administrator')
  await counted(desk, 'GB', 500, 5)
  await desk.usher.codes.sweep()

  const { body } = await desk.ask('GET', '/v1/protection/blocks')
  const [block] = (body as { items: CodeBlock[] }).items
  expect(block).toMatchObject({ kind: 'country', label: 'GB', effect: 'blocked', facts: { sent: 500, approved: 5 } })
  const lift = { hours: 2, reason: 'A premiere.' }
  const lifted = await desk.askAs(administrator, 'POST', `/v1/protection/blocks/${block!.id}/lift`, lift)
  await desk.usher.codes.sweep()

  expect((lifted.body as CodeBlock).effect).toBe('allowed')
  expect((await start({ number: '+447700900999' })).status).toBe(201)
  minutes(desk, 25 * 60)
  expect(((await desk.ask('GET', '/v1/protection/blocks')).body as { items: CodeBlock[] }).items).toEqual([])
})

test('after a thousand codes none is anywhere but on the phone', async () => {
  const lines: string[] = []
  const { desk, start, check, protect } = await codes({ log: line => lines.push(line) })
  await protect({ countries: ['GB'], openPerBlockHour: 10_000, leastConversion: 0 })
  const hook = { url: 'https://hooks.example/usher', types: ['message.delivered', 'message.submitted'] }
  expect((await desk.ask('POST', '/v1/webhooks', hook)).status).toBe(201)
  const said: string[] = []
  const one = async (i: number) => {
    const number = `+44770090${String(i).padStart(4, '0')}`
    const { body } = await start({ number, session: `s${i}` })
    const code = codeIn((await desk.texts(number))[0]!.text)
    said.push(code)
    await check(body.id, i % 2 ? code : wrongOf(code), { session: `s${i}` })
  }
  for (let i = 0; i < 1_000; i += 20) await Promise.all(Array.from({ length: 20 }, (_, k) => one(i + k)))

  const tables = await desk.usher.db.rows<{ name: string }>(
    sql`select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  )
  const all = [lines.join('\n')]
  for (const { name } of tables) {
    const rows = await desk.usher.db.rows<{ row: string }>({
      ...sql``,
      text: [`select to_jsonb(t)::text as row from "${name}" t`],
    })
    all.push(rows.map(({ row }) => row).join('\n'))
  }
  // A code would stand by itself: not within a hash, and not as the part of a second.
  const numbers = new Set(all.flatMap(text => text.match(/(?<![0-9a-zA-Z.+/])\d{6}(?![0-9a-zA-Z+/])/g) ?? []))
  expect(said).toHaveLength(1_000)
  expect(all.join('').length).toBeGreaterThan(1_000_000)
  expect(said.filter(code => numbers.has(code))).toEqual([])
}, 120_000)

test('who is erased leaves nothing of their codes', async () => {
  const { desk, start, check, code } = await codes()
  const { body } = await start({ device: 'living room' })
  await check(body.id, await code())

  await desk.ask('DELETE', '/v1/subscribers/sub-1')

  for (const table of ['verification', 'verification_subject', 'verification_device'])
    expect(await desk.usher.db.rows({ ...sql``, text: [`select * from ${table}`] })).toEqual([])
})

test('a code whose process died before it left is made anew', async () => {
  const { desk, start, check, code, view } = await codes()
  const { body } = await start()
  await code()
  while ((await view(body.id)).delivery.message === null);
  await desk.usher.db.rows(sql`update verification set message_id = null`)

  desk.clock.moveTo(new Date(desk.clock.now().getTime() + 11_000))
  await desk.usher.codes.sweep()

  expect((await check(body.id, await code())).body.result).toBe('approved')
})

test('requests that say too little, or too much, are told so', async () => {
  const { desk, start, check } = await codes()
  const wrong = [
    await start({ purpose: 'delivery' }),
    await start({ number: '+447700900123', subscriber: 'sub-1' }),
    await start({ purpose: 'action' }),
    await start({ action: { what: 'buy' } }),
    await start({ ip: 'here' }),
    await start({ number: '+1' }),
  ]
  expect(wrong.map(one => one.status)).toEqual([422, 422, 422, 422, 422, 422])
  expect((await check('01a19f0a-73d2-7c11-9e0b-4a8c5d7f2b62', '123456')).status).toBe(404)
  const { body } = await start()
  expect((await check(body.id, 'abc')).body.result).toBe('wrong')
  expect((await check(body.id, '')).status).toBe(422)
  await desk.texts(aNumber)
})

test('what a text is worth is said to whoever makes a number their factor; of the account the start says nothing', async () => {
  const { desk, start, view } = await codes()
  await desk.subscriber({ id: 'sub-2', number: '+447700900124', locale: 'de' })
  await desk.usher.db.rows(sql`update subscriber set network = 'voip' where external_id = 'sub-2'`)

  const [known, unknown] = [
    await start({ subscriber: 'sub-2', purpose: 'number_change', locale: 'fr-CA' }),
    await start({ subscriber: 'nobody', purpose: 'number_change', locale: 'fr-CA' }),
  ]
  const signIn = await start({ hasStronger: true })

  expect(known.body.advice.notice).toContain('Un code par SMS')
  expect(known.body.advice).toMatchObject({ stronger: true, reasons: ['restricted'] })
  expect(unknown.body.advice).toEqual(known.body.advice)
  const read = (await view(known.body.id)).advice
  expect(read.notice).toContain('Ein Code per SMS')
  expect(read.reasons).toEqual(['restricted', 'voip'])
  expect((await view(unknown.body.id)).advice).toEqual(known.body.advice)
  expect(signIn.body.advice).toEqual({ notice: null, stronger: false, reasons: ['restricted'] })
  expect((await view(signIn.body.id)).advice.stronger).toBe(false)
})
