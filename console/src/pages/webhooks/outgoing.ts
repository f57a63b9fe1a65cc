// What endpoints can be told, as people call it. The table names each type, so that the compiler finds what is missing.
import type { OutgoingName } from '@usher/contract/webhook'

interface Outgoing {
  /** What has happened when it is told. */
  means: string
  group: string
  /** A new endpoint is told of it unless somebody says otherwise: rare, and worth knowing. */
  isRare?: true
  /** One or more for each text. */
  isOften?: true
}

export const outgoing: Record<OutgoingName, Outgoing> = {
  'message.accepted': { group: 'Texts on their way', means: 'A text was taken: it is queued or held', isOften: true },
  'message.refused': { group: 'Texts on their way', means: 'Our policy refused a text; it says which rule' },
  'message.submitted': { group: 'Texts on their way', means: 'The carrier has the text', isOften: true },
  'message.delivered': { group: 'Texts on their way', means: 'It arrived', isOften: true },
  'message.cancelled': { group: 'Texts on their way', means: 'It was cancelled, or its reason is gone' },
  'message.rejected': { group: 'Texts that did not arrive', means: 'The carrier would not take it', isRare: true },
  'message.undeliverable': {
    group: 'Texts that did not arrive',
    means: 'The carrier could not deliver it',
    isRare: true,
  },
  'message.expired': {
    group: 'Texts that did not arrive',
    means: 'It was not worth sending any more',
    isRare: true,
  },
  'message.unanswered': { group: 'Texts that did not arrive', means: 'It may have left; no answer came', isRare: true },
  'message.unconfirmed': {
    group: 'Texts that did not arrive',
    means: 'The carrier took it and never said what became of it',
    isRare: true,
  },
  'message.undelivered': {
    group: 'Texts that did not arrive',
    means: 'A text about the account or its safety did not arrive, or nobody knows: use another channel',
    isRare: true,
  },
  'inbound.received': { group: 'What people do', means: 'Somebody wrote a text to us', isRare: true },
  'link.clicked': { group: 'What people do', means: 'A person followed a link', isRare: true },
  'alert.denied': {
    group: 'What people do',
    means: 'Somebody said of an alert that it was not them: end the sessions, have a new password chosen',
    isRare: true,
  },
  'alert.confirmed': { group: 'What people do', means: 'Somebody said of an alert that it was them', isRare: true },
  'alert.unasked': {
    group: 'What people do',
    means: 'An alert was one too many in a day, and is asked on its page alone',
    isRare: true,
  },
  'number.changed': {
    group: 'Numbers',
    means: 'Somebody proved by a code that another number is theirs',
    isRare: true,
  },
  'number.dead': { group: 'Numbers', means: 'Carriers say again and again that nobody has it', isRare: true },
  'number.recycled': {
    group: 'Numbers',
    means: 'It is not theirs any more; what they agreed to is ended',
    isRare: true,
  },
  'number.shared': { group: 'Numbers', means: 'Two proved that they have the same', isRare: true },
  'number.file_missing': {
    group: 'Numbers',
    means: 'No file of deactivated numbers came for 36 hours, and they came daily',
    isRare: true,
  },
  'consent.changed': {
    group: 'What people do',
    means: 'Somebody agreed to a kind of texts, or ended it',
    isRare: true,
  },
  'event.bad': { group: 'Your own events', means: 'An event of yours could not be taken', isRare: true },
  'webhook.test': { group: '', means: 'Somebody pressed “Send test”' },
}
export const outgoingNames = Object.keys(outgoing) as OutgoingName[] // the compiler holds the table to them

/** A test goes to whoever it is sent to: nobody chooses it. */
const chosen = outgoingNames.filter(name => outgoing[name].group !== '')
export const rareNames = chosen.filter(name => outgoing[name].isRare)
export const outgoingGroups = [...new Set(chosen.map(name => outgoing[name].group))].map(group => ({
  group,
  names: chosen.filter(name => outgoing[name].group === group),
}))
export const chosenNames = chosen
