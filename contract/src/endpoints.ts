// Every endpoint of the HTTP API, once: the server serves this table, the OpenAPI document and the client are made from it.
import { z } from 'zod'
import {
  Acceptance,
  BatchVerdict,
  Explanation,
  Inbound,
  Message,
  MessageFilter,
  NewMessage,
  Preview,
  PreviewResult,
  SubscriberId,
  TemplateName,
} from './message.ts'
import { ImportLine, ImportReport, Subscriber, SubscriberInput } from './subscriber.ts'
import { Template, TemplateInput } from './template.ts'

export const scopes = [
  'messages:write',
  'messages:read',
  'subscribers:write',
  'subscribers:read',
  'templates:write',
  'templates:read',
  'stream:read',
] as const
export type Scope = (typeof scopes)[number]

export interface Endpoint {
  method: 'get' | 'put' | 'post' | 'delete'
  /** With `{name}` for parameters. */
  path: `/${string}`
  scope: Scope | null
  summary: string
  description: string
  tag: 'Messages' | 'Subscribers' | 'Templates' | 'Live' | 'Operation'
  params?: z.ZodObject
  query?: z.ZodObject
  /** `application/x-ndjson`: the schema is that of one line. */
  body?: { type: 'application/json' | 'application/x-ndjson'; schema: z.ZodType; also?: string }
  /** Idempotency-Key: needed, taken, or without a meaning here. */
  idempotencyKey?: 'required' | 'optional'
  answers: Record<number, { description: string; type?: string; schema?: z.ZodType }>
  /** Codes of the problems that are particular to it; the general ones are documented once. */
  problems?: readonly string[]
}

const id = z.object({ id: SubscriberId })
const messageId = z.object({ id: z.uuid() })
const name = z.object({ name: TemplateName })
const page = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    next: z.string().nullable().meta({ description: 'Give it as `cursor` for the next page; null at the end.' }),
  })

const endpoint = <const E extends Endpoint>(e: E) => e

