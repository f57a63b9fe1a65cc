// The demo's quiet background: a few texts a minute to Orpheum's subscribers, and now and then somebody who writes back.
// It goes in by the same door as everything else, so consent, quiet hours and the guard judge it, and some is refused.
import type { AlertEvent, NewAlert } from '@usher/contract/alert'
import { titles } from '@usher/demo/catalogue'
import { priceIn } from '@usher/demo/plans'
import { type DemoSubscriber, subscribers } from '@usher/demo/subscribers'
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import type { Acceptor, Ask } from '../message/accept.ts'
import type { Purpose } from '../message/purpose.ts'
import { type Database, DatabaseAway, type Statements } from '../store/database.ts'
import { readSetting, writeSetting } from '../store/setting.ts'

export interface LifeDeps {
  db: Database
  clock: Clock
  events: EventBus
  accept: Acceptor['accept']
  /** Asks a subscriber whether it was them. */
  raiseAlert: (asked: NewAlert) => Promise<unknown>
  /** Where the simulated carrier's phones are written on. */
  controlUrl: string
  senders: { main: string; security: string }
  serviceHost: string
  /** Until somebody switches it. */
  isOnAtFirst: boolean
  /** From 0 to below 1. */
  random: () => number
}

export interface Life {
  isOn(): Promise<boolean>
  /** Switches it for good, in the caller's transaction. */
  set(tx: Statements, isOn: boolean): Promise<unknown>
  /** Lets one thing happen. */
  next(): Promise<void>
  /** Gives a new demo something to look at: dozens of texts of all kinds, once. */
  fill(): Promise<void>
  start(): void
  stop(): Promise<void>
}

/** How far apart things happen, on average. */
const meanGapMs = 15_000
const longestGapMs = 60_000
/** Not before the first page and the welcome are out. */
const fillAfterMs = 2_000
const fillWith = 60
/** After how many things who wrote STOP writes START. */
const regretAfter = 8
/** Who may write STOP: not those whom the docs' examples text. */
const fickle = subscribers.slice(30)
const controlPatienceMs = 3_000

const isOnSetting = 'demo.life'
const isFilledSetting = 'demo.filled'

