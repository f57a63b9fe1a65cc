// Builds Usher: everything it is made of, in the order it starts. Stopping is the same list backwards.
import { randomBytes, randomInt } from 'node:crypto'
import type { Server } from 'node:http'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { serve } from '@hono/node-server'
import { firstPolicy, PolicyInput } from '@usher/contract/policy'
import { firstProtection, ProtectionInput } from '@usher/contract/verification'
import { subscribers } from '@usher/demo/subscribers'
import { type Alerts, alertDesk, forgetAlerts } from './account/alert.ts'
import { alertAnswers } from './account/alert-answer.ts'
import { checker } from './account/check.ts'
import { type CodeSweep, sweeping } from './account/code-sweep.ts'
import { foldTallies, forgetTallies, tallies } from './account/everyone.ts'
import { openPlaces } from './account/place.ts'
import { forgetVerifications, openCountries } from './account/pumping.ts'
import { resetLinks } from './account/reset-link.ts'
import { forgetSignInsByAge, signIns, trimSignIns } from './account/sign-in.ts'
import { signInRulesStore } from './account/sign-in-rules.ts'
import { simSwap } from './account/sim-swap.ts'
import { verifier } from './account/verification.ts'
import { noteViews, trimViews } from './account/viewing.ts'
import { billing } from './billing/hear.ts'
import { shippedJourneys } from './billing/journeys.ts'
import { wordsOf } from './billing/words.ts'
import type { Channel } from './carrier/channel.ts'
import { type Channels, openChannels } from './carrier/channels.ts'
import { failover } from './carrier/failover.ts'
import { type FirstLine, firstLine } from './carrier/first-line.ts'
import { carrierHealth } from './carrier/health.ts'
import { lineStore } from './carrier/line.ts'
import { type CarrierDocument, ownGroupsOf, router } from './carrier/route.ts'
import { type Sender, sender } from './carrier/send.ts'
import { type MovableClock, type Move, systemClock } from './clock.ts'
import { addressOf, type Config, ConfigProblem } from './config.ts'
import { life } from './demo/life.ts'
import { demoPlaces } from './demo/places.ts'
import { demoRanges } from './demo/ranges.ts'
import { seedDemo } from './demo/seed.ts'
import { forgetCustomers } from './event/stripe-customer.ts'
import { eventTaker, forgetEvents } from './event/take.ts'
import { type EventBus, eventBus } from './events.ts'
import { accountHistoryDesk } from './http/account-history.ts'
import { adminApp, listenAdmin } from './http/admin.ts'
import { alertPages } from './http/alert-pages.tsx'
import { alertHandlers } from './http/alerts.ts'
import { app, operations } from './http/app.ts'
import { authenticator } from './http/auth.ts'
import { camara } from './http/camara.ts'
import { carrierCalls } from './http/carrier-calls.ts'
import { carrierDesk } from './http/carriers.ts'
import { consolePages } from './http/console.ts'
import { demoHandlers, demoPages, simulatedCarriers } from './http/demo.ts'
import { eventDoors } from './http/events.ts'
import { importing } from './http/imports.ts'
import { journeyDesk } from './http/journeys.ts'
import { linkPages, onStage } from './http/link-pages.tsx'
import { linkDesk } from './http/links.ts'
import { numberDesk } from './http/numbers.ts'
import { policyDesk } from './http/policy.ts'
import { preferencePages } from './http/preference-pages.tsx'
import { rateLimiter } from './http/rate-limit.ts'
import { resetLinkDesk } from './http/reset-links.ts'
import { resetPages } from './http/reset-pages.tsx'
import { removableSetting } from './http/rotate.ts'
import { rulesDesk } from './http/rules.ts'
import { signInDesk } from './http/sign-ins.ts'
import { companyPages, signingIn } from './http/signing-in.ts'
import { stripeDoor } from './http/stripe.ts'
import { suppressionDesk } from './http/suppressions.ts'
import { verificationDesk } from './http/verifications.ts'
import { watching } from './http/watch.ts'
import { webhookDesk } from './http/webhooks.ts'
import { funnel } from './insight/funnel.ts'
import { forgetPulses, pulse } from './insight/pulse.ts'
import { waitingOf } from './insight/waiting.ts'
import { type DueSteps, dueSteps } from './journey/due.ts'
import { journeyStore } from './journey/journeys.ts'
import { forgetRuns } from './journey/run.ts'
import { linkSigner } from './link/context.ts'
import { forgetLinks } from './link/link.ts'
import { forgetAsks, forgetPageLinks, makePageLink } from './link/page-link.ts'
import { type Logger, logEvents, openLog } from './log.ts'
import { type Acceptor, acceptor, forgetKeys } from './message/accept.ts'
import { tellCancelled } from './message/cancel.ts'
import { confirming } from './message/confirm.ts'
import { lookForDead } from './message/dead.ts'
import { guard } from './message/guard.ts'
import { forgetParts, type Inbox, inbox } from './message/inbound.ts'
import { linkDomains, missing } from './message/link-domains.ts'
import { subscriberChanges, subscriberTaker } from './message/new-number.ts'
import { type NumberSweep, numberSweep } from './message/number-sweep.ts'
import { receipts } from './message/receipt.ts'
import { forgetByAge } from './message/retention.ts'
import { seedTemplates, templateStore } from './message/template.ts'
import { shippedTemplates } from './message/templates.ts'
import { auditSigner } from './operator/chain.ts'
import { challenges } from './operator/challenge.ts'
import { company } from './operator/company.ts'
import { forgetSignIns } from './operator/operator.ts'
import { sessions } from './operator/session.ts'
import { tries } from './operator/tries.ts'
import type { Database } from './store/database.ts'
import { type KeyRing, keyRing, keysFromFile, parseKeys } from './store/keys.ts'
import { migrate } from './store/migrations.ts'
import { openPGlite } from './store/pglite.ts'
import { openPostgres } from './store/postgres.ts'
import { leaveRing, tellRing, watchEveryMs } from './store/rewrap.ts'
import { readSetting, watchedSetting, writeSetting } from './store/setting.ts'
import { sql } from './store/sql.ts'
import { forgetCodes } from './subscriber/code.ts'
import { deliverer, forgetTold } from './webhook/deliver.ts'
import { startWanting } from './webhook/wanted.ts'

