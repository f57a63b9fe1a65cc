// The reference of the API, served at /docs: the OpenAPI document as a page, written on the server. It needs no script and
// no other host, so it can be read on a machine that reaches nothing else.
import type { Permission } from '@usher/contract/access'
import { keepable } from '@usher/contract/message'
import {
  type Answer,
  type Media,
  type OpenApi,
  type Operation,
  type Parameter,
  rolesWith,
  type Schema,
} from '@usher/contract/openapi'
import type { Child, FC } from 'hono/jsx'

type Method = 'get' | 'put' | 'post' | 'delete'
interface Endpoint extends Operation {
  method: Method
  path: string
}

/** The whole page. `documentUrl` is where the machine-readable form is served, `cssUrl` where `referenceCss` is. */
export function reference(
  doc: OpenApi,
  { documentUrl = '/openapi.json', cssUrl = '/docs/reference.css' } = {},
): string {
  return `<!doctype html>${<Page doc={doc} documentUrl={documentUrl} cssUrl={cssUrl} />}`
}

/** A `$ref` followed to what it names. */
function resolve<T extends { $ref?: string }>(doc: OpenApi, value: T): T {
  if (value.$ref === undefined) return value
  const [, , kind, name] = value.$ref.split('/')
  const found = (doc.components as unknown as Record<string, Record<string, T>>)[kind ?? '']?.[name ?? '']
  if (!found) throw new Error(`${value.$ref} is not in the document.`)
  return found
}

const Page: FC<{ doc: OpenApi; documentUrl: string; cssUrl: string }> = ({ doc, documentUrl, cssUrl }) => {
  const endpoints = Object.entries(doc.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Endpoint => ({ ...operation, method: method as Method, path })),
  )
  const groups = doc.tags.map(tag => ({ ...tag, endpoints: endpoints.filter(({ tags }) => tags.includes(tag.name)) }))
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{doc.info.title} API</title>
        <link rel="stylesheet" href={cssUrl} />
      </head>
      <body>
        <a class="skip" href="#main">
          To the content
        </a>
        <header>
          <p class="brand">{doc.info.title}</p>
          <p class="muted">
            API {doc.info.version} · <a href={documentUrl}>OpenAPI document</a>
          </p>
        </header>
        <nav aria-label="Endpoints">
          <ul>
            <li>
              <a href="#main">Beginning</a>
            </li>
          </ul>
          {groups.map(({ name, endpoints }) => (
            <>
              <p class="group">
                <a href={`#${anchor(name)}`}>{name}</a>
              </p>
              <ul>
                {endpoints.map(({ operationId, method, summary }) => (
                  <li>
                    <a href={`#${operationId}`}>
                      <Verb method={method} /> <span>{summary}</span>
                    </a>
                  </li>
                ))}
              </ul>
              {kindsBeside[name] && <KindsInNav {...kindsBeside[name](doc)} />}
            </>
          ))}
          <p class="group">
            <a href="#problems">Problems</a>
          </p>
        </nav>
        <main id="main" tabindex={-1}>
          <section class="opening">
            <h1>{doc.info.title} API</h1>
            <p class="lead">{doc.info.summary}</p>
            <div class="columns">
              <div>
                <Prose text={doc.info.description} />
              </div>
              <div class="card">
                <h2>Keys and scopes</h2>
                <Prose text={doc.components.securitySchemes.apiKey.description} />
                <h2>Operators</h2>
                <Prose text={doc.components.securitySchemes.session.description} />
              </div>
            </div>
          </section>
          {groups.map(({ name, description, endpoints }) => (
            <>
              <section aria-labelledby={anchor(name)}>
                <h2 id={anchor(name)}>{name}</h2>
                <p class="lead">{description}</p>
                {endpoints.map(endpoint => (
                  <Article doc={doc} endpoint={endpoint} />
                ))}
              </section>
              {kindsBeside[name] && <Kinds doc={doc} {...kindsBeside[name](doc)} />}
            </>
          ))}
          <Problems doc={doc} endpoints={endpoints} />
        </main>
      </body>
    </html>
  )
}

const anchor = (tag: string) => `tag-${tag.toLowerCase().replaceAll(' ', '-')}`

const Verb: FC<{ method: Method }> = ({ method }) => (
  <span class={`verb ${method}`}>{method === 'delete' ? 'DEL' : method.toUpperCase()}</span>
)

