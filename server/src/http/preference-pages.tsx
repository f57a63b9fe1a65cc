// The subscriber's own page, below /p/ of the link domain: reached by a link that was texted, without an account. Whoever has
// the link has the page, so it shows no name and no whole number; and what scanners fetch changes nothing, for only a form of
// the page itself does.
import { Locale } from '@usher/contract/message'
import { Preferences } from '@usher/contract/subscriber'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import { networkOf } from '../link/judge.ts'
import { isCode } from '../link/link.ts'
import { findPageLink, makePageLink, mayAskForLink, type PageLink } from '../link/page-link.ts'
import type { Answer, Ask } from '../message/accept.ts'
import { tellCancelled } from '../message/cancel.ts'
import {
  type Choice,
  type Chosen,
  choose,
  lockOwner,
  numberOf,
  type OwnPage,
  type OwnPageDeps,
  ownerOfNumber,
  readOwnPage,
} from '../message/own-page.ts'
import { addMonths } from '../message/policy.ts'
import { networkOf as customerOf } from '../operator/tries.ts'
import { DatabaseAway, type Statements } from '../store/database.ts'
import { codeMinutes, newCode, tryCode } from '../subscriber/code.ts'
import { type Proof, preferenceGroups } from '../subscriber/consent.ts'
import { type AllowedRange, readNumber } from '../subscriber/number.ts'
import { formBytes, formOf, formToken, isForeign, isOurForm, languageAsked, pageHeaders } from './page-form.ts'
import {
  agreedWords,
  askPage,
  codePage,
  dateIn,
  endingWords,
  type Fields,
  type Notice,
  numberPage,
  type OwnView,
  ownPage,
  pagePolicy,
  sayingPage,
  type Writer,
  warningPage,
  writer,
} from './preference-views.tsx'
import { isLanguage, type Language, languageOf, languages } from './preference-words.ts'
import { addressOf } from './signing-in.ts'

export interface PreferencePagesDeps extends OwnPageDeps {
  clock: Clock
  events: EventBus
  accept: (ask: Ask) => Promise<Answer>
  allowedRanges: readonly AllowedRange[]
  /** The origin of short links. */
  linkUrl: string
  service: string
  contact: string
  /** Where the number is changed. */
  accountUrl: string
  /** Reverse proxies before this server. */
  proxies: number
}

export interface PreferencePages {
  app: Hono
  /** Resolves once the links that were asked for are sent. */
  drained(): Promise<void>
}

/** For so long a link proves by itself that its owner was just texted. */
const freshMs = 24 * 3_600_000
/** Many people share the address of their carrier. */
const mostAsks = { number: 3, address: 30 }

const group = z.enum(preferenceGroups)
/** What the page's forms say. */
const Posted = z.discriminatedUnion('do', [
  z.object({ do: z.literal('on'), group }),
  z.object({ do: z.literal('off'), group: z.enum(['titles', 'offers', 'account']) }),
  z.object({ do: z.literal('frequency'), value: z.enum(['normal', 'fewer']) }),
  z.object({ do: z.literal('pause'), value: z.enum(['week', 'month', 'months']) }),
  z.object({ do: z.literal('unpause') }),
  z.object({ do: z.literal('quiet'), from: z.string(), to: z.string() }),
  z.object({ do: z.literal('loud') }),
  z.object({ do: z.literal('language'), value: Locale.refine(locale => languageOf(locale) !== undefined) }),
  z.object({ do: z.literal('code') }),
  z.object({ do: z.literal('security-off'), code: z.string().optional() }),
])
type Posted = z.infer<typeof Posted>