export interface Usher {
  /** Where the HTTP API listens; null where this process has no role for it. */
  url: string | null
  /** Where browsers reach it. */
  publicUrl: string
  db: Database
  clock: MovableClock
  events: EventBus
  acceptor: Acceptor
  sender: Sender | undefined
  inbox: Pick<Inbox, 'sweep'>
  numbers: Pick<NumberSweep, 'sweep'>
  codes: Pick<CodeSweep, 'sweep'>
  alerts: Pick<Alerts, 'raise' | 'sweep'>
  journeys: Pick<DueSteps, 'sweep'>
  channels: () => readonly Channel[]
  log: Logger
  stop(): Promise<void>
}

export interface Parts {
  /** Given by tests, and by commands that have it open already. */
  db?: Database
  clock?: MovableClock
  /** Wall time, which sessions and links live by. */
  wall?: () => Date
  log?: Logger
  /** In place of the one that the settings make. */
  line?: FirstLine
}

/** How long a stop may take: intake closed, window drained, unbound. */
const stopMs = 10_000

export const openDatabase = (config: Config): Promise<Database> =>
  config.databaseUrl === undefined
    ? openPGlite(config.data)
    : openPostgres(config.databaseUrl, config.databaseConnections)

export async function start(config: Config, parts: Parts = {}): Promise<Usher> {
  checkOwnTexts(config)
  checkResetUrl(config)
  checkAccountUrls(config)
  const stops: (() => unknown)[] = []
  const log = parts.log ?? openLog(config.logLevel)
  const events = eventBus()
  logEvents(log, events)

  const db = parts.db ?? (await openDatabase(config))
  if (!parts.db) stops.push(() => db.close())
  if (db.kind === 'pglite')
    log.info({}, 'The embedded database survives a killed process, not a power cut; PostgreSQL survives both.')
  await migrate(db)
  const clock = parts.clock ?? systemClock(await readMoves(db))
  const wall = parts.wall ?? (() => new Date())
  const keys = keyRing(config.keys === undefined ? keysFromFile(config.keyFile) : parseKeys(config.keys))
  await recognise(db, keys)
  await startWanting(db)
  const templates = templateStore(db, clock)
  await seedTemplates(db, shippedTemplates, clock.now())

  const domains = await linkDomains(db, events, config.linkDomains, config)
  stops.push(() => domains.stop())

  const policy = await watchedSetting(db, events, {
    ...{ name: 'policy', first: firstPolicy },
    parse: stored => PolicyInput.parse(stored),
  })
  stops.push(() => policy.stop())

  const allowedRanges = config.demo ? demoRanges : []
  const line = await lineStore({ db, keys, events, wall }, parts.line ?? firstLine(config))
  stops.push(() => line.stop())
  let channels: Channels | undefined
  const channelsNow = () => channels?.current() ?? []
  const health = carrierHealth(clock, events, channelsNow)
  stops.push(() => health.stop())
  const now = () => clock.now()
  const routerOf = () => router(line.current().document, config.prices, health, now)
  let routing = routerOf()
  line.onChange(({ version, what }) => {
    routing = routerOf()
    events.emit('line.changed', { version, what })
  })
  const routerNow = () => routing
  const shared = {
    db,
    keys,
    clock,
    events,
    templates,
    router: routerNow,
    policy: policy.current,
    random: Math.random,
    prices: config.prices,
    constants: { service: config.service, host: config.serviceHost, tag: '', android_hash: config.androidHash },
    allowedDomains: domains.current,
    linkUrl: config.links.url,
    allowedRanges,
  }
  const accepting = acceptor(shared)
  stops.push(() => accepting.drained())

  // The port is known once it listens; browsers come later.
  let port = config.port
  const publicUrl = () => addressOf(config, port)

  let sending: Sender | undefined
  const name = `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`
  await tellRing(db, keys, name)
  const tellingRing = setInterval(() => tellRing(db, keys, name).catch(() => {}), watchEveryMs) // the next time says it
  stops.push(async () => {
    clearInterval(tellingRing)
    await leaveRing(db, name).catch(() => {}) // it is forgotten by itself
  })
  const waiting = waitingOf(db, clock)
  // It listens from the first event on, and tells the last of them once all else has stopped.
  const beating = pulse({
    ...{ db, events, clock, wall, process: name, channels: channelsNow, waiting },
    ...{ carriers: () => line.current().document.carriers.map(inBrief), health: health.view },
    currency: config.prices.currency,
  })
  beating.start()
  stops.push(() => beating.stop())
  // Receipts and replies come to whoever sends, and to whoever has the API: carriers over HTTP bring them there.
  const protocolOf = (channel: string) =>
    line.current().document.carriers.find(({ name }) => name === channel)?.protocol
  const receiving = receipts({
    ...{ db, keys, clock, events, recording: id => sending?.recording(id) },
    ended: texts => lookForDead({ db, keys, clock, events, policy: policy.current, protocolOf }, texts),
  })
  const linkUrl = config.links.url
  const inbound = inbox({
    ...{ db, keys, clock, events, allowedRanges, accept: accepting.accept, policy: policy.current },
    ...{ contact: config.contact, accountUrl: config.accountUrl, hasPages: linkUrl !== null },
    ownGroupsOf: address => ownGroupsOf(line.current().document, address),
    alerts: alertAnswers({ db, keys, events, accountUrl: config.accountUrl }),
    makePage: subscriber => makePageLink(db, linkUrl!, subscriber, clock.now()),
  })
  const hearing = { receipt: receiving.record, inbound: inbound.record }
  if (config.roles.has('carrier') || config.roles.has('api')) {
    receiving.start()
    inbound.start()
    stops.push(() => receiving.stop())
    stops.push(() => inbound.stop())
  }
  const moving = failover({
    ...{ db, clock, events, health, router: routerNow, channels: channelsNow },
    ...{ process: name, line: line.current },
  })
  if (config.roles.has('carrier')) {
    const sender_ = sender({
      ...{ db, keys, clock, events, worker: name, router: routerNow, policy: policy.current },
      random: Math.random,
    })
    sending = sender_
    await sender_.start()
    stops.push(() => sender_.stop(stopMs - 2_000))
    const opened = openChannels({
      ...{ clock, wall, events, hearing, line, health, sender: sender_ },
      publicUrl: () => publicUrl(),
    })
    channels = opened
    await opened.start()
    stops.push(() => opened.stop(2_000))
  }
  // Before anything is accepted: which carriers work, as the others see them.
  await moving.look()
  moving.start()
  stops.push(() => moving.stop())
  // Processes that accept tell those that send; a hint, for they look by themselves as well.
  if (db.kind === 'postgres') {
    if (config.roles.has('carrier'))
      await db.listen('usher_job', heard => {
        const { channel, urgent, from } = JSON.parse(heard)
        if (from !== process.pid) events.emit('job.waiting', { channel, urgent, isHeard: true })
      })
    if (config.roles.has('carrier')) await db.listen('usher_reconnect', carrier => channels?.find(carrier)?.reconnect())
    if (config.roles.has('api')) tellOthers(db, events)
  }

  const telling = deliverer({ db, keys, clock, wall, events, allow: config.webhookAllow, random: Math.random })
  if (config.roles.has('worker')) {
    telling.start()
    stops.push(() => telling.stop())
    const signing = await auditSigner({ db, keys, wall, events })
    signing.start()
    stops.push(() => signing.stop())
  }

  if (config.demo) await seedDemo(shared)
  const protection = await watchedSetting(db, events, {
    ...{ name: 'protection', first: firstProtection },
    parse: stored => ProtectionInput.parse(stored),
  })
  stops.push(() => protection.stop())
  const alerting = alertDesk({
    ...{ db, keys, clock, events, accept: accepting.accept, linkUrl },
    protection: protection.current,
  })
  const background = config.demo
    ? life({
        ...{ db, clock, events, accept: accepting.accept, senders: config.senders, serviceHost: config.serviceHost },
        controlUrl: `http://127.0.0.1:${config.simulator.port}`,
        raiseAlert: asked => alerting.raise(asked, { caller: 'demo', key: undefined, body: '' }),
        isOnAtFirst: config.simulator.hasLife,
        random: Math.random,
      })
    : null
  if (config.roles.has('worker')) {
    const forget = async () => {
      while ((await forgetKeys(db, clock.now())).length > 0);
      await forgetParts(db, clock.now())
      await forgetSignIns(db, wall())
      await forgetPulses(db, wall())
      while ((await forgetEvents(db, clock.now(), config.eventDays)) > 0);
      await forgetCustomers(db, clock.now())
      await forgetTold(db, clock.now())
      while ((await forgetLinks(db, clock.now())) > 0);
      await forgetPageLinks(db, clock.now())
      await forgetAsks(db, clock.now())
      await forgetCodes(db, clock.now())
      await forgetVerifications(db, clock.now())
      while ((await foldTallies(db)) > 0);
      await forgetTallies(db, clock.now())
      await trimViews(db, clock.now())
      await trimSignIns(db, clock.now())
      while ((await forgetSignInsByAge(db, clock.now())) > 0);
      await forgetAlerts(db, clock.now())
      while ((await forgetRuns(db, clock.now())) > 0);
      // Last, for of many texts it may take long.
      while ((await forgetByAge(db, clock.now(), config.keep)) > 0);
    }
    let isForgetting = false
    const forgetting = setInterval(() => {
      if (isForgetting) return
      isForgetting = true
      forget()
        .catch(() => {}) // the next minute tries again
        .finally(() => {
          isForgetting = false
        })
    }, 60_000)
    stops.push(() => clearInterval(forgetting))
  }

  if (config.roles.has('worker')) {
    const asking = confirming({ db, clock, events, policy: policy.current, accept: accepting.accept })
    asking.start()
    stops.push(() => asking.stop())
  }

  const changing = {
    ...{ db, keys, clock, events, allowedRanges, policy: policy.current },
    ...{ accept: accepting.accept, accountUrl: config.accountUrl },
  }
  const numbers = numberSweep(changing)
  if (config.roles.has('worker')) {
    numbers.start()
    stops.push(() => numbers.stop())
  }

  const protecting = { db, keys, clock, events, protection: protection.current }
  const verifying = verifier({
    ...{ ...protecting, allowedRanges, accept: accepting.accept, randomInt },
    isOpen: openCountries(protecting).isOpen,
    hasAnother: (kind, channel) => routerNow().elsewhere({ ...kind, network: null }, [channel]).length > 0,
    simSwap: config.simSwap && simSwap(config.simSwap, events),
  })
  const checking = checker({ ...protecting, accept: accepting.accept, accountUrl: config.accountUrl })
  stops.push(() => Promise.all([verifying.drained(), checking.drained()]))
  const resets = resetLinks(protecting)
  const codes = sweeping({ ...protecting, verifier: verifying, checker: checking })
  if (config.roles.has('worker')) {
    codes.start()
    stops.push(() => codes.stop())
  }

  if (config.roles.has('worker')) {
    alerting.start()
    stops.push(() => alerting.stop())
  }

  const journeys = await journeyStore(db, events, shippedJourneys)
  stops.push(() => journeys.stop())
  const steps = dueSteps({
    ...{ db, keys, clock, events, templates, words: wordsOf },
    ...{ journeys: journeys.current, accept: accepting.within },
    links: { account: config.accountUrl, payment: config.paymentUrl },
  })
  if (config.roles.has('worker')) {
    steps.start()
    stops.push(() => steps.stop())
    stops.push(events.on('clock.moved', () => steps.ring()))
  }

  let isOpen = true
  const measured = funnel(events, waiting)
  const isReady = async () => {
    const hasDatabase = await db.rows(sql`select 1`).then(
      () => true,
      () => false,
    )
    const carriers = Object.fromEntries(channelsNow().map(channel => [channel.name, stateOf(channel)]))
    return { ready: isOpen && hasDatabase, detail: { database: hasDatabase ? 'up' : 'away', ...carriers } }
  }
  let url: string | null = null
  if (config.roles.has('api')) {
    const signingInDeps = {
      ...{ db, keys, wall, events, publicUrl, service: config.service, isDemo: config.demo, proxies: config.proxies },
      sessions: sessions({ db, wall, publicUrl, ...config.session }),
      tries: tries(db, keys, wall),
      challenges: challenges(keys, wall),
    }
    const byCompany = config.oidc && company({ ...signingInDeps, settings: config.oidc })
    const owners = subscribers.map(one => ({ ...one, country: one.region.slice(0, 2) }))
    const demo = background && { config, db, clock, wall, events, owners, life: background }
    const takeSubscribers = subscriberTaker(shared)
    const views = noteViews(keys)
    const taking = eventTaker({
      ...{ db, keys, clock, events },
      applying: {
        'com.usher.subscriber.changed': subscriberChanges(shared),
        'com.usher.view.started': views,
        'com.usher.view.progressed': views,
        'com.usher.view.completed': views,
        ...billing({
          ...{ keys, journeys: journeys.current },
          heard({ cancelled, firstDueAt }, at) {
            for (const [reason, gone] of cancelled) tellCancelled(events, gone, reason, at)
            if (firstDueAt !== null && firstDueAt <= at && config.roles.has('worker')) steps.ring()
          },
        }),
      },
    })
    stops.push(() => taking.drained())
    const imports = importing({
      ...{ db, clock, wall, events, log },
      takeSubscribers,
      taker: taking,
      folder: join(config.data, 'imports'),
      holder: `${hostname()}:${config.data}`,
    })
    await imports.start()
    stops.push(() => imports.stop())
    const counting = tallies(db, events, now)
    await counting.start()
    stops.push(() => counting.stop())
    const signInRules = await signInRulesStore(db, events)
    stops.push(() => signInRules.stop())
    const places = openPlaces({
      files: config.places,
      monotonic: clock.monotonic,
      failed: (what, from, why) => events.emit('places.missing', { what, from, why }),
      own: config.demo ? demoPlaces : [],
    })
    const signing = signIns({
      ...{ db, keys, clock, events, places, tallies: counting },
      rules: signInRules.current,
    })
    stops.push(() => signing.drained())
    const signer = await linkSigner(db, keys, wall, config.links.url ?? publicUrl())
    const http = app({
      ...shared,
      wall,
      takeSubscribers,
      acceptor: accepting,
      funnel: measured,
      authenticate: authenticator(db, clock),
      sessions: signingInDeps.sessions,
      further: {
        ...signingIn({ ...signingInDeps, company: config.oidc }),
        ...watching({
          ...{ db, clock, wall, pulse: beating, domains, config, life: background },
          senders: () => Object.fromEntries(line.current().document.senders.map(one => [one.name, one.address])),
          simulated: () => simulatedCarriers(config),
        }),
        ...demoHandlers(demo),
        ...imports.handlers,
        ...eventDoors({ db, keys, clock, wall, events, taker: taking }),
        ...webhookDesk({ db, keys, clock, wall, events, allow: config.webhookAllow, deliverer: telling }),
        ...carrierDesk({
          ...{ db, clock, wall, events, line, health, channels, publicUrl, allowedRanges },
          prices: config.prices,
          askReconnect: carrier => db.notify('usher_reconnect', carrier),
        }),
        ...numberDesk({ ...changing, wall, log }),
        ...policyDesk({ ...{ db, keys, clock, wall, policy, allowedRanges } }),
        ...verificationDesk({
          ...{ db, keys, clock, wall, events, protection },
          verifier: verifying,
          checker: checking,
        }),
        ...signInDesk({
          ...{ db, clock, wall, places, tallies: counting },
          ...{ signIns: signing, rules: signInRules, verifier: verifying },
        }),
        ...journeyDesk({ db, keys, clock, wall, journeys, templates }),
        ...alertHandlers({ alerts: alerting }),
        ...accountHistoryDesk({ db, keys, clock }),
        ...resetLinkDesk({ resets, linkUrl, resetUrl: config.resetUrl }),
        ...suppressionDesk({ db, keys, clock, wall, events, allowedRanges, log }),
        ...rulesDesk(policy),
        ...linkDesk({
          ...{ db, keys, clock, wall, events, signer },
          linkUrl: config.links.url,
          allowedDomains: domains.current,
        }),
      },
      reading: shared,
      previewing: shared,
      rateLimit: config.rateLimit,
      log,
      isOpen: () => isOpen,
      isReady,
    })
    http.route('/', carrierCalls({ find: line.configured, hearing, wall, publicUrl, events }))
    http.route('/', stripeDoor({ db, clock, wall, events, taker: taking, ...config.stripe, isOpen: () => isOpen }))
    http.route(
      '/one-time-password-sms/v1',
      camara({
        ...{ verifier: verifying, checker: checking, events, log, allowedDomains: domains.current },
        ...{
          authenticate: authenticator(db, clock),
          allowed: rateLimiter(config.rateLimit, clock),
          isOpen: () => isOpen,
        },
      }),
    )
    http.route('/console/oidc', companyPages({ ...signingInDeps, company: byCompany }))
    http.route('/console', consolePages())
    if (demo) http.route('/', demoPages(demo))
    const stage = {
      serviceHost: config.serviceHost,
      standIn: config.demo ? `http://localhost:${config.orpheumPort}` : null,
    }
    const preferences =
      linkUrl &&
      preferencePages({
        ...{ db, keys, clock, events, allowedRanges, linkUrl, policy: policy.current, accept: accepting.accept },
        ...{ service: config.service, contact: config.contact, proxies: config.proxies },
        accountUrl: onStage(stage, config.accountUrl),
      })
    if (preferences) stops.push(() => preferences.drained())
    const links = linkPages({
      ...{ db, keys, clock, events, signer, ...config.links, ...stage },
      ...{ service: config.service, proxies: config.proxies },
      ownPages: preferences ? preferences.app : null,
      alertPages: linkUrl
        ? alertPages({
            ...{ db, keys, clock, events, service: config.service, contact: config.contact },
            accountUrl: onStage(stage, config.accountUrl),
          })
        : null,
      resetPages:
        linkUrl && config.resetUrl !== null
          ? resetPages({
              ...{ keys, events, resets, service: config.service, contact: config.contact },
              resetUrl: onStage(stage, config.resetUrl),
            })
          : null,
    })
    links.start()
    stops.push(() => links.stop())
    // The phones of the demo come this way, for nobody has its link domain.
    if (config.demo) http.route('/o', links.app)
    const linkHost = config.links.url === null ? null : new URL(config.links.url).host
    // What is asked at the link domain is a link, and nothing else of this server is there.
    const fetch: typeof http.fetch = (request, ...rest) =>
      (linkHost !== null && hostOf(request) === linkHost ? links.app : http).fetch(request, ...rest)
    const server = await listen(fetch, config.host, config.port)
    stops.push(() => close(server.server))
    port = server.port
    url = `http://${config.host}:${port}`
    const admin = await listenAdmin(adminApp({ db, clock, wall, publicUrl, keys: () => keys }), config.adminSocket)
    stops.push(() => admin.close())
  } else {
    const server = await listen(operations({ funnel: measured, isReady }).fetch, config.host, config.port)
    stops.push(() => close(server.server))
    log.info({ url: `http://${config.host}:${server.port}` }, 'health and metrics; this process has no API')
  }

  if (background && config.roles.has('worker')) {
    background.start()
    stops.push(() => background.stop())
  }

  return {
    url,
    publicUrl: publicUrl(),
    db,
    clock,
    events,
    acceptor: accepting,
    sender: sending,
    inbox: inbound,
    numbers,
    codes,
    alerts: alerting,
    journeys: steps,
    channels: channelsNow,
    log,
    async stop() {
      isOpen = false
      for (const stop of stops.reverse()) await stop()
    },
  }
}