const Article: FC<{ doc: OpenApi; endpoint: Endpoint }> = ({ doc, endpoint }) => {
  const { operationId, method, path, summary, description, security, parameters, requestBody, responses } = endpoint
  // Made and taken come before what changed nothing.
  const answers = Object.entries(responses)
    .filter(([status]) => status.startsWith('2'))
    .reverse()
  const problems = problemsOf(endpoint)
  return (
    <article id={operationId} aria-labelledby={`${operationId}-title`}>
      <div class="said">
        <h3 id={`${operationId}-title`}>
          <a href={`#${operationId}`}>{summary}</a>
        </h3>
        <p class="address">
          <Verb method={method} /> <Path path={path} />
        </p>
        <Prose text={description} />
        <p class="muted">
          <Needs security={security} /> In the client: <code>{operationId}</code>.
        </p>
        {parameters.length > 0 && (
          <>
            <h4>Parameters</h4>
            <Rows
              caption={`Parameters of ${summary}`}
              rows={parameters.map(parameter => parameterRow(doc, parameter))}
            />
          </>
        )}
        {requestBody && (
          <>
            <h4>Body</h4>
            {Object.entries(requestBody.content).map(([type, { schema }]) => (
              <BodyFields doc={doc} type={type} schema={schema} caption={`Body of ${summary}`} />
            ))}
          </>
        )}
        <h4>Answers</h4>
        <dl class="answers">
          {answers.map(([status, { description, content = {} }]) => (
            <>
              <dt>
                <Status status={status} />
              </dt>
              <dd>
                <Prose text={description ?? ''} />
                {Object.entries(content).map(([type, { schema }]) => {
                  const same = sameAs(schema, answers, status)
                  if (same !== undefined) return <p class="muted">The same fields as {same}.</p>
                  return (
                    <AnswerFields doc={doc} type={type} schema={schema} caption={`Answer ${status} of ${summary}`} />
                  )
                })}
              </dd>
            </>
          ))}
          {problems.map(({ code, status, title }) => (
            <>
              <dt>
                <Status status={String(status)} />
              </dt>
              <dd>
                <a href={`#${code}`}>
                  <code>{code}</code>
                </a>{' '}
                {title}
              </dd>
            </>
          ))}
        </dl>
      </div>
      <div class="shown">
        <figure>
          <figcaption>Request</figcaption>
          <Curl doc={doc} endpoint={endpoint} />
        </figure>
        {answers.map(([status, { content = {} }], at) => {
          const [kind] = Object.entries(content)
          if (!kind) return null
          const figure = (
            <figure>
              <figcaption>Answer {status}</figcaption>
              <Shown type={kind[0]} media={kind[1]} />
            </figure>
          )
          return at === 0 ? (
            figure
          ) : (
            <details>
              <summary>Answer {status}, an example</summary>
              {figure}
            </details>
          )
        })}
      </div>
    </article>
  )
}

/** The types of what is posted to Usher, or of what Usher posts. */
interface KindsOf {
  id: string
  title: string
  lead: string
  /** Whether the reader writes it or reads it. */
  side: 'body' | 'answer'
  /** What all of them have, before them. */
  common?: Child
  kinds: { type: string; summary: string; note?: Child; data: Schema; example: unknown }[]
}

const incomingKinds = (doc: OpenApi): KindsOf => ({
  id: 'event-types',
  title: 'Event types',
  side: 'body',
  lead: 'What `postEvents` understands. Fields that are not named here are kept too, and so are events of other types: they are shown as unknown, and nothing follows from them.',
  kinds: doc['x-event-types'].map(({ type, summary, about, schema, example }) => ({
    type,
    summary,
    note: (
      <>
        <code>subject</code> is the {about}.
      </>
    ),
    data: schema,
    example,
  })),
})

/** What the example of a signature signs. */
type Signed = { id?: unknown } | undefined

const outgoingKinds = (doc: OpenApi): KindsOf => {
  const calls = Object.entries(doc.webhooks).map(([type, { post }]) => ({ type, ...post }))
  const whole = (call: (typeof calls)[number]) => call.requestBody.content['application/json']
  const [first] = calls
  const signed = calls.find(call => (whole(call)?.example as Signed)?.id === first?.parameters[0]?.example)
  const { data: _, ...envelope } = (first && whole(first)?.schema.properties) ?? {}
  return {
    id: 'told',
    title: 'What endpoints are told',
    side: 'answer',
    lead: 'What Usher posts to an endpoint of yours, and gives by the feed. `verifyWebhook` of the client package checks the signature and reads the body.',
    common: first && (
      <div class="columns">
        <div>
          <h3>Each call</h3>
          <h4>Headers</h4>
          <Rows caption="Headers of each call" rows={first.parameters.map(parameter => parameterRow(doc, parameter))} />
          <h4>Body</h4>
          <Rows
            caption="Fields of each body"
            rows={[
              ...fieldRows(
                doc,
                { properties: { ...envelope, type: { type: 'string', description: 'One of those below.' } } },
                'body',
              ),
              { name: ['data'], type: 'object', description: 'By its type.' },
            ]}
          />
          <h4>Your answer</h4>
          <dl class="answers">
            {Object.entries(first.responses)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([status, { description }]) => (
                <>
                  <dt>
                    <Status status={status === 'default' ? 'else' : status} />
                  </dt>
                  <dd>{marked(description ?? '')}</dd>
                </>
              ))}
          </dl>
        </div>
        <div class="shown">
          <figure>
            <figcaption>Call</figcaption>
            <pre>
              {`POST /hooks/usher HTTP/1.1\nHost: orpheum.example\nContent-Type: application/json\n${first.parameters
                .map(({ name, example }) => `${name}: ${example}`)
                .join('\n')}\n\n`}
              <Json text={JSON.stringify(signed && whole(signed)?.example)} />
            </pre>
          </figure>
        </div>
      </div>
    ),
    kinds: calls.map(call => ({
      type: call.type,
      summary: call.summary,
      data: whole(call)?.schema.properties?.data ?? {},
      example: whole(call)?.example,
    })),
  }
}

