// The `sql` tag: pieces nest, values never touch the text.

const mark = Symbol('sql')

export interface Sql {
  readonly [mark]: true
  readonly text: readonly string[]
  readonly values: readonly unknown[]
}

const isSql = (value: unknown): value is Sql => typeof value === 'object' && value !== null && mark in value

export function sql(strings: TemplateStringsArray, ...args: unknown[]): Sql {
  const text = [strings[0]!]
  const values: unknown[] = []
  args.forEach((arg, i) => {
    const tail = strings[i + 1]!
    if (isSql(arg)) {
      text[text.length - 1] += arg.text[0]!
      text.push(...arg.text.slice(1))
      values.push(...arg.values)
      text[text.length - 1] += tail
    } else {
      values.push(arg)
      text.push(tail)
    }
  })
  return { [mark]: true, text, values }
}

/** Text as it stands, for the few pieces a parameter can't be: names of columns, numbered migrations. Never for input. */
export const verbatim = (text: string): Sql => ({ [mark]: true, text: [text], values: [] })

/** Joins pieces, for lists of conditions. */
export function join(pieces: readonly Sql[], between: Sql): Sql {
  const [first = verbatim(''), ...rest] = pieces
  return rest.reduce((sofar, piece) => sql`${sofar}${between}${piece}`, first)
}

/** What both `pg` and PGlite take. */
export const render = (query: Sql) => ({
  text: query.text.reduce((sofar, piece, i) => `${sofar}$${i}${piece}`),
  values: [...query.values],
})

/**
 * Rows as one JSON parameter, to be read with `json_to_recordset(${rowset(rows)}) as r(...)`.
 * One parameter a batch is what both drivers write fastest; bytes go as base64 (see `base64`).
 */
export const rowset = (rows: readonly object[]): Sql => sql`${JSON.stringify(rows)}::text::json`

/** Bytes as `decode(r.column, 'base64')` reads them back. */
export const base64 = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
