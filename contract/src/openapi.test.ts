import { isIP } from 'node:net'
import { expect, test } from 'vitest'
import type { z } from 'zod'
import { isScope, personal, roles, scopes } from './access.ts'
import { type Endpoint, type EndpointName, endpoints } from './endpoints.ts'
import { CloudEvent, eventTypes } from './event.ts'
import { examples, schemaExamples } from './examples.ts'
import { type KnownProblem, type Operation, openapi, rolesWith, type Schema } from './openapi.ts'
import { Problem } from './problem.ts'
import { outgoingNames, outgoingTypes, Told } from './webhook.ts'
import { verifyWebhook } from './webhook-verify.ts'

const table = Object.entries(endpoints) as [EndpointName, Endpoint][]
const codes = [...new Set(table.flatMap(([, endpoint]) => endpoint.problems ?? []))]
const problems: KnownProblem[] = [
  ...codes.map(code => ({ code, status: 422, title: `Said of ${code}.` })),
  { code: 'unknown_message', status: 404, title: 'There is no message of this id.' },
  { code: 'unknown_subscriber', status: 404, title: 'There is no subscriber of this id.' },
  { code: 'unauthenticated', status: 401, title: 'An API key is needed.' },
].filter(({ code, status }) => code !== 'unknown_message' || status === 404)
const document = openapi({ serverUrl: 'https://usher.orpheum.example', problems })
const operations: [string, string, Operation][] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]): [string, string, Operation] => [path, method, operation]),
)