/** Shown behind the endpoints of a tag. */
const kindsBeside: Record<string, (doc: OpenApi) => KindsOf> = { Events: incomingKinds, Webhooks: outgoingKinds }

const KindsInNav: FC<KindsOf> = ({ id, title, kinds }) => (
  <>
    <p class="group">
      <a href={`#${id}`}>{title}</a>
    </p>
    <ul>
      {kinds.map(({ type }) => (
        <li>
          <a href={`#${type}`}>
            <code>{broken(type.replace(/^com\.usher\./, ''), '.')}</code>
          </a>
        </li>
      ))}
    </ul>
  </>
)

const Kinds: FC<{ doc: OpenApi } & KindsOf> = ({ doc, id, title, lead, side, common, kinds }) => {
  const shown = new Map<string, string>()
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <p class="lead">{marked(lead)}</p>
      {common}
      {kinds.map(({ type, summary, note, data, example }) => {
        const before = data.$ref === undefined ? undefined : shown.get(data.$ref)
        if (data.$ref !== undefined && !before) shown.set(data.$ref, type)
        const figure = (
          <figure>
            <figcaption>Example</figcaption>
            <pre>
              <Json text={JSON.stringify(example, null, 2)} />
            </pre>
          </figure>
        )
        return (
          <article id={type} aria-labelledby={`${type}-title`}>
            <div class="said">
              <h3 id={`${type}-title`}>
                <a href={`#${type}`}>
                  <code>{broken(type, '.')}</code>
                </a>
              </h3>
              <p>{marked(summary)}</p>
              {note && <p class="muted">{note}</p>}
              {before ? (
                <p class="muted">
                  Its <code>data</code> has the same fields as that of <a href={`#${before}`}>{before}</a>.
                </p>
              ) : (
                <>
                  <h4>Data</h4>
                  <Rows caption={`Data of ${type}`} rows={fieldRows(doc, resolve(doc, data), side)} />
                </>
              )}
            </div>
            <div class="shown">
              {before ? (
                <details>
                  <summary>An example</summary>
                  {figure}
                </details>
              ) : (
                figure
              )}
            </div>
          </article>
        )
      })}
    </section>
  )
}

/** Who may ask. */
const Needs: FC<{ security: Operation['security'] }> = ({ security }) => {
  if (security.length === 0) return <>Needs no key.</>
  const scope = security.find(({ apiKey }) => apiKey)?.apiKey?.[0]
  const permission = security.find(({ session }) => session)?.session?.[0]
  const allowed = permission === undefined ? [] : rolesWith(permission as Permission)
  const role = allowed.length > 1 ? `${allowed.slice(0, -1).join(', ')} or ${allowed.at(-1)}` : allowed[0]
  if (scope !== undefined)
    return (
      <>
        Needs a key with the scope <code>{scope}</code>, or an operator who has signed in (role {role}).
      </>
    )
  return <>Needs an operator who has signed in ({role === undefined ? 'any role' : `role ${role}`}).</>
}

/** The status of an earlier answer with the same schema. */
const sameAs = ({ $ref }: Schema, answers: [string, Answer][], status: string): string | undefined =>
  answers
    .slice(
      0,
      answers.findIndex(([own]) => own === status),
    )
    .find(
      ([, { content = {} }]) => $ref !== undefined && Object.values(content).some(({ schema }) => schema.$ref === $ref),
    )?.[0]

const Status: FC<{ status: string }> = ({ status }) => <span class={`status s${status[0]}`}>{status}</span>

const Path: FC<{ path: string }> = ({ path }) => (
  <code class="path">{path.split(/(\{\w+\})/).map(part => (part.startsWith('{') ? <var>{part}</var> : part))}</code>
)

const mediaNames: Record<string, string> = {
  'application/json': 'JSON',
  'application/x-ndjson': 'NDJSON: one JSON object a line',
  'application/cloudevents+json': 'One CloudEvent',
  'application/cloudevents-batch+json': 'a JSON list of CloudEvents',
  'text/csv': 'CSV',
  'text/event-stream': 'Server-sent events',
}

const MediaType: FC<{ type: string }> = ({ type }) => (
  <>
    {mediaNames[type] ?? type} (<code>{type}</code>)
  </>
)

