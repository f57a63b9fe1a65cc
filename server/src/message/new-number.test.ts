// A new number, or none any more: what is cancelled with it is told as every other move is, once it has committed.
import type { Acceptance } from '@usher/contract/message'
import { expect, test } from 'vitest'
import { aNumber, type Desk, testDesk } from '../desk.ts'
import type { MessageEvent } from '../events.ts'

const anOffer = { subscriber: 'sub-1', purpose: 'offer', text: 'Half price. Reply STOP to end' }
const held = async (desk: Desk): Promise<string> =>
  ((await desk.send({ ...anOffer, notBefore: '2026-11-03T12:00:00Z' })).body as Acceptance).id

/** Resolves with what is told of a text that moves, and how it stands for who asks at that moment. */
const told = (desk: Desk, id: string) =>
  new Promise<{ event: MessageEvent; seen: string }>(resolve => {
    const off = desk.usher.events.on('message.moved', moved => {
      const event = moved.find(one => one.id === id)
      if (!event) return
      off()
      desk.message(id).then(({ state }) => resolve({ event, seen: state }))
    })
  })

test.each([
  ['put by itself', (desk: Desk) => desk.subscriber({ number: '+447700900666' }), 'number_changed'],
  [
    'imported',
    (desk: Desk) =>
      desk.ask('POST', '/v1/subscribers/import', '{"id":"sub-1","number":"+447700900666"}\n', {
        'content-type': 'application/x-ndjson',
      }),
    'number_changed',
  ],
  [
    'imported in the background',
    (desk: Desk) => desk.ask('POST', '/v1/imports', 'id,number\nsub-1,+447700900666\n', { 'content-type': 'text/csv' }),
    'number_changed',
  ],
  ['erased', (desk: Desk) => desk.ask('DELETE', '/v1/subscribers/sub-1'), 'erased'],
] as const)(
  'an offer that waits for the old number is told as cancelled when its subscriber is %s',
  async (_, change, reason) => {
    const desk = await testDesk()
    await desk.subscriber({ number: aNumber })
    const id = await held(desk)
    const telling = told(desk, id)

    await change(desk)

    const { event, seen } = await telling
    expect(event).toMatchObject({ id, purpose: 'offer', lane: 'bulk', state: 'cancelled', reason })
    expect(seen).toBe('cancelled')
  },
)
