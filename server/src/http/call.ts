// What a handler of an endpoint is given: a caller who may, and a request that was checked.
import type { Permission } from '@usher/contract/access'
import type { EndpointName } from '@usher/contract/endpoints'
import type { Context } from 'hono'
import type { SignedIn } from '../operator/session.ts'

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