/** Every value of the document, with where it is. */
function* walk(value: unknown, at = '#'): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield [at, value as Record<string, unknown>]
  for (const [key, inner] of Object.entries(value))
    if (key !== 'example' && key !== 'examples')
      yield* walk(inner, `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
}

const resolve = (ref: string): unknown =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], document)

/** What is wrong with a value, by the keywords that the document uses; a keyword that is not known here is an error too. */
function faults(schema: Schema, value: unknown, at = '$'): string[] {
  const {
    $ref,
    type,
    properties = {},
    required = [],
    additionalProperties,
    propertyNames,
    items,
    anyOf,
    ...rest
  } = schema
  const {
    enum: values,
    const: only,
    format,
    pattern,
    minLength = 0,
    maxLength = 1e9,
    minimum,
    maximum,
    ...bounds
  } = rest
  const { exclusiveMinimum, minItems = 0, maxItems = 1e9, ...others } = bounds
  const {
    default: _,
    description: __,
    examples: ___,
    contentMediaType: ____,
    contentSchema: _____,
    ...unknown
  } = others
  const found = Object.keys(unknown).map(keyword => `${at}: the keyword ${keyword}`)
  const say = (isWrong: boolean, what: string) => isWrong && found.push(`${at}: ${what}`)
  const kind = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value
  const isOf = (name: string) => name === kind || (name === 'integer' && Number.isInteger(value))
  say(type !== undefined && ![type].flat().some(isOf), `${kind} is not ${type}`)
  say(values !== undefined && !values.includes(value), `${value} is none of ${values}`)
  say(only !== undefined && value !== only, `${value} is not ${only}`)
  if ($ref) found.push(...faults(resolve($ref) as Schema, value, at))
  if (anyOf) say(!anyOf.some(option => faults(option, value).length === 0), 'fits none of anyOf')
  if (typeof value === 'string') {
    say(value.length < minLength || value.length > maxLength, 'length')
    say(pattern !== undefined && !new RegExp(pattern, 'u').test(value), `does not match ${pattern}`)
    say(format === 'date-time' && Number.isNaN(Date.parse(value)), 'is no time')
    say(format === 'uuid' && !/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(value), 'is no UUID')
    say(format === 'email' && !/^[^@\s]+@[^@\s]+\.[a-z]+$/.test(value), 'is no e-mail address')
    say(format === 'uri' && !URL.canParse(value), 'is no URL')
    say(format === 'ipv4' && isIP(value) !== 4, 'is no IPv4 address')
    say(format === 'ipv6' && isIP(value) !== 6, 'is no IPv6 address')
    const known = ['date-time', 'uuid', 'email', 'uri', 'ipv4', 'ipv6']
    say(format !== undefined && !known.includes(format), `the format ${format}`)
  }
  if (typeof value === 'number')
    say(value < (minimum ?? value) || value > (maximum ?? value) || value <= (exclusiveMinimum ?? value - 1), 'bounds')
  if (Array.isArray(value)) say(value.length < minItems || value.length > maxItems, 'how many')
  if (Array.isArray(value) && items) found.push(...value.flatMap((item, i) => faults(items, item, `${at}[${i}]`)))
  if (kind === 'object') {
    const fields = value as Record<string, unknown>
    for (const name of required) say(fields[name] === undefined, `${name} is missing`)
    for (const [name, field] of Object.entries(fields)) {
      if (propertyNames) found.push(...faults(propertyNames, name, `${at}.${name}`))
      const inner = properties[name] ?? additionalProperties
      say(inner === false, `${name} is not known`)
      if (typeof inner === 'object' && field !== undefined) found.push(...faults(inner, field, `${at}.${name}`))
    }
  }
  return found
}

test('the document has each endpoint once, with its own operationId and scope', () => {
  const listed = operations.map(([path, method, { operationId }]) => `${operationId}: ${method} ${path}`)

  expect(listed.sort()).toEqual(table.map(([name, { method, path }]) => `${name}: ${method} ${path}`).sort())
  for (const [, , { operationId, security, tags }] of operations) {
    const { scope } = endpoints[operationId]
    expect(security, operationId).toEqual(
      scope === null
        ? []
        : scope === 'session'
          ? [{ session: [] }]
          : isScope(scope)
            ? [{ apiKey: [scope] }, { session: [scope] }]
            : [{ session: [scope] }],
    )
    for (const tag of tags) expect(document.tags.map(({ name }) => name)).toContain(tag)
  }
})

test('what can be done to it is done by somebody: each permission belongs to a role, the personal ones to no key', () => {
  for (const permission of [...scopes, ...personal])
    expect(rolesWith(permission), permission).toContain('administrator')
  expect(roles.flatMap(role => (rolesWith('numbers:reveal').includes(role) ? [role] : []))).toEqual([
    'support',
    'administrator',
  ])
  for (const [, , { security, operationId }] of operations)
    for (const permission of personal) expect(security, operationId).not.toContainEqual({ apiKey: [permission] })
})

test('the document says what OpenAPI 3.1 needs: version, info, answers, descriptions', () => {
  expect(document.openapi).toMatch(/^3\.1\.\d+$/)
  expect(document.info).toMatchObject({ title: 'Usher', version: expect.stringMatching(/^\d+\.\d+\.\d+/) })
  expect(document.servers).toEqual([{ url: 'https://usher.orpheum.example' }])
  const { apiKey, session } = document.components.securitySchemes
  expect(apiKey).toMatchObject({ type: 'http', scheme: 'bearer' })
  for (const scope of scopes) expect(apiKey.description).toContain(`\`${scope}\``)
  expect(session).toMatchObject({ type: 'apiKey', in: 'cookie', name: 'usher_session' })
  for (const permission of personal) expect(session.description).toContain(`\`${permission}\``)
  for (const text of [document.info.description, session.description]) expect(text).toContain('X-Usher-CSRF')
  for (const [, , { operationId, responses, parameters }] of operations) {
    for (const [status, answer] of Object.entries(responses)) {
      expect(status, operationId).toMatch(/^([1-5]\d\d|default)$/)
      expect(answer.description ?? answer.$ref, `${operationId} ${status}`).toBeTruthy()
    }
    const places = parameters.map(({ in: place, name }) => `${place} ${name}`)
    expect(new Set(places).size, operationId).toBe(places.length)
  }
  expect(JSON.parse(JSON.stringify(document)), 'it is plain data').toEqual(document)
})

