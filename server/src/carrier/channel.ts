// What a carrier is to the rest of Usher, whatever it speaks: something that takes texts as fast as its credit says, tells
// what became of each, and brings receipts and texts from handsets.
import type { CarrierSettings } from '@usher/contract/carrier'
import type { Shift } from '@usher/smpp/national'
import type { Part } from '@usher/smpp/segment'
import type { SubmitOutcome } from '../message/message.ts'
import type { Credit } from './throttle.ts'

/** A text as it goes to a carrier. */
export interface Outgoing {
  /** The message's. HTTP carriers get it, so that a receipt which overtakes the answer can be told from others. */
  id: string
  /** E.164 with +. */
  number: string
  originator: string
  text: string
  /** 16 bits that the carrier gives back in the receipt. */
  reference: number
  /** How long it may still be delivered; sent as a relative time, for the carrier's clock is not ours. */
  validForMs: number
  /** How long its answer is waited for; null: as long as the carrier's settings say. */
  patienceMs: number | null
}

/** One session with a carrier; an HTTP carrier has one that stands for all its requests. */
export interface Bind {
  /** Which one, among those of its carrier: address, type and number. */
  name: string
  /** refused: the credentials are wrong; nothing is tried until somebody changes them or says so. */
  state: 'connecting' | 'bound' | 'waiting' | 'refused' | 'closed'
  reason: string | null
  since: Date
  /** Most parts without an answer, and those there are. */
  window: number
  inFlight: number
  /** It asked us to slow down. */
  slowedUntil: Date | null
}

export interface Channel {
  /** The carrier's name, and the queue's key. */
  readonly name: string
  readonly credit: Credit
  /** Parts that were written and not answered yet; the credit also counts those that are set aside for a claim. */
  readonly inFlight: number
  /** Something can be written: a session that takes texts is bound, and the operator has not paused it. */
  readonly isUp: boolean
  /** How long what is on the wire has waited without an answer to any of it; 0 where nothing is. */
  readonly silentForMs: number
  /** Parts a second that the contract allows, all processes together; Infinity where it says nothing. */
  readonly perSecond: number
  /** How many parts it makes of a text. */
  parts(text: string): number
  /** Never rejects for what the network does. */
  submit(outgoing: Outgoing): Promise<SubmitOutcome>
  /** Called when a text was answered, or the carrier is back: there may be credit. */
  onFree(look: () => void): void
  start(): void
  /** Sessions that wait, or were refused, try at once. */
  reconnect(): void
  /** Waits for the answers of what is on the wire, unbinds, closes. */
  stop(timeoutMs: number): Promise<void>
  binds(): Bind[]
}

/** How it is configured, with its secrets in the clear. */
export type Configured<S extends CarrierSettings = CarrierSettings> = S extends CarrierSettings
  ? Omit<S, 'secrets'> & { secrets: Record<string, string> }
  : never

/** What we hear from a carrier, to be stored before it is answered. */
export interface Hearing {
  receipt(receipt: CarrierReceipt): Promise<void>
  inbound(text: CarrierInbound): Promise<void>
}

export interface CarrierReceipt {
  channel: string
  carrierMessageId: string
  state: 'delivered' | 'undeliverable' | 'expired' | 'intermediate'
  reason: string | null
  reference: number | null
  /** The handset that it is about, as the carrier writes it. */
  number: string
}

export interface CarrierInbound {
  channel: string
  /** The handset, and whom it wrote to, as the carrier writes them. */
  number: string
  addressedTo: string
  said:
    | { kind: 'text'; text: string }
    /** One part of a text, or a short one whole, as it comes over SMPP. */
    | { kind: 'octets'; dataCoding: number; octets: Uint8Array; part: Part | null; shift: Shift | null }
  /** Repeats of one delivery carry the same where the carrier gives any. */
  identity: string | null
}
