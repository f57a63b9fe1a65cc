// The OpenAPI 3.1 document, made from the table of endpoints: nothing is said here that the table and its schemas do not.
import { z } from 'zod'
import { isScope, type Permission, permissionsOf, personal, roles, type Scope, scopes } from './access.ts'
import { type Endpoint, type EndpointName, endpoints } from './endpoints.ts'
import { type EventTypeName, eventTypes } from './event.ts'
import { eventExample, examples, outgoingExamples, schemaExamples } from './examples.ts'
import { Problem } from './problem.ts'
import { version } from './version.ts'
import { type OutgoingName, outgoingNames, outgoingTypes, Told } from './webhook.ts'

/** A line of the catalogue of problems. A code may have two statuses: 404 where the path names the missing, 422 where the body does. */
export interface KnownProblem {
  code: string
  status: number
  title: string
}

/** JSON Schema 2020-12, as far as the document uses it. */
export interface Schema {
  $ref?: string
  type?: string | string[]
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
  propertyNames?: Schema
  items?: Schema
  anyOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  format?: string
  pattern?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  minItems?: number
  maxItems?: number
  default?: unknown
  description?: string
  examples?: unknown[]
  contentMediaType?: string
  contentSchema?: Schema
}

export interface Media {
  schema: Schema
  example?: unknown
  examples?: Record<string, { summary?: string; value: unknown }>
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  description?: string
  schema: Schema
  example?: unknown
}

export interface Answer {
  $ref?: string
  description?: string
  headers?: Record<string, { description: string; schema: Schema }>
  content?: Record<string, Media>
}

export interface Operation {
  operationId: EndpointName
  tags: string[]
  summary: string
  description: string
  /** Either way will do; the roles listed are the scope that the key needs, or what the operator's role must allow. */
  security: { apiKey?: string[]; session?: string[] }[]
  parameters: Parameter[]
  requestBody?: { required: true; description?: string; content: Record<string, Media> }
  responses: Record<string, Answer>
}

/** A call that Usher makes. */
export interface OutgoingCall {
  operationId: string
  tags: string[]
  summary: string
  description: string
  /** None: the signature shows who calls. */
  security: []
  parameters: Parameter[]
  requestBody: { required: true; content: Record<string, Media> }
  responses: Record<string, Answer>
}

/** A type of event that means something here. */
export interface KnownEvent {
  type: EventTypeName
  about: 'subscriber' | 'title'
  summary: string
  /** Of its `data`. */
  schema: Schema
  /** The whole event. */
  example: unknown
}

export interface OpenApi {
  openapi: '3.1.1'
  info: {
    title: string
    version: string
    summary: string
    description: string
    license: { name: string; identifier: string }
  }
  servers: { url: string }[]
  tags: { name: string; description: string }[]
  paths: Record<string, Partial<Record<Endpoint['method'], Operation>>>
  /** What an endpoint of the service is told, by type. */
  webhooks: Record<OutgoingName, { post: OutgoingCall }>
  /** What `postEvents` understands. OpenAPI has no place for the types of events, so they have one of their own. */
  'x-event-types': KnownEvent[]
  components: {
    schemas: Record<string, Schema>
    responses: Record<string, Answer>
    securitySchemes: {
      apiKey: { type: 'http'; scheme: 'bearer'; description: string }
      session: { type: 'apiKey'; in: 'cookie'; name: string; description: string }
    }
  }
}

export const scopeSentences: Record<Scope, string> = {
  'messages:write': 'Send texts.',
  'messages:read': 'Read and preview texts, read why, and read what handsets wrote.',
  'subscribers:write': 'Make, replace, import and erase subscribers; block a number.',
  'subscribers:read': 'Read subscribers and suppressions, with masked numbers.',
  'templates:write': 'Save templates.',
  'templates:read': 'Read templates.',
  'stream:read': 'Watch live.',
  'live:read': 'Read how the line and its carriers are doing, and the settings.',
  'events:write': 'Post events; mend, replay and drop bad ones.',
  'events:read': 'Read the events that came, and the list of bad ones, with masked numbers.',
  'webhooks:write': 'Make, change and delete webhook endpoints, send tests, and deliver again.',
  'webhooks:read': 'Read webhook endpoints, their deliveries and the feed.',
  'links:write': 'Make and revoke short links.',
  'subscribers:export': 'Export all that is stored of a subscriber, number and texts whole.',
  'verifications:write': 'Send and check codes.',
  'alerts:write': 'Ask subscribers whether it was them, and withdraw that.',
  'alerts:read': 'Read alerts and their answers.',
  'links:read': 'Read short links and who followed them.',
  'sign_ins:write': 'Tell of sign-ins, have them judged, and settle them.',
  'sign_ins:read': 'Read sign-ins, their rules, and what other thresholds would have done.',
}

