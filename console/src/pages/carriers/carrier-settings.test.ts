import { CarrierInput, type CarrierSettings, secretNames } from '@usher/contract/carrier'
import { examples } from '@usher/contract/examples'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  allSettings,
  draftOf,
  inputOf,
  newDraft,
  type Protocol,
  protocols,
  type Setting,
  secretsOf,
  toInput,
} from './carrier-settings.ts'

interface Schema {
  properties?: Record<string, Schema>
  default?: unknown
  anyOf?: Schema[]
  enum?: string[]
  items?: Schema
}
const contractOf = (protocol: Protocol): Record<string, Schema> => {
  const option = CarrierInput.options.find(({ shape }) => shape.protocol.value === protocol)!
  return (z.toJSONSchema(option, { io: 'input' }) as Schema).properties! // of an object there are some
}

const own = ['protocol', 'secrets']

describe.each(Object.keys(protocols) as Protocol[])('a carrier over %s', protocol => {
  const contract = contractOf(protocol)

  test('has a field for each setting of the contract, and no other', () => {
    const names = allSettings(protocol).map(({ name }) => name)

    expect(names.toSorted()).toEqual(
      Object.keys(contract)
        .filter(name => !own.includes(name))
        .toSorted(),
    )
  })

  test('begins with the defaults of the contract', () => {
    const sent = { ...inputOf(newDraft(protocol)) } as Record<string, unknown>

    for (const [name, { default: standard }] of Object.entries(contract))
      if (standard !== undefined && !own.includes(name)) expect(sent[name], name).toEqual(standard)
  })

  test('offers each choice of the contract', () => {
    for (const setting of allSettings(protocol)) {
      const { enum: one, items } = contract[setting.name]!
      if (setting.of === 'choice') expect(Object.keys(setting.choices)).toEqual(one)
      if (setting.of === 'many') expect(Object.keys(setting.choices)).toEqual(items!.enum)
    }
  })

  test('has its secrets', () => {
    expect(secretsOf[protocol].map(({ name }) => name)).toEqual(secretNames[protocol])
  })
})

test('what receipts and texts from handsets are read by is all in the form', () => {
  const contract = contractOf('http')
  const readings = allSettings('http').filter((one): one is Setting & { of: 'reading' } => one.of === 'reading')

  expect(readings.map(({ name }) => name)).toEqual(['status', 'inbound'])
  for (const { name, fields } of readings) {
    const whole = contract[name]!.anyOf!.find(({ properties }) => properties)!
    expect(fields.map(field => field.name).toSorted()).toEqual(Object.keys(whole.properties!).toSorted())
  }
})

const line = examples.getLine.answers[200] as { carriers: CarrierSettings[] }

test('a carrier that is opened and saved unchanged is sent as it was', () => {
  const [northline] = line.carriers
  const { name: _, secrets: __, callbacks: ___, ...settings } = northline!

  const sent = CarrierInput.parse(toInput(northline!))

  expect(sent).toEqual({ ...settings, secrets: {} })
})

test('a carrier over HTTP goes through the form and comes out as it was', () => {
  const written = CarrierInput.parse({
    ...{ protocol: 'http', url: 'https://telura.example/send', idAt: '/id', later: [429, 503], perSecond: 2.5 },
    headers: { Authorization: 'Bearer {{ secret }}' },
    fields: { to: '{{ to }}', body: '{{ text }}' },
    status: { idAt: '/id', stateAt: '/state', states: { DELIVRD: 'delivered', UNDELIV: 'undeliverable' } },
    inbound: { fromAt: '/from', toAt: '/to', textAt: '/text' },
  })
  const kept = { ...written, name: 'telura', secrets: ['token'], callbacks: null } as CarrierSettings

  const draft = draftOf(kept)
  draft.secrets = { token: 't0ken', signing: '' }

  expect(CarrierInput.parse(inputOf(draft))).toEqual({ ...written, secrets: { token: 't0ken' } })
})