test('every reference resolves', () => {
  const refs = [...walk(document)].flatMap(([at, value]) =>
    typeof value.$ref === 'string' ? [[at, value.$ref] as const] : [],
  )

  expect(refs.length).toBeGreaterThan(20)
  for (const [at, ref] of refs) expect(resolve(ref), `${at} -> ${ref}`).toBeDefined()
  expect(JSON.stringify(document)).not.toMatch(/#\/\$defs|__schema|"\$schema"/)
})

test('every component is used', () => {
  const text = JSON.stringify(document)
  for (const name of Object.keys(document.components.schemas)) expect(text).toContain(`#/components/schemas/${name}"`)
})

test('every path parameter is declared, and no other', () => {
  for (const [path, , { parameters, operationId }] of operations) {
    const declared = parameters.filter(parameter => parameter.in === 'path')
    expect(declared.map(({ name }) => name).sort(), operationId).toEqual(
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort(),
    )
    expect(declared.every(({ required }) => required)).toBe(true)
  }
})

test('the idempotency key is a header where the table says so', () => {
  for (const [, , { operationId, parameters }] of operations) {
    const { idempotencyKey } = endpoints[operationId] as Endpoint
    const header = parameters.find(({ name }) => name === 'Idempotency-Key')
    expect(header?.required, operationId).toBe(idempotencyKey && idempotencyKey === 'required')
  }
})

test('every schema compiles: known keywords, known types, patterns that are regular expressions', () => {
  const types = ['string', 'number', 'integer', 'boolean', 'null', 'array', 'object']
  const keywords = new Set([
    '$ref',
    'type',
    'properties',
    'required',
    'additionalProperties',
    'propertyNames',
    'items',
    'anyOf',
    'enum',
    'const',
  ])
  for (const more of [
    'format',
    'pattern',
    'minLength',
    'maxLength',
    'minimum',
    'maximum',
    'exclusiveMinimum',
    'minItems',
    'maxItems',
    'default',
    'description',
    'examples',
  ])
    keywords.add(more)
  for (const more of ['contentMediaType', 'contentSchema']) keywords.add(more)
  const check = (schema: Schema, at: string) => {
    for (const keyword of Object.keys(schema)) expect(keywords, `${at} ${keyword}`).toContain(keyword)
    for (const type of [schema.type ?? []].flat()) expect(types, at).toContain(type)
    if (schema.pattern) new RegExp(schema.pattern, 'u')
    for (const name of schema.required ?? []) expect(schema.properties, at).toHaveProperty([name])
    for (const [name, field] of Object.entries(schema.properties ?? {})) check(field, `${at}.${name}`)
    for (const option of schema.anyOf ?? []) check(option, at)
    for (const inner of [schema.items, schema.additionalProperties, schema.propertyNames, schema.contentSchema])
      if (typeof inner === 'object') check(inner, at)
  }
  const inline = [...walk({ ...document.paths, ...document.webhooks })].flatMap(([at, { schema }]) =>
    schema ? [[at, schema as Schema] as const] : [],
  )

  expect(inline.length).toBeGreaterThan(40)
  for (const [at, schema] of [...inline, ...Object.entries(document.components.schemas)]) check(schema, at)
})

test('what is strict about what it reads says so; answers may grow', () => {
  const { NewMessage, Message, Subscriber } = document.components.schemas

  expect(NewMessage?.additionalProperties).toBe(false)
  expect(NewMessage?.required).toEqual(['purpose'])
  expect(Message?.additionalProperties).toBeUndefined()
  expect(Subscriber?.additionalProperties).toBeUndefined()
})

const read = (schema: z.ZodType, value: unknown, what: string) => {
  const { success, error } = schema.safeParse(value)
  expect(success, `${what}: ${error?.message}`).toBe(true)
}

test('every example is what its zod schema reads', () => {
  for (const [name, { params, query, body, answers, idempotencyKey }] of table) {
    const example = examples[name]
    if (params) read(params, example.params, `${name} params`)
    if (query) read(query, example.query ?? {}, `${name} query`)
    if (body) {
      expect(Array.isArray(example.body), name).toBe(body.type === 'application/x-ndjson')
      for (const line of [example.body].flat()) read(body.schema, line, `${name} body`)
    }
    expect(example.idempotencyKey !== undefined, name).toBe(idempotencyKey !== undefined)
    expect(Object.keys(example.answers), name).toEqual(Object.keys(answers))
    for (const [status, { schema, type }] of Object.entries(answers)) {
      const answer = example.answers[Number(status)]
      if (type !== 'application/x-ndjson') expect(Array.isArray(answer), name).toBe(false)
      if (schema) for (const line of [answer].flat()) read(schema, line, `${name} ${status}`)
    }
  }
  read(Problem, schemaExamples.Problem, 'Problem')
})

test('every example in the document is what the JSON schema beside it says', () => {
  let seen = 0
  const fits = (schema: Schema, value: unknown, at: string) => {
    seen++
    expect(faults(schema, value), at).toEqual([])
    if (schema.contentMediaType === 'application/x-ndjson' && schema.contentSchema)
      for (const line of String(value).trimEnd().split('\n')) fits(schema.contentSchema, JSON.parse(line), at)
  }
  for (const [at, { schema, example, examples }] of walk({
    paths: document.paths,
    webhooks: document.webhooks,
    responses: document.components.responses,
  })) {
    if (!schema) continue
    if (example !== undefined) fits(schema as Schema, example, at)
    for (const { value } of Object.values((examples as Record<string, { value: unknown }> | undefined) ?? {}))
      fits(schema as Schema, value, at)
  }
  for (const { type, schema, example } of document['x-event-types']) {
    fits({ $ref: '#/components/schemas/CloudEvent' }, example, type)
    fits(schema, (example as { data: unknown }).data, type)
  }
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    if (name !== 'Json') expect(schema.examples, name).toHaveLength(1)
    for (const example of schema.examples ?? []) fits(schema, example, name)
  }
  expect(seen).toBeGreaterThan(60)
})