const BodyFields: FC<{ doc: OpenApi; type: string; schema: Schema; caption: string }> = ({
  doc,
  type,
  schema,
  caption,
}) => {
  const whole = resolve(doc, schema.contentSchema ?? schema)
  const rows = fieldRows(doc, whole, 'body')
  return (
    <>
      <p class="muted">
        {rows.length === 0 && 'Or '}
        <MediaType type={type} />.
      </p>
      {whole.description && <Prose text={whole.description} />}
      {rows.length > 0 && <Rows caption={caption} rows={rows} />}
    </>
  )
}

const AnswerFields: FC<{ doc: OpenApi; type: string; schema: Schema; caption: string }> = ({
  doc,
  type,
  schema,
  caption,
}) => {
  const whole = resolve(doc, schema.contentSchema ?? schema)
  const rows = fieldRows(doc, whole, 'answer')
  const fields = rows.filter(({ name }) => name !== undefined).length
  return (
    <>
      {type !== 'application/json' && (
        <p class="muted">
          <MediaType type={type} />.
        </p>
      )}
      {whole.description && <Prose text={whole.description} />}
      {rows.length > 0 && (
        <details>
          <summary>{fields === 1 ? 'Its field' : `Its ${fields} fields`}</summary>
          <Rows caption={caption} rows={rows} />
        </details>
      )}
    </>
  )
}

interface Row {
  /** The way to the field from the top; none where the row only says that what follows is another possibility. */
  name?: string[]
  /** Of what is asked with: whether it must be there. Of what is answered, only what may be missing says so. */
  presence?: 'required' | 'not always'
  type: Child
  limits?: Child[]
  description?: string | undefined
  values?: unknown[] | undefined
  where?: string
}

const Rows: FC<{ caption: string; rows: Row[] }> = ({ caption, rows }) => (
  <table>
    <caption class="unseen">{caption}</caption>
    <Columns names={['Field', 'What it holds']} />
    <tbody>
      {rows.map(({ name, presence, type, limits = [], description, values, where }) =>
        name === undefined ? (
          <tr>
            <th colspan={2} class="either">
              {type}
            </th>
          </tr>
        ) : (
          <tr>
            <th scope="row">
              <code>
                {name.length > 1 && <span class="parent">{broken(`${name.slice(0, -1).join('.')}.`, '.')}</span>}
                {name.at(-1)}
              </code>
            </th>
            <td>
              <p class="type">
                {presence && (
                  <>
                    <span class={presence === 'required' ? 'required' : undefined}>{presence}</span> ·{' '}
                  </>
                )}
                {where && <>{where} · </>}
                {type}
                {limits.map(limit => (
                  <> · {limit}</>
                ))}
              </p>
              {description && <Prose text={description} />}
              {values && <Values values={values} />}
            </td>
          </tr>
        ),
      )}
    </tbody>
  </table>
)

/** The names of the columns are for those who can not see them; for the rest they say nothing. */
const Columns: FC<{ names: string[] }> = ({ names }) => (
  <>
    <colgroup>
      <col class="first" />
      <col />
    </colgroup>
    <thead>
      <tr>
        {names.map(name => (
          <th scope="col">
            <span class="unseen">{name}</span>
          </th>
        ))}
      </tr>
    </thead>
  </>
)

/** A long name may break after each mark, not within a word. */
const broken = (name: string, mark: '.' | '_') =>
  name.split(mark).map((word, at, { length }) => (
    <>
      {word}
      {at < length - 1 && (
        <>
          {mark}
          <wbr />
        </>
      )}
    </>
  ))

const Values: FC<{ values: unknown[] }> = ({ values }) => {
  const list = (
    <ul class="values">
      {values.map(value => (
        <li>
          <code>{String(value)}</code>
        </li>
      ))}
    </ul>
  )
  if (values.length <= 6) return list
  return (
    <details>
      <summary>{values.length} values</summary>
      {list}
    </details>
  )
}

const places: Record<Parameter['in'], string> = { path: 'in the path', query: 'in the query', header: 'header' }

function parameterRow(doc: OpenApi, { name, in: place, required, description, schema }: Parameter): Row {
  const { type, limits, values, inner } = kindOf(doc, schema)
  return {
    name: [name],
    ...(required && { presence: 'required' }),
    where: places[place],
    type,
    limits,
    values,
    description: description ?? inner.description,
  }
}

/** A row for each field, and beneath it those of what it holds. A schema that was shown before is not shown again. */
function fieldRows(
  doc: OpenApi,
  schema: Schema,
  side: 'body' | 'answer',
  way: string[] = [],
  shown = new Map<string, string>(),
): Row[] {
  if (schema.anyOf && !schema.properties) {
    const options = schema.anyOf.filter(({ type }) => type !== 'null')
    return options.flatMap((option, at) => [
      ...(options.length > 1 ? [{ type: at === 0 ? 'Either' : 'Or' }] : []),
      ...fieldRows(doc, resolve(doc, option), side, way, shown),
    ])
  }
  return Object.entries(schema.properties ?? {}).flatMap(([field, whole]) => {
    const { type, limits, values, inner, ref, holds } = kindOf(doc, whole)
    const name = [...way, field]
    const isRequired = schema.required?.includes(field) ?? false
    const row: Row = {
      name,
      ...(isRequired === (side === 'body') && { presence: isRequired ? 'required' : 'not always' }),
      type,
      limits,
      values,
      description: whole.description ?? inner.description,
    }
    if (!inner.properties && !hasKinds(inner)) return [row]
    const before = ref && shown.get(ref)
    if (before)
      return [
        {
          ...row,
          limits: [
            ...limits,
            <>
              as <code>{before}</code>
            </>,
          ],
        },
      ]
    if (ref) shown.set(ref, name.join('.'))
    return [row, ...fieldRows(doc, inner, side, [...way, `${field}${holds}`], shown)]
  })
}

