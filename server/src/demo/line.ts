// The demo's line: three carriers for one service, so that one can be broken while texts keep arriving by the others.
import { CarrierInput } from '@usher/contract/carrier'
import { type FirstLine, type FirstSettings, firstLine, smpp } from '../carrier/first-line.ts'
import { carrierDocument } from '../carrier/line.ts'
import { cirrusAccount } from '../simulator/demo-carriers.ts'

export interface DemoLineSettings extends FirstSettings {
  simulator: { port: number; secondSmppPort: number }
}

export function demoLine({ carrier, senders, simulator }: DemoLineSettings): FirstLine {
  const aurora = { ...carrier, name: 'aurora' }
  const boreal = smpp('boreal', { ...carrier, port: simulator.secondSmppPort })
  const { accountSid, authToken } = cirrusAccount
  const cirrus = carrierDocument(
    'cirrus',
    CarrierInput.parse({
      ...{ protocol: 'twilio', accountSid, window: 50 },
      url: `http://127.0.0.1:${simulator.port}/faces/cirrus`,
    }),
  )
  return firstLine(
    { carrier: aurora, senders },
    [
      { carrier: boreal, secrets: { password: carrier.password }, weight: 30 },
      { carrier: cirrus, secrets: { authToken }, weight: 20 },
    ],
    50,
  )
}