test('the examples are checked by more than luck: a broken one is found', () => {
  const { NewMessage } = document.components.schemas

  expect(faults(NewMessage!, { subscriber: '', purpose: 'newsletter', from: 'Orpheum' })).toEqual([
    '$.subscriber: length',
    expect.stringContaining('$.purpose: newsletter is none of'),
    '$: from is not known',
  ])
})

test('every type of event is documented, with the schema of its data and an example that both schemas read', () => {
  expect(document['x-event-types'].map(({ type }) => type)).toEqual(Object.keys(eventTypes))
  for (const { type, summary, example } of document['x-event-types']) {
    expect(summary, type).toMatch(/\.$/)
    expect(document.components.schemas[type]?.description, type).toContain(summary)
    const { data, ...event } = CloudEvent.parse(example)
    expect(event, type).toMatchObject({ type, specversion: '1.0', subject: expect.any(String) })
    read(eventTypes[type].data, data, type)
  }
})

test('everything that an endpoint may be told is documented, with its payload and the headers that sign it', () => {
  expect(Object.keys(document.webhooks)).toEqual(outgoingNames)
  for (const name of outgoingNames) {
    const { post } = document.webhooks[name]
    expect(post.parameters.map(({ name }) => name)).toEqual(['webhook-id', 'webhook-timestamp', 'webhook-signature'])
    const { schema, example } = post.requestBody.content['application/json']!
    expect(schema.properties?.type, name).toMatchObject({ const: name })
    const told = Told.parse(example)
    expect(told.type).toBe(name)
    read(outgoingTypes[name].data, told.data, name)
    expect(Object.keys(post.responses)).toEqual(expect.arrayContaining(['2XX', '410']))
  }
})

test('the signature that is shown verifies, by the secret that is shown', async () => {
  const { parameters, requestBody } = document.webhooks['link.clicked'].post
  const headers = Object.fromEntries(parameters.map(({ name, example }) => [name, String(example)]))
  const { example } = requestBody.content['application/json']!
  const { secret } = examples.createWebhook.answers[201] as { secret: string }

  const told = await verifyWebhook({ headers, body: JSON.stringify(example) }, secret, {
    now: () => new Date('2026-11-02T19:43:05Z'),
  })

  expect(told).toEqual(example)
})

test('a batch of events is a list of them', () => {
  const { content } = document.paths['/v1/events']!.post!.requestBody!

  expect(Object.keys(content)).toEqual([
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
    'application/json',
  ])
  expect(content['application/cloudevents-batch+json']?.schema).toEqual({
    type: 'array',
    items: { $ref: '#/components/schemas/CloudEvent' },
  })
})

test('a problem that a path can have is told by its 404, one of a body by its 422', () => {
  const { get, delete: erase } = document.paths['/v1/subscribers/{id}']!
  const { post } = document.paths['/v1/messages']!

  expect(get?.responses[404]?.content?.['application/problem+json']?.examples).toHaveProperty('unknown_subscriber')
  expect(erase?.responses[404]).toBeDefined()
  expect(post?.responses[404]).toBeUndefined()
  expect(post?.responses[422]?.content?.['application/problem+json']?.examples).toHaveProperty('unknown_subscriber')
})

test('problems that no endpoint names are documented once, as the default answer', () => {
  const { Problem } = document.components.responses

  expect(Object.keys(Problem?.content?.['application/problem+json']?.examples ?? {})).toEqual(['unauthenticated'])
  for (const [, , { responses }] of operations)
    expect(responses.default).toEqual({ $ref: '#/components/responses/Problem' })
})

test('a problem that the catalogue lacks is a mistake, and said at once', () => {
  expect(() => openapi({ problems: [] })).toThrow('which the catalogue does not have')
})