interface Kind {
  type: string
  limits: Child[]
  values: unknown[] | undefined
  /** What holds the fields, if any: itself, what it refers to, or what its list or map has. */
  inner: Schema
  ref: string | undefined
  /** What stands between the field and what it holds: `[]` of a list, `.*` of a map. */
  holds: '' | '[]' | '.*'
}

/** Whether it is one of several things with fields, each of which is shown. */
const hasKinds = ({ anyOf = [] }: Schema) => anyOf.filter(({ type, $ref }) => type === 'object' || $ref).length > 1

/** A schema in words. */
function kindOf(doc: OpenApi, schema: Schema): Kind {
  const ref = schema.$ref
  const whole = resolve(doc, schema)
  const plain = { limits: limitsOf(whole), values: whole.enum, inner: whole, ref, holds: '' as const }
  if (ref?.endsWith('/Json')) return { ...plain, type: 'any JSON value', limits: [], inner: {} }
  if (whole.anyOf) {
    const kinds = whole.anyOf.map(option => kindOf(doc, option))
    const [main] = kinds
    const types = kinds.map(({ type }) => (type === 'one of' ? 'one of these' : type))
    const type = [...new Set(types)].join(' or ')
    if (hasKinds(whole)) return { ...plain, type }
    if (main) return { ...main, type }
  }
  if (whole.items) {
    const item = kindOf(doc, whole.items)
    return {
      ...item,
      limits: [...limitsOf(whole), ...item.limits],
      type: `list of ${plural[item.type] ?? item.type}`,
      holds: '[]',
    }
  }
  if (whole.enum) return { ...plain, type: 'one of' }
  if (whole.const !== undefined) return { ...plain, type: 'always', values: [whole.const] }
  if (typeof whole.additionalProperties === 'object') {
    const value = kindOf(doc, whole.additionalProperties)
    const key = whole.propertyNames ? limitsOf(whole.propertyNames).map(limit => <>names: {limit}</>) : []
    const inside = { inner: value.inner, ref: value.ref, holds: '.*' as const }
    return { ...plain, ...inside, type: `map to ${value.type}`, limits: [...value.limits, ...key] }
  }
  const names = [whole.type ?? 'any']
    .flat()
    .map(name => (name === 'string' ? (formats[whole.format ?? ''] ?? name) : name))
  return { ...plain, type: names.join(' or ') }
}

const formats: Record<string, string> = {
  'date-time': 'time',
  uuid: 'UUID',
  uri: 'URL',
  ipv4: 'IPv4 address',
  ipv6: 'IPv6 address',
}
const plural: Record<string, string> = { string: 'strings', object: 'objects', integer: 'integers' }

function limitsOf({ minLength, maxLength, minimum, maximum, pattern, default: usual, ...rest }: Schema): Child[] {
  const { exclusiveMinimum, minItems, maxItems } = rest
  const limits: Child[] = []
  const range = (least: number | undefined, most: number | undefined, unit: string) => {
    if (least !== undefined && most !== undefined)
      limits.push(least === most ? `${least}${unit}` : `${count(least)} to ${count(most)}${unit}`)
    else if (least !== undefined) limits.push(`${count(least)}${unit} at least`)
    else if (most !== undefined) limits.push(`${count(most)}${unit} at most`)
  }
  range(minLength, maxLength, ' characters')
  range(minimum, maximum, '')
  if (exclusiveMinimum !== undefined) limits.push(`more than ${count(exclusiveMinimum)}`)
  range(minItems, maxItems, ' of them')
  // That a text holds no NUL and no half characters tells a reader nothing.
  if (pattern !== undefined && pattern !== keepable.source) limits.push(<code class="pattern">{pattern}</code>)
  if (usual !== undefined)
    limits.push(
      <>
        default <code>{String(usual)}</code>
      </>,
    )
  return limits
}

const count = (n: number) => n.toLocaleString('en')

interface Told {
  code: string
  status: number
  title: string
}

/** Problems travel as examples of the answers that have them. */
const told = (media: Media | undefined): Told[] =>
  Object.values(media?.examples ?? {}).map(({ value }) => value as Told)

const problemsOf = ({ responses }: Operation) =>
  Object.values(responses).flatMap(({ content }) => told(content?.['application/problem+json']))

