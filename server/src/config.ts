// Every setting, with its default, read from the environment once, at the root. docs/operate.md lists them for operators.
import { join, resolve } from 'node:path'
import { z } from 'zod'

const port = z.coerce.number().int().min(0).max(65_535)
const list = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform(text => text.split(/[\s,]+/).filter(item => item !== ''))

const families = ['code', 'alert', 'reply', 'consent', 'account', 'title', 'offer'] as const

/** `code=30,alert=90`: what is left out stays as the default has it. A week at least, for carriers answer late. */
const days = (fallback: string) => {
  const read = (text: string) =>
    Object.fromEntries(
      text.split(',').map(one => {
        const [family, count] = one.split('=')
        return [family!, Number(count)]
      }),
    )
  return z
    .string()
    .regex(/^[a-z]+=\d{1,4}(,[a-z]+=\d{1,4})*$/, 'It is written code=30,account=90: days of each.')
    .default(fallback)
    .transform(text => ({ ...read(fallback), ...read(text) }))
    .pipe(
      z.strictObject(
        Object.fromEntries(families.map(family => [family, z.number().min(7).max(3_650)])) as Record<
          (typeof families)[number],
          z.ZodNumber
        >,
      ),
    )
}

const onOff = z.enum(['on', 'off'])

const roles = ['api', 'worker', 'carrier'] as const
export type Role = (typeof roles)[number]

