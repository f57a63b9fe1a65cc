import { type Operation, openapi, type Schema } from '@usher/contract/openapi'
import { expect, test } from 'vitest'
import { problems } from './problem.ts'
import { reference, referenceCss } from './reference.tsx'

const doc = openapi({ serverUrl: 'https://usher.orpheum.example/', problems: Object.values(problems) })
const page = reference(doc)
const operations = Object.entries(doc.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]): [string, string, Operation] => [path, method, operation]),
)

/** What a reader sees: without tags, with `&lt;` as `<`. */
const seen = (html: string) =>
  html
    .replaceAll(/<(?!br|\/?(?:p|li|td|th|tr|h\d|dt|dd|div|pre|summary)\b)[^>]+>/g, '')
    .replaceAll(/<[^>]+>/g, '\n')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
const article = (operationId: string) => {
  const start = page.indexOf(`<article id="${operationId}"`)
  return page.slice(start, page.indexOf('</article>', start))
}
const resolve = (schema: Schema): Schema =>
  schema.$ref ? doc.components.schemas[schema.$ref.replace('#/components/schemas/', '')]! : schema

/** The ways to all fields that a schema has, as the page writes them. */
function ways(schema: Schema, way = '', within: string[] = []): string[] {
  if (schema.$ref && within.includes(schema.$ref)) return []
  const inside = schema.$ref ? [...within, schema.$ref] : within
  const { properties, items, anyOf, additionalProperties } = resolve(schema)
  return [
    ...Object.entries(properties ?? {}).flatMap(([name, field]) => [
      `${way}${name}`,
      ...ways(field, `${way}${name}.`, inside),
    ]),
    ...(typeof additionalProperties === 'object' ? ways(additionalProperties, `${way}*.`, inside) : []),
    ...(items ? ways(items, way.replace(/\.$/, '[].'), inside) : []),
    ...(schema.$ref?.endsWith('/Json') ? [] : (anyOf ?? []).flatMap(option => ways(option, way, inside))),
  ]
}

/** The groups of consent are alike, and so are two prices: the first is spelled out, the others point to it. */
const isAlike = (way: string) => /\b(?:consents\.(?:offers|security|account)|nextPrice)\./.test(way)

test('every endpoint has its place: method, path, scope, words, request and answer', () => {
  for (const [path, method, { operationId, summary, description, security, parameters }] of operations) {
    const text = seen(article(operationId))
    expect(text, operationId).toContain(summary)
    expect(text, operationId).toContain(path)
    expect(text, operationId).toContain(method === 'delete' ? 'DEL' : method.toUpperCase())
    expect(text.replaceAll(/\s+/g, ' '), operationId).toContain(description.replaceAll('`', ''))
    const needs = /Needs [^.]*\./.exec(text.replaceAll(/\s+/g, ' '))?.[0]
    expect(needs, operationId).toContain(
      security.length === 0 ? 'Needs no key' : (security[0]?.apiKey?.[0] ?? 'Needs an operator who has signed in'),
    )
    expect(text, operationId).toMatch(/curl .*"https:\/\/usher\.orpheum\.example\/v1/)
    for (const { name } of parameters) expect(text, operationId).toContain(name)
    expect(page).toContain(`href="#${operationId}"`)
  }
})

test('every field of every body and answer is shown, with the way to it', () => {
  let fields = 0
  for (const [, , { operationId, requestBody, responses }] of operations) {
    const text = seen(article(operationId))
    const answers = Object.entries(responses).filter(([status]) => status.startsWith('2'))
    const media = [requestBody, ...answers.map(([, answer]) => answer)].flatMap(part =>
      Object.values(part?.content ?? {}),
    )
    for (const { schema } of media)
      for (const way of ways(schema.contentSchema ?? schema)) {
        fields++
        if (!isAlike(way)) expect(text, `${operationId} ${way}`).toContain(way)
      }
  }
  expect(fields).toBeGreaterThan(150)
  expect(seen(article('putSubscriber'))).toContain('as consents.titles')
})

test('every type of event, in and out, has its place: words, each field of its data, an example', () => {
  const kinds = [
    ...doc['x-event-types'],
    ...Object.entries(doc.webhooks).map(([type, { post }]) => {
      const { schema, example } = post.requestBody.content['application/json']!
      return { type, summary: post.summary, schema: schema.properties!.data!, example }
    }),
  ]
  for (const { type, summary, schema, example } of kinds) {
    const text = seen(article(type))
    expect(text, type).toContain(summary.replaceAll('`', ''))
    expect(JSON.parse(/Example\n([\s\S]*?\n\})/.exec(text)?.[1] ?? ''), type).toEqual(example)
    // What has the data of another points to it.
    const same = /has the same fields as that of ([\w.]+)\.\s/.exec(text)?.[1]
    for (const way of ways(schema))
      if (!isAlike(way)) expect(seen(article(same ?? type)), `${type} ${way}`).toContain(way)
    expect(page).toContain(`href="#${type}"`)
  }
  expect(kinds.length).toBeGreaterThan(25)
  const calls = seen(page.slice(page.indexOf('id="told"'), page.indexOf('<article id="message.accepted"')))
  for (const header of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) expect(calls).toContain(header)
  expect(calls).toContain('410')
})

test('a body of several kinds names each', () => {
  const text = seen(article('postEvents')).replaceAll(/\s+/g, ' ')

  expect(text).toContain('One CloudEvent (application/cloudevents+json).')
  expect(text).toContain('Or a JSON list of CloudEvents (application/cloudevents-batch+json).')
  expect(text).toContain('Or JSON (application/json). Binary mode')
  expect(text).toContain('specversion required · always 1.0')
  expect(text).toContain("-H 'Content-Type: application/cloudevents+json'")
})

