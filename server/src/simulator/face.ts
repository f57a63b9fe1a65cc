// How a simulated HTTP carrier speaks: the same carrier behind, in the words of one provider. It reads what a client of that
// provider sends, answers as the provider would, and writes its calls back.

/** A text as a client of the provider sent it. */
export interface FaceText {
  /** E.164 with +. */
  to: string
  originator: string
  text: string
  /** Where its receipts go; null: nobody asked. */
  statusUrl: string | null
  /** null: as long as the provider likes. */
  validForMs: number | null
  /** What the client calls it, where the provider has a field for that. */
  clientReference: string | null
}

export interface HttpFace {
  /** Reads a request into a text, or answers what is wrong with it: path, method, credentials, fields. */
  read(request: Request): Promise<{ text: FaceText } | { response: Response }>
  /** Ids as the provider makes them; `n` never comes twice. */
  id(n: number): string
  /** The answer to a text that is taken. */
  taken(id: string, text: FaceText, at: Date): Response
  /** The answer to one that is not: too many at once, no room now, or never. */
  refused(why: 'throttled' | 'queueFull' | 'rejected', text: FaceText): Response
  /** The call that tells what became of a text, signed; null where nobody asked to be told. */
  receipt(told: {
    id: string
    text: FaceText
    state: 'accepted' | 'delivered' | 'undeliverable' | 'expired'
    at: Date
  }): Request | null
  /** The call that brings what a handset wrote, signed. */
  inbound(written: { id: string; from: string; to: string; text: string; url: string; at: Date }): Request
}