export function life(deps: LifeDeps): Life {
  const { db, clock, events, random } = deps
  const pick = <T>(list: readonly T[]): T => pickFrom(list, random)
  const regretting: { who: DemoSubscriber; in: number }[] = []

  const isOn = async () => (await readSetting<boolean>(db, isOnSetting)) ?? deps.isOnAtFirst

  /** What a refusal or a problem says is for the pages to show: somebody may have erased the subscriber or changed the template. */
  const send = (ask: Pick<Ask, 'to' | 'purpose' | 'content'>, key?: string) =>
    deps.accept({
      ...ask,
      notBefore: null,
      expiresAt: null,
      idempotency: key === undefined ? null : { apiKeyId: 'demo', key, bodyHashes: [Buffer.from(key)] },
    })

  const write = async ({ msisdn }: DemoSubscriber, to: string, text: string) => {
    await fetch(`${deps.controlUrl}/handsets/${encodeURIComponent(msisdn)}/reply`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ to, text }),
      signal: AbortSignal.timeout(controlPatienceMs),
    }).catch(() => {}) // the simulated carrier is down, or the phone is off: nobody writes then
  }

  const words = (who: DemoSubscriber, { purpose, data }: Text) => {
    const all = wordsFor(who, clock.now(), deps.serviceHost, random)
    return { ...all, ...(purpose.startsWith('title.') ? {} : { link: all.account }), ...data?.(all) }
  }
  const text = (kind: Text, who: DemoSubscriber, key?: string) => {
    if (kind.purpose === 'alert.security') {
      const { event, device, place, code } = words(who, kind)
      const about = key ?? `${clock.now().toISOString()} ${code}`
      return deps.raiseAlert({ subscriber: who.id, event, device, place, about, answerWithinHours: 24 })
    }
    return send(
      {
        to: { subscriber: who.id },
        purpose: kind.purpose,
        content: { template: kind.template ?? kind.purpose, data: words(who, kind) },
      },
      key,
    )
  }

  const help = (who: DemoSubscriber) => write(who, deps.senders.main, 'HELP')
  async function ask(who: DemoSubscriber): Promise<void> {
    const [question, answer] = pick(questions[languageOf(who)])
    await write(who, deps.senders.main, question)
    await send({
      to: { subscriber: who.id },
      purpose: 'reply.support',
      content: { template: 'reply.support', data: { answer } },
    })
  }
  async function leave(who: DemoSubscriber): Promise<void> {
    if (regretting.some(one => one.who === who)) return
    regretting.push({ who, in: regretAfter })
    await write(who, deps.senders.main, 'STOP')
  }

  async function next(): Promise<void> {
    for (const one of regretting) one.in--
    const back = regretting[0]
    if (back && back.in <= 0) {
      regretting.shift()
      return write(back.who, deps.senders.main, 'START')
    }
    const what = random()
    if (what < 0.04) return ask(pick(subscribers))
    if (what < 0.06) return help(pick(subscribers))
    if (what < 0.07) return leave(pick(fickle))
    const kind = anyText(random)
    await text(kind, willing(kind))
  }

  /** Mostly somebody who agreed to such texts. What the first one hears of her account is true: Orpheum's books tell it. */
  function willing({ purpose }: Text): DemoSubscriber {
    const group = purpose === 'offer' ? 'offers' : purpose.startsWith('title.') ? 'titles' : undefined
    return group !== undefined && random() < 0.9
      ? pick(subscribers.filter(one => one.consents[group]))
      : pick(purpose.startsWith('account.') ? subscribers.slice(1) : subscribers)
  }

  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined

  async function fill(): Promise<void> {
    if (await readSetting(db, isFilledSetting)) return
    for (let i = 0; i < fillWith && !isStopped; i++) {
      // One of each kind first, and each subscriber gets some. A demo that is ended in the middle goes on from here at its
      // next start, and sends none of them twice.
      const kind = texts[i] ?? anyText(random)
      await text(kind, subscribers[(i * 7) % subscribers.length]!, `fill ${i}`)
    }
    for (const who of fickle.slice(0, 3)) await ask(who)
    await help(pick(fickle))
    await leave(pick(fickle))
    if (!isStopped) await writeSetting(db, isFilledSetting, true)
  }

  const soon = (afterMs: number, work: () => Promise<void>) => {
    if (isStopped) return
    timer = setTimeout(() => {
      running = (async () => {
        if (await isOn()) await work()
      })()
        .catch(error => {
          if (!(error instanceof DatabaseAway))
            events.emit('work.failed', { what: "the demo's background", error: String(error) })
        })
        .then(() => soon(Math.min(longestGapMs, -Math.log(1 - random()) * meanGapMs), next))
    }, afterMs)
    timer.unref()
  }

  return {
    isOn,
    set: (tx, isOn) => writeSetting(tx, isOnSetting, isOn),
    next,
    fill,
    start: () => soon(fillAfterMs, fill),
    async stop() {
      isStopped = true
      clearTimeout(timer)
      await running
    },
  }
}

type Words = ReturnType<typeof wordsFor>
interface Text {
  /** How often, among the others. */
  weight: number
  purpose: Purpose
  /** Where its name is not the purpose's. */
  template?: string
  data?: (words: Words) => Record<string, unknown>
}

const texts: readonly Text[] = [
  { weight: 24, purpose: 'code.sign_in' },
  { weight: 4, purpose: 'code.reset' },
  { weight: 1, purpose: 'code.recovery' },
  { weight: 2, purpose: 'code.number_change' },
  { weight: 9, purpose: 'alert.security' },
  { weight: 8, purpose: 'account.payment', data: ({ today }) => ({ date: today }) },
  { weight: 3, purpose: 'account.payment', template: 'account.payment_failed' },
  { weight: 5, purpose: 'account.renewal' },
  { weight: 2, purpose: 'account.plan' },
  { weight: 2, purpose: 'account.price_end' },
  { weight: 3, purpose: 'account.trial' },
  { weight: 2, purpose: 'account.refund', data: ({ today }) => ({ date: today }) },
  { weight: 3, purpose: 'account.welcome' },
  { weight: 1, purpose: 'account.number', data: ({ today }) => ({ date: today }) },
  { weight: 12, purpose: 'title.new_episode', data: ({ serial }) => serial },
  { weight: 6, purpose: 'title.release' },
  { weight: 3, purpose: 'title.premiere', data: ({ evening }) => ({ time: evening }) },
  { weight: 5, purpose: 'title.leaving' },
  { weight: 3, purpose: 'title.download_expiring', data: ({ evening }) => ({ time: evening }) },
  { weight: 5, purpose: 'title.recommendation' },
  { weight: 4, purpose: 'offer' },
  // Somebody in support who means well and does not know the rules: the guard does not let it out.
  {
    weight: 1,
    purpose: 'reply.support',
    data: () => ({
      answer: 'Please fill in this form and we will look into it: https://forms.example.net/orpheum-help',
    }),
  },
]
const allWeights = texts.reduce((sofar, { weight }) => sofar + weight, 0)

