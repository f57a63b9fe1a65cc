// The phones at the other end of the simulated carrier: what each one shows, what it wrote itself, and whether it is on.
import { alphabetOf, decodeText } from '@usher/smpp/gsm'
import type { Shift } from '@usher/smpp/national'
import type { Part } from '@usher/smpp/segment'
import { type Journal, openJournal } from './journal.ts'

/** A phone without coverage keeps what its owner writes until it is back; one that is off can't be written on. */
export type HandsetState = 'on' | 'off' | 'noCoverage'
export const handsetStates: readonly HandsetState[] = ['on', 'off', 'noCoverage']

export type Encoding = 'gsm7' | 'ucs2' | 'other'
const encodingOf = (dataCoding: number): Encoding => {
  const alphabet = alphabetOf(dataCoding)
  return alphabet === 'gsm7' || alphabet === 'ucs2' ? alphabet : 'other'
}

/** The text of octets, as one piece of memory: one put together letter by letter would take kilobytes while it is kept. */
export function readText(dataCoding: number, octets: Uint8Array, shift?: Shift): string {
  const text = decodeText(dataCoding, octets, shift)
  text.charCodeAt(0) // V8 flattens a string when a letter of it is asked for.
  return text
}

/** One submit_sm that reached the phone: a whole text, or one segment of a long one. Times are wall milliseconds. */
export interface Arrival {
  messageId: string
  originator: string
  /** The text alone, without a header. */
  octets: Uint8Array
  dataCoding: number
  /** user_message_reference, when the sender set one. */
  reference: number | null
  /** When the carrier took it. */
  at: number
  /** Which segment of which long text. */
  part?: Part | undefined
  /** The national tables that the header names. */
  shift?: Shift | undefined
  /** Which carrier brought it, where there are several. */
  carrier?: string | undefined
}

export interface HandsetText {
  /** Counts this phone's texts from 1 and is never used again. */
  n: number
  originator: string
  text: string
  segments: number
  encoding: Encoding
  dataCoding: number
  reference: number | null
  at: number
  deliveredAt: number
  /** Which carrier brought it, where there are several. */
  carrier?: string | undefined
  parts: { sequence: number; text: string; messageId: string; reference: number | null; at: number }[]
}

/** A text written on this phone. */
export interface HandsetReply {
  n: number
  to: string
  text: string
  at: number
  /** When the other side had acknowledged all of it. */
  acknowledgedAt: number | null
  /** One user_message_reference per segment, the same at every repeat. */
  references: number[]
}

export interface Handset {
  number: string
  state: HandsetState
  /** Texts ever received; more than `texts` holds once the oldest are dropped. */
  count: number
  texts: HandsetText[]
  replies: HandsetReply[]
  /** Up to which text each sender's thread was opened; the later ones are unread. */
  read: { originator: string; n: number }[]
}

/** Two looks at a phone have the same mark when nothing on it has changed in between. */
export const markOf = ({ count, state, replies, read }: Handset): string => {
  const unacknowledged = replies.filter(reply => reply.acknowledgedAt === null).length
  const opened = read.reduce((sum, { n }) => sum + n, 0)
  return [state, count, replies.at(-1)?.n ?? 0, unacknowledged, opened].join('-')
}

export const isUnread = ({ read }: Handset, { originator, n }: HandsetText): boolean =>
  n > (read.find(one => one.originator === originator)?.n ?? 0)

type Entry =
  | { number: string; state: HandsetState }
  | { number: string; text: HandsetText }
  | { number: string; reply: HandsetReply }
  | { number: string; acknowledged: number; at: number }
  | { number: string; read: { originator: string; n: number } }

interface Waiter {
  isDue: () => boolean
  answer: () => void
}

interface Phone extends Handset {
  replyCount: number
  incomplete: Map<string, Arrival[]>
  waiters: Waiter[]
}

export interface HandsetsOptions {
  clock: () => number
  /** False keeps counters only, for benchmarks. */
  keepTexts?: boolean
  /** Texts, and replies, kept per phone. */
  keepLast?: number
  /** Path of the NDJSON file that lets the phones outlive a restart. */
  journal?: string | undefined
  onState?: (number: string, state: HandsetState) => void
}

export type Handsets = Awaited<ReturnType<typeof createHandsets>>

// A segment whose siblings never come must not stay for ever.
const incompletePerPhone = 50

/** Numbers with and without + are the same phone. */
export const asNumber = (number: string) => (number.startsWith('+') ? number : `+${number}`)

