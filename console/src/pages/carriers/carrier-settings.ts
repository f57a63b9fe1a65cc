// What can be set of a carrier, protocol by protocol: its words, its default, and how it is edited. A test holds the table to
// the contract, so that no setting is missing and no default is another.
import type { CarrierInput, CarrierSettings, NationalLanguage } from '@usher/contract/carrier'

export type Protocol = CarrierInput['protocol']
export const protocols: Record<Protocol, { title: string; means: string }> = {
  smpp: { title: 'SMPP 3.4', means: 'An aggregator or an operator: host, port, system id and password.' },
  twilio: { title: 'Twilio', means: "Twilio's Messages API: an account SID and its auth token." },
  vonage: { title: 'Vonage', means: "Vonage's Messages API: an API key and its secret." },
  http: {
    title: 'Another over HTTP',
    means: 'Any provider with an HTTP API: you say what is sent, and how its answers read.',
  },
}

/** A name and a value, while they are written: two may be called the same until one is changed. */
export interface Pair {
  name: string
  value: string
}
export interface Bind {
  host: string
  port: number | string
  type: 'transceiver' | 'transmitter' | 'receiver'
  sessions: number | string
  tls: boolean
  ca: string | null
}
export const newBind: Bind = { host: '', port: 2775, type: 'transceiver', sessions: 1, tls: false, ca: null }
/** How receipts read. */
export interface Reading {
  [field: string]: string | Pair[] | null
}
export type Value = string | number | boolean | null | readonly string[] | Pair[] | Bind[] | Reading
export type Values = Record<string, Value>

type Edited =
  | { of: 'word'; isOptional?: true; placeholder?: string }
  | { of: 'number'; isOptional?: true; unit?: string; isFraction?: true }
  | { of: 'switch' }
  | { of: 'choice'; choices: Record<string, string> }
  | { of: 'many'; choices: Record<string, string> }
  | { of: 'numbers' }
  | { of: 'pairs'; one: string; choices?: Record<string, string> }
  | { of: 'binds' }
  /** A few fields that are there together, or not at all. */
  | { of: 'reading'; isThere: string; fields: readonly Setting[] }

export type Setting = Edited & {
  name: string
  label: string
  help?: string
  /** What a new carrier begins with; where the contract wants a value of the operator's own, an empty one. */
  start: Value
}
export interface Group {
  title: string
  settings: readonly Setting[]
}

const languages: Record<NationalLanguage, string> = {
  turkish: 'Turkish',
  spanish: 'Spanish',
  portuguese: 'Portuguese',
  bengali: 'Bengali',
  gujarati: 'Gujarati',
  hindi: 'Hindi',
  kannada: 'Kannada',
  malayalam: 'Malayalam',
  oriya: 'Oriya',
  punjabi: 'Punjabi',
  tamil: 'Tamil',
  telugu: 'Telugu',
  urdu: 'Urdu',
}
const idForms = { as_is: 'as it stands', decimal: 'decimal', hexadecimal: 'hexadecimal' }

const label: Setting = {
  ...{
    of: 'word',
    name: 'label',
    isOptional: true,
    label: 'What it is called',
    placeholder: 'Northline UK',
    start: null,
  },
  help: 'For your colleagues; it may stay empty.',
}
const isPaused: Setting = {
  ...{ of: 'switch', name: 'isPaused', label: 'Paused', start: false },
  help: 'Nothing is handed to it; receipts and replies are still heard.',
}
const pace = (window: number, of: string): Setting[] => [
  {
    ...{ of: 'number', name: 'perSecond', isOptional: true, isFraction: true, label: 'Parts a second', start: null },
    help: 'What your contract with it allows. Empty: as many as the window lets through.',
  },
  { of: 'number', name: 'window', label: 'Window', help: `Most ${of}.`, start: window },
  {
    ...{ of: 'number', name: 'responseTimeoutMs', unit: 'ms', label: 'Waits for an answer', start: 10_000 },
    help: 'After that the text may have left: it stays unanswered and is not sent again by itself.',
  },
]
const url = (start: string, help: string): Setting => ({ of: 'word', name: 'url', label: 'Address', help, start })