export function preferencePages(deps: PreferencePagesDeps): PreferencePages {
  const { db, keys, clock, events, accept, service, contact } = deps
  const writerIn = (language: Language) => writer(language, service, contact)
  const sending = new Set<Promise<void>>()

  const app = new Hono()
  app.use(pageHeaders)
  app.onError((error, c) => {
    if (!(error instanceof DatabaseAway))
      events.emit('work.failed', { what: "a subscriber's page", error: String(error) })
    const w = writerIn(languageAsked(c))
    c.header('retry-after', '5')
    c.header('content-security-policy', pagePolicy)
    return c.html(sayingPage(w, w.words.awayTitle, w.words.awayAbout), 503)
  })
  const tooLong = (c: Context) => refused(c, 413)
  const refused = (c: Context, status: 403 | 413 | 422) => {
    const w = writerIn(languageAsked(c))
    return c.html(sayingPage(w, w.words.forgedTitle, w.words.forgedAbout), status)
  }
  app.post('*', bodyLimit({ maxSize: formBytes, onError: tooLong }))

  // ---- Without a link ------------------------------------------------------------------------------------------------

  app.get('/', c => c.redirect(`${c.req.path}/`)) // relative addresses need the slash
  const ask = (c: Context) => {
    const w = writerIn(languageAsked(c))
    if (c.req.query('asked') !== undefined) return c.html(sayingPage(w, w.words.askedTitle, w.words.askedAbout))
    return c.html(askPage(w, 'ask'))
  }
  const asked = async (c: Context) => {
    const form = await formOf(c)
    if (!form || isForeign(c)) return refused(c, 403)
    const w = writerIn(isLanguage(form.lang) ? form.lang : languageAsked(c))
    const number = readNumber(plainNumber(form.number ?? ''), deps.allowedRanges)
    if (typeof number === 'string') return c.html(askPage(w, 'bad_number'), 422)
    const now = clock.now()
    const asking = [
      { who: keys.hash(`page link to ${number.msisdn}`), most: mostAsks.number },
      { who: keys.hash(`page link from ${customerOf(addressOf(c, deps.proxies))}`), most: mostAsks.address },
    ]
    if (!(await mayAskForLink(db, asking, now)))
      return c.html(sayingPage(w, w.words.oftenTitle, w.words.oftenAbout), 429, { 'retry-after': '3600' })
    // Whether anybody has the number is looked up after the answer is decided, so neither its words nor its time tell.
    sendLink(number.msisdn)
    return seeOther(c, { asked: '', lang: w.language })
  }

  function sendLink(number: string) {
    const work = (async () => {
      const owner = await ownerOfNumber(db, keys, number)
      if (!owner) return
      await accept({
        to: owner.external_id === null ? { number } : { subscriber: owner.external_id },
        purpose: 'reply.compliance',
        content: {
          template: 'reply.settings',
          data: { link: await makePageLink(db, deps.linkUrl, owner.id, clock.now()) },
        },
        ...{ notBefore: null, expiresAt: null, idempotency: null },
      })
    })()
      // They were told to look at their phone, and may ask again.
      .catch(error => events.emit('work.failed', { what: "a link to a subscriber's page", error: String(error) }))
      .finally(() => sending.delete(work))
    sending.add(work)
  }

  // ---- With one ------------------------------------------------------------------------------------------------------

  const over = (c: Context) => c.html(askPage(writerIn(languageAsked(c)), 'over'), 404)
  const languageFor = (c: Context, own: OwnPage) => languageOf(own.locale) ?? languageAsked(c)
  const common = (code: string, { language }: Writer): Fields => ({
    csrf: formToken(keys, code),
    lang: language,
  })
  const find = async (db: Statements, code: string, now: Date) =>
    isCode(code) ? findPageLink(db, code, now) : undefined

  app.get('/:code', async c => {
    const now = clock.now()
    const code = c.req.param('code')
    const link = await find(db, code, now)
    const own = link && (await readOwnPage(deps, link, now))
    if (!own) return over(c)
    const w = writerIn(languageFor(c, own))
    const view: OwnView = { own, common: common(code, w), notice: noticeOf(w, own, c.req.query()), now }
    c.header('content-language', w.language)
    const isOn = own.groups.security === 'on'
    switch (c.req.query('screen')) {
      case 'number':
        return c.html(numberPage(w, own, deps.accountUrl))
      case 'security':
        return c.html(isOn ? warningPage(w, { ...view, needsCode: !isFresh(link, now) }) : ownPage(w, view))
      case 'code':
        return c.html(isOn ? codePage(w, view) : ownPage(w, view))
      default:
        return c.html(ownPage(w, view))
    }
  })

  app.post('/:code', async c => {
    const now = clock.now()
    const code = c.req.param('code')
    const form = await formOf(c)
    const link = await find(db, code, now)
    if (!link) return over(c)
    if (!form || !isOurForm(keys, code, form.csrf) || isForeign(c)) return refused(c, 403)
    const posted = Posted.safeParse(form)
    // The words that were shown are in the language of that page, whatever would be shown now.
    if (!posted.success || !isLanguage(form.lang)) return refused(c, 422)
    const w = writerIn(form.lang)
    const said = await act(link, posted.data, w, proofOf(c, deps.proxies), now)
    return said === undefined ? over(c) : seeOther(c, said)
  })

  /** Does what a form asks; answers what the page is to say then. Undefined: they are gone meanwhile. */
  async function act(link: PageLink, posted: Posted, w: Writer, proof: Proof, now: Date): Promise<Fields | undefined> {
    if (posted.do === 'code') return sendCode(link, w, now)
    if (posted.do === 'security-off') return endSecurity(link, posted.code, w, proof, now)
    const choice = choiceOf(posted, w, now)
    if (choice === undefined) return { said: 'bad-quiet' }
    // An old link may have been passed on: whoever wants texts gets a new one, on the phone.
    if (choice.kind === 'on' && !isFresh(link, now)) return undefined
    const chosen = await db.transaction(async tx => {
      const owner = await lockOwner(deps, tx, link)
      // Whoever has en-GB and says English keeps what they have.
      const isSaid = choice.kind === 'locale' && owner && languageOf(owner.locale) === choice.locale
      return owner && choose(deps, tx, owner, isSaid ? { ...choice, locale: owner.locale! } : choice, proof, now)
    })
    if (!chosen) return undefined
    tellCancelled(events, chosen.cancelled, 'asked', now)
    return saidOf(posted, chosen, now)
  }

  async function sendCode(link: PageLink, w: Writer, now: Date): Promise<Fields | undefined> {
    const made = await db.transaction(async tx => {
      const owner = await lockOwner(deps, tx, link)
      return owner && { owner, code: await newCode(tx, keys, owner.id, 'security_off', now) }
    })
    if (!made) return undefined
    const { owner, code } = made
    if (code === undefined) return { screen: 'code', said: 'many-codes' }
    const answer = await accept({
      to: owner.external_id === null ? { number: numberOf(keys, owner) } : { subscriber: owner.external_id },
      purpose: 'code.action',
      content: {
        template: 'code.action',
        data: { code, minutes: codeMinutes, action: w.words.codeAction, amount: '' },
      },
      ...{ notBefore: null, expiresAt: new Date(now.getTime() + codeMinutes * 60_000), idempotency: null },
    })
    const isSent = answer.kind === 'taken' && answer.acceptance.state !== 'refused'
    return isSent ? { screen: 'code' } : { screen: 'security', said: 'not-sent' }
  }

  /** The second yes; after a day the link alone is not enough, for it may lie around. */
  async function endSecurity(
    link: PageLink,
    code: string | undefined,
    w: Writer,
    proof: Proof,
    now: Date,
  ): Promise<Fields | undefined> {
    if (!isFresh(link, now) && code === undefined) return { screen: 'security' }
    const answer = await db.transaction(async tx => {
      const owner = await lockOwner(deps, tx, link)
      if (!owner) return undefined
      if (!isFresh(link, now)) {
        const tried = await tryCode(tx, keys, owner.id, 'security_off', plainDigits(code!), now)
        if (tried !== 'right') return tried
      }
      // What they said yes to is the second question, not the first button.
      const words = `${w.words.warnTitle} ${w.words.warnAbout} ${w.words.warnYes}`
      return choose(deps, tx, owner, { kind: 'off', group: 'security', words }, proof, now)
    })
    if (answer === undefined) return undefined
    if (answer === 'wrong') return { screen: 'code', said: 'bad-code' }
    if (answer === 'over') return { screen: 'code', said: 'dead-code' }
    tellCancelled(events, answer.cancelled, 'asked', now)
    return saidOf({ do: 'off', group: 'security' }, answer, now)
  }

  // The router knows no address that ends with a slash.
  app.get('*', c => (c.req.path.endsWith('/p/') ? ask(c) : over(c)))
  app.post('*', c => (c.req.path.endsWith('/p/') ? asked(c) : over(c)))
  app.all('*', c => {
    c.header('allow', 'GET, HEAD, POST')
    const w = writerIn(languageAsked(c))
    return c.html(sayingPage(w, w.words.forgedTitle, w.words.forgedAbout), 405)
  })
  return {
    app,
    async drained() {
      await Promise.all(sending)
    },
  }
}

