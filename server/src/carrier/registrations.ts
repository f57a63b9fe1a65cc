// Which kinds of sender have to be registered in a country before its operators let their texts through. Data, with where it
// was read and how sure that is; a country that is not here asks for nothing that Usher knows of.
import type { SenderSettings } from '@usher/contract/carrier'

export interface RegistrationRule {
  country: string
  kinds: readonly SenderSettings['kind'][]
  /** As people call it, in a sentence that says where to go. */
  name: string
  source: string
  confidence: 'read' | 'second hand' | 'from memory'
}

export const registrationRules: readonly RegistrationRule[] = [
  {
    country: 'US',
    kinds: ['long_number'],
    name: 'a 10DLC campaign',
    source: 'The Campaign Registry: use cases of 10DLC; operators block unregistered long numbers',
    confidence: 'second hand',
  },
  {
    country: 'US',
    kinds: ['toll_free'],
    name: 'toll-free verification',
    source: "Toll-free aggregators' verification, compulsory for texts since 2023",
    confidence: 'from memory',
  },
  {
    country: 'CA',
    kinds: ['toll_free'],
    name: 'toll-free verification',
    source: "Toll-free aggregators' verification, compulsory for texts since 2023",
    confidence: 'from memory',
  },
  {
    country: 'SG',
    kinds: ['alphanumeric'],
    name: 'the Singapore SMS Sender ID Registry',
    source: 'IMDA press: unregistered names are marked Likely-SCAM since 31 January 2023, later blocked',
    confidence: 'second hand',
  },
  {
    country: 'IN',
    kinds: ['alphanumeric', 'short_code', 'long_number'],
    name: 'DLT: the header and its templates',
    source: 'TRAI TCCCPR 2018; smsgatewayhub, clickatell',
    confidence: 'second hand',
  },
  {
    country: 'AU',
    kinds: ['alphanumeric'],
    name: "ACMA's SMS Sender ID Register",
    source: 'Telecommunications (SMS Sender ID Register) Industry Standard 2025, from 1 July 2026',
    confidence: 'from memory',
  },
  {
    country: 'IE',
    kinds: ['alphanumeric'],
    name: "ComReg's Sender ID Registry",
    source: 'ComReg 24/24: unregistered names are marked from July 2025 and blocked later',
    confidence: 'from memory',
  },
]

/** Why texts from this sender may not go to a country now; null where nothing stands in the way. */
export function closedBy(
  sender: Pick<SenderSettings, 'name' | 'kind' | 'registrations'>,
  country: string | null,
  now: Date,
): string | null {
  if (country === null) return null
  const rule = registrationRules.find(one => one.country === country && one.kinds.includes(sender.kind))
  const registration = sender.registrations.find(one => one.country === country)
  const name = rule?.name ?? 'a registration'
  if (registration === undefined)
    return rule ? `${country} asks for ${name}, and the sender ${sender.name} has none there.` : null
  if (registration.state !== 'registered')
    return `The sender ${sender.name} is ${registration.state === 'pending' ? 'not registered yet' : 'refused registration'} in ${country} (${name}).`
  if (registration.until !== null && new Date(registration.until) <= now)
    return `The registration of the sender ${sender.name} in ${country} ended on ${registration.until.slice(0, 10)}.`
  return null
}