const Problems: FC<{ doc: OpenApi; endpoints: Endpoint[] }> = ({ doc, endpoints }) => {
  const general = Object.values(doc.components.responses).flatMap(({ content }) =>
    told(content?.['application/problem+json']),
  )
  const known = new Map<string, Told & { statuses: Set<number> }>()
  for (const problem of [...general, ...endpoints.flatMap(problemsOf)]) {
    const { statuses } = known.get(problem.code) ?? { statuses: new Set() }
    known.set(problem.code, { ...problem, statuses: statuses.add(problem.status) })
  }
  const example = doc.components.schemas.Problem?.examples?.[0]
  return (
    <section aria-labelledby="problems">
      <h2 id="problems">Problems</h2>
      <p class="lead">Each answer that says no has a code. It never changes; its words may.</p>
      <div class="columns">
        <table class="problems">
          <caption class="unseen">Problems</caption>
          <Columns names={['Code', 'What it means']} />
          <tbody>
            {[...known.values()]
              .sort((a, b) => a.status - b.status || (a.code < b.code ? -1 : 1))
              .map(({ code, statuses, title }) => (
                <tr id={code}>
                  <th scope="row">
                    {[...statuses].sort().map(status => (
                      <>
                        <Status status={String(status)} />{' '}
                      </>
                    ))}
                    <code>{broken(code, '_')}</code>
                  </th>
                  <td>{title}</td>
                </tr>
              ))}
          </tbody>
        </table>
        <div class="shown">
          {example !== undefined && (
            <figure>
              <figcaption>Example</figcaption>
              <pre>
                <Json text={JSON.stringify(example, null, 2)} />
              </pre>
            </figure>
          )}
          {doc.components.schemas.Problem && (
            <Rows caption="Fields of a problem" rows={fieldRows(doc, doc.components.schemas.Problem, 'answer')} />
          )}
        </div>
      </div>
    </section>
  )
}

/** An example as it is on the wire; JSON is spread over lines. */
const Shown: FC<{ type: string; media: Media }> = ({ type, media: { example } }) => {
  if (example === undefined) return null
  return (
    <pre>
      {type === 'application/json' ? (
        <Json text={JSON.stringify(example, null, 2)} />
      ) : (
        <JsonLines text={String(example)} />
      )}
    </pre>
  )
}

/** Lines that are long are told apart by where they begin. */
const JsonLines: FC<{ text: string }> = ({ text }) => (
  <>
    {text
      .trimEnd()
      .split('\n')
      .map(line => (
        <span class="line">{line === '' ? <br /> : <Json text={line} />}</span>
      ))}
  </>
)

const Curl: FC<{ doc: OpenApi; endpoint: Endpoint }> = ({
  doc,
  endpoint: { method, path, parameters, requestBody, security, responses },
}) => {
  const server = doc.servers[0]?.url ?? '/'
  const root = URL.canParse(server) ? server.replace(/\/+$/, '') : '$USHER_URL'
  const exampleOf = ({ example, schema }: Parameter) => String(example ?? schema.examples?.[0] ?? '')
  const filled = path.replace(/\{(\w+)\}/g, (hole, name) => {
    const parameter = parameters.find(parameter => parameter.in === 'path' && parameter.name === name)
    return parameter ? encodeURIComponent(exampleOf(parameter)) : hole
  })
  const query = new URLSearchParams(
    parameters
      .filter(({ in: place, example }) => place === 'query' && example !== undefined)
      .map((parameter): [string, string] => [parameter.name, exampleOf(parameter)]),
  )
  const [type, media] = Object.entries(requestBody?.content ?? {})[0] ?? []
  const isStreamed = type === 'application/x-ndjson' || responses[200]?.content?.['text/event-stream'] !== undefined
  // A body makes curl post; anything else is said.
  const verb = method === 'get' || (method === 'post' && type) ? '' : ` -X ${method.toUpperCase()}`
  const lines = [
    `curl${isStreamed ? ' -N' : ''}${verb} "${root}${filled}${query.size > 0 ? `?${query}` : ''}"`,
    ...carried(security, method),
    ...parameters
      .filter(({ in: place }) => place === 'header')
      .map(parameter => `-H '${parameter.name}: ${exampleOf(parameter)}'`),
    ...(type ? [`-H 'Content-Type: ${type}'`] : []),
  ].join(' \\\n  ')
  if (!media) return <pre>{lines}</pre>
  if (type === 'application/x-ndjson')
    return (
      <pre>
        {`${lines} \\\n  --data-binary @- <<'END'\n`}
        <JsonLines text={String(media.example)} />
        END
      </pre>
    )
  return (
    <pre>
      {`${lines} \\\n  -d '`}
      <Json text={JSON.stringify(media.example, null, 2).replaceAll("'", "'\\''")} />'
    </pre>
  )
}

