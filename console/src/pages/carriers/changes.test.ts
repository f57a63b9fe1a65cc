import type { Line } from '@usher/contract/carrier'
import { examples } from '@usher/contract/examples'
import { expect, test } from 'vitest'
import { changes } from './changes.ts'

const line = examples.getLine.answers[200] as Line

test('nothing lies between a version and itself', () => {
  expect(changes(line, structuredClone(line))).toEqual([])
})

test('what was changed of a carrier is told setting by setting, without its secrets', () => {
  const [carrier] = line.carriers
  if (carrier?.protocol !== 'smpp') throw new Error('The example is a carrier over SMPP.')
  const binds = [{ ...carrier.binds[0]!, port: 3550 }]
  const after: Line = { ...line, carriers: [{ ...carrier, window: 20, national: [], binds, secrets: [] }] }

  const found = changes(line, after)

  expect(found).toEqual([
    { what: 'Carrier northline', how: ['binds.0.port: 2775 → 3550', 'window: 100 → 20', 'national: turkish → none'] },
  ])
})

test('what came, what went, and another order of routes are told', () => {
  const [route] = line.routes
  const before: Line = { ...line, routes: [route!, { ...route!, name: 'elsewhere' }, { ...route!, name: 'old' }] }
  const after: Line = { ...line, senders: [], routes: [{ ...route!, name: 'elsewhere' }, route!] }

  const found = changes(before, after)

  expect(found).toEqual([
    { what: 'Sender britain', how: ['is taken away'] },
    { what: 'Route old', how: ['is taken away'] },
    { what: 'Order of the routes', how: ['britain, elsewhere → elsewhere, britain'] },
  ])
})
