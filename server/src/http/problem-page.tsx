// Where the `type` of each problem leads: what it means and how to mend it.
import type { problems } from './problem.ts'

type Kind = (typeof problems)[keyof typeof problems]

export function problemPage(kinds: readonly Kind[]) {
  // A thing may be missing at the address (404) or in the body (422): one code, two statuses.
  const byCode = new Map<string, Kind[]>()
  for (const kind of kinds) byCode.set(kind.code, [...(byCode.get(kind.code) ?? []), kind])
  const codes = [...byCode].sort(([a], [b]) => a.localeCompare(b))
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>Problems · Usher API</title>
        <link rel="stylesheet" href="/docs/reference.css" />
      </head>
      <body>
        <main class="page">
          <p>
            <a href="/docs">API reference</a>
          </p>
          <h1>Problems</h1>
          <p>
            Each answer of 400 or above is <code>application/problem+json</code> (RFC 9457). Programs decide by{' '}
            <code>code</code>; <code>detail</code> and <code>errors</code> say what was wrong in this request, and
            where.
          </p>
          <dl>
            {codes.map(([code, [kind, ...others]]) => (
              <div id={code}>
                <dt>
                  <code>{code}</code> ({[kind!, ...others].map(one => one.status).join(' or ')})
                </dt>
                <dd>{kind!.title}</dd>
              </div>
            ))}
          </dl>
        </main>
      </body>
    </html>
  )
}
