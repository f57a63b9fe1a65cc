// One realistic request and answer for each endpoint, in the world of Orpheum, the demo's streaming service.
// The OpenAPI document shows them, and a test reads each with the schema it is an example of.
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
  listInbound: {
    query: { subscriber: 'orph-0014' },
    answers: {
      200: {
        items: [inbound],
        next: null,
      },
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
}

/** Of the schemas that no body and no answer is by itself. */
export const schemaExamples: Record<string, unknown> = {
  Consent: consents.titles,
  Inbound: inbound,
  Lane: 'timely',
  Purpose: 'title.new_episode',
  State: 'delivered',
  Problem: {
    type: '/docs/problems#missing_variable',
    title: 'The data lacks a variable that the template needs.',
    status: 422,
    code: 'missing_variable',
    detail: 'The template title.new_episode (en) needs link, which the data does not hold.',
  },
}
