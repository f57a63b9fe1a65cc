// Which receipts say that nobody has the number, in the words of each carrier. Only those that say so for good are here: a
// phone that is off, out of reach or full is somebody's, and what is not known to mean anything counts for nothing.
import type { CarrierSettings } from '@usher/contract/carrier'

type Protocol = CarrierSettings['protocol']

/**
 * Twilio 30005: "the destination number you are trying to reach is unknown and may no longer exist"; 30003 is a phone that is
 * off. https://www.twilio.com/docs/api/errors
 */
const twilio = [30005]
/** Vonage 1190: absent subscriber, permanent; 1180 is the same for now. https://developer.vonage.com/en/api-errors/messages */
const vonage = [1190]

/** Whether the reason that a receipt gave (as it is stored with the text) means that the number is nobody's. */
export function saysNobody(
  protocol: Protocol | undefined,
  reason: string | null,
  smppErrors: readonly number[],
): boolean {
  if (reason === null || protocol === undefined) return false
  switch (protocol) {
    case 'smpp': {
      // `UNDELIV 001`: err is the SMSC's own, most often an error of MAP (3GPP TS 29.002, 17.6); the policy says which count.
      const [, err] = /^(?:UNDELIV|REJECTD) (\d{1,5})$/i.exec(reason) ?? []
      return err !== undefined && smppErrors.includes(Number(err))
    }
    case 'twilio':
      return twilio.includes(codeOf(reason))
    case 'vonage':
      return vonage.includes(codeOf(reason))
    case 'http':
      // Its words are whatever an operator wrote into its settings.
      return false
  }
}

const codeOf = (reason: string) => Number(/^\d+(?= |$)/.exec(reason)?.[0] ?? Number.NaN)
