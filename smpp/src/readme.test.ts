import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { SmppClient, SmppServer } from './session.ts'

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** The examples of the README as modules that can be imported, with the port and imports of this run. */
async function runExample<T>(code: string, port: number, names: string): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'smpp-readme-'))
  const file = join(folder, 'example.ts')
  const imports = code.replace(/'@usher\/smpp\/(\w+)'/g, (_, name) => `'${here(`./${name}.ts`)}'`)
  writeFileSync(file, `${imports.replace('2775', String(port))}\nexport { ${names} }\n`)
  try {
    return await import(/* @vite-ignore */ file)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('the examples of the README talk to each other', async () => {
  const readme = readFileSync(here('../README.md'), 'utf8')
  const [clientCode, serverCode] = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(match => match[1]!)
  const said: unknown[][] = []
  const log = console.log
  const receipted = new Promise<void>(resolve => {
    console.log = (...words) => {
      said.push(words)
      if (words[1] === 'delivered') resolve()
    }
  })

  try {
    const { server, port } = await runExample<{ server: SmppServer; port: number }>(serverCode!, 0, 'server, port')
    const { client, send } = await runExample<{
      client: SmppClient
      send: (to: string, text: string) => Promise<void>
    }>(clientCode!, port, 'client, send')
    while (client.free === 0) await new Promise(setImmediate)
    await send('491701234567', 'Episode 3 is here.')
    await receipted
    await client.stop()
    await server.close()
  } finally {
    console.log = log
  }

  expect(said).toContainEqual([0, '1'])
  expect(said).toContainEqual(['1', 'delivered'])
})

test.each(['ClientOptions', 'ServerOptions'])('the README names every option of %s', name => {
  const readme = readFileSync(here('../README.md'), 'utf8')
  const source = readFileSync(here('./session.ts'), 'utf8')
  const body = new RegExp(`export interface ${name} \\{\\n(.*?)\\n\\}`, 's').exec(source)![1]!
  const options = [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(match => match[1]!)

  expect(options.length).toBeGreaterThan(10)
  expect(options.filter(option => !readme.includes(`\`${option}\``))).toEqual([])
})
