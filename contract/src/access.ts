// Who may do what: the scopes of API keys, the further permissions that only people hold, and the roles that bundle both.
import { z } from 'zod'

/** What an API key can be given. */
export const scopes = [
  'messages:write',
  'messages:read',
  'subscribers:write',
  'subscribers:read',
  'subscribers:export',
  'verifications:write',
  'alerts:write',
  'alerts:read',
  'templates:write',
  'templates:read',
  'stream:read',
  'live:read',
  'events:write',
  'events:read',
  'webhooks:write',
  'webhooks:read',
  'links:write',
  'links:read',
  'sign_ins:write',
  'sign_ins:read',
] as const
export type Scope = (typeof scopes)[number]
/** What a key gets when nobody says: not the one that shows numbers whole. */
export const ordinaryScopes = scopes.filter(scope => scope !== 'subscribers:export')
export const Scope = z.enum(scopes)
export const isScope = (permission: string): permission is Scope => scopes.includes(permission as Scope)

/** What only an operator who has signed in can be given: a key that leaks must not open these. */
export const personal = [
  'numbers:reveal',
  'suppressions:write',
  'carriers:write',
  'settings:write',
  'keys:write',
  'operators:write',
  'audit:read',
] as const
export type Permission = Scope | (typeof personal)[number]
export const permissions = [...scopes, ...personal] as const
export const Permission = z.enum(permissions)

export const roles = ['viewer', 'support', 'marketer', 'administrator'] as const
export type Role = (typeof roles)[number]
export const Role = z.enum(roles).meta({
  id: 'Role',
  description:
    'viewer: looks. support: also sends, alerts, mends and erases subscribers, blocks numbers, mends events, makes and revokes links, settles sign-ins, and, with a reason, reveals a number or exports what is stored of a subscriber. marketer: also sends, writes templates, makes and revokes links. administrator: everything.',
})

const looks = [
  'messages:read',
  'subscribers:read',
  'templates:read',
  'stream:read',
  'live:read',
  'events:read',
  'webhooks:read',
  'links:read',
  'sign_ins:read',
  'alerts:read',
] as const

/** What each role may do; the server asks this table for every endpoint, the console to know what to offer. */
export const permissionsOf: Record<Role, readonly Permission[]> = {
  viewer: looks,
  support: [
    ...looks,
    'messages:write',
    'subscribers:write',
    'subscribers:export',
    'verifications:write',
    'alerts:write',
    'events:write',
    'links:write',
    'sign_ins:write',
    'numbers:reveal',
  ],
  marketer: [...looks, 'messages:write', 'templates:write', 'links:write'],
  administrator: permissions,
}