export const personalSentences: Record<(typeof personal)[number], string> = {
  'numbers:reveal': 'Reveal a whole number, with a reason that is recorded.',
  'suppressions:write': 'Lift and import suppressions.',
  'carriers:write': "Turn the simulated carrier's knobs.",
  'settings:write': 'Set the allowed link domains; in the demo, move the clock and switch the background life.',
  'keys:write': 'List, make and revoke API keys.',
  'operators:write': 'List, invite and change operators.',
  'audit:read': 'Read the audit log.',
}

/** The roles that may do this, for sentences. */
export const rolesWith = (permission: Permission) => roles.filter(role => permissionsOf[role].includes(permission))

const tags: Record<Endpoint['tag'], string> = {
  Messages: 'Send a text, read its fate, and ask why.',
  Subscribers: 'The people of the streaming service who may be texted.',
  Numbers: 'Whose a number is: proved by a code, changed, taken back by its carrier, dead.',
  Verifications: 'Codes, sent and checked, and what protects them.',
  'Sign-ins': 'Whether a sign-in is likely theirs, why, and what to do.',
  Alerts: 'Whether it was them: asked by text, answered by text or on a page.',
  Suppressions: 'Numbers that are not texted, and why.',
  Policy: 'What decides whether a text may go, and whether one would.',
  Templates: 'What texts say, by language and version.',
  Journeys: 'Texts over time: what starts, moves and ends them, what they would have sent, and what is ahead of whom.',
  Events: 'What happened at the streaming service: the doors it comes in by, and the list of what could not be taken.',
  Webhooks:
    'What happened here, told to the streaming service: signed calls, and a feed for those who can not be called.',
  Links: "Short links on the service's own domain, and who followed them.",
  Live: 'What happens, as it happens.',
  Carriers: 'The companies that carry texts, and the binds to them.',
  Settings: 'What this Usher is set to, and the keys of its API.',
  Operators: 'The people of the console, what they may do, and what was recorded of it.',
  'Signing in': 'How an operator comes in, and goes.',
  Demo: 'The simulated carrier and the clock; only the demo has them.',
}

const description = `Texts between a video-streaming service and its subscribers.

A program's request carries an API key, as \`Authorization: Bearer <key>\`. A key has scopes; each endpoint names the one it needs. The console's requests carry the cookie of an operator who has signed in, whose role decides; what changes something then also needs the header \`X-Usher-CSRF\`, with the token that \`getSession\` answers. Some endpoints are for operators only: a key that leaks does not open them. Those that sign somebody in need neither.

A text is sent once or not at all. \`Idempotency-Key\` makes a request safe to repeat: the same key and body get the first answer again, however often they are sent.

Times are ISO 8601 with a zone, numbers are E.164, names of fields are camelCase. Lists come newest first, in pages: give \`next\` as \`cursor\` until it is null. Fields may be added to answers at any time.

What goes wrong is answered as \`application/problem+json\` (RFC 9457). Programs decide by its \`code\`, which never changes.`

const problemType = 'application/problem+json'
const ndjson = 'application/x-ndjson'
const retryAfter = {
  'Retry-After': {
    description: 'With 429 and 503: seconds until it is worth asking again.',
    schema: { type: 'integer', minimum: 0 },
  },
} satisfies Answer['headers']

