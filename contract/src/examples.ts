// One realistic request and answer for each endpoint, in the world of Orpheum, the demo's streaming service.
// The OpenAPI document shows them, and a test reads each with the schema it is an example of.
import { permissionsOf } from './access.ts'
import type { EndpointName } from './endpoints.ts'

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

const consents = {
  titles: {
    granted: true,
    at: '2026-10-28T18:04:11Z',
    how: 'page',
    words: 'Yes, text me when a new episode of something I watch is out.',
  },
  offers: { granted: false, at: '2026-10-28T18:04:11Z', how: 'page' },
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

const carrier = {
  name: 'northline',
  protocol: 'smpp',
  address: 'smpp.northline.example:2775',
  systemId: 'orpheum',
  binds: [
    { process: 'usher-1', state: 'bound', reason: null, since: '2026-11-02T06:00:12.551Z' },
    { process: 'usher-2', state: 'waiting', reason: 'The connection was reset.', since: '2026-11-02T19:59:48.020Z' },
  ],
  window: 200,
  inFlight: 14,
  perSecond: 500,
  slowedUntil: null,
}

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
        units: 87,
        segments: ['Orpheum: three months of Premium for the price of one – until Sunda', 'y. Reply STOP to end'],
        forcedBy: { char: '–', codePoint: 'U+2013', index: 54 },
        cost: { amount: '0.0158', currency: 'USD' },
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
  revealNumber: {
    params: { id: 'orph-0014' },
    body: { reason: auditLine.detail.reason },
    answers: { 200: { number: '+447700900123' } },
  },
  putSubscriber: {
    params: { id: 'orph-0001' },
    body: {
      number: '+12125550142',
      locale: 'en',
      zone: 'America/New_York',
      region: 'US-NY',
      profile: subscriber.profile,
      consents,
    },
    answers: { 200: subscriber, 201: { ...subscriber, updatedAt: subscriber.createdAt } },
  },
  getSubscriber: { params: { id: 'orph-0001' }, answers: { 200: subscriber } },
  deleteSubscriber: { params: { id: 'orph-0001' }, answers: { 204: undefined } },
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
              units: 115,
              segments: [newEpisode.text],
              forcedBy: null,
              cost: { amount: '0.0079', currency: 'USD' },
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
        processes: 2,
      },
    },
  },
  listCarriers: { answers: { 200: { items: [carrier] } } },
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
  Consent: consents.titles,
  ApiKey: apiKey,
  AuditLine: auditLine,
  Carrier: carrier,
  Inbound: inbound,
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