/**
 * The keys must be those that this database was sealed with: under others of the same ids nobody would be found again,
 * and every STOP would be forgotten. Remembers the fingerprints it sees for the first time.
 */
export async function recognise(db: Database, keys: KeyRing): Promise<void> {
  await db.transaction(async tx => {
    // Two machines that start for the first time, each with a key of its own: the second one finds the first one's.
    await tx.rows(sql`select pg_advisory_xact_lock(7283502)`)
    const [row] = await tx.rows<{ value: Record<string, string> }>(
      sql`select value from setting where name = 'keys.fingerprints'`,
    )
    const known = row?.value ?? {}
    const removable = (await readSetting<Record<string, string>>(tx, removableSetting)) ?? {}
    // One that rotation left nothing under may be gone; where it writes again it is needed again.
    for (const [id, fingerprint] of Object.entries(removable)) {
      if (keys.fingerprints[Number(id)] === undefined && known[id] === fingerprint) delete known[id]
      if (keys.fingerprints[Number(id)] === undefined || Number(id) === keys.newest) delete removable[id]
    }
    await writeSetting(tx, removableSetting, removable)
    for (const [id, fingerprint] of Object.entries(known))
      if (keys.fingerprints[Number(id)] !== fingerprint)
        throw new ConfigProblem(
          `Key ${id} of the key ring is ${keys.fingerprints[Number(id)] ? 'not the one' : 'missing, and it is one'} this database was sealed with. Put the right key file back (USHER_DATA/keys, or USHER_KEYS); without it the numbers can't be read, by anybody.`,
        )
    await tx.rows(sql`
      insert into setting (name, value) values ('keys.fingerprints', ${JSON.stringify({ ...known, ...keys.fingerprints })}::text::jsonb)
      on conflict (name) do update set value = excluded.value`)
  })
}