/** Makes the document. `problems` is the catalogue of what the server answers; an endpoint's problems must all be in it. */
export function openapi({
  serverUrl = '/',
  problems,
}: {
  serverUrl?: string
  problems: readonly KnownProblem[]
}): OpenApi {
  const table: [string, Endpoint][] = Object.entries(endpoints)
  const schemas: Record<string, Schema> = {}
  const jsonSchema = (schema: z.ZodType, io: 'input' | 'output') => describe(schema, io, schemas)
  const problem = { schema: jsonSchema(Problem, 'output') }
  const particular = new Set(table.flatMap(([, endpoint]) => endpoint.problems ?? []))
  const general = problems.filter(({ code }) => !particular.has(code))

  const paths: OpenApi['paths'] = {}
  for (const [name, endpoint] of table) {
    paths[endpoint.path] ??= {}
    paths[endpoint.path]![endpoint.method] = operation(name as EndpointName, endpoint, problems, jsonSchema)
  }
  const incoming = incomingTypes(jsonSchema, schemas)
  const outgoing = Object.fromEntries(
    outgoingNames.map(name => [name, { post: outgoingCall(name, jsonSchema) }]),
  ) as OpenApi['webhooks']
  for (const [id, value] of Object.entries({ ...schemaExamples, ...wholeExamples(table) }))
    if (schemas[id]) schemas[id].examples = [value]

  return {
    openapi: '3.1.1',
    info: {
      title: 'Usher',
      version,
      summary: 'The text-message line between a video-streaming service and its subscribers.',
      description,
      license: { name: 'Apache 2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: serverUrl }],
    tags: Object.entries(tags)
      .filter(([tag]) => table.some(([, endpoint]) => endpoint.tag === tag))
      .map(([name, description]) => ({ name, description })),
    paths,
    webhooks: outgoing,
    'x-event-types': incoming,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
      responses: {
        Problem: {
          description: 'What can go wrong anywhere.',
          headers: retryAfter,
          content: { [problemType]: { ...problem, examples: problemExamples(general) } },
        },
      },
      securitySchemes: {
        apiKey: {
          type: 'http',
          scheme: 'bearer',
          description: `An API key. Its scopes:\n\n${listed(scopes, scopeSentences)}`,
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'usher_session',
          description: `An operator who has signed in. Whatever is not a GET also needs the header \`X-Usher-CSRF\`, with the \`csrf\` of the session. What the role allows decides: the scopes of keys, and what only operators can be allowed:\n\n${listed(personal, personalSentences)}`,
        },
      },
    },
  }
}

const listed = <Name extends string>(names: readonly Name[], sentences: Record<Name, string>) =>
  names.map(name => `- \`${name}\`: ${sentences[name]}`).join('\n')

/** A scope opens to a key that has it and to an operator whose role does; a personal permission to operators alone. */
function securityOf(scope: Endpoint['scope']): Operation['security'] {
  if (scope === null) return []
  if (scope === 'session') return [{ session: [] }]
  return isScope(scope) ? [{ apiKey: [scope] }, { session: [scope] }] : [{ session: [scope] }]
}

type JsonSchema = (schema: z.ZodType, io: 'input' | 'output') => Schema

function operation(
  name: EndpointName,
  endpoint: Endpoint,
  problems: readonly KnownProblem[],
  jsonSchema: JsonSchema,
): Operation {
  const { method, path, scope, tag, summary, description, body, answers } = endpoint
  const example = examples[name]
  const statusOf = (code: string) => {
    const known = problems.filter(problem => problem.code === code)
    const found =
      known.find(({ status }) => status === 404 && path.includes('{')) ??
      known.find(({ status }) => status !== 404) ??
      known[0]
    if (!found)
      throw new Error(`${method.toUpperCase()} ${path} names the problem ${code}, which the catalogue does not have.`)
    return found
  }
  const named = (endpoint.problems ?? []).map(statusOf)
  const byStatus = new Map(named.map(({ status }) => [status, named.filter(problem => problem.status === status)]))
  return {
    operationId: name,
    tags: [tag],
    summary,
    description,
    security: securityOf(scope),
    parameters: parametersOf(endpoint, example, jsonSchema),
    ...(body && {
      requestBody: {
        required: true as const,
        content: {
          [body.type]: media(body.type, jsonSchema(body.schema, 'input'), example.body),
          ...Object.fromEntries(
            (body.also ?? []).map(also => [also, otherMedia(also, jsonSchema(body.schema, 'input'))]),
          ),
        },
      },
    }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { description, type, schema }]) => {
          if (!schema && !type) return [status, { description }]
          const kind = type ?? 'application/json'
          const value = example.answers[Number(status)]
          return [
            status,
            { description, content: { [kind]: media(kind, schema && jsonSchema(schema, 'output'), value) } },
          ]
        }),
      ),
      ...Object.fromEntries(
        [...byStatus].map(([status, list]) => [
          status,
          {
            description: list.map(({ title }) => title).join(' '),
            content: { [problemType]: { schema: jsonSchema(Problem, 'output'), examples: problemExamples(list) } },
          },
        ]),
      ),
      default: { $ref: '#/components/responses/Problem' },
    },
  }
}

