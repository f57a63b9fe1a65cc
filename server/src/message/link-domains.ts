// Where links in texts may lead: a list that administrators keep. Every process reads it anew each second, so that a
// domain that was taken away is gone everywhere within two.

import type { EventBus } from '../events.ts'
import { type Database, DatabaseAway, type Statements, urgency } from '../store/database.ts'
import { readSetting, writeSetting } from '../store/setting.ts'
import { guard } from './guard.ts'

export interface LinkDomains {
  /** As it was last read. While the database is away it stays as it was: nothing is accepted then either. */
  current(): readonly string[]
  /** Domains that Usher's own texts need. They are allowed whatever the list says, for a code can't be sent without. */
  own: readonly string[]
  /** Stores a list, in the caller's transaction; answers the one before it. */
  put(tx: Statements, domains: readonly string[]): Promise<readonly string[]>
  /** Reads it now. */
  refresh(): Promise<void>
  stop(): void
}

const name = 'link_domains'
const everyMs = 1_000

/** Starts with a first read; `configured` is the list until somebody puts one. */
export async function linkDomains(
  db: Database,
  events: EventBus,
  configured: readonly string[],
  { serviceHost, contact, links }: { serviceHost: string; contact: string; links: { url: string | null } },
): Promise<LinkDomains> {
  const own = [
    ...new Set([serviceHost.toLowerCase(), ...hostOf(contact), ...(links.url === null ? [] : hostOf(links.url))]),
  ]
  let known: readonly string[] | undefined
  let list: readonly string[] = []
  let asked = 0
  let taken = 0
  const read = async (from: Statements, rank?: number) => {
    const stored = await readSetting<unknown>(from, name, rank)
    if (stored === undefined) return configured
    // What is no list of domains allows nothing.
    return Array.isArray(stored) ? stored.filter(domain => typeof domain === 'string') : []
  }
  const refresh = async () => {
    const turn = ++asked
    const found = await read(db, urgency.report)
    if (turn < taken) return // a later look was answered before this one
    taken = turn
    // The guard compiles a list once for as long as it is the same one.
    if (found.join(' ') === known?.join(' ')) return
    known = found
    list = [...found, ...missing(own, found)]
  }
  await refresh()
  let isLooking = false
  const timer = setInterval(async () => {
    if (isLooking) return
    isLooking = true
    await refresh().catch(error => {
      if (!(error instanceof DatabaseAway))
        events.emit('work.failed', { what: 'reading the link domains', error: String(error) })
    })
    isLooking = false
  }, everyMs)
  timer.unref()
  return {
    current: () => list,
    own,
    async put(tx, domains) {
      const before = await read(tx)
      await writeSetting(tx, name, domains)
      return before
    },
    refresh,
    stop: () => clearInterval(timer),
  }
}

/** Which of these hosts a list does not allow, as the guard reads it. */
export const missing = (hosts: readonly string[], allowedDomains: readonly string[]): string[] =>
  hosts.filter(host => guard(`https://${host}`, { allowedDomains }).length > 0)

/** A contact may be a page, an address of mail, or words without either. */
function hostOf(contact: string): string[] {
  const url = /^[a-z]+:\/\//i.test(contact) ? contact : `https://${contact}`
  const host = URL.canParse(url) ? new URL(url).hostname : ''
  return host.includes('.') ? [host] : []
}