export const settingsOf: Record<Protocol, readonly Group[]> = {
  smpp: [
    {
      title: 'Who we are to it',
      settings: [
        label,
        { of: 'word', name: 'systemId', label: 'System id', help: 'The name it knows you by.', start: '' },
        {
          ...{ of: 'word', name: 'systemType', label: 'System type', start: '' },
          help: 'Only where it gave you one.',
        },
        isPaused,
      ],
    },
    {
      title: 'Where we bind',
      settings: [{ of: 'binds', name: 'binds', label: 'Binds', start: [newBind] }],
    },
    {
      title: 'Pace and patience',
      settings: [
        ...pace(50, 'parts without an answer, of each session'),
        {
          ...{ of: 'number', name: 'enquireLinkMs', unit: 'ms', label: 'Asks whether it is there', start: 15_000 },
          help: 'How often an enquire_link is sent while nothing else is.',
        },
      ],
    },
    {
      title: 'Texts',
      settings: [
        {
          ...{ of: 'switch', name: 'latin1', label: 'Takes Latin-1', start: false },
          help: 'data_coding 3: 140 characters where UCS-2 has 70.',
        },
        {
          ...{ of: 'many', name: 'national', label: 'National tables', choices: languages, start: [] },
          help: 'Those of 3GPP TS 23.038 that it passes on; they are used where they save segments.',
        },
        {
          ...{ of: 'choice', name: 'longTexts', label: 'Long texts', start: 'udh8' },
          choices: {
            udh8: 'user data header, 8 bit reference',
            udh16: 'user data header, 16 bit reference',
            sar: 'sar_ parameters',
            payload: 'whole, as message_payload',
          },
          help: 'How the parts of a long text are told.',
        },
      ],
    },
    {
      title: 'Its ids',
      settings: [
        {
          ...{ of: 'choice', name: 'answerIds', label: 'In its answers', choices: idForms, start: 'as_is' },
          help: 'How it writes its ids when it takes a text.',
        },
        {
          ...{ of: 'choice', name: 'receiptIds', label: 'In its receipts', choices: idForms, start: 'as_is' },
          help: 'Some answer in hexadecimal and tell of it in decimal: then receipts find no text.',
        },
      ],
    },
  ],
  twilio: [
    {
      title: 'Who we are to it',
      settings: [
        label,
        {
          ...{ of: 'word', name: 'accountSid', label: 'Account SID', placeholder: 'AC and 32 digits', start: '' },
          help: 'AC and 32 hexadecimal digits, from its console.',
        },
        {
          ...{ of: 'word', name: 'messagingServiceSid', isOptional: true, label: 'Messaging service', start: null },
          help: 'MG and 32 hexadecimal digits; empty where senders are named by their number.',
        },
        url('https://api.twilio.com', 'Of its API. It is another in few regions.'),
        isPaused,
      ],
    },
    { title: 'Pace and patience', settings: pace(20, 'requests without an answer') },
  ],
  vonage: [
    {
      title: 'Who we are to it',
      settings: [
        label,
        { of: 'word', name: 'apiKey', label: 'API key', help: 'From its dashboard.', start: '' },
        url('https://api.nexmo.com', 'Of its API. It is another in few regions.'),
        isPaused,
      ],
    },
    { title: 'Pace and patience', settings: pace(20, 'requests without an answer') },
  ],
  http: [
    {
      title: 'What is sent',
      settings: [
        label,
        url('', 'Where each text is sent to.'),
        {
          ...{ of: 'choice', name: 'method', label: 'Method', start: 'POST' },
          choices: { POST: 'POST', PUT: 'PUT', GET: 'GET' },
        },
        {
          ...{ of: 'choice', name: 'type', label: 'Fields are sent as', start: 'json' },
          choices: { json: 'JSON', form: 'a form' },
          help: 'GET has them in its query.',
        },
        {
          ...{ of: 'pairs', name: 'headers', one: 'header', label: 'Headers', start: [] },
          help: 'A value may hold {{ secret }}, the token below.',
        },
        {
          ...{ of: 'pairs', name: 'fields', one: 'field', label: 'Fields', start: [] },
          help: 'Values may hold {{ to }}, {{ from }}, {{ text }}, {{ reference }}, {{ validity_seconds }}, {{ status_url }}, {{ segments }} and {{ secret }}.',
        },
        isPaused,
      ],
    },
    {
      title: 'What it answers',
      settings: [
        {
          ...{ of: 'word', name: 'idAt', isOptional: true, label: 'Where its id stands', start: null },
          ...{ placeholder: '/message/id', help: 'A JSON pointer into its answer. Empty: the whole answer is the id.' },
        },
        {
          ...{ of: 'numbers', name: 'later', label: 'Statuses that say: not now' },
          start: [408, 425, 429, 503].map(String),
          help: 'The text is tried again or goes another way. What else is not 2xx says: never.',
        },
      ],
    },
    {
      title: 'What it brings',
      settings: [
        {
          ...{ of: 'reading', name: 'status', label: 'Receipts', isThere: 'It brings receipts', start: null },
          fields: [
            { of: 'word', name: 'idAt', label: 'Its id stands at', placeholder: '/id', start: '' },
            { of: 'word', name: 'stateAt', label: 'The state stands at', placeholder: '/status', start: '' },
            {
              of: 'word',
              name: 'reasonAt',
              isOptional: true,
              label: 'The reason stands at',
              placeholder: '/error',
              start: null,
            },
            {
              ...{ of: 'pairs', name: 'states', one: 'state', label: 'Its states', start: [] },
              choices: {
                delivered: 'delivered',
                undeliverable: 'undeliverable',
                expired: 'expired',
                intermediate: 'intermediate: more will come',
              },
              help: 'What each of its words means.',
            },
          ],
        },
        {
          ...{ of: 'reading', name: 'inbound', label: 'Texts from handsets', isThere: 'It brings texts', start: null },
          fields: [
            { of: 'word', name: 'fromAt', label: 'The number stands at', placeholder: '/from', start: '' },
            { of: 'word', name: 'toAt', label: 'The sender they wrote to stands at', placeholder: '/to', start: '' },
            { of: 'word', name: 'textAt', label: 'The text stands at', placeholder: '/text', start: '' },
            { of: 'word', name: 'idAt', isOptional: true, label: 'Its id stands at', placeholder: '/id', start: null },
          ],
        },
      ],
    },
    { title: 'Pace and patience', settings: pace(20, 'requests without an answer') },
  ],
}

