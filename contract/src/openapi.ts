// The OpenAPI 3.1 document, made from the table of endpoints: nothing is said here that the table and its schemas do not.
import { z } from 'zod'
import { isScope, type Permission, permissionsOf, personal, roles, type Scope, scopes } from './access.ts'
import { type Endpoint, type EndpointName, endpoints } from './endpoints.ts'
import { examples, schemaExamples } from './examples.ts'
import { Problem } from './problem.ts'
import { version } from './version.ts'

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
  'subscribers:write': 'Make, replace, import and erase subscribers.',
  'subscribers:read': 'Read subscribers, with masked numbers.',
  'templates:write': 'Save templates.',
  'templates:read': 'Read templates.',
  'stream:read': 'Watch live.',
  'live:read': 'Read how the line and its carriers are doing, and the settings.',
}

export const personalSentences: Record<(typeof personal)[number], string> = {
  'numbers:reveal': 'Reveal a whole number, with a reason that is recorded.',
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
  Templates: 'What texts say, by language and version.',
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
          ...(body.also && { [body.also]: { schema: { type: 'string', contentMediaType: body.also } } }),
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
function tidy(schema: Schema & { $schema?: string; id?: string; example?: unknown }): Schema {
  const { $schema, id, example, ...rest } = schema
  const tidied: Schema = { ...rest }
  if (example !== undefined) tidied.examples = [example]
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
