// The mails that Orpheum would send. It sends none: they stand on a page, for whoever tries the demo.

export interface Mail {
  at: Date
  to: string
  subject: string
  words: string
  /** What the mail's button leads to. */
  link: string
}

export interface Mails {
  send(mail: Omit<Mail, 'at'>): void
  /** The newest first. */
  sent(): readonly Mail[]
}

const remembered = 20

export function mails(now: () => Date): Mails {
  let all: Mail[] = []
  return {
    send(mail) {
      all = [{ ...mail, at: now() }, ...all].slice(0, remembered)
    },
    sent: () => all,
  }
}
