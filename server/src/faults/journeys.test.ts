// Journeys over a process that is killed while their steps become texts: nobody is left out, and nobody is told twice.
import { randomBytes } from 'node:crypto'
import type { EventVerdicts } from '@usher/contract/event'
import type { Message } from '@usher/contract/message'
import { expect, onTestFinished, test } from 'vitest'
import { newPostgres, on } from '../desk.ts'
import { client, nextMonday, site, startCarrier, until } from './machines.ts'

const people = 120

test('a process that is killed again and again while steps are due texts each subscriber once', {
  timeout: 300_000,
}, async () => {
  const carrier = await startCarrier()
  onTestFinished(() => carrier.stop())
  const made = on === 'postgres' ? await newPostgres() : undefined
  if (made) onTestFinished(() => made.drop())
  const env = { USHER_KEYS: `1:${randomBytes(32).toString('base64')}` }
  const place = await site({ carrier, databaseUrl: made?.url, env })
  let server = place.serve()
  onTestFinished(() => {
    server.signal('SIGKILL')
    place.clear()
  })
  await server.up
  const usher = client(place.url, await place.key())
  await usher.clock({ to: nextMonday() })
  for (let n = 0; n < people; n++) {
    const number = `+44770090${String(n).padStart(4, '0')}`
    await usher.ask('PUT', `/v1/subscribers/sub-${n}`, { number, locale: 'en', zone: 'Europe/London' })
  }
  const failed = Array.from({ length: people }, (_, n) => ({
    ...{ specversion: '1.0', source: '/billing', id: `failed-${n}`, subject: `sub-${n}` },
    ...{ type: 'com.usher.payment.failed', data: { amount: 999, currency: 'GBP', invoice: `inv-${n}` } },
  }))
  const batch = { 'content-type': 'application/cloudevents-batch+json' }
  const { body } = await usher.ask('POST', '/v1/events', failed, batch)
  expect((body as EventVerdicts).taken).toBe(people)

  const theirs = (count: number) =>
    until(`${count} texts`, 90_000, async () => {
      const all: Message[] = []
      for (let cursor = ''; ; ) {
        const { body } = await usher.ask('GET', `/v1/messages?limit=200${cursor}`)
        const page = body as { items: Message[]; next: string | null }
        all.push(...page.items)
        if (page.next === null) break
        cursor = `&cursor=${page.next}`
      }
      return all.length >= count && all
    })

  // Each kill a moment later than the one before, from within the first batch to after the last.
  for (let kill = 0; kill < 4; kill++) {
    await new Promise(resolve => setTimeout(resolve, kill * 15))
    server.signal('SIGKILL')
    await server.exit
    server = place.serve()
    await server.up
  }
  const first = await theirs(people)
  await usher.clock({ byMinutes: 3 * 24 * 60 })
  const texts = await theirs(2 * people)

  const of = (template: string) => texts.filter(text => text.template === template).map(({ subscriber }) => subscriber)
  expect(new Set(of('account.payment_failed')).size).toBe(people)
  expect(of('account.payment_failed')).toHaveLength(people)
  expect(of('account.payment_failed_again')).toHaveLength(people)
  expect([first.length, texts.length]).toEqual([people, 2 * people])
})