/** The headers that say who asks. */
function carried(security: Operation['security'], method: Method): string[] {
  if (security.length === 0) return []
  if (security.some(({ apiKey }) => apiKey)) return ['-H "Authorization: Bearer $USHER_API_KEY"']
  const csrf = method === 'get' ? [] : ['-H "X-Usher-CSRF: $USHER_CSRF"']
  return ['-H "Cookie: usher_session=$USHER_SESSION"', ...csrf]
}

/** JSON with its names, texts and other values told apart. */
const Json: FC<{ text: string }> = ({ text }) => (
  <>
    {text.split(/("(?:[^"\\]|\\.)*"(?:\s*:)?|\b(?:true|false|null)\b|-?\b\d+(?:\.\d+)?\b)/).map((piece, at) => {
      if (at % 2 === 0) return piece
      return <span class={piece.endsWith(':') ? 'name' : piece.startsWith('"') ? 'text' : 'value'}>{piece}</span>
    })}
  </>
)

/** Paragraphs, lists and code, as the document writes them. */
const Prose: FC<{ text: string }> = ({ text }) => (
  <>
    {text.split('\n\n').map(block =>
      block.startsWith('- ') ? (
        <ul>
          {block.split('\n').map(line => (
            <li>{marked(line.slice(2))}</li>
          ))}
        </ul>
      ) : (
        <p>{marked(block)}</p>
      ),
    )}
  </>
)

const marked = (text: string) =>
  text.split(/`([^`]+)`/).map((piece, at) => (at % 2 === 1 ? <code>{piece}</code> : piece))

/** Served beside the page, so that its policy can be `style-src 'self'`. */
export const referenceCss = `:root {
  color-scheme: light dark;
  --page: #fff; --panel: #f5f6f8; --ink: #1b1f24; --muted: #57606c; --line: #dde1e7; --accent: #1c5bb8;
  --blue: #1c5bb8; --blue-soft: #e6effc; --green: #17703a; --green-soft: #e3f4e8; --amber: #7d5200;
  --amber-soft: #faf0d9; --red: #ab241c; --red-soft: #fcebe9; --violet: #6a3bb5;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171b; --panel: #1c2026; --ink: #e3e7ec; --muted: #9ea8b5; --line: #2d333c; --accent: #8db9ff;
    --blue: #8db9ff; --blue-soft: #1c2c46; --green: #83d59c; --green-soft: #173223; --amber: #e8bf72;
    --amber-soft: #372b14; --red: #ff9d95; --red-soft: #41211f; --violet: #c5a8ff;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; text-size-adjust: 100%; -webkit-text-size-adjust: 100%; }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 0.9375rem/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', sans-serif;
}
h1, h2, h3, h4, p, ul, dl, dd, figure { margin: 0; }
h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.015em; }
h2 { font-size: 1.375rem; line-height: 1.25; letter-spacing: -0.01em; }
h3 { font-size: 1.125rem; line-height: 1.3; }
h4 { margin-top: 1.25rem; font-size: 0.8125rem; color: var(--muted); font-weight: 600; }
a { color: var(--accent); text-underline-offset: 0.2em; }
h3 a, nav a { color: inherit; text-decoration: none; }
h3 a:hover, nav a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
code, pre { font-family: var(--mono); font-size: 0.8125rem; }
h3 code { font-size: 1rem; overflow-wrap: anywhere; }
p code, li code, dd code { overflow-wrap: anywhere; }
.muted { color: var(--muted); font-size: 0.875rem; }
.lead { margin-top: 0.25rem; color: var(--muted); max-width: 44rem; }
.skip { position: absolute; left: -100rem; }
.skip:focus { left: 1rem; top: 1rem; z-index: 2; padding: 0.5rem 0.75rem; background: var(--page); }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

header { padding: 1rem 1.25rem 0.75rem; }
.brand { font-weight: 700; font-size: 1.125rem; letter-spacing: -0.01em; }
nav { padding: 0 1.25rem 1rem; border-bottom: 1px solid var(--line); font-size: 0.875rem; }
nav ul { list-style: none; padding: 0; }
nav li a { display: flex; gap: 0.5rem; align-items: center; min-height: 2.25rem; }
nav .group { margin-top: 0.5rem; font-weight: 600; }
nav .group a { display: block; padding: 0.25rem 0; }
main { padding: 1.5rem 1.25rem 4rem; }

.verb {
  flex: none; display: inline-block; min-width: 2.75rem; padding: 0.0625rem 0.25rem; border-radius: 4px; text-align: center;
  font: 600 0.6875rem/1.5 var(--mono); letter-spacing: 0.02em;
}
.get { color: var(--blue); background: var(--blue-soft); }
.post { color: var(--green); background: var(--green-soft); }
.put { color: var(--amber); background: var(--amber-soft); }
.delete { color: var(--red); background: var(--red-soft); }
.status { display: inline-block; padding: 0 0.375rem; border-radius: 4px; font: 600 0.75rem/1.5 var(--mono); }
.s2 { color: var(--green); background: var(--green-soft); }
.s4 { color: var(--amber); background: var(--amber-soft); }
.s5 { color: var(--red); background: var(--red-soft); }

