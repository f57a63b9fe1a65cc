// CAMARA's One-Time-Password-SMS API by the front door, and its SIM Swap API with an operator that is made up.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Verification, VerificationView } from '@usher/contract/verification'
import { expect, onTestFinished, test } from 'vitest'
import { aNumber, type Desk, testDesk } from '../desk.ts'
import { createKey } from './auth.ts'

const message = 'Orpheum: {{code}} is your code. We never ask for it.'
const codeIn = (text: string) => /: (\d{6}) is/.exec(text)![1]!

async function operator(env: Record<string, string> = {}) {
  const desk = await testDesk({ env })
  await desk.subscriber()
  return {
    desk,
    send: (body: object | string = {}, headers = {}) => {
      const whole = typeof body === 'string' ? body : { phoneNumber: aNumber, message, ...body }
      return ask(desk, 'send-code', whole, headers)
    },
    validate: (authenticationId: string, code: string) => ask(desk, 'validate-code', { authenticationId, code }),
  }
}
async function ask(desk: Desk, path: string, body: object | string, headers = {}) {
  const json = { 'content-type': 'application/json', ...headers }
  const answer = await desk.ask('POST', `/one-time-password-sms/v1/${path}`, body, json)
  return { ...answer, body: answer.body as { authenticationId: string; status: number; code: string; message: string } }
}

test('a code is sent in the words of the caller, and validated once', async () => {
  const { desk, send, validate } = await operator()

  const sent = await send({}, { 'x-correlator': 'b4333c46-49c0-4f62-80d7-f0ef930f1c46' })
  const [text] = await desk.texts(aNumber)
  const code = codeIn(text!.text)
  const wrong = await validate(sent.body.authenticationId, code === '000000' ? '000001' : '000000')
  const right = await validate(sent.body.authenticationId, code)
  const again = await validate(sent.body.authenticationId, code)

  expect(sent.status).toBe(200)
  expect(sent.headers.get('x-correlator')).toBe('b4333c46-49c0-4f62-80d7-f0ef930f1c46')
  expect(sent.body.authenticationId.length).toBeLessThanOrEqual(36)
  expect(text!.text).toBe(`Orpheum: ${code} is your code. We never ask for it.`)
  expect(wrong).toMatchObject({ status: 400, body: { status: 400, code: 'ONE_TIME_PASSWORD_SMS.INVALID_OTP' } })
  expect(right).toMatchObject({ status: 204, body: '' })
  expect(again.body.code).toBe('ONE_TIME_PASSWORD_SMS.VERIFICATION_EXPIRED')
})

test('the fifth wrong code ends it', async () => {
  const { desk, send, validate } = await operator()
  const { authenticationId } = (await send()).body
  const right = codeIn((await desk.texts(aNumber))[0]!.text)
  const codes = []
  for (let i = 0; i < 6; i++) codes.push((await validate(authenticationId, `9${right}`)).body.code)

  const invalid = 'ONE_TIME_PASSWORD_SMS.INVALID_OTP'
  const failed = 'ONE_TIME_PASSWORD_SMS.VERIFICATION_FAILED'
  expect(codes).toEqual([invalid, invalid, invalid, invalid, failed, failed])
})