export async function createHandsets(options: HandsetsOptions) {
  const { clock, keepTexts = true, keepLast = 200, onState } = options
  const phones = new Map<string, Phone>()
  let journal: Journal<Entry> | undefined

  const phoneOf = (number: string): Phone => {
    const key = asNumber(number)
    let phone = phones.get(key)
    if (!phone) {
      phone = {
        number: key,
        state: 'on',
        count: 0,
        texts: [],
        replies: [],
        read: [],
        replyCount: 0,
        incomplete: new Map(),
        waiters: [],
      }
      phones.set(key, phone)
    }
    return phone
  }

  const keepText = (phone: Phone, text: HandsetText) => {
    phone.texts.push(text)
    if (phone.texts.length > keepLast) phone.texts.shift()
    phone.count = Math.max(phone.count, text.n)
  }

  const keepReply = (phone: Phone, reply: HandsetReply) => {
    phone.replies.push(reply)
    if (phone.replies.length > keepLast) phone.replies.shift()
    phone.replyCount = Math.max(phone.replyCount, reply.n)
  }

  const keepRead = (phone: Phone, { originator, n }: { originator: string; n: number }) => {
    // Senders of whom nothing is left are forgotten, so that the list cannot grow for ever.
    const left = new Set(phone.texts.map(text => text.originator))
    phone.read = phone.read.filter(one => one.originator !== originator && left.has(one.originator))
    phone.read.push({ originator, n })
  }

  const wake = (phone: Phone) => {
    if (phone.waiters.length === 0) return
    const due = phone.waiters.filter(waiter => waiter.isDue())
    for (const waiter of due) waiter.answer()
  }

  /** Resolves as soon as it is due, or when the time is up or the asker has gone. */
  const waitUntil = async (phone: Phone, isDue: () => boolean, timeoutMs: number, gone?: AbortSignal) => {
    if (isDue() || gone?.aborted) return
    await new Promise<void>(resolve => {
      const answer = () => {
        clearTimeout(timer)
        gone?.removeEventListener('abort', answer)
        phone.waiters = phone.waiters.filter(other => other !== waiter)
        resolve()
      }
      const timer = setTimeout(answer, timeoutMs)
      const waiter = { isDue, answer }
      phone.waiters.push(waiter)
      gone?.addEventListener('abort', answer, { once: true })
    })
  }

  const show = (phone: Phone, parts: Arrival[]) => {
    const first = parts[0]!
    const { dataCoding, shift } = first
    const texts = parts.map(part => readText(part.dataCoding, part.octets, part.shift))
    const text: HandsetText = {
      n: phone.count + 1,
      originator: first.originator,
      // Joined before they are read: some senders cut a character in two.
      text: parts.length === 1 ? texts[0]! : readText(dataCoding, Buffer.concat(parts.map(part => part.octets)), shift),
      segments: parts.length,
      encoding: encodingOf(dataCoding),
      dataCoding,
      reference: first.reference,
      at: first.at,
      deliveredAt: clock(),
      carrier: first.carrier,
      parts: parts.map(({ messageId, reference, at, part }, i) => ({
        sequence: part?.sequence ?? 1,
        text: texts[i]!,
        messageId,
        reference,
        at,
      })),
    }
    keepText(phone, text)
    journal?.append({ number: phone.number, text })
    wake(phone)
  }

  /** Gives all segments in order when this was the last one missing. */
  const join = (phone: Phone, arrival: Arrival): Arrival[] | undefined => {
    const { part, octets } = arrival
    if (!part || part.total < 2) return [arrival]
    const key = `${arrival.originator}/${part.reference}/${part.total}`
    let arrived = phone.incomplete.get(key)
    const repeated = arrived?.find(other => other.part?.sequence === part.sequence)
    if (repeated && Buffer.compare(repeated.octets, octets) === 0) return undefined
    // Another text under the same reference: references are short and come round again.
    if (!arrived || repeated) arrived = []
    arrived.push(arrival)
    phone.incomplete.delete(key)
    if (arrived.length === part.total) return arrived.sort((a, b) => a.part!.sequence - b.part!.sequence)
    phone.incomplete.set(key, arrived)
    if (phone.incomplete.size > incompletePerPhone) phone.incomplete.delete(phone.incomplete.keys().next().value!)
    return undefined
  }

  const handsets = {
    /** False when texts are only counted: nobody needs to decode them then. */
    keepTexts,

    /** A text, or one segment of it, reaches the phone. */
    receive(number: string, arrival: Arrival): void {
      const phone = phoneOf(number)
      const parts = join(phone, arrival)
      if (parts) show(phone, parts)
    },

    /** What `receive` is when texts are not kept: only phones somebody has asked about count. */
    countOnly(number: string): void {
      if (phones.size === 0) return
      const phone = phones.get(asNumber(number))
      if (!phone) return
      phone.count++
      wake(phone)
    },

    stateOf(number: string): HandsetState {
      return phones.size === 0 ? 'on' : (phones.get(asNumber(number))?.state ?? 'on')
    },

    turn(number: string, state: HandsetState): void {
      const phone = phoneOf(number)
      if (phone.state === state) return
      phone.state = state
      journal?.append({ number: phone.number, state })
      onState?.(phone.number, state)
      wake(phone)
    },

    /** The owner of the phone wrote a text. */
    write(number: string, to: string, text: string, references: number[]): HandsetReply {
      const phone = phoneOf(number)
      const reply = { n: phone.replyCount + 1, to, text, at: clock(), acknowledgedAt: null, references }
      keepReply(phone, reply)
      journal?.append({ number: phone.number, reply })
      wake(phone)
      return reply
    },

    acknowledge(number: string, reply: HandsetReply): void {
      reply.acknowledgedAt = clock()
      journal?.append({ number: asNumber(number), acknowledged: reply.n, at: reply.acknowledgedAt })
      wake(phoneOf(number))
    },

    /** The owner opened a sender's thread: what it holds now is read. */
    read(number: string, originator: string): Handset {
      const phone = phones.get(asNumber(number))
      const last = phone?.texts.findLast(text => text.originator === originator)
      if (phone && last && isUnread(phone, last)) {
        const read = { originator, n: last.n }
        keepRead(phone, read)
        journal?.append({ number: phone.number, read })
        wake(phone)
      }
      return handsets.find(number)
    },

    /** A phone nobody has texted yet is on and empty. */
    find(number: string): Handset {
      const phone = phones.get(asNumber(number))
      if (!phone) return { number: asNumber(number), state: 'on', count: 0, texts: [], replies: [], read: [] }
      const { state, count, texts, replies, read } = phone
      return { number: phone.number, state, count, texts: [...texts], replies: [...replies], read: [...read] }
    },

    /** The phones, most recently used first. */
    list(limit = 200) {
      const lastUse = (phone: Phone) => Math.max(phone.texts.at(-1)?.deliveredAt ?? 0, phone.replies.at(-1)?.at ?? 0)
      return [...phones.values()]
        .sort((a, b) => lastUse(b) - lastUse(a))
        .slice(0, limit)
        .map(({ number, state, count, texts }) => ({ number, state, count, last: texts.at(-1) ?? null }))
    },

    /** Resolves as soon as the phone has received more than `after` texts, or when the time is up or the asker has gone. */
    async wait(number: string, after: number, timeoutMs: number, gone?: AbortSignal): Promise<Handset> {
      const phone = phoneOf(number)
      await waitUntil(phone, () => phone.count > after, timeoutMs, gone)
      return handsets.find(number)
    },

    /** Resolves as soon as anything on the phone differs from what `mark` says, or when the time is up. */
    async waitForChange(number: string, mark: string, timeoutMs: number, gone?: AbortSignal): Promise<Handset> {
      const phone = phoneOf(number)
      await waitUntil(phone, () => markOf(phone) !== mark, timeoutMs, gone)
      return handsets.find(number)
    },

    /** By which carrier this sender's last text came. */
    carrierOf(number: string, sender: string): string | undefined {
      const texts = phones.get(asNumber(number))?.texts
      return texts?.findLast(text => asNumber(text.originator) === asNumber(sender))?.carrier
    },

    /** Replies the other side had not acknowledged when the simulator last stopped. */
    *unacknowledged(): Iterable<{ number: string; reply: HandsetReply }> {
      for (const { number, replies } of phones.values())
        for (const reply of replies) if (reply.acknowledgedAt === null) yield { number, reply }
    },

    async stop(): Promise<void> {
      for (const phone of phones.values()) for (const waiter of [...phone.waiters]) waiter.answer()
      await journal?.flush()
    },
  }

  const replay = (entry: Entry) => {
    const phone = phoneOf(entry.number)
    if ('state' in entry) phone.state = entry.state
    else if ('text' in entry) keepText(phone, entry.text)
    else if ('reply' in entry) keepReply(phone, entry.reply)
    else if ('read' in entry) keepRead(phone, entry.read)
    else {
      const reply = phone.replies.find(({ n }) => n === entry.acknowledged)
      if (reply) reply.acknowledgedAt = entry.at
    }
  }
  const retained = function* (): Iterable<Entry> {
    for (const { number, state, texts, replies, read } of phones.values()) {
      if (state !== 'on') yield { number, state }
      for (const text of texts) yield { number, text }
      for (const reply of replies) yield { number, reply }
      for (const one of read) yield { number, read: one }
    }
  }
  if (options.journal !== undefined && keepTexts) journal = await openJournal(options.journal, replay, retained)

  return handsets
}
