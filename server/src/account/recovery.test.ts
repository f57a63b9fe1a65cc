// An account recovered by a phone and a second thing, by the front door.
import type { RecoveryCodes, Verification, VerificationChecked, VerificationView } from '@usher/contract/verification'
import { expect, test } from 'vitest'
import { aNumber, type DeskOptions, testDesk } from '../desk.ts'

async function lost(options: DeskOptions = {}) {
  const desk = await testDesk(options)
  await desk.subscriber()
  const made = await desk.ask('POST', '/v1/subscribers/sub-1/recovery-codes', { stepUp: 'passkey' })
  let read = 0
  return {
    desk,
    saved: (made.body as RecoveryCodes & { codes: string[] }).codes,
    left: async () => ((await desk.ask('GET', '/v1/subscribers/sub-1/recovery-codes')).body as RecoveryCodes).left,
    async start(subscriber = 'sub-1') {
      const asked = { subscriber, purpose: 'recovery', session: 'lost' }
      return (await desk.ask('POST', '/v1/verifications', asked)).body as Verification
    },
    async code() {
      read++
      return /#(\d+)$/.exec((await desk.texts(aNumber, read))[read - 1]!.text)![1]!
    },
    async check(id: string, code: string, second: object) {
      const answer = await desk.ask('POST', `/v1/verifications/${id}/check`, { code, session: 'lost', ...second })
      return answer.body as VerificationChecked & { code: string }
    },
  }
}

test('a code from the phone and a saved one recover an account, and the phone is told', async () => {
  const { desk, saved, left, start, code, check } = await lost()
  const { id } = await start()
  const right = await code()

  const alone = await check(id, right, {})
  const wrong = await check(id, right, { recoveryCode: saved[0]!.replace(/.$/, last => (last === '0' ? '1' : '0')) })
  const both = await check(id, right, { recoveryCode: ` ${saved[0]!.toLowerCase().replaceAll('-', ' ')}` })

  expect(saved).toHaveLength(10)
  expect(new Set(saved).size).toBe(10)
  for (const one of saved) expect(one).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
  expect(alone.code).toBe('second_missing')
  expect(wrong).toMatchObject({ result: 'wrong', verification: { checksLeft: 4 } })
  expect(both.result).toBe('approved')
  expect(await left()).toBe(9)
  const texts = await desk.texts(aNumber, 2)
  expect(texts[1]!.text).toMatch(/^Orpheum security alert: your account was recovered with this phone\./)
})

test('a saved code serves once', async () => {
  const { saved, start, code, check, desk } = await lost()
  const first = await start()
  expect((await check(first.id, await code(), { recoveryCode: saved[0] })).result).toBe('approved')
  await desk.texts(aNumber, 2)

  const second = await start()
  const right = /#(\d+)$/.exec((await desk.texts(aNumber, 3))[2]!.text)![1]!

  expect((await check(second.id, right, { recoveryCode: saved[0] })).result).toBe('wrong')
  expect((await check(second.id, right, { recoveryCode: saved[1] })).result).toBe('approved')
})

test("new codes end the old ones, and the service's own check serves in their place", async () => {
  const { desk, saved, left, start, code, check } = await lost()
  await desk.ask('POST', '/v1/subscribers/sub-1/recovery-codes', { stepUp: 'password' })
  const { id } = await start()
  const right = await code()

  const old = await check(id, right, { recoveryCode: saved[0] })
  const checked = await check(id, right, { checkedBy: 'support' })

  expect(old.result).toBe('wrong')
  expect(checked.result).toBe('approved')
  expect(await left()).toBe(10)
})

test('codes are made for nobody who was not made sure of, and of an account that is not there none is right', async () => {
  const { desk, saved, start, check } = await lost()

  const unsure = await desk.ask('POST', '/v1/subscribers/sub-1/recovery-codes', {})
  const nobody = await desk.ask('POST', '/v1/subscribers/nobody/recovery-codes', { stepUp: 'passkey' })
  const { id } = await start('nobody')

  expect([unsure.status, nobody.status]).toEqual([403, 404])
  expect((await check(id, '123456', { recoveryCode: saved[0] })).result).toBe('wrong')
})

test('a number that became theirs today recovers nothing until tomorrow', async () => {
  const { desk, start } = await lost()
  await desk.subscriber({ number: '+447700900124' })
  const outcome = async () => {
    const { id } = await start()
    for (;;) {
      const { delivery } = (await desk.ask('GET', `/v1/verifications/${id}`)).body as VerificationView
      if (delivery.state !== 'sending') return `${delivery.state} ${delivery.reason}`
    }
  }

  const today = await outcome()
  desk.clock.moveTo(new Date(desk.clock.now().getTime() + 25 * 3_600_000))
  const tomorrow = await outcome()

  expect(today).toBe('refused number')
  expect(tomorrow).toMatch(/^(sent|delivered) null$/)
})
