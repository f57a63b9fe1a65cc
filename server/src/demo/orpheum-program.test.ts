// Orpheum, the program, beside a whole Usher: what is done on its pages is seen here, what happens here is told there, and
// who taps a link on a phone lands there.
import type { BadEvent, TakenEvent } from '@usher/contract/event'
import type { Click } from '@usher/contract/link'
import type { Acceptance } from '@usher/contract/message'
import type { Delivery } from '@usher/contract/webhook'
import { type Orpheum, startOrpheum } from '@usher/demo/orpheum'
import { subscribers } from '@usher/demo/subscribers'
import { expect, onTestFinished, test } from 'vitest'
import { type Desk, deskAndOrpheum } from '../desk.ts'
import type { Events } from '../events.ts'

const maya = subscribers[0]!

/** What a browser sends of itself when somebody taps a link. */
const asBrowser = {
  'user-agent':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'accept-language': 'en-US,en;q=0.9',
  'sec-fetch-site': 'none',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
}

/** Presses a button of Orpheum's as Maya; answers the page it leads to. */
async function press({ url }: Orpheum, deed: string, form: Record<string, string>): Promise<string> {
  const cookie = `orpheum_viewer=${maya.id}`
  const answer = await fetch(`${url}${deed}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: url, cookie },
    body: new URLSearchParams(form),
  })
  return (await fetch(new URL(answer.headers.get('location')!, url), { headers: { cookie } })).text()
}

/** Opens an address as a browser does; answers each address it was led to, and the page at the end. */
async function open(address: string): Promise<{ through: string[]; page: string }> {
  const through: string[] = []
  const cookies: string[] = []
  for (let at = address; ; ) {
    through.push(at)
    const answer = await fetch(at, { redirect: 'manual', headers: { ...asBrowser, cookie: cookies.join('; ') } })
    cookies.push(...answer.headers.getSetCookie().map(cookie => cookie.split(';')[0]!))
    const to = answer.headers.get('location')
    if (to === null) return { through, page: await answer.text() }
    at = new URL(to, at).href
  }
}

/** Resolves with what `look` finds; it looks again whenever this happens. */
async function found<T>(desk: Desk, name: keyof Events, look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    // Listen first, look second: nothing can happen in between unseen.
    const next = new Promise<void>(resolve => {
      const off = desk.usher.events.on(name, () => {
        off()
        resolve()
      })
    })
    const seen = await look()
    if (seen !== undefined) return seen
    await next
  }
}

const items = async <T>(desk: Desk, path: string) => ((await desk.ask('GET', path)).body as { items: T[] }).items

async function sendPayment(desk: Desk): Promise<string> {
  const { status, body } = await desk.send({
    subscriber: maya.id,
    purpose: 'account.payment',
    template: 'account.payment_failed',
    data: { amount: '$11.99', date: 'Nov 10', link: 'https://orpheum.example/account/payment' },
  })
  expect(status, JSON.stringify(body)).toBe(202)
  return (body as Acceptance).id
}
test('what is done on its pages is seen in the list of events', async () => {
  const { desk, orpheum } = await deskAndOrpheum()

  const page = await press(orpheum, '/do/watch', { title: 'the-phantom-empire', episode: '4', back: '/' })

  const [event] = await items<TakenEvent>(desk, '/v1/events?type=com.usher.view.started')
  expect(event).toMatchObject({
    source: 'https://orpheum.example/app',
    subject: maya.id,
    isKnownType: true,
    isKnownSubscriber: true,
    data: { title: 'the-phantom-empire', episode: 'the-phantom-empire-4' },
  })
  expect(page).toContain(event!.eventId)
  expect(page).toContain('<b>taken</b>')
})

test('what its broken button sends waits on the list of bad events; it is told so, and mended it counts', async () => {
  const { desk, orpheum } = await deskAndOrpheum()

  const page = await press(orpheum, '/do/break', { back: '/account/payment' })
  const [bad] = await items<BadEvent>(desk, '/v1/bad-events')
  const { body } = await desk.ask('GET', `/v1/bad-events/${bad!.id}`)
  const { event } = body as { event: { data: object } }
  const mended = { event: { ...event, data: { ...event.data, amount: 1_199 } } }
  const replayed = await desk.ask('POST', `/v1/bad-events/${bad!.id}/replay`, mended)

  expect(page).toContain('data.amount')
  expect(bad).toMatchObject({ type: 'com.usher.payment.failed', reason: 'invalid_data', state: 'open' })
  expect(replayed.body).toMatchObject({ verdict: 'taken', eventId: bad!.eventId })
  expect(await items(desk, '/v1/events?type=com.usher.payment.failed')).toHaveLength(1)
  const told = await found(desk, 'delivery.moved', async () =>
    orpheum.receiver.calls().find(call => call.told?.type === 'event.bad'),
  )
  expect(told.told!.data).toMatchObject({ eventId: bad!.eventId })
})

test('while its receiver fails a webhook is tried again, and arrives under the same id when it is well', async () => {
  const { desk, orpheum } = await deskAndOrpheum()
  const [endpoint] = await items<{ id: string }>(desk, '/v1/webhooks')
  const delivery = (wanted: Partial<Delivery>) => async () => {
    const [one] = await items<Delivery>(desk, `/v1/webhooks/${endpoint!.id}/deliveries?type=message.delivered`)
    return one && Object.entries(wanted).every(([name, value]) => one[name as keyof Delivery] === value)
      ? one
      : undefined
  }

  orpheum.receiver.behaviour = '500'
  await desk.reaches(await sendPayment(desk), 'delivered')
  const failed = await found(desk, 'delivery.moved', delivery({ tries: 1, state: 'waiting' }))
  expect(failed.lastStatus).toBe(500)
  expect(orpheum.receiver.calls()).toMatchObject([{ fate: 'turned_away', told: { type: 'message.delivered' } }])

  orpheum.receiver.behaviour = 'well'
  await desk.ask('POST', '/demo/clock', { byMinutes: 1 })
  await found(desk, 'delivery.moved', delivery({ state: 'delivered' }))

  const [second, first] = orpheum.receiver.calls()
  expect([first!.fate, second!.fate]).toEqual(['turned_away', 'taken'])
  expect(second!.id).toBe(first!.id)
  expect(second!.told!.data).toMatchObject({ subscriber: maya.id, purpose: 'account.payment', state: 'delivered' })
})

test('who taps a link on the phone lands at Orpheum, which knows by which text, and the click is judged', async () => {
  const { desk, orpheum } = await deskAndOrpheum()
  const id = await sendPayment(desk)
  await desk.reaches(id, 'delivered')
  const [text] = await desk.texts(maya.msisdn)
  const phone = await (
    await fetch(`${desk.usher.url}/phone/${maya.msisdn.slice(1)}?at=from:${text!.originator}`)
  ).text()
  const [, tapped, shown] = /<a href="([^"]+)" target="_blank"[^>]*>(https:[^<]+)</.exec(phone)!
  // Somebody reads it first.
  await desk.ask('POST', '/demo/clock', { byMinutes: 2 })

  const { through, page } = await open(new URL(tapped!, desk.usher.url!).href)

  expect(shown).toMatch(/^https:\/\/o\.orpheum\.example\/[\w-]{11}$/)
  expect(through.map(address => address.replace(/usher=.*/, 'usher=...'))).toEqual([
    `${desk.usher.url}/o/${shown!.slice(-11)}`,
    `${orpheum.url}/account/payment?usher=...`,
    `${orpheum.url}/account/payment`,
  ])
  expect(page).toContain(`You came from a text about your payment to ${maya.id}. That does not sign you in.`)
  await found(desk, 'click.stored', async () => (await items<Click>(desk, '/v1/clicks'))[0])
  await desk.ask('POST', '/demo/clock', { byMinutes: 1 })
  const click = await found(desk, 'click.stored', async () =>
    (await items<Click>(desk, '/v1/clicks')).find(({ verdict }) => verdict !== null),
  )
  expect(click).toMatchObject({ message: id, subscriber: maya.id, verdict: 'human' })
  const told = await found(desk, 'delivery.moved', async () =>
    orpheum.receiver.calls().find(call => call.told?.type === 'link.clicked'),
  )
  expect(told.told!.data).toMatchObject({ subscriber: maya.id, message: id })
})

test('an address on a phone that is no short link leads to Orpheum too', async () => {
  const { desk, orpheum } = await deskAndOrpheum()
  await desk.reply(maya.msisdn, desk.config.senders.main, 'HELP')
  await desk.texts(maya.msisdn)

  const phone = await (
    await fetch(`${desk.usher.url}/phone/${maya.msisdn.slice(1)}?at=from:${desk.config.senders.main}`)
  ).text()

  expect(phone).toContain(`<a href="${orpheum.url}/help" target="_blank"`)
})

test('it makes sure of one endpoint, however often it is started', async () => {
  const { desk, orpheum } = await deskAndOrpheum()
  const { port } = new URL(orpheum.url)
  await orpheum.stop()

  const again = await startOrpheum({
    port: Number(port),
    usherUrl: desk.usher.url!,
    apiKey: desk.key,
    linkIssuer: desk.config.links.url!,
    origin: `https://${desk.config.serviceHost}`,
  })
  onTestFinished(() => again.stop())

  const endpoints = await items<{ id: string; url: string; secrets: number }>(desk, '/v1/webhooks')
  expect(endpoints).toMatchObject([{ url: `${orpheum.url}/webhooks`, secrets: 2 }])
  // Signed by the secret that it has just been given.
  await desk.ask('POST', `/v1/webhooks/${endpoints[0]!.id}/test`)
  const told = await found(desk, 'delivery.moved', async () =>
    again.receiver.calls().find(call => call.fate === 'taken'),
  )
  expect(told.told!.type).toBe('webhook.test')
})