test('a field says what it takes', () => {
  const text = seen(article('sendMessage')).replaceAll(/\s+/g, ' ')

  expect(text).toContain("subscriber string · 1 to 128 characters The streaming service's own id of the subscriber.")
  expect(text).toContain('purpose required · one of')
  expect(text).toContain('Idempotency-Key required · header · string')
  expect(text).toContain('data map to any JSON value · names: 64 characters at most')
  expect(text).toContain('notBefore time Not to be sent before this time.')
  expect(seen(article('listMessages')).replaceAll(/\s+/g, ' ')).toContain(
    'limit in the query · integer · 1 to 500 · default 50',
  )
  for (const purpose of doc.components.schemas.Purpose?.enum ?? []) expect(text).toContain(String(purpose))
})

test('who may ask is told: keys by their scope, operators by their role, all where nothing is needed', () => {
  const needs = (operationId: string) => /Needs [^.]*\./.exec(seen(article(operationId)).replaceAll(/\s+/g, ' '))?.[0]

  expect(needs('sendMessage')).toBe(
    'Needs a key with the scope messages:write, or an operator who has signed in (role support, marketer or administrator).',
  )
  expect(needs('revealNumber')).toBe('Needs an operator who has signed in (role support or administrator).')
  expect(needs('createKey')).toBe('Needs an operator who has signed in (role administrator).')
  expect(needs('signOut')).toBe('Needs an operator who has signed in (any role).')
  expect(needs('signInWithLink')).toBe('Needs no key.')
})

test('requests can be given to a shell as they stand', () => {
  const shell = (operationId: string) => seen(/<pre>([\s\S]*?)<\/pre>/.exec(article(operationId))?.[1] ?? '')

  expect(shell('getSubscriber')).toBe(
    'curl "https://usher.orpheum.example/v1/subscribers/orph-0001" \\\n  -H "Authorization: Bearer $USHER_API_KEY"',
  )
  expect(shell('listMessages')).toContain('/v1/messages?state=delivered&purpose=title.new_episode&limit=1"')
  expect(shell('deleteSubscriber')).toContain('curl -X DELETE "')
  expect(shell('stream')).toContain('curl -N "')
  expect(shell('listKeys')).toBe(
    'curl "https://usher.orpheum.example/v1/keys" \\\n  -H "Cookie: usher_session=$USHER_SESSION"',
  )
  expect(shell('signOut')).toContain('-H "X-Usher-CSRF: $USHER_CSRF"')
  expect(shell('signInWays')).toBe('curl "https://usher.orpheum.example/v1/session/ways"')
  const put = shell('putTemplate')
  expect(put).toContain('-X PUT')
  const body = /-d '([\s\S]*)'$/.exec(put)?.[1]?.replaceAll("'\\''", "'") ?? ''
  expect(JSON.parse(body)).toMatchObject({ purpose: 'title.new_episode' })
})

test('every problem is listed once, with a place that the docs link of a problem names', () => {
  for (const { code, title } of Object.values(problems)) {
    expect(page.split(`<tr id="${code}">`), code).toHaveLength(2)
    if (code !== 'unknown_subscriber' && code !== 'unknown_template') expect(seen(page)).toContain(title)
  }
})

test('every link within the page leads somewhere, and no id is given twice', () => {
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  const targets = [...page.matchAll(/ (?:href="#|aria-labelledby=")([^"]+)"/g)].map(([, id]) => id)

  expect(new Set(ids).size).toBe(ids.length)
  for (const target of targets) expect(ids).toContain(target)
})

test('headings go down one step at a time, and the page has its landmarks', () => {
  const levels = [...page.matchAll(/<h(\d)/g)].map(([, level]) => Number(level))

  expect(levels[0]).toBe(1)
  expect(levels.filter(level => level === 1)).toHaveLength(1)
  levels.forEach((level, at) => {
    if (at > 0) expect(level).toBeLessThanOrEqual(levels[at - 1]! + 1)
  })
  for (const landmark of ['<header>', '<nav aria-label=', '<main id="main"'])
    expect(page.split(landmark)).toHaveLength(2)
  expect(page).toMatch(/^<!doctype html><html lang="en">/)
})

test('the page needs no script, no inline style and no other host', () => {
  expect(page).not.toMatch(/<script|<style|<img|<iframe| style=| on\w+="/)
  expect(page.match(/<link [^>]+>/g)).toEqual(['<link rel="stylesheet" href="/docs/reference.css"/>'])
  expect(referenceCss).not.toMatch(/@import|url\(/)
  for (const [, target] of page.matchAll(/(?:href|src)="([^"]+)"/g)) expect(target).toMatch(/^[#/]/)
})

test('words from the document can not become markup', () => {
  const hostile = structuredClone(doc)
  hostile.paths['/v1/messages']!.post!.summary = '<script>alert(1)</script>'
  hostile.components.schemas.NewMessage!.properties!['"><img src=x>'] = {
    type: 'string',
    description: '<b>bold</b> `<i>`',
  }

  const written = reference(hostile)

  expect(written).not.toMatch(/<script|<img|<b>|<i>/)
  expect(written).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
})

test('without an address of its own, requests name a variable', () => {
  const anywhere = reference(openapi({ problems: Object.values(problems) }))

  expect(seen(anywhere)).toContain('curl "$USHER_URL/v1/messages"')
})