/** What Usher writes by itself must pass its own guard: better said now than at the first code. */
function checkOwnTexts(config: Config): void {
  const findings = guard(`${config.contact}\n@${config.serviceHost} #123456`, { allowedDomains: config.linkDomains })
  if (findings.length > 0)
    throw new ConfigProblem(
      `USHER_CONTACT (${config.contact}) and USHER_SERVICE_HOST (${config.serviceHost}) stand in texts, so USHER_LINK_DOMAINS (${config.linkDomains.join(',')}) must allow them.`,
    )
}

/** What a new password is chosen by is handed on to this page: to no other host than one of the service's own. */
function checkResetUrl({ resetUrl, serviceHost, linkDomains }: Config): void {
  if (resetUrl === null) return
  const { hostname } = new URL(resetUrl)
  if (missing([hostname], [serviceHost, ...linkDomains]).length > 0)
    throw new ConfigProblem(
      `USHER_RESET_URL leads to ${hostname}, which is neither USHER_SERVICE_HOST (${serviceHost}) nor among USHER_LINK_DOMAINS (${linkDomains.join(',')}).`,
    )
}

/** Where the texts of journeys lead: what the guard would refuse is better said now. */
function checkAccountUrls({ accountUrl, paymentUrl, serviceHost, linkDomains }: Config): void {
  for (const [name, url] of Object.entries({ USHER_ACCOUNT_URL: accountUrl, USHER_PAYMENT_URL: paymentUrl })) {
    const { hostname } = new URL(url)
    if (missing([hostname], linkDomains).length > 0)
      throw new ConfigProblem(
        `${name} leads to ${hostname} (${serviceHost} where it is not set), which is not among USHER_LINK_DOMAINS (${linkDomains.join(',')}).`,
      )
  }
}

