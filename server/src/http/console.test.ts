// How the console's files are served: one page for each of its addresses, under a strict policy.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { consolePages } from './console.ts'

function aConsole(): URL {
  const folder = mkdtempSync(join(tmpdir(), 'usher-console-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(
    join(folder, 'index.html'),
    '<meta name="csp-nonce" content="" /><script src="/console/assets/a-1.js"></script>',
  )
  writeFileSync(join(folder, 'assets/a-1.js'), 'export {}')
  writeFileSync(join(folder, 'secret.txt'), 'not among what is served')
  return pathToFileURL(`${folder}/`)
}

test('each address of the console answers its page, with a nonce of its own', async () => {
  const pages = consolePages(aConsole())

  const [first, second] = await Promise.all([pages.request('/'), pages.request('/console/messages?open=1')])

  const nonces = await Promise.all([first, second].map(async page => /content="([^"]+)"/.exec(await page!.text())?.[1]))
  expect(nonces[0]).toMatch(/^[A-Za-z0-9+/]{22}==$/)
  expect(nonces[0]).not.toBe(nonces[1])
  const policy = first.headers.get('content-security-policy')!
  expect(policy).toContain(`style-src 'self' 'nonce-${nonces[0]}'`)
  expect(policy).toContain("script-src 'self';")
  expect(policy).not.toContain('unsafe')
  expect(first.headers.get('cache-control')).toBe('no-store')
})

test('what was built is served to be kept, and nothing else is', async () => {
  const pages = consolePages(aConsole())

  const script = await pages.request('/console/assets/a-1.js')
  const missing = await pages.request('/console/assets/b-2.js')
  const others = await Promise.all(
    ['/console/secret.txt', '/console/../../package.json', '/console/%2e%2e/%2e%2e/package.json'].map(path =>
      pages.request(path),
    ),
  )

  expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(script.headers.get('cache-control')).toContain('immutable')
  expect(missing.status).toBe(404)
  for (const other of others) expect(await other.text()).toContain('csp-nonce')
})

test('a console that was not built says how to build it', async () => {
  const pages = consolePages(new URL('nowhere/', aConsole()))

  const answer = await pages.request('/')

  expect(answer.status).toBe(503)
  expect(await answer.text()).toContain('npm run build -w console')
})

test('an address that can not be read is no harm', async () => {
  const answer = await consolePages(aConsole()).request('/console/%E0%A4%A')

  expect(answer.status).toBeLessThan(500)
})