// ---- What a form says ------------------------------------------------------------------------------------------------

const isFresh = ({ made_at }: PageLink, now: Date) => now.getTime() - made_at.getTime() <= freshMs

/** Of the address no more than tells networks apart. */
function proofOf(c: Context, proxies: number): Proof {
  const agent = c.req
    .header('user-agent')
    ?.slice(0, 500)
    .replace(/[\x00-\x1f\x7f-\x9f]/g, '')
  return { address: networkOf(addressOf(c, proxies)) ?? undefined, agent: agent || undefined }
}

/** Digits as people write them, in any script, apart from each other or not. */
const plainDigits = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(/[٠-٩]/g, digit => String(digit.charCodeAt(0) - 0x660))
    .replace(/[۰-۹]/g, digit => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/[\s().\-‐-―/\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
const plainNumber = (text: string): string => plainDigits(text).replace(/^00(?=[1-9])/, '+')

const quietHours = (from: string, to: string): Preferences | undefined => {
  // Some browsers send seconds, too.
  const read = Preferences.safeParse({ quiet: { from: from.slice(0, 5), to: to.slice(0, 5) } })
  return read.success && read.data.quiet!.from !== read.data.quiet!.to ? read.data : undefined
}

type Simple = Exclude<Posted, { do: 'code' | 'security-off' }>

function choiceOf(posted: Simple, w: Writer, now: Date): Choice | undefined {
  const preferring = (preferences: Preferences): Choice => ({ kind: 'preferences', preferences })
  switch (posted.do) {
    case 'on':
      return { kind: 'on', group: posted.group, words: agreedWords(w, posted.group) }
    case 'off':
      return { kind: 'off', group: posted.group, words: endingWords(w, posted.group) }
    case 'frequency':
      return preferring({ frequency: posted.value })
    case 'pause': {
      const until = {
        week: new Date(now.getTime() + 7 * 86_400_000),
        month: addMonths(now, 1),
        months: addMonths(now, 3),
      }[posted.value]
      return preferring({ pausedUntil: until.toISOString() })
    }
    case 'unpause':
      return preferring({ pausedUntil: null })
    case 'quiet': {
      const preferences = quietHours(posted.from, posted.to)
      return preferences && preferring(preferences)
    }
    case 'loud':
      return preferring({ quiet: null })
    case 'language':
      return { kind: 'locale', locale: posted.value }
  }
}

// ---- What is said after it -------------------------------------------------------------------------------------------

/** It stands in the address of the page that follows, as names and counts: the page itself finds the words. */
function saidOf(posted: Simple | { do: 'off'; group: 'security' }, { cancelled, before }: Chosen, now: Date): Fields {
  const said = { said: posted.do, cancelled: String(cancelled.length) }
  const undo = (fields: Fields | null): Fields =>
    fields === null ? said : { ...said, undo: new URLSearchParams(fields).toString() }
  const { quiet, frequency = 'normal', pausedUntil } = before.preferences
  switch (posted.do) {
    case 'on':
      // Security alerts are not ended in one step.
      return {
        ...undo(before.state === 'on' || posted.group === 'security' ? null : { do: 'off', group: posted.group }),
        group: posted.group,
      }
    case 'off':
      return { ...undo(before.state === 'on' ? { do: 'on', group: posted.group } : null), group: posted.group }
    case 'frequency':
      return undo(frequency === posted.value ? null : { do: 'frequency', value: frequency })
    case 'pause':
      return undo(pausedUntil && new Date(pausedUntil) > now ? null : { do: 'unpause' })
    case 'unpause':
      return said
    case 'quiet':
    case 'loud':
      return undo(quiet ? { do: 'quiet', ...quiet } : posted.do === 'quiet' ? { do: 'loud' } : null)
    case 'language':
      return undo(before.locale && languageOf(before.locale) ? { do: 'language', value: before.locale } : null)
  }
}

/** What an address says is read again as a form would be, and is said only where it is so. */
function noticeOf(w: Writer, own: OwnPage, query: Record<string, string>): Notice | undefined {
  const { words, say } = w
  const { preferences } = own
  const bad = (text: string): Notice => ({ text, isBad: true })
  const count = /^\d{1,4}$/.test(query.cancelled ?? '') ? Number(query.cancelled) : 0
  const gone = count === 0 ? '' : count === 1 ? ` ${words.cancelledOne}` : ` ${say(words.cancelledMany, { count })}`
  const of = preferenceGroups.find(one => one === query.group)
  const undo = undoOf(w, query.undo)
  const good = (text: string | false | null | undefined): Notice | undefined =>
    text ? { text: text + gone, ...(undo ? { undo } : {}) } : undefined
  switch (query.said) {
    case 'on':
      return good(of && own.groups[of] === 'on' && say(words.saidOn, { group: words[of] }))
    case 'off':
      return good(of && own.groups[of] === 'off' && say(words.saidOff, { group: words[of] }))
    case 'frequency':
      return good(preferences.frequency === 'fewer' ? words.isFewer : words.isNormal)
    case 'pause': {
      const { pausedUntil } = preferences
      return good(pausedUntil && say(words.paused, { date: dateIn(w, own, new Date(pausedUntil), 'day') }))
    }
    case 'unpause':
      return good(preferences.pausedUntil ? null : words.pauseEnded)
    case 'quiet':
      return good(preferences.quiet && say(words.quietIs, preferences.quiet))
    case 'loud':
      return good(preferences.quiet ? null : words.quietEnded)
    case 'language':
      return good(say(words.languageIs, { language: languages[w.language].name }))
    case 'bad-quiet':
      return bad(words.badQuiet)
    case 'bad-code':
      return bad(words.badCode)
    case 'dead-code':
      return bad(words.deadCode)
    case 'many-codes':
      return bad(words.manyCodes)
    case 'not-sent':
      return bad(words.notSent)
    default:
      return undefined
  }
}

function undoOf(w: Writer, undo: string | undefined): Notice['undo'] {
  const read = Posted.safeParse(Object.fromEntries(new URLSearchParams(undo ?? '')))
  if (!read.success || read.data.do === 'code' || read.data.do === 'security-off') return undefined
  const fields = Object.fromEntries(Object.entries(read.data).map(([name, value]) => [name, String(value)]))
  return { fields, words: read.data.do === 'on' ? agreedWords(w, read.data.group) : undefined }
}

/** Back to the page by its own address, so that a reload asks for no change again. */
const seeOther = (c: Context, said: Fields) =>
  c.body(null, 303, { location: `?${new URLSearchParams(said)}${'said' in said ? '#said' : ''}` })