export const allSettings = (protocol: Protocol) => settingsOf[protocol].flatMap(({ settings }) => settings)

/** What is secret of each, and what for. */
export const secretsOf: Record<Protocol, readonly { name: string; label: string; help: string; isNeeded: boolean }[]> =
  {
    smpp: [{ name: 'password', label: 'Password', help: 'At most 8 characters with most of them.', isNeeded: true }],
    twilio: [
      {
        name: 'authToken',
        label: 'Auth token',
        help: 'Requests are made with it, and its calls to us are checked by it.',
        isNeeded: true,
      },
    ],
    vonage: [
      { name: 'apiSecret', label: 'API secret', help: 'Requests are made with it.', isNeeded: true },
      { name: 'signing', label: 'Signature secret', help: 'Its calls to us are checked by it.', isNeeded: false },
    ],
    http: [
      { name: 'token', label: 'Token', help: 'Stands where {{ secret }} is written.', isNeeded: false },
      { name: 'signing', label: 'Signing secret', help: 'Its calls to us are checked by it.', isNeeded: false },
    ],
  }

/** What somebody types of a carrier. */
export interface CarrierDraft {
  protocol: Protocol
  values: Values
  secrets: Record<string, string>
}

export const newDraft = (protocol: Protocol): CarrierDraft => ({
  protocol,
  values: startOf(allSettings(protocol)),
  secrets: {},
})
export const startOf = (settings: readonly Setting[]): Values =>
  Object.fromEntries(settings.map(({ name, start }) => [name, start]))