const Environment = z.object({
  /** PostgreSQL; without it PGlite in the data folder. */
  USHER_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  /** Holds PGlite, the key file and the admin socket. */
  USHER_DATA: z.string().default('./data'),
  /** `id:base64` of 32 bytes each, the newest last; without it the file `keys` in the data folder. */
  USHER_KEYS: z.string().optional(),
  USHER_HOST: z.string().default('127.0.0.1'),
  USHER_PORT: port.default(4700),
  /** Where browsers reach this server, proxies and all, without a path; passkeys and a company's sign-in are bound to it. */
  USHER_PUBLIC_URL: z
    .url({ protocol: /^https?$/ })
    .refine(url => new URL(url).pathname === '/', 'It has no path.')
    .optional(),
  /** Reverse proxies before this server, each of which adds to X-Forwarded-For. */
  USHER_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
  /** An operator's session ends when nothing was asked for so long; 30 minutes, in the demo 12 hours. */
  USHER_SESSION_IDLE_MINUTES: z.coerce.number().int().min(1).optional(),
  /** It ends after so long whatever is asked; 12 hours, in the demo 7 days. */
  USHER_SESSION_MINUTES: z.coerce.number().int().min(1).optional(),
  /** OpenID Connect, by which a company's operators sign in; its issuer's address. */
  USHER_OIDC_ISSUER: z.url({ protocol: /^https?$/ }).optional(),
  USHER_OIDC_CLIENT_ID: z.string().optional(),
  USHER_OIDC_CLIENT_SECRET: z.string().optional(),
  /** As the sign-in button says it. */
  USHER_OIDC_NAME: z.string().max(60).default('single sign-on'),
  /** api: the HTTP API. carrier: binds, sending, receipts. worker: what runs by the clock. */
  USHER_ROLES: list(roles.join()).pipe(z.array(z.enum(roles)).min(1)),
  /** Requests a second that one API key may make; 0: no limit. */
  USHER_RATE_LIMIT: z.coerce.number().min(0).default(5_000),
  USHER_DATABASE_CONNECTIONS: z.coerce.number().int().min(2).max(100).default(8),
  /** The streaming service's name, as its subscribers know it. */
  USHER_SERVICE: z.string().max(30).default('Orpheum'),
  /** The host that codes are bound to (the last line of a code). */
  USHER_SERVICE_HOST: z.string().default('orpheum.example'),
  /** Of the service's Android app, so that it may read its codes: 11 characters of base64 (SMS Retriever). */
  USHER_ANDROID_HASH: z
    .string()
    .regex(/^[A-Za-z0-9+/]{11}$/, 'An Android hash has eleven characters.')
    .optional(),
  /** An operator's SIM Swap API (CAMARA): its root, and the token it takes. */
  USHER_SIM_SWAP_URL: z.url({ protocol: /^https?$/ }).optional(),
  USHER_SIM_SWAP_TOKEN: z.string().min(1).optional(),
  /** Where HELP sends people. */
  USHER_CONTACT: z.string().default('orpheum.example/help'),
  /** Where a subscription is changed or cancelled; a page of the service's own host where it is not said. */
  USHER_ACCOUNT_URL: z.url({ protocol: /^https$/ }).optional(),
  /** Where somebody pays by another card; a page of the service's own host where it is not said. */
  USHER_PAYMENT_URL: z.url({ protocol: /^https$/ }).optional(),
  /** Where a new password is chosen by whoever came by a mailed link: a page of the service's own. Without it there are no such links. */
  USHER_RESET_URL: z
    .url({ protocol: /^https$/ })
    .refine(url => new URL(url).hash === '', 'It has no fragment.')
    .optional(),
  /** Domains that links in texts may lead to; `.example.com` takes its sub-domains too. */
  USHER_LINK_DOMAINS: list('orpheum.example,.orpheum.example'),
  /** Where short links live: an origin of its own, such as https://o.orpheum.example. Without it there are none. */
  USHER_LINK_URL: z
    .url({ protocol: /^https$/ })
    .refine(url => new URL(url).pathname === '/', 'It has no path.')
    .optional(),
  /** Apple's app ids (team id, dot, bundle id) that open short links themselves. */
  USHER_APPLE_APPS: list('').pipe(
    z.array(z.string().regex(/^[A-Z0-9]{10}\.[A-Za-z0-9.-]+$/, 'An app id is TEAMID1234.com.example.app.')),
  ),
  /** Android packages that do, each with the SHA-256 fingerprint of its certificate: `com.example.app=AB:CD:...`. */
  USHER_ANDROID_APPS: list('').pipe(
    z.array(
      z.string().regex(/^[\w.]+=([0-9A-F]{2}:){31}[0-9A-F]{2}$/, 'It is written package=AB:CD:... with 32 bytes.'),
    ),
  ),
  /** Addresses, `host:port`, that webhooks may call though they are private or not https. */
  USHER_WEBHOOK_ALLOW: list('').pipe(z.array(z.string().regex(/^[^/\s]+:\d+$/, 'It is written host:port.'))),
  /** How long events are kept, and with them the protection against repeats. */
  USHER_EVENT_DAYS: z.coerce.number().int().min(30).max(3_650).default(90),
  /** Signing secrets of the endpoint at Stripe that posts to /v1/stripe/webhook: two while one is rolled. */
  USHER_STRIPE_SECRETS: list('').pipe(
    z.array(z.string().regex(/^whsec_[\w+/=-]+$/, "A signing secret of Stripe's begins with whsec_.")),
  ),
  /** The name in the metadata of Stripe's objects under which the subscriber's id stands. */
  USHER_STRIPE_SUBSCRIBER: z.string().min(1).max(40).default('subscriber'),
  /** Days that the words of texts are kept, by what stands before the dot of their purpose. */
  USHER_KEEP_TEXTS: days('code=30,alert=90,reply=90,consent=395,account=90,title=90,offer=90'),
  /** Days that their number, explanation and language are. */
  USHER_KEEP_DETAILS: days('code=395,alert=395,reply=395,consent=395,account=395,title=395,offer=395'),
  /** Days that number and words of inbound texts are. */
  USHER_KEEP_INBOUND_DAYS: z.coerce.number().int().min(7).max(3_650).default(180),
  /** A MaxMind DB file in place of the shipped data about cities: GeoLite2-City, GeoIP2-City, DB-IP. */
  USHER_GEOIP_CITY: z.string().optional(),
  /** And about countries, where the city file does not know an address. */
  USHER_GEOIP_COUNTRY: z.string().optional(),
  /** And about networks: GeoLite2-ASN and its like. */
  USHER_GEOIP_ASN: z.string().optional(),
  USHER_SENDER_MAIN: z.string().max(20).default('67743'),
  USHER_SENDER_SECURITY: z.string().max(20).default('67744'),
  USHER_CURRENCY: z.string().length(3).default('USD'),
  /** Millionths of the currency a segment: `US=7900,GB=40000,other=50000`. */
  USHER_PRICES: z
    .string()
    .regex(/^([A-Z]{2}|other)=\d+(,([A-Z]{2}|other)=\d+)*$/)
    .default('US=7900,CA=7900,GB=40000,DE=75000,FR=65000,JP=70000,other=50000'),
  /** The carrier's SMPP address, `host:port`. */
  USHER_SMPP: z
    .string()
    .regex(/^[^:]+:\d+$/)
    .default('127.0.0.1:4702'),
  USHER_SMPP_NAME: z.string().max(64).default('simulated'),
  USHER_SMPP_SYSTEM_ID: z.string().max(15).default('usher'),
  USHER_SMPP_PASSWORD: z.string().max(8).default('demo'),
  /** Most submit_sm without an answer. */
  USHER_SMPP_WINDOW: z.coerce.number().int().min(1).max(10_000).default(200),
  /** Parts a second; 0: as many as the window lets through. */
  USHER_SMPP_PER_SECOND: z.coerce.number().min(0).default(0),
  USHER_SMPP_RESPONSE_TIMEOUT_MS: z.coerce.number().int().min(50).default(10_000),
  /** HTTP control of the simulated carriers; only the demo and tests have one. */
  USHER_SIMULATOR_PORT: port.default(4701),
  /** SMPP of the demo's second carrier. */
  USHER_SIMULATOR_SMPP_2: port.default(4704),
  /** Where the demo's carrier by HTTP brings what handsets write; the demo says it to its simulator. */
  USHER_SIMULATOR_INBOUND_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Where Orpheum, the demo's streaming service, listens. */
  USHER_ORPHEUM_PORT: port.default(4703),
  /** off: the demo has no background life of its own until somebody switches it on. */
  USHER_DEMO_LIFE: onOff.default('on'),
  /** off: the simulated phones do not outlive a restart. */
  USHER_SIMULATOR_JOURNAL: onOff.default('on'),
  /** off: texts are only counted. */
  USHER_SIMULATOR_KEEP: onOff.default('on'),
  /** on: a ledger of each text taken, at /ledger. */
  USHER_SIMULATOR_RECORD: onOff.default('off'),
  /** 1: `serve` runs as the demo does, with Orpheum, its number ranges and the clock that can be moved. */
  USHER_DEMO: z.enum(['0', '1']).default('0'),
  USHER_LOG: z.enum(['silent', 'error', 'warn', 'info', 'debug']).default('info'),
})