function parametersOf(
  endpoint: Endpoint,
  example: (typeof examples)[EndpointName],
  jsonSchema: JsonSchema,
): Parameter[] {
  const parameters: Parameter[] = []
  const add = (place: 'path' | 'query', fields: z.ZodObject | undefined, values: Record<string, string> = {}) => {
    if (!fields) return
    const { properties = {}, required = [] } = jsonSchema(fields, 'input')
    for (const [name, { description, ...schema }] of Object.entries(properties)) {
      const value = values[name]
      parameters.push({
        name,
        in: place,
        required: place === 'path' || required.includes(name),
        ...(description !== undefined && { description }),
        schema,
        ...(value !== undefined && { example: schema.type === 'integer' ? Number(value) : value }),
      })
    }
  }
  add('path', endpoint.params, example.params)
  add('query', endpoint.query, example.query)
  if (endpoint.idempotencyKey)
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: endpoint.idempotencyKey === 'required',
      description: 'Makes the request safe to repeat: the same key with the same body gets the first answer again.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
      ...(example.idempotencyKey !== undefined && { example: example.idempotencyKey }),
    })
  return parameters
}

/** NDJSON and event streams are texts on the wire, so their schema is a string's; `contentSchema` is that of one line. */
function media(type: string, schema: Schema | undefined, example: unknown): Media {
  const withExample = (schema: Schema, value: unknown): Media => ({
    schema,
    ...(value !== undefined && { example: value }),
  })
  if (type === ndjson && schema) {
    const lines = Array.isArray(example) ? example.map(line => `${JSON.stringify(line)}\n`).join('') : undefined
    const description = 'One JSON value a line. `contentSchema` is the schema of a line.'
    return withExample({ type: 'string', contentMediaType: type, contentSchema: schema, description }, lines)
  }
  return withExample(schema ?? { type: 'string', contentMediaType: type }, example)
}

/** What else a body may be. */
function otherMedia(type: string, schema: Schema): Media {
  if (type === 'application/cloudevents-batch+json') return { schema: { type: 'array', items: schema } }
  if (type === 'application/json')
    return {
      schema: {
        description:
          'Binary mode: the body is the `data` alone, and what stands beside it is in headers: `ce-specversion`, `ce-id`, `ce-source`, `ce-type`, `ce-subject`, `ce-time`. Without such headers it is read as one event, or as a list of them.',
      },
    }
  return { schema: { type: 'string', contentMediaType: type } }
}

/** The types of events, each with the schema of its data among the components, under its own name. */
function incomingTypes(jsonSchema: JsonSchema, components: Record<string, Schema>): KnownEvent[] {
  return (Object.keys(eventTypes) as EventTypeName[]).map(type => {
    const { about, summary, data, example } = eventTypes[type]
    components[type] = {
      ...jsonSchema(data, 'input'),
      description: `The \`data\` of \`${type}\`. ${summary}`,
      examples: [example],
    }
    return { type, about, summary, schema: { $ref: `#/components/schemas/${type}` }, example: eventExample(type) }
  })
}

/** Standard Webhooks 1.0.0, "Webhook headers". */
const signedHeaders: Parameter[] = [
  {
    name: 'webhook-id',
    in: 'header',
    required: true,
    description: 'Names what is told. It is the same on each try: take it once.',
    schema: { type: 'string' },
    example: outgoingExamples['link.clicked'].id,
  },
  {
    name: 'webhook-timestamp',
    in: 'header',
    required: true,
    description: 'When this try was made, in seconds since 1970. Refuse what is older than five minutes.',
    schema: { type: 'string', pattern: '^\\d+$' },
    example: '1793648583',
  },
  {
    name: 'webhook-signature',
    in: 'header',
    required: true,
    description:
      'HMAC-SHA256 of `id.timestamp.body`, as `v1,` and Base64. While a secret is being replaced there are two, with a space between; one that fits is enough.',
    schema: { type: 'string' },
    example: 'v1,LMbXZzf2xRFCWJSyBzvZcG9zKquFzCEGhQLxZWB6sP8=',
  },
]