/** As it is edited: records as pairs, in the order in which they stand. */
export function draftOf(carrier: CarrierSettings): CarrierDraft {
  const { protocol } = carrier
  return { protocol, values: toEdit(allSettings(protocol), { ...carrier }), secrets: {} }
}

function toEdit(settings: readonly Setting[], given: Record<string, unknown>): Values {
  return Object.fromEntries(
    settings.map(setting => {
      const value = given[setting.name] ?? null
      if (value === null) return [setting.name, setting.start === null ? null : setting.start]
      if (setting.of === 'pairs')
        return [setting.name, Object.entries(value).map(([name, of]) => ({ name, value: String(of) }))]
      if (setting.of === 'numbers') return [setting.name, (value as number[]).map(String)]
      if (setting.of === 'reading')
        return [setting.name, toEdit(setting.fields, value as Record<string, unknown>) as Reading]
      return [setting.name, value as Value]
    }),
  )
}

/** As it is sent. What can't be read as what it should be is sent as it was typed: the server says what is wrong with it. */
export function inputOf({ protocol, values, secrets }: CarrierDraft): CarrierInput {
  const given = Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== ''))
  // The server reads it with the contract's schema, and names the field that is wrong.
  return { protocol, ...toSend(allSettings(protocol), values), secrets: given } as unknown as CarrierInput
}

function toSend(settings: readonly Setting[], values: Values): Record<string, unknown> {
  return Object.fromEntries(
    settings.map(setting => {
      const value = values[setting.name] ?? null
      switch (setting.of) {
        case 'word':
          return [setting.name, setting.isOptional && String(value ?? '').trim() === '' ? null : String(value).trim()]
        case 'number':
          return [setting.name, numberOf(value)]
        case 'numbers':
          return [setting.name, (value as string[]).filter(one => one.trim() !== '').map(numberOf)]
        case 'pairs':
          return [
            setting.name,
            Object.fromEntries((value as Pair[]).filter(one => one.name !== '').map(one => [one.name, one.value])),
          ]
        case 'binds':
          return [
            setting.name,
            (value as Bind[]).map(bind => ({
              ...bind,
              host: bind.host.trim(),
              port: numberOf(bind.port),
              sessions: numberOf(bind.sessions),
              ca: bind.ca?.trim() ? bind.ca : null,
            })),
          ]
        case 'reading':
          return [setting.name, value === null ? null : toSend(setting.fields, value as Reading)]
        default:
          return [setting.name, value]
      }
    }),
  )
}

function numberOf(value: unknown): unknown {
  if (typeof value === 'number') return value
  const text = String(value ?? '').trim()
  return text === '' ? null : Number.isFinite(Number(text)) ? Number(text) : text
}

/** A carrier as it is, to be sent back with one thing changed; its secrets stay. */
export const toInput = (carrier: CarrierSettings): CarrierInput => inputOf(draftOf(carrier))

/** Two of one name can't both be sent. */
export function twins(values: Values, settings: readonly Setting[]): string | undefined {
  for (const setting of settings) {
    const value = values[setting.name]
    if (setting.of === 'reading' && value) {
      const inner = twins(value as Reading, setting.fields)
      if (inner) return inner
    }
    if (setting.of !== 'pairs') continue
    const names = (value as Pair[]).map(({ name }) => name).filter(name => name !== '')
    const twin = names.find((name, n) => names.indexOf(name) !== n)
    if (twin) return `${setting.label}: ${twin} is there twice.`
  }
  return undefined
}