export interface Config extends ReturnType<typeof readConfig> {}

/** Nobody has it: the demo's phones know where it leads. */
const demoLinkUrl = 'https://o.orpheum.example'

/** A setting is wrong: which, and how to mend it. */
export class ConfigProblem extends Error {
  override readonly name = 'ConfigProblem'
}

/** What a real service has to say itself: the demo's words and password must not reach anybody's phone. */
const ownWords = [
  'USHER_SERVICE',
  'USHER_SERVICE_HOST',
  'USHER_CONTACT',
  'USHER_LINK_DOMAINS',
  'USHER_SMPP',
  'USHER_SMPP_PASSWORD',
]

/** Where browsers reach the server that listens at `port`. The demo's is a name: passkeys can't be bound to an address. */
export const addressOf = ({ publicUrl, demo, host }: Config, port: number) =>
  publicUrl ?? `http://${demo ? 'localhost' : host}:${port}`

/** Throws ConfigProblem. `isDemo` is what the command says; USHER_DEMO=1 says it too. */
export function readConfig(env: NodeJS.ProcessEnv, isDemo = false) {
  const given = Object.fromEntries(
    Object.entries(env).filter(
      ([name, value]) => name.startsWith('USHER_') && !name.startsWith('USHER_TEST_') && value !== '',
    ),
  )
  const read = Environment.strict().safeParse(given)
  if (!read.success)
    throw new ConfigProblem(
      read.error.issues
        .map(issue =>
          issue.code === 'unrecognized_keys' && issue.path.length === 0
            ? `There is no setting ${issue.keys.join(', ')}.`
            : `${issue.path.join('.')}: ${issue.message}`,
        )
        .join('\n'),
    )
  const demo = isDemo || read.data.USHER_DEMO === '1'
  const unsaid = demo ? [] : ownWords.filter(name => given[name] === undefined)
  if (unsaid.length > 0)
    throw new ConfigProblem(
      `Outside the demo these settings have to be given: ${unsaid.join(', ')}. docs/operate.md explains them.`,
    )
  const e = read.data
  if ((e.USHER_OIDC_ISSUER === undefined) !== (e.USHER_OIDC_CLIENT_ID === undefined))
    throw new ConfigProblem('USHER_OIDC_ISSUER and USHER_OIDC_CLIENT_ID go together.')
  const data = resolve(e.USHER_DATA)
  const [smppHost, smppPort] = e.USHER_SMPP.split(':') as [string, string]
  return {
    demo,
    data,
    databaseUrl: e.USHER_DATABASE_URL,
    databaseConnections: e.USHER_DATABASE_CONNECTIONS,
    keys: e.USHER_KEYS,
    keyFile: join(data, 'keys'),
    adminSocket: join(data, 'admin.sock'),
    host: e.USHER_HOST,
    port: e.USHER_PORT,
    /** Null: the address it listens at. */
    publicUrl: e.USHER_PUBLIC_URL === undefined ? null : new URL(e.USHER_PUBLIC_URL).origin,
    proxies: e.USHER_PROXIES,
    session: {
      idleMinutes: e.USHER_SESSION_IDLE_MINUTES ?? (demo ? 12 * 60 : 30),
      longestMinutes: e.USHER_SESSION_MINUTES ?? (demo ? 7 * 24 * 60 : 12 * 60),
    },
    oidc:
      e.USHER_OIDC_ISSUER === undefined
        ? null
        : {
            issuer: e.USHER_OIDC_ISSUER,
            clientId: e.USHER_OIDC_CLIENT_ID!,
            clientSecret: e.USHER_OIDC_CLIENT_SECRET,
            name: e.USHER_OIDC_NAME,
          },
    roles: new Set<Role>(e.USHER_ROLES),
    rateLimit: e.USHER_RATE_LIMIT,
    service: e.USHER_SERVICE,
    serviceHost: e.USHER_SERVICE_HOST,
    androidHash: e.USHER_ANDROID_HASH ?? '',
    /** Null: nobody is asked. */
    simSwap:
      e.USHER_SIM_SWAP_URL === undefined ? null : { url: e.USHER_SIM_SWAP_URL, token: e.USHER_SIM_SWAP_TOKEN ?? '' },
    contact: e.USHER_CONTACT,
    accountUrl: e.USHER_ACCOUNT_URL ?? `https://${e.USHER_SERVICE_HOST}/account`,
    paymentUrl: e.USHER_PAYMENT_URL ?? `https://${e.USHER_SERVICE_HOST}/account/payment`,
    /** Null: no links to reset a password are made. */
    resetUrl: e.USHER_RESET_URL ?? (demo ? `https://${e.USHER_SERVICE_HOST}/reset` : null),
    linkDomains: e.USHER_LINK_DOMAINS,
    links: {
      /** An origin; null: there are no short links. */
      url: e.USHER_LINK_URL === undefined ? (demo ? demoLinkUrl : null) : new URL(e.USHER_LINK_URL).origin,
      appleApps: e.USHER_APPLE_APPS,
      androidApps: e.USHER_ANDROID_APPS.map(app => app.split('=') as [string, string]),
    },
    webhookAllow: [...e.USHER_WEBHOOK_ALLOW, ...(demo ? [`localhost:${e.USHER_ORPHEUM_PORT}`] : [])],
    eventDays: e.USHER_EVENT_DAYS,
    stripe: { secrets: e.USHER_STRIPE_SECRETS, subscriberField: e.USHER_STRIPE_SUBSCRIBER },
    keep: { texts: e.USHER_KEEP_TEXTS, details: e.USHER_KEEP_DETAILS, inbound: e.USHER_KEEP_INBOUND_DAYS },
    places: {
      city: e.USHER_GEOIP_CITY ?? null,
      country: e.USHER_GEOIP_COUNTRY ?? null,
      network: e.USHER_GEOIP_ASN ?? null,
    },
    orpheumPort: e.USHER_ORPHEUM_PORT,
    senders: { main: e.USHER_SENDER_MAIN, security: e.USHER_SENDER_SECURITY },
    prices: {
      currency: e.USHER_CURRENCY,
      micros: {
        other: 50_000,
        ...Object.fromEntries(
          e.USHER_PRICES.split(',')
            .map(price => price.split('='))
            .map(([country, micros]) => [country!, Number(micros)]),
        ),
      },
    },
    carrier: {
      name: e.USHER_SMPP_NAME,
      host: smppHost,
      port: Number(smppPort),
      systemId: e.USHER_SMPP_SYSTEM_ID,
      password: e.USHER_SMPP_PASSWORD,
      window: e.USHER_SMPP_WINDOW,
      perSecond: e.USHER_SMPP_PER_SECOND === 0 ? Number.POSITIVE_INFINITY : e.USHER_SMPP_PER_SECOND,
      responseTimeoutMs: e.USHER_SMPP_RESPONSE_TIMEOUT_MS,
    },
    simulator: {
      port: e.USHER_SIMULATOR_PORT,
      secondSmppPort: e.USHER_SIMULATOR_SMPP_2,
      inboundUrl: e.USHER_SIMULATOR_INBOUND_URL,
      hasLife: e.USHER_DEMO_LIFE === 'on',
      hasJournal: e.USHER_SIMULATOR_JOURNAL === 'on',
      keepsTexts: e.USHER_SIMULATOR_KEEP === 'on',
      hasLedger: e.USHER_SIMULATOR_RECORD === 'on',
    },
    logLevel: e.USHER_LOG,
  }
}
