// What a handler of an endpoint is given: a caller who may, and a request that was checked.
import type { Permission } from '@usher/contract/access'
import type { EndpointName } from '@usher/contract/endpoints'
import type { Context } from 'hono'
import type { SignedIn } from '../operator/session.ts'
import { Saying } from './problem.ts'

export interface Caller {
  /** Of the API key or the operator. */
  id: string
  name: string
  permissions: ReadonlySet<Permission>
  /** Null where an API key asks. */
  operator: SignedIn | null
}

export interface Call {
  c: Context
  /** Nobody, where the endpoint is open to all. */
  caller: Caller
  params: Record<string, string>
  query: never
  body: never
  /** Of the body as it came, for the idempotency key. */
  text: string
}

export type Handler = (call: Call) => Promise<Response> | Response
export type Handlers<N extends EndpointName = EndpointName> = Record<N, Handler>

/** With and without the quotes of a structured field (draft-ietf-httpapi-idempotency-key-header, 2.1). */
export function readKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined
  const key = /^"(.*)"$/.exec(header)?.[1] ?? header
  if (key.length < 1 || key.length > 255) throw new Saying('idempotencyKeyInvalid')
  return key
}
