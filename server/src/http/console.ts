// Serves the operator's console: files that were built once, and one page for every address below /console.
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import { Hono } from 'hono'
import { answerProblem } from './problem.ts'

/** Beside the server, in the repository as in an image of it. */
const built = new URL('../../../console/dist/', import.meta.url)

const types: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Scripts from here alone, none inline; styles that scripts write carry the nonce of their page. */
const policy = (nonce: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')

export function consolePages(folder: URL = built): Hono {
  const app = new Hono()
  let page: string | undefined
  // By their names as they lie there: no request is ever made a path.
  const files = new Map<string, { bytes: Uint8Array<ArrayBuffer>; type: string }>()
  try {
    page = readFileSync(new URL('index.html', folder), 'utf8')
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const type = types[extname(name)]
      if (type)
        files.set(name.replaceAll('\\', '/'), { bytes: new Uint8Array(readFileSync(new URL(name, folder))), type })
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const serve = (path: string) => {
    const file = files.get(path)
    if (!file) return undefined
    // What is built carries its own hash in its name.
    const lasting = path.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'max-age=3600'
    return new Response(file.bytes, { headers: { 'content-type': file.type, 'cache-control': lasting } })
  }
  const show = () => {
    if (page === undefined)
      return new Response('The console is not built. `npm start` builds it; so does `npm run build -w console`.\n', {
        status: 503,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
      })
    const nonce = randomBytes(16).toString('base64')
    return new Response(page.replace('name="csp-nonce" content=""', `name="csp-nonce" content="${nonce}"`), {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': policy(nonce),
        'cache-control': 'no-store',
      },
    })
  }
  app.get('/', show)
  app.get('/*', c => {
    const path = new URL(c.req.url).pathname.replace(/^.*?\/console\//, '')
    return serve(path) ?? (path.startsWith('assets/') ? answerProblem(c, 'notFound') : show())
  })
  return app
}