.opening .columns { margin-top: 1rem; }
.opening p + p, .said > p + p { margin-top: 0.625rem; }
.card { padding: 1rem 1.125rem; border: 1px solid var(--line); border-radius: 8px; }
.card h2 { font-size: 1rem; }
.card ul + h2 { margin-top: 1rem; }
.card p { margin-top: 0.25rem; }
.card ul { margin-top: 0.5rem; padding: 0; list-style: none; font-size: 0.875rem; }
.card li + li { margin-top: 0.25rem; }
.columns, article { display: grid; gap: 1.5rem 2rem; grid-template-columns: minmax(0, 1fr); }
main > section + section { margin-top: 3rem; padding-top: 2rem; border-top: 1px solid var(--line); }
article { margin-top: 1.5rem; padding-top: 1.5rem; border-top: 1px solid var(--line); scroll-margin-top: 0.5rem; }
.lead + .columns { margin-top: 1.25rem; }
.lead + article { border-top: 0; padding-top: 0; }
article:target h3 a { text-decoration: underline; text-decoration-thickness: 2px; text-decoration-color: var(--accent); }
.address { display: flex; gap: 0.5rem; align-items: baseline; margin-top: 0.375rem; }
.path { overflow-wrap: anywhere; }
.path var { font-style: normal; color: var(--violet); }

table { width: 100%; margin-top: 0.375rem; border-collapse: collapse; table-layout: fixed; position: relative; }
th, td { padding: 0.5rem 0; border-top: 1px solid var(--line); vertical-align: top; text-align: left; font-weight: 400; }
thead th { padding: 0; border: 0; }
.first { width: 34%; }
.problems .first { width: 46%; }
tbody th[scope='row'] { padding-right: 0.75rem; overflow-wrap: anywhere; }
tbody th code { font-weight: 600; }
.parent { color: var(--muted); font-weight: 400; }
.required { color: var(--red); }
.either { padding: 0.5rem 0 0.25rem; color: var(--muted); font-size: 0.8125rem; }
.type { color: var(--muted); font-size: 0.8125rem; overflow-wrap: anywhere; }
.type code { font-size: 0.75rem; }
td { font-size: 0.875rem; }
.values { display: flex; flex-wrap: wrap; gap: 0.25rem; margin-top: 0.25rem; padding: 0; list-style: none; }
.values code { display: block; padding: 0 0.375rem; border: 1px solid var(--line); border-radius: 4px; font-size: 0.75rem; line-height: 1.6; }
details { margin-top: 0.25rem; }
summary { cursor: pointer; color: var(--accent); font-size: 0.8125rem; padding: 0.1875rem 0; }
.answers { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.375rem 0.75rem; margin-top: 0.5rem; font-size: 0.875rem; }
.problems tr:target { background: var(--amber-soft); }

.shown { min-width: 0; }
.shown > * + * { margin-top: 0.75rem; }
figcaption { margin-bottom: 0.25rem; color: var(--muted); font-size: 0.8125rem; font-weight: 600; }
details figcaption { display: none; }
pre {
  margin: 0; padding: 0.75rem 0.875rem; background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
  font-size: 0.75rem; line-height: 1.6; white-space: pre-wrap; overflow-wrap: anywhere;
}
.line { display: block; padding-left: 1.5em; text-indent: -1.5em; }
.name { color: var(--blue); }
.text { color: var(--green); }
.value { color: var(--violet); }

/* A page without a list beside it, such as that of the problems. */
.page { max-width: 46rem; margin: 0 auto; }
.page h1 + p { margin-top: 0.5rem; }
.page h1 { margin-top: 1rem; }
.page dl { margin-top: 1.25rem; }
.page dl > div { padding: 0.625rem 0; border-top: 1px solid var(--line); scroll-margin-top: 1rem; }
.page dl > div:target { background: var(--amber-soft); }
.page dt code { font-weight: 600; }
.page dt span { color: var(--muted); font-size: 0.875rem; }

@media (min-width: 56rem) {
  body:has(nav) { display: grid; grid-template: auto 1fr / 16.5rem minmax(0, 1fr); }
  header, nav { grid-column: 1; }
  header { position: sticky; top: 0; padding: 1.5rem 1.25rem 0.75rem; background: var(--page); z-index: 1; }
  nav { position: sticky; top: 5.5rem; align-self: start; max-height: calc(100vh - 5.5rem); overflow-y: auto; border-bottom: 0; }
  nav li a { min-height: 1.75rem; }
  nav ~ main { grid-column: 2; grid-row: 1 / span 2; min-height: 100vh; padding: 1.5rem 2.5rem 6rem; border-left: 1px solid var(--line); max-width: 92rem; }
}
@media (min-width: 74rem) {
  .columns, article { grid-template-columns: minmax(0, 1fr) minmax(0, 25rem); }
}
@media print { nav, .skip { display: none; } }
`
