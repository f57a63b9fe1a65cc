// The demo's carriers: two that speak SMPP, and one with Twilio's face.
import type { CarrierOptions } from './simulator.ts'
import { type TwilioAccount, twilioFace } from './twilio.ts'

export interface DemoCarriers {
  /** Of aurora, and of boreal. */
  smppPorts: readonly [number, number]
  systemId: string
  password: string
  /** Where cirrus brings what handsets write. */
  inboundUrl: string | undefined
}

/** Nobody's: what the demo's carrier by HTTP knows its one client by. */
export const cirrusAccount: TwilioAccount = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'demo' }

/** The first is the one that is meant where no carrier is named. */
export const demoCarriers = ({ smppPorts, systemId, password, inboundUrl }: DemoCarriers): CarrierOptions[] => [
  { name: 'aurora', protocol: 'smpp', smppPort: smppPorts[0], systemId, password },
  { name: 'boreal', protocol: 'smpp', smppPort: smppPorts[1], systemId, password },
  { name: 'cirrus', protocol: 'http', face: twilioFace(cirrusAccount), inboundUrl },
]
