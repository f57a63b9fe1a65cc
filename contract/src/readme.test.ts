import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createClient, UsherProblem } from './client.ts'
import { type Endpoint, endpoints } from './endpoints.ts'
import { examples } from './examples.ts'

// The README's examples, as they stand there, against the examples of the endpoints. The last test compares the two.

const asked: { name: string; request: Request; body: string }[] = []
const logged: unknown[][] = []

/** Answers each endpoint with its example. */
async function answer(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init)
  const { pathname } = new URL(request.url)
  const [name, endpoint] = (Object.entries(endpoints) as [keyof typeof endpoints, Endpoint][]).find(
    ([, { method, path }]) =>
      method === request.method.toLowerCase() && new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`).test(pathname),
  )!
  asked.push({ name, request, body: await request.text() })
  if (name === 'getTemplate')
    return Response.json(
      {
        type: '/docs/problems#unknown_template',
        title: 'There is no such template.',
        status: 404,
        code: 'unknown_template',
      },
      { status: 404, headers: { 'content-type': 'application/problem+json' } },
    )
  const [status, { type }] = Object.entries(endpoint.answers)[0]!
  const value = examples[name].answers[Number(status)]
  if (type === 'text/event-stream') return new Response(String(value))
  if (type) return new Response((value as unknown[]).map(line => `${JSON.stringify(line)}\n`).join(''))
  const isLastPage = new URL(request.url).searchParams.has('cursor')
  return Response.json(isLastPage ? { items: [], next: null } : value)
}

const openAsBlob = async (name: string) => new Blob([`id,locale\n${name},en\n`])
const createReadStream = (name: string) => Readable.from([`id,locale\n${name},en\n`])
async function* watchersOf(title: string) {
  for (const id of ['orph-0023', 'orph-0026', 'orph-0001']) yield { id, title }
}

beforeEach(() => {
  asked.length = 0
  logged.length = 0
  vi.stubGlobal('fetch', answer)
  vi.stubEnv('USHER_API_KEY', 'usher_key')
  vi.spyOn(console, 'log').mockImplementation((...line) => void logged.push(line))
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

test('the examples of the README run', async () => {
  const usher = createClient({ baseUrl: 'https://usher.orpheum.example', apiKey: process.env.USHER_API_KEY! })

  const { id, state, reasons } = await usher.sendMessage({
    subscriber: 'orph-0001',
    purpose: 'title.new_episode',
    template: 'title.new_episode',
    data: {
      title: 'The Exploits of Elaine',
      episode: 'Chapter 9: The Death Ray',
      link: 'https://go.orpheum.example/7Kq2xZ',
    },
  })
  if (state === 'refused') console.log(id, reasons)

  await usher.sendMessage(
    { subscriber: 'orph-0001', purpose: 'account.payment', text: 'Orpheum: we received your payment. Thank you.' },
    { idempotencyKey: 'invoice-20931-paid' },
  )
  expect(asked[1]?.request.headers.get('idempotency-key')).toBe('invoice-20931-paid')

  async function* texts() {
    for await (const { id } of watchersOf('the-exploits-of-elaine'))
      yield {
        subscriber: id,
        purpose: 'title.new_episode' as const,
        template: 'title.new_episode',
        data: { title: 'The Exploits of Elaine', episode: 'Chapter 9', link: 'https://go.orpheum.example/7Kq2xZ' },
        idempotencyKey: `elaine-9:${id}`,
      }
  }

  for await (const { line, problem } of usher.sendBatch(texts())) if (problem) console.log(line, problem.code)
  expect(asked[2]?.body.trimEnd().split('\n')).toHaveLength(3)
  expect(logged.at(-1)).toEqual([3, 'unknown_subscriber'])

  await usher.cancelMessage(id)
  expect(asked.at(-1)?.name).toBe('cancelMessage')

  const message = await usher.getMessage(id)
  const { rules, timeline } = await usher.explainMessage(id)
  expect([message.id, rules.length > 0, timeline.length > 0]).toEqual([id, true, true])

  let cursor: string | undefined
  do {
    const page = await usher.listMessages({ state: 'undeliverable', limit: 200, cursor })
    for (const { id, reason } of page.items) console.log(id, reason)
    cursor = page.next ?? undefined
  } while (cursor)
  expect(asked.filter(({ name }) => name === 'listMessages')).toHaveLength(2)

  await usher.putSubscriber('orph-0001', {
    number: '+12125550142',
    locale: 'en',
    zone: 'America/New_York',
    region: 'US-NY',
    consents: { titles: { granted: true, how: 'page', words: 'Yes, text me about new episodes.' } },
  })

  for await (const report of usher.importSubscribers(createReadStream('subscribers.csv'), { type: 'text/csv' }))
    if ('problem' in report) console.log(report.line, report.problem.code)
    else if ('done' in report) console.log(report.done)
  expect(asked.at(-1)?.body).toBe('id,locale\nsubscribers.csv,en\n')
  expect(logged.slice(-2)).toEqual([[3, 'invalid_number'], [{ read: 3, taken: 2, made: 1, bad: 1 }]])

  {
    const { id: importId } = await usher.startImport(await openAsBlob('subscribers.csv'), {
      name: 'subscribers.csv',
      type: 'text/csv',
    })
    const { state, readBytes, bytes, problems } = await usher.getImport(importId)
    expect(asked.at(-2)?.request.headers.get('content-type')).toBe('text/csv')
    expect([state, readBytes < bytes, problems[0]?.line]).toEqual(['running', true, 37])
  }

  const stop = new AbortController()
  for await (const { event, data } of usher.stream({ signal: stop.signal })) console.log(event, data)
  expect(logged.slice(-2).map(([event]) => event)).toEqual(['message', 'inbound'])

  try {
    await usher.getTemplate('title.new_episode')
  } catch (error) {
    if (!(error instanceof UsherProblem)) throw error // the network's: refused, reset, timed out
    console.log(error.code, error.status, error.detail, error.errors, error.docs)
  }
  const docs = 'https://usher.orpheum.example/docs/problems#unknown_template'
  expect(logged.at(-1)).toEqual(['unknown_template', 404, undefined, [], docs])
})

test('the README shows what runs here', () => {
  const here = new Set(
    readFileSync(new URL(import.meta.url), 'utf8')
      .split('\n')
      .map(line => line.trim()),
  )
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const shown = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].flatMap(([, code]) =>
    code!.split('\n').map(line => line.trim()),
  )

  expect(shown.length).toBeGreaterThan(50)
  for (const line of shown) if (!line.startsWith('import ')) expect([...here]).toContain(line)
})