function anyText(random: () => number): Text {
  let left = random() * allWeights
  for (const kind of texts) {
    left -= kind.weight
    if (left < 0) return kind
  }
  return texts[0]!
}

const pickFrom = <T>(list: readonly T[], random: () => number): T => list[Math.floor(random() * list.length)]!

const serials = titles.filter(one => one.episodes !== undefined)

/** Every variable of the shipped templates, as this subscriber would read it. */
function wordsFor(who: DemoSubscriber, now: Date, serviceHost: string, random: () => number) {
  const country = who.region.slice(0, 2)
  const tag = `${who.locale}-${country}`
  // The space that Intl writes before a sign is not in GSM 03.38; a plain one is.
  const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, ' ')
  const date = (days: number) =>
    plain(
      new Date(now.getTime() + days * 86_400_000).toLocaleDateString(tag, {
        // Elsewhere a short month ends in a dot, which would meet the one of the sentence.
        month: languageOf(who) === 'en' ? 'short' : 'long',
        day: 'numeric',
        timeZone: who.zone,
      }),
    )
  const time = (at: Date, timeZone: string) =>
    plain(at.toLocaleTimeString(tag, { hour: 'numeric', minute: '2-digit', timeZone }))
  const { currency, ...monthly } = priceIn(country)
  const title = pickFrom(titles, random)
  const serial = pickFrom(serials, random)
  const episode = pickFrom(serial.episodes!, random)
  const link = (id: string) => `https://${serviceHost}/${id}`
  return {
    code: String(Math.floor(random() * 1_000_000)).padStart(6, '0'),
    minutes: 10,
    link: link(title.id),
    account: link('account'),
    plan: who.plan[0]!.toUpperCase() + who.plan.slice(1),
    amount: plain(monthly[who.plan].toLocaleString(tag, { style: 'currency', currency })),
    date: date(3 + Math.floor(random() * 10)),
    today: date(0),
    time: time(now, who.zone),
    evening: time(new Date('2026-01-01T20:00:00Z'), 'UTC'),
    title: title.name,
    because: pickFrom(titles, random).name,
    offer: offers[languageOf(who)],
    serial: { title: serial.name, episode: `Chapter ${episode.number}: ${episode.name}`, link: link(serial.id) },
    event: pickFrom<AlertEvent>(['sign_in', 'sign_in', 'sign_in', 'password', 'payment_method'], random),
    device: pickFrom(['Smart TV', 'iPhone', 'iPad', 'Android', 'Chrome, Windows', 'Safari, macOS'], random),
    place: who.zone.split('/').at(-1)!.replaceAll('_', ' '),
  }
}

type Language = 'en' | 'es' | 'fr' | 'de' | 'pt' | 'ja'
const languageOf = ({ locale }: DemoSubscriber) => locale.slice(0, 2) as Language

const offers: Record<Language, string> = {
  en: 'Three months of Premium for the price of two.',
  es: 'Tres meses de Premium al precio de dos.',
  fr: 'Trois mois de Premium pour le prix de deux.',
  de: 'Drei Monate Premium zum Preis von zwei.',
  pt: 'Leve 3 meses de Premium e pague 2.',
  ja: 'プレミアム3か月分を2か月分の料金で。',
}

/** What subscribers ask, and what support answers. */
const questions: Record<Language, readonly (readonly [question: string, answer: string])[]> = {
  en: [
    ['Subtitles are out of sync on my TV', 'Thanks for telling us. Please restart the app; they are timed anew then.'],
    ['How do I watch on a second screen?', 'Standard has two screens, Premium four. You change plans under Account.'],
    ['Is this text really from you?', 'Yes, it is. We never ask for your password or a code by text.'],
    ['I was charged twice this month', 'Sorry about that. We refunded the second payment today.'],
  ],
  es: [['No se oye el audio original', 'Gracias por avisar. Elige "Original" en el menu de audio y vuelve a empezar.']],
  fr: [['Les sous-titres ne marchent plus', "Merci. Relancez l'application ; les sous-titres reviennent alors."]],
  de: [['Wie lade ich eine Folge herunter?', 'Tippe neben der Folge auf den Pfeil; sie bleibt 30 Tage.']],
  pt: [['Como mudo de plano?', 'Em Conta, toque em Plano. A troca vale na hora.']],
  ja: [['字幕の言語を変えたいです', '再生画面の「字幕」からお選びいただけます。']],
}
