import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { curlFor } from './curl.ts'

test('a shell hands on the event as it is, whatever stands in it', () => {
  const data = { name: 'Rosa\'s `film` of $HOME\n\\ "now"', price: { amount: 999 } }
  const command = curlFor('https://usher.orpheum.example', { type: 'com.usher.view.started', subject: 'orph-1', data })
  const standIn = `curl() { for given in "$@"; do printf '%s\\0' "$given"; done; }`

  const said = execFileSync('sh', ['-c', `${standIn}\n${command}`], { env: { USHER_KEY: 'k-1' }, encoding: 'utf8' })

  const given = said.split('\0')
  expect(given.slice(0, 3)).toEqual(['-sS', 'https://usher.orpheum.example/v1/events', '-H'])
  expect(given[3]).toBe('Authorization: Bearer k-1')
  expect(JSON.parse(given[7]!)).toEqual({
    ...{ specversion: '1.0', id: 'try-1', source: '/try', type: 'com.usher.view.started', subject: 'orph-1' },
    data,
  })
})
