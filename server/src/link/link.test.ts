// The code of a short link: as many as it can be, none likelier than another, and none to be guessed.
import { purposes } from '@usher/contract/purpose'
import { expect, test } from 'vitest'
import { rowsOf, testDesk } from '../desk.ts'
import { newId } from '../store/id.ts'
import { sql } from '../store/sql.ts'
import { findByHash, hashOf, isCode, lifeOf, newCode, storeLinks } from './link.ts'

test('a code is eleven letters and digits, and no two are the same', () => {
  const codes = Array.from({ length: 200_000 }, newCode)

  expect(codes.every(isCode)).toBe(true)
  expect(new Set(codes).size).toBe(codes.length)
})

test('each letter is as likely as any other, and each digit, wherever it stands', () => {
  const codes = Array.from({ length: 100_000 }, newCode)

  for (let place = 0; place < 11; place++) {
    const counts = new Map<string, number>()
    for (const code of codes) counts.set(code[place]!, (counts.get(code[place]!) ?? 0) + 1)
    expect(counts.size).toBe(62)
    // Chi squared with 51 and 9 degrees of freedom: these are passed by chance once in 10^9. A byte modulo 62 would
    // come to hundreds.
    for (const [kind, limit] of [[/[A-Za-z]/, 135] as const, [/[0-9]/, 65] as const]) {
      const ofKind = [...counts].filter(([letter]) => kind.test(letter)).map(([, count]) => count)
      const expected = ofKind.reduce((sum, count) => sum + count) / ofKind.length
      const distance = ofKind.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
      expect(distance, `place ${place}, ${kind}`).toBeLessThan(limit)
    }
  }
})

test('no code has three digits in a row, and still there are more than 2^65 of them', () => {
  const codes = Array.from({ length: 100_000 }, newCode)
  /** How many codes of this length end in no digit, one, or two. */
  let [none, one, two] = [1, 0, 0]
  for (let place = 0; place < 11; place++) [none, one, two] = [(none + one + two) * 52, none * 10, one * 10]

  expect(codes.filter(code => /\d{3}/.test(code))).toEqual([])
  expect(Math.log2(none + one + two)).toBeGreaterThan(65)
})

test.each(['', 'short', 'AbCdEfGhIj', 'AbCdEfGhIjKl', 'AbCdEfGhIj-', 'AbCdEfGhIj\n', 'AbCdEfGhIjé'])(
  'what is no code is told from one without asking anybody: %j',
  text => {
    expect(isCode(text)).toBe(false)
  },
)

test('how long a link leads somewhere hangs on the purpose, and a code text has none', () => {
  const day = 86_400_000

  const days = Object.fromEntries(purposes.map(purpose => [purpose, (lifeOf(purpose) ?? 0) / day]))

  expect(days).toMatchObject({ 'alert.security': 1, 'reply.support': 7, 'account.payment': 30, offer: 30 })
  for (const purpose of purposes) expect(days[purpose] === 0, purpose).toBe(purpose.startsWith('code.'))
})

test('a million guesses find none of ten thousand links', async () => {
  const desk = await testDesk()
  const now = desk.clock.now()
  const links = Array.from({ length: 10_000 }, () => ({
    ...{ id: newId(now), code: newCode(), destination: 'https://orpheum.example/account' },
    ...({ purpose: 'account.payment', subscriber_id: null, message_id: null, has_context: false } as const),
    expires_at: new Date(now.getTime() + 86_400_000),
  }))
  await rowsOf(desk, storeLinks(links, now))

  let hits = 0
  for (let guessed = 0; guessed < 1_000_000; guessed += 10_000) {
    const guesses = Array.from({ length: 10_000 }, () => hashOf(newCode()))
    hits += (await findByHash(desk.usher.db, guesses)).length
  }

  // The same look-up does find what is there.
  const known = await findByHash(
    desk.usher.db,
    links.slice(0, 100).map(({ code }) => hashOf(code)),
  )
  expect([hits, known.length]).toEqual([0, 100])
}, 300_000)

test('the database holds no code, only what it comes to', async () => {
  const desk = await testDesk()
  const made = await desk.ask('POST', '/v1/links', { destination: 'https://orpheum.example/', purpose: 'offer' })
  const code = (made.body as { url: string }).url.split('/').at(-1)!

  const [row] = await rowsOf<{ text: string; hash: Uint8Array }>(desk, sql`select l::text as text, hash from link l`)

  expect(row!.text).not.toContain(code)
  expect(Buffer.from(row!.hash)).toEqual(hashOf(code))
})