function outgoingCall(name: OutgoingName, jsonSchema: JsonSchema): OutgoingCall {
  const { summary, data } = outgoingTypes[name]
  const whole = z.object({ ...Told.shape, type: z.literal(name), data })
  return {
    operationId: name,
    tags: ['Webhooks'],
    summary,
    description: 'Posted to each endpoint that asks for this type, and kept in the feed where it keeps this type.',
    security: [],
    parameters: signedHeaders,
    requestBody: {
      required: true,
      content: { 'application/json': media('application/json', jsonSchema(whole, 'output'), outgoingExamples[name]) },
    },
    responses: {
      '2XX': { description: 'It was taken. What the body says does not matter.' },
      410: { description: 'Nothing is to be sent here any more: the endpoint is switched off.' },
      default: { description: 'It is tried again, for three days in all; `Retry-After` is heeded.' },
    },
  }
}

const problemExamples = (problems: readonly KnownProblem[]) =>
  Object.fromEntries(
    problems.map(({ code, status, title }) => [
      code,
      { summary: title, value: { type: `/docs/problems#${code}`, title, status, code } },
    ]),
  )

/** The examples of bodies and answers, by the id of the schema they are of. */
function wholeExamples(table: [string, Endpoint][]): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  const add = (schema: z.ZodType | undefined, value: unknown) => {
    const id = schema?.meta()?.id
    if (id !== undefined && value !== undefined) found[id] ??= Array.isArray(value) ? value[0] : value
  }
  for (const [name, { body, answers }] of table) {
    const example = examples[name as EndpointName]
    add(body?.schema, example.body)
    for (const [status, answer] of Object.entries(answers)) add(answer.schema, example.answers[Number(status)])
  }
  for (const name of outgoingNames) add(outgoingTypes[name].data, outgoingExamples[name].data)
  return found
}

/** The JSON Schema of a zod schema. What has an id goes to `components`, and so does what refers to itself. */
function describe(schema: z.ZodType, io: 'input' | 'output', components: Record<string, Schema>): Schema {
  const { $defs = {}, ...root } = z.toJSONSchema(schema, {
    io,
    override({ zodSchema, jsonSchema }) {
      const { def } = zodSchema._zod
      // Answers may get more fields later; only what is strict about what it reads says so.
      if (def.type === 'object' && def.catchall === undefined) delete jsonSchema.additionalProperties
    },
  })
  for (const [id, def] of Object.entries($defs)) {
    const name = nameOf(id)
    const tidied = name === 'Json' ? { ...tidy(def as Schema), description: 'Any JSON value.' } : tidy(def as Schema)
    if (components[name] && JSON.stringify(components[name]) !== JSON.stringify(tidied))
      throw new Error(`The schema ${name} reads differently in two places; give each an id of its own.`)
    components[name] = tidied
  }
  return tidy(root as Schema)
}

// The only schema without an id that refers to itself is that of any JSON value.
const nameOf = (id: string) => (id.startsWith('__schema') ? 'Json' : id)

/** Says the same in fewer words: no bounds of safe integers, no pattern where a format says it, refs into `components`. */
function tidy(schema: Schema & { $schema?: string; id?: string; example?: unknown; oneOf?: Schema[] }): Schema {
  const { $schema, id, example, oneOf, ...rest } = schema
  const tidied: Schema = { ...rest }
  if (example !== undefined) tidied.examples = [example]
  // Kinds that a constant tells apart: whatever fits one of them fits one alone.
  if (oneOf) tidied.anyOf = oneOf
  // That anything more may stand there is what a schema says by saying nothing.
  if (typeof tidied.additionalProperties === 'object' && Object.keys(tidied.additionalProperties).length === 0)
    delete tidied.additionalProperties
  if (tidied.minimum === Number.MIN_SAFE_INTEGER) delete tidied.minimum
  if (tidied.maximum === Number.MAX_SAFE_INTEGER) delete tidied.maximum
  if (tidied.format === 'date-time' || tidied.format === 'uuid') delete tidied.pattern
  if (tidied.$ref) tidied.$ref = `#/components/schemas/${nameOf(tidied.$ref.slice('#/$defs/'.length))}`
  if (tidied.properties)
    tidied.properties = Object.fromEntries(
      Object.entries(tidied.properties).map(([name, field]) => [name, tidy(field)]),
    )
  if (tidied.items) tidied.items = tidy(tidied.items)
  if (tidied.anyOf) tidied.anyOf = tidied.anyOf.map(tidy)
  if (typeof tidied.additionalProperties === 'object') tidied.additionalProperties = tidy(tidied.additionalProperties)
  if (tidied.propertyNames) tidied.propertyNames = tidy(tidied.propertyNames)
  return tidied
}
