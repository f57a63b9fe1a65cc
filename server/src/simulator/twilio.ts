// The simulated carrier as Twilio speaks: its Messages API (2010-04-01), and its status callbacks and inbound webhooks, signed.
import { createHash, createHmac } from 'node:crypto'
import { measure } from '@usher/smpp/segment'
import type { HttpFace } from './face.ts'

export interface TwilioAccount {
  accountSid: string
  authToken: string
}

/** Error code, HTTP status and words, as the API answers them. */
const errors = {
  authenticate: [20003, 401, 'Authenticate'],
  method: [20004, 405, 'Method not allowed'],
  notFound: [20404, 404, 'The requested resource was not found'],
  tooMany: [20429, 429, 'Too Many Requests'],
  noBody: [21602, 400, 'Message body is required.'],
  noFrom: [21603, 400, "A 'From' phone number is required."],
  noTo: [21604, 400, "A 'To' phone number is required."],
  wrongTo: [21211, 400, "Invalid 'To' Phone Number"],
  wrongCallback: [21609, 400, "The 'StatusCallback' URL is not a valid URL."],
  queueFull: [21611, 400, "This 'From' number has exceeded the maximum number of queued messages"],
  noWay: [21612, 400, "Message cannot be sent with the current combination of 'To' and/or 'From' parameters"],
  tooLong: [21617, 400, 'The concatenated message body exceeds the 1600 character limit'],
  wrongValidity: [21624, 400, 'Invalid validity period value'],
} as const

/** MessageStatus and ErrorCode that tell each state. */
const told = {
  accepted: ['sent', null],
  delivered: ['delivered', null],
  undeliverable: ['undelivered', 30003],
  expired: ['failed', 30036],
} as const

export function twilioFace({ accountSid, authToken }: TwilioAccount): HttpFace {
  const path = `/2010-04-01/Accounts/${accountSid}/Messages`
  const credentials = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`

  /** A form, signed with what stands in it and the URL it goes to. */
  function call(url: string, fields: Record<string, string>): Request {
    const signed = Object.keys(fields)
      .sort()
      .reduce((text, name) => text + name + fields[name], url)
    return new Request(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
        'user-agent': 'TwilioProxy/1.1',
        'x-twilio-signature': createHmac('sha1', authToken).update(signed).digest('base64'),
      },
      body: new URLSearchParams(fields).toString(),
    })
  }

  return {
    async read(request) {
      if (new URL(request.url).pathname !== `${path}.json`) return refuse('notFound')
      if (request.method !== 'POST') return refuse('method')
      if (request.headers.get('authorization') !== credentials) return refuse('authenticate')
      const fields = new URLSearchParams(await request.text())
      const to = fields.get('To') ?? ''
      const originator = fields.get('From') || fields.get('MessagingServiceSid') || ''
      const text = fields.get('Body') ?? ''
      const statusUrl = fields.get('StatusCallback')
      const validity = fields.get('ValidityPeriod')
      if (to === '') return refuse('noTo')
      if (!/^\+[1-9]\d{4,14}$/.test(to)) return refuse('wrongTo')
      if (originator === '') return refuse('noFrom')
      if (text === '') return refuse('noBody')
      if (text.length > 1_600) return refuse('tooLong')
      if (validity !== null && !(/^\d+$/.test(validity) && Number(validity) >= 1 && Number(validity) <= 36_000))
        return refuse('wrongValidity')
      if (statusUrl !== null && !/^https?:$/.test(URL.canParse(statusUrl) ? new URL(statusUrl).protocol : ''))
        return refuse('wrongCallback')
      const validForMs = validity === null ? null : Number(validity) * 1_000
      return { text: { to, originator, text, statusUrl, validForMs, clientReference: null } }
    },

    id: n => sidOf('SM', accountSid, n),

    taken: (sid, { to, originator, text }, at) =>
      json(201, {
        account_sid: accountSid,
        api_version: '2010-04-01',
        body: text,
        date_created: rfc2822(at),
        date_sent: null,
        date_updated: rfc2822(at),
        direction: 'outbound-api',
        error_code: null,
        error_message: null,
        from: originator.startsWith('MG') ? null : originator,
        messaging_service_sid: originator.startsWith('MG') ? originator : null,
        num_media: '0',
        num_segments: String(measure(text).segments),
        price: null,
        price_unit: 'USD',
        sid,
        status: originator.startsWith('MG') ? 'accepted' : 'queued',
        subresource_uris: { media: `${path}/${sid}/Media.json` },
        to,
        uri: `${path}/${sid}.json`,
      }),

    refused: why =>
      refuse(({ throttled: 'tooMany', queueFull: 'queueFull', rejected: 'noWay' } as const)[why]).response,

    receipt({ id, text, state, at }) {
      if (text.statusUrl === null) return null
      const [status, code] = told[state]
      return call(text.statusUrl, {
        AccountSid: accountSid,
        ApiVersion: '2010-04-01',
        From: text.originator,
        MessageSid: id,
        MessageStatus: status,
        SmsSid: id,
        SmsStatus: status,
        To: text.to,
        ...(code === null ? {} : { ErrorCode: String(code) }),
        ...(state === 'delivered' ? { RawDlrDoneDate: at.toISOString().replace(/\D/g, '').slice(2, 12) } : {}),
      })
    },

    inbound: ({ id, from, to, text, url }) =>
      call(url, {
        AccountSid: accountSid,
        ApiVersion: '2010-04-01',
        Body: text,
        From: from,
        FromCity: '',
        FromCountry: '',
        FromState: '',
        FromZip: '',
        MessageSid: id,
        NumMedia: '0',
        NumSegments: String(measure(text).segments),
        SmsMessageSid: id,
        SmsSid: id,
        SmsStatus: 'received',
        To: to,
        ToCity: '',
        ToCountry: '',
        ToState: '',
        ToZip: '',
      }),
  }
}

function refuse(name: keyof typeof errors): { response: Response } {
  const [code, status, message] = errors[name]
  return { response: json(status, { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }) }
}

const json = (status: number, body: object) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json;charset=utf-8' } })

/** Two letters and 32 hexadecimal digits. */
const sidOf = (kind: string, account: string, n: number) =>
  kind + createHash('sha256').update(`${account}/${n}`).digest('hex').slice(0, 32)

/** `Thu, 24 Aug 2023 05:01:45 +0000` */
const rfc2822 = (at: Date) => at.toUTCString().replace('GMT', '+0000')
