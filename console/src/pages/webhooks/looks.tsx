// How the states of endpoints and deliveries look, and what became of a call, in plain words.
import {
  IconAlertTriangle,
  IconBan,
  IconCheck,
  IconClockHour4,
  IconPlayerPause,
  IconPlugConnectedX,
  IconX,
} from '@tabler/icons-react'
import type { Delivery, WebhookEndpoint } from '@usher/contract/webhook'
import type { Mark } from '../../mark.tsx'

export function endpointMark({ state, failingSince }: Pick<WebhookEndpoint, 'state' | 'failingSince'>): Mark {
  if (state === 'gone')
    return {
      word: 'gone',
      color: 'red',
      Icon: IconPlugConnectedX,
      sentence: 'It answered 410 Gone. Nothing is sent to it until somebody makes it active.',
    }
  if (state === 'paused')
    return {
      word: 'paused',
      color: 'gray',
      Icon: IconPlayerPause,
      sentence: 'Somebody paused it. What happens meanwhile waits.',
    }
  if (failingSince !== null)
    return {
      word: 'failing',
      color: 'yellow',
      Icon: IconAlertTriangle,
      sentence: 'Its last call failed. What is not taken is tried again.',
    }
  return { word: 'active', color: 'green', Icon: IconCheck, sentence: 'It is called as things happen.' }
}

export const deliveryMarks: Record<Delivery['state'], Mark> = {
  waiting: { word: 'waiting', color: 'blue', Icon: IconClockHour4, sentence: 'Waits for its first or its next try.' },
  delivered: { word: 'delivered', color: 'green', Icon: IconCheck, sentence: 'The endpoint took it.' },
  failed: {
    word: 'failed',
    color: 'red',
    Icon: IconX,
    sentence: 'All tries are used up; it is not tried again by itself.',
  },
  stopped: { word: 'stopped', color: 'gray', Icon: IconBan, sentence: 'The endpoint is gone, so it was not sent.' },
}
export const deliveryStates = Object.keys(deliveryMarks) as Delivery['state'][] // the compiler holds the table to them

const hints: Record<number, string> = {
  400: 'it did not understand the call',
  401: 'it wants a sign-in; webhooks carry a signature instead',
  403: 'it does not let Usher in; does it check the signature with the right secret?',
  404: 'there is nothing at this path',
  405: 'it takes no POST there',
  408: 'it timed out',
  410: 'it wants no more calls',
  413: 'the call is too large for it',
  415: 'it takes no JSON there',
  422: 'it did not understand the call',
  429: 'it asked to be called more slowly',
  500: 'it broke while it handled the call',
  502: 'what stands before it got no answer from it',
  503: 'it is away for the moment',
  504: 'what stands before it waited too long for it',
}

/** What came of a call: `It answered 500: it broke while it handled the call.` */
export function outcome(status: number | null, error: string | null): string {
  if (status === null) return error === null ? 'It was not called yet.' : asSentence(error)
  if (status >= 200 && status < 300 && error === null) return `It took it, with ${status}.`
  if (status >= 300 && status < 400)
    return `It answered ${status}: it wants the call to go elsewhere. Redirects are not followed; give the address itself.`
  const hint = hints[status]
  return `It answered ${status}${hint ? `: ${hint}` : ''}.`
}

const asSentence = (words: string) => {
  const whole = words.charAt(0).toUpperCase() + words.slice(1)
  return /[.!?]$/.test(whole) ? whole : `${whole}.`
}