export const endpoints = {
  sendMessage: endpoint({
    method: 'post',
    path: '/v1/messages',
    scope: 'messages:write',
    tag: 'Messages',
    summary: 'Send a text',
    description:
      'Decides whether this subscriber should get this text, and if so stores and queues it. 202 is answered once it is stored durably; a refusal by policy is an answer too: 200 with state `refused` and its reasons.',
    body: { type: 'application/json', schema: NewMessage },
    idempotencyKey: 'required',
    answers: {
      202: { description: 'Taken: `queued`, or `held` until its hour.', schema: Acceptance },
      200: { description: 'Refused by policy, with the reasons.', schema: Acceptance },
    },
    problems: [
      'unknown_subscriber',
      'invalid_number',
      'unknown_template',
      'wrong_purpose',
      'no_locale',
      'missing_variable',
      'bad_template',
      'empty_text',
      'too_long',
      'idempotency_key_missing',
      'idempotency_key_reused',
    ],
  }),
  sendBatch: endpoint({
    method: 'post',
    path: '/v1/messages/batch',
    scope: 'messages:write',
    tag: 'Messages',
    summary: 'Send many texts',
    description:
      'NDJSON in, one verdict a line out, in order, while the request is still being read. A bad line is named in its verdict and the others are taken. Each line may carry its own `idempotencyKey`.',
    body: { type: 'application/x-ndjson', schema: NewMessage },
    answers: { 200: { description: 'A verdict for each line.', type: 'application/x-ndjson', schema: BatchVerdict } },
  }),
  previewMessage: endpoint({
    method: 'post',
    path: '/v1/messages/preview',
    scope: 'messages:read',
    tag: 'Messages',
    summary: 'See a text before it is sent',
    description:
      'The text as it would be written, its encoding and segments, the character that forced UCS-2, what it costs, and what the guard would refuse. Sends nothing.',
    body: { type: 'application/json', schema: Preview },
    answers: { 200: { description: 'The text.', schema: PreviewResult } },
    problems: [
      'unknown_subscriber',
      'unknown_template',
      'no_locale',
      'missing_variable',
      'bad_template',
      'empty_text',
      'too_long',
    ],
  }),
  listMessages: endpoint({
    method: 'get',
    path: '/v1/messages',
    scope: 'messages:read',
    tag: 'Messages',
    summary: 'List texts',
    description: 'Newest first, by filters.',
    query: MessageFilter,
    answers: { 200: { description: 'A page.', schema: page(Message) } },
  }),
  getMessage: endpoint({
    method: 'get',
    path: '/v1/messages/{id}',
    scope: 'messages:read',
    tag: 'Messages',
    summary: 'Read a text and its fate',
    description: 'What was sent, where it is, and what it cost.',
    params: messageId,
    answers: { 200: { description: 'The message.', schema: Message } },
    problems: ['unknown_message'],
  }),
  explainMessage: endpoint({
    method: 'get',
    path: '/v1/messages/{id}/explanation',
    scope: 'messages:read',
    tag: 'Messages',
    summary: 'Why a text was or was not sent',
    description: 'Each rule that was asked, what it answered and by which numbers, and the states it went through.',
    params: messageId,
    answers: { 200: { description: 'The explanation.', schema: Explanation } },
    problems: ['unknown_message'],
  }),
  listInbound: endpoint({
    method: 'get',
    path: '/v1/inbound',
    scope: 'messages:read',
    tag: 'Messages',
    summary: 'List texts from handsets',
    description: 'Newest first.',
    query: z.object({
      subscriber: SubscriberId.optional(),
      cursor: z.uuid().optional(),
      limit: z.coerce.number().int().min(1).max(500).default(50),
    }),
    answers: { 200: { description: 'A page.', schema: page(Inbound) } },
  }),
  putSubscriber: endpoint({
    method: 'put',
    path: '/v1/subscribers/{id}',
    scope: 'subscribers:write',
    tag: 'Subscribers',
    summary: 'Make or replace a subscriber',
    description: 'Replaces number, locale, zone, region and profile; a consent that is left out stays as it was.',
    params: id,
    body: { type: 'application/json', schema: SubscriberInput },
    answers: {
      200: { description: 'Replaced.', schema: Subscriber },
      201: { description: 'Made.', schema: Subscriber },
    },
    problems: ['invalid_number', 'unknown_zone'],
  }),
  getSubscriber: endpoint({
    method: 'get',
    path: '/v1/subscribers/{id}',
    scope: 'subscribers:read',
    tag: 'Subscribers',
    summary: 'Read a subscriber',
    description: 'The number is masked.',
    params: id,
    answers: { 200: { description: 'The subscriber.', schema: Subscriber } },
    problems: ['unknown_subscriber'],
  }),
  deleteSubscriber: endpoint({
    method: 'delete',
    path: '/v1/subscribers/{id}',
    scope: 'subscribers:write',
    tag: 'Subscribers',
    summary: 'Erase a subscriber',
    description:
      'Destroys the key that number, profile and texts are sealed under, here and in each message; cancels what waits. It cannot be undone.',
    params: id,
    answers: { 204: { description: 'Erased.' } },
    problems: ['unknown_subscriber'],
  }),
  importSubscribers: endpoint({
    method: 'post',
    path: '/v1/subscribers/import',
    scope: 'subscribers:write',
    tag: 'Subscribers',
    summary: 'Import subscribers',
    description:
      'NDJSON, or CSV with a header line (`id,number,locale,zone,region`, further columns as `profile.name`). Streamed: a million lines take no more memory than a thousand. The answer reports progress and each bad line while it reads.',
    body: { type: 'application/x-ndjson', schema: ImportLine, also: 'text/csv' },
    answers: {
      200: { description: 'Progress, bad lines, and the end.', type: 'application/x-ndjson', schema: ImportReport },
    },
  }),
  listTemplates: endpoint({
    method: 'get',
    path: '/v1/templates',
    scope: 'templates:read',
    tag: 'Templates',
    summary: 'List templates',
    description: 'The newest version of each.',
    answers: { 200: { description: 'All templates.', schema: z.object({ items: z.array(Template) }) } },
  }),
  getTemplate: endpoint({
    method: 'get',
    path: '/v1/templates/{name}',
    scope: 'templates:read',
    tag: 'Templates',
    summary: 'Read a template',
    description: 'The newest version, or the one that `version` names, and the list of versions.',
    params: name,
    query: z.object({ version: z.coerce.number().int().min(1).max(2_147_483_647).optional() }),
    answers: { 200: { description: 'The template.', schema: Template } },
    problems: ['unknown_template'],
  }),
  putTemplate: endpoint({
    method: 'put',
    path: '/v1/templates/{name}',
    scope: 'templates:write',
    tag: 'Templates',
    summary: 'Save a template',
    description:
      'Makes a new version; messages keep the version they were written with. A text that cannot be parsed is refused with its place.',
    params: name,
    body: { type: 'application/json', schema: TemplateInput },
    answers: { 200: { description: 'Saved.', schema: Template } },
    problems: ['bad_template'],
  }),
  stream: endpoint({
    method: 'get',
    path: '/v1/stream',
    scope: 'stream:read',
    tag: 'Live',
    summary: 'Watch live',
    description:
      'Server-sent events: `message` when a message comes to a state, `inbound` when a handset wrote, `bind` when a carrier comes or goes. Events name no number and no text.',
    answers: { 200: { description: 'Events, until either side closes.', type: 'text/event-stream' } },
  }),
} as const satisfies Record<string, Endpoint>

export type EndpointName = keyof typeof endpoints
