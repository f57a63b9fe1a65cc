// Foreign JSON, read without trust: what the doors for calls and events of others share.

export type Fields = Record<string, unknown>

/** Of what is no object, none. */
export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

/** Without those that nothing is said of. */
export const given = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
