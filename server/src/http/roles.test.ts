// Roles against every endpoint, through HTTP: what a role may do it may, what it may not is refused before anything is read,
// and a key never stands in for a person. A new endpoint is in these tests as soon as it is in the table.
import { isScope, permissionsOf, roles, scopes } from '@usher/contract/access'
import { type Endpoint, type EndpointName, endpoints } from '@usher/contract/endpoints'
import { expect, test } from 'vitest'
import { testDesk } from '../desk.ts'
import { createKey } from './auth.ts'

const table = Object.entries(endpoints) as [EndpointName, Endpoint][]
const json = { 'content-type': 'application/json' }

/** A request that reaches the endpoint and, wherever it can, no further: an id that nobody has, a body that is broken. */
const asked = ({ method, path }: Endpoint) =>
  [
    method.toUpperCase(),
    path.replace('{id}', '00000000-0000-0000-0000-000000000000').replace('{name}', 'none'),
    method === 'get' ? undefined : '{',
  ] as const

/** What ends the session that asks comes last, so that the others are not asked without one. */
const endsSession = (name: EndpointName) => name === 'signOut' || name === 'signOutEverywhere'
const inOrder = table.toSorted(([a], [b]) => Number(endsSession(a)) - Number(endsSession(b)))

for (const role of roles)
  test(`${role}: may ask what the role allows, and is refused all else`, async () => {
    const desk = await testDesk()
    const allowed: EndpointName[] = []
    const refused: EndpointName[] = []
    /** One session for all, but for those that end it. */
    let operator = await desk.operator(role)
    const answered = async (endpoint: Endpoint) => {
      const { status, body } = await desk.askAs(operator, ...asked(endpoint), json)
      return { status, code: (body as { code?: string }).code }
    }
    // The stream would not end; that it begins is enough.
    const begun = async () => {
      const leaving = new AbortController()
      const init = { headers: { cookie: operator.cookie }, signal: leaving.signal }
      const { status } = await fetch(`${desk.usher.url}/v1/stream`, init)
      leaving.abort()
      return { status, code: undefined }
    }

    for (const [name, endpoint] of inOrder) {
      const { scope } = endpoint
      const may = scope === null || scope === 'session' || permissionsOf[role].includes(scope)
      if (endsSession(name)) operator = await desk.operator(role)
      const { status, code } = name === 'stream' ? await begun() : await answered(endpoint)
      if (may) expect([401, 403], `${name} answered ${code}`).not.toContain(status)
      else expect([status, code], name).toEqual([403, 'role_forbids'])
      ;(may ? allowed : refused).push(name)
    }

    expect(allowed.length + refused.length).toBe(table.length)
    expect(refused.length === 0).toBe(role === 'administrator')
  })

test('whatever changes something needs the token of the session, whatever the role', async () => {
  const desk = await testDesk()
  const operator = await desk.operator('administrator')

  for (const [name, endpoint] of inOrder) {
    if (endpoint.method === 'get' || endpoint.scope === null) continue
    const answer = await desk.askAs(operator, ...asked(endpoint), { ...json, 'x-usher-csrf': 'another' })
    expect(answer, name).toMatchObject({ status: 403, body: { code: 'csrf_missing' } })
  }

  expect((await desk.askAs(operator, 'GET', '/v1/session')).status).toBe(200)
})

test('a key of all scopes does nothing that is for people, even beside the cookie of an administrator', async () => {
  const desk = await testDesk()
  const { key } = await createKey(desk.usher.db, desk.clock, 'everything', scopes)
  const operator = await desk.operator('administrator')

  for (const [name, endpoint] of inOrder) {
    if (endpoint.scope === null || isScope(endpoint.scope)) continue
    const answer = await desk.askAs(operator, ...asked(endpoint), { ...json, authorization: `Bearer ${key}` })
    expect([401, 403], name).toContain(answer.status)
  }

  expect((await desk.askAs(operator, 'GET', '/v1/session')).status).toBe(200)
})

test('a role that changes under the hands of its operator counts at every endpoint at once', async () => {
  const desk = await testDesk()
  const administrator = await desk.operator('administrator')
  const operator = await desk.operator('administrator')
  await desk.askAs(administrator, 'PUT', `/v1/operators/${operator.id}`, { role: 'viewer' })

  for (const [name, endpoint] of inOrder) {
    const { scope } = endpoint
    if (scope === null || scope === 'session' || permissionsOf.viewer.includes(scope)) continue
    const answer = await desk.askAs(operator, ...asked(endpoint), json)
    expect(answer, name).toMatchObject({ status: 403, body: { code: 'role_forbids' } })
  }
})