/** The business clock's lead outlives a restart: what was scheduled by it would otherwise lie in the future again. */
async function readMoves(db: Database): Promise<readonly Move[]> {
  const moves = (await readSetting(db, 'clock.moves')) as readonly Move[] | undefined // as http/demo.ts wrote them
  return moves ?? [{ at: 0, aheadMs: Number((await readSetting(db, 'clock.ahead_ms')) ?? 0) }]
}

/** At most one hint in flight for each channel and urgency: a campaign would otherwise send thousands. */
function tellOthers(db: Database, events: EventBus): void {
  const telling = new Set<string>()
  events.on('job.waiting', async ({ channel, urgent, isHeard }) => {
    const key = `${channel} ${urgent}`
    if (isHeard || telling.has(key)) return
    telling.add(key)
    await db.notify('usher_job', JSON.stringify({ channel, urgent, from: process.pid })).catch(() => {}) // they look by themselves
    telling.delete(key)
  })
}

/** Whom a request is for, as `URL` writes a host: names have no case, and ports that go without saying may be said (RFC 9110, 4.2.3). */
const hostOf = (request: Request) =>
  request.headers
    .get('host')
    ?.toLowerCase()
    .replace(/\.?(?::(?:80|443))?$/, '')

function listen(
  fetch: Parameters<typeof serve>[0]['fetch'],
  host: string,
  port: number,
): Promise<{ server: Server; port: number }> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port }, info => resolve({ server, port: info.port })) as Server
    // Bodies are timed piece by piece (http/lines.ts), for a long import is no stall.
    server.requestTimeout = 0
    server.headersTimeout = 15_000
    server.keepAliveTimeout = 20_000
    server.once('error', reject)
  })
}

/** Lets requests under way finish, for a while; then ends what is left, such as live streams. */
function close(server: Server): Promise<void> {
  return new Promise(resolve => {
    const end = setTimeout(() => server.closeAllConnections(), 1_500)
    server.close(() => {
      clearTimeout(end)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/** A carrier as the console's overview has it. */
function inBrief(carrier: CarrierDocument) {
  const { name, label, protocol, isPaused, perSecond } = carrier
  const [bind] = carrier.protocol === 'smpp' ? carrier.binds : []
  return {
    ...{ name, label, protocol, isPaused, perSecond },
    address: carrier.protocol === 'smpp' ? `${bind!.host}:${bind!.port}` : new URL(carrier.url).host,
    account:
      carrier.protocol === 'smpp'
        ? carrier.systemId
        : carrier.protocol === 'twilio'
          ? carrier.accountSid
          : carrier.protocol === 'vonage'
            ? carrier.apiKey
            : '',
  }
}

/** The best that is said of its sessions. */
const stateOf = (channel: Channel): string => {
  const states = channel.binds().map(({ state }) => state)
  return states.find(state => state === 'bound') ?? states[0] ?? 'closed'
}