test('what is wrong is said in the words of the API', async () => {
  const { desk, send, validate } = await operator()
  const { key } = await createKey(desk.usher.db, desk.clock, 'reader', ['messages:read'])
  const codeOf = async (answer: ReturnType<typeof send>) => {
    const { status, body } = await answer
    expect(body.status).toBe(status)
    expect(body.message.length).toBeGreaterThan(10)
    return `${status} ${body.code}`
  }

  expect(await codeOf(send({ phoneNumber: '07700 900123' }))).toBe('400 INVALID_ARGUMENT')
  expect(await codeOf(send({ message: 'no code' }))).toBe('400 INVALID_ARGUMENT')
  expect(await codeOf(send({ message: `{{code}}${'x'.repeat(160)}` }))).toBe('400 INVALID_ARGUMENT')
  expect(await codeOf(send({ message: 'https://evil.example {{code}}' }))).toBe('400 INVALID_ARGUMENT')
  expect(await codeOf(send({ surprise: 1 }))).toBe('400 INVALID_ARGUMENT')
  expect(await codeOf(send('{'))).toBe('400 INVALID_ARGUMENT')
  expect(await codeOf(send({}, { authorization: 'Bearer nobody' }))).toBe('401 UNAUTHENTICATED')
  expect(await codeOf(send({}, { authorization: `Bearer ${key}` }))).toBe('403 PERMISSION_DENIED')
  expect(await codeOf(send({ phoneNumber: '+37120000000' }))).toBe('403 ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_NOT_ALLOWED')
  expect(await codeOf(validate('nobody', '123456'))).toBe('404 NOT_FOUND')
  expect(await codeOf(validate('01a19f0a-73d2-7c11-9e0b-4a8c5d7f2b62', '123456'))).toBe('404 NOT_FOUND')
  for (let i = 0; i < 5; i++) expect((await send()).status).toBe(200)
  expect(await codeOf(send())).toBe('403 ONE_TIME_PASSWORD_SMS.MAX_OTP_CODES_EXCEEDED')
  await desk.texts(aNumber, 5)
})

/** An operator that answers as it is told, or never. */
async function simOperator(answer: { status: number; body: unknown } | 'silence') {
  const asked: { path: string; authorization: string | undefined; body: unknown }[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const piece of request) text += piece
    asked.push({ path: request.url!, authorization: request.headers.authorization, body: JSON.parse(text) })
    if (answer === 'silence') return
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/operator` }
}

const problem = (status: number, code: string) => ({ status, body: { status, code, message: 'No.' } })

test.each([
  { answer: { status: 200, body: { swapped: false } }, signIn: 'sent', recovery: 'sent' },
  { answer: { status: 200, body: { swapped: true } }, signIn: 'sim_swapped', recovery: 'sim_swapped' },
  { answer: { status: 200, body: { swapped: 'no' } }, signIn: 'sent', recovery: 'sim_unknown' },
  { answer: { status: 200, body: 'nothing' }, signIn: 'sent', recovery: 'sim_unknown' },
  { answer: problem(400, 'OUT_OF_RANGE'), signIn: 'sent', recovery: 'sim_unknown' },
  { answer: problem(401, 'UNAUTHENTICATED'), signIn: 'sent', recovery: 'sim_unknown' },
  { answer: problem(422, 'SERVICE_NOT_APPLICABLE'), signIn: 'sent', recovery: 'sim_unknown' },
  { answer: problem(429, 'TOO_MANY_REQUESTS'), signIn: 'sent', recovery: 'sim_unknown' },
  { answer: 'silence' as const, signIn: 'sent', recovery: 'sim_unknown' },
])(
  'an operator that answers $answer: to sign in $signIn, to recover $recovery',
  async ({ answer, signIn, recovery }) => {
    const { asked, url } = await simOperator(answer)
    const { desk } = await operator({ USHER_SIM_SWAP_URL: url, USHER_SIM_SWAP_TOKEN: 'operator-token' })
    const outcome = async (purpose: string) => {
      const { id } = (await desk.ask('POST', '/v1/verifications', { subscriber: 'sub-1', purpose }))
        .body as Verification
      for (;;) {
        const { delivery } = (await desk.ask('GET', `/v1/verifications/${id}`)).body as VerificationView
        if (delivery.state === 'sending') continue
        return delivery.state === 'refused' ? delivery.reason : 'sent'
      }
    }

    expect([await outcome('sign_in'), await outcome('recovery')]).toEqual([signIn, recovery])
    expect(asked[0]).toEqual({
      path: '/operator/sim-swap/v2/check',
      authorization: 'Bearer operator-token',
      body: { phoneNumber: aNumber, maxAge: 240 },
    })
  },
)

test('a number that is asked for by itself is told that its SIM was swapped', async () => {
  const { url } = await simOperator({ status: 200, body: { swapped: true } })
  const { send } = await operator({ USHER_SIM_SWAP_URL: url })

  const refused = await send()

  expect(refused).toMatchObject({ status: 403, body: { code: 'ONE_TIME_PASSWORD_SMS.PHONE_NUMBER_BLOCKED' } })
})
