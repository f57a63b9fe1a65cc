// Verifications: one code sent to a phone and checked, for one purpose of one session.
import { z } from 'zod'
import { keepable, Locale, Msisdn, SubscriberId, Time } from './message.ts'

export const verificationPurposes = ['sign_in', 'reset', 'recovery', 'number_change', 'action'] as const
export const VerificationPurpose = z.enum(verificationPurposes).meta({
  id: 'VerificationPurpose',
  description: 'What the code is for; it serves for nothing else.',
})
export type VerificationPurpose = z.infer<typeof VerificationPurpose>

const Opaque = z.string().min(1).max(256).regex(keepable, 'It has no NUL and no half characters.')
export const Session = Opaque.meta({
  description: "Your session's id. A code that was asked for in one session is refused in every other.",
})
const Word = z.string().regex(/^[a-z][a-z0-9_]{0,31}$/, 'A word in lower case, such as passkey, password or support.')
export const Ip = z.union([z.ipv4(), z.ipv6()]).meta({
  description: "The address of whoever asks you, not your own server's. Kept as a keyed hash.",
  example: '198.51.100.7',
})
export const Device = Opaque.meta({
  description:
    'What recognises the device, such as the value of a long-lived cookie. One that had a right code before keeps a share of the tries that no stranger can use up. Kept as a keyed hash.',
})
export const HasStronger = z.boolean().default(false).meta({
  description: 'They have a passkey or an authenticator app with you, so none has to be offered.',
})
const Action = z
  .strictObject({
    what: z.string().trim().min(1).max(60).regex(keepable).meta({
      description: "What is approved, in the subscriber's language. It stands in the text.",
      example: 'buy Charade',
    }),
    amount: z.string().trim().min(1).max(24).regex(keepable).optional().meta({ example: '$3.99' }),
  })
  .meta({ description: 'The code approves this and nothing else.' })
export type ApprovedAction = z.infer<typeof Action>

export const NewVerification = z
  .strictObject({
    subscriber: SubscriberId.optional(),
    number: Msisdn.optional(),
    purpose: VerificationPurpose,
    session: Session.optional(),
    ip: Ip.optional(),
    device: Device.optional(),
    action: Action.optional(),
    locale: Locale.optional(),
    hasStronger: HasStronger,
    anotherCarrier: z.boolean().default(false).meta({
      description:
        'Where the text is rejected, unanswered, or has no receipt within 8 s, and another carrier could take it, a new code goes out by that one, and the old one is dead. Not for a reset or a recovery: nobody has shown a password there, and what follows would tell whether there is such an account.',
    }),
  })
  .refine(({ subscriber, number }) => (subscriber === undefined) !== (number === undefined), {
    error: 'Name either a subscriber or a number.',
    path: ['subscriber'],
  })
  .refine(({ purpose, action }) => (purpose === 'action') === (action !== undefined), {
    error: 'An action is named for the purpose action, and for no other.',
    path: ['action'],
  })
  .meta({ id: 'NewVerification' })
export type NewVerification = z.infer<typeof NewVerification>

export const Verification = z
  .object({
    id: z.string(),
    purpose: VerificationPurpose,
    state: z.enum(['pending', 'approved', 'cancelled', 'expired']),
    tag: z.string().nullable().meta({
      description:
        'From the second code on, the text says it is of this request: show it beside the field, for texts may arrive out of order.',
      example: '7K',
    }),
    sends: z.int().meta({ description: 'Codes made so far.' }),
    sendsLeft: z.int(),
    checksLeft: z.int().meta({ description: 'How often the newest code can still be tried.' }),
    madeAt: Time,
    expiresAt: Time.meta({ description: 'When the newest code ends.' }),
    approvedAt: Time.nullable(),
  })
  .meta({ id: 'Verification', description: 'It reads the same whether or not there is such an account.' })
export type Verification = z.infer<typeof Verification>

export const adviceReasons = ['restricted', 'attack', 'voip', 'sim_swapped'] as const
export const Advice = z
  .object({
    notice: z.string().nullable().meta({
      description:
        'For a number that is to be a factor from now on (`number_change`): what a code by text is worth, to be shown before they go on. Null for any other purpose.',
    }),
    stronger: z.boolean().meta({ description: 'Offer a passkey or an authenticator app.' }),
    reasons: z.array(z.enum(adviceReasons)).meta({
      description:
        'Why. restricted: NIST SP 800-63B-4, 3.2.9, calls a code by text a restricted authenticator, always. attack: codes or passwords are tried on many accounts just now. voip: the number is one of internet telephony. sim_swapped: its SIM was changed lately.',
    }),
  })
  .meta({ id: 'Advice', description: 'What a text can not do, and what to offer beside it.' })
export type Advice = z.infer<typeof Advice>

export const StartedVerification = Verification.extend({
  advice: Advice.meta({
    description:
      'The same whether or not there is such an account; the notice is in the `locale` that was asked for. What is known of the account is said by reading the verification.',
  }),
}).meta({ id: 'StartedVerification' })
export type StartedVerification = z.infer<typeof StartedVerification>

export const VerificationView = Verification.extend({
  advice: Advice.meta({
    description:
      "For your server, as `delivery` is: the notice is in the subscriber's language, and the reasons are theirs.",
  }),
  delivery: z
    .object({
      state: z.enum(['sending', 'sent', 'delivered', 'undelivered', 'refused', 'none']),
      reason: z.string().nullable(),
      carrier: z.string().nullable(),
      message: z.string().nullable().meta({ description: 'GET /v1/messages/{id}/explanation says why.' }),
    })
    .meta({
      description:
        'For your server and your support alone: it tells whether there is such an account. `none`: there is nobody to send to.',
    }),
  version: z.string().meta({ description: 'Changes with anything above; give it as `since` to wait for that.' }),
}).meta({ id: 'VerificationView' })
export type VerificationView = z.infer<typeof VerificationView>

export const VerificationWatch = z.object({
  since: z.string().max(64).optional().meta({ description: 'The version you have seen.' }),
  wait: z.coerce.number().int().min(0).max(25).default(0).meta({
    description: 'Seconds to wait for another version before the answer is the same again.',
  }),
})

export const VerificationCheck = z
  .strictObject({
    code: z.string().min(1).max(64).meta({
      description: 'As it was typed: spaces, dashes and the digits of other scripts are read as the digits they are.',
      example: '482913',
    }),
    session: Session.optional(),
    ip: Ip.optional(),
    device: Device.optional(),
    purpose: VerificationPurpose.optional().meta({
      description: 'What is about to be done with it; a code for something else is wrong.',
    }),
    action: Action.optional().meta({
      description:
        'What is about to be done, where it is an action: without it, or with another one, none is approved.',
    }),
    recoveryCode: z.string().min(1).max(64).optional().meta({
      description: 'For a recovery, one of the codes that they saved. Used up by a recovery that is approved.',
      example: '7K2M-90QD-XW3H-5TZA',
    }),
    checkedBy: Word.optional().meta({
      description:
        'For a recovery, in place of a saved code: how your service made sure, beside the phone, that it is them.',
      example: 'support',
    }),
  })
  .meta({ id: 'VerificationCheck' })
export type VerificationCheck = z.infer<typeof VerificationCheck>

export const VerificationChecked = z
  .object({
    result: z.enum(['approved', 'wrong', 'over']).meta({
      description:
        'wrong: this code, session or action is not the one. over: no code of it counts any more; it was used, replaced, cancelled, tried five times or is too old.',
    }),
    verification: Verification,
    subscriber: z.string().nullable().meta({
      description: 'Once approved, whose it is: let it be who you think it is. Null for a number.',
    }),
  })
  .meta({ id: 'VerificationChecked' })
export type VerificationChecked = z.infer<typeof VerificationChecked>

export const NewRecoveryCodes = z
  .strictObject({
    stepUp: Word.optional().meta({
      description:
        'How your service made sure, just now, that it is them. No codes are made without it, for they open the account.',
      example: 'passkey',
    }),
  })
  .meta({ id: 'NewRecoveryCodes' })
export type NewRecoveryCodes = z.infer<typeof NewRecoveryCodes>

export const RecoveryCodes = z
  .object({
    codes: z.array(z.string()).optional().meta({ description: 'The only time they are seen.' }),
    left: z.int(),
    madeAt: Time.nullable(),
    lastUsedAt: Time.nullable(),
  })
  .meta({ id: 'RecoveryCodes' })
export type RecoveryCodes = z.infer<typeof RecoveryCodes>

export const VerificationResend = z
  .strictObject({
    ip: Ip.optional(),
    device: Device.optional(),
    avoid: z.array(z.string().max(64)).max(8).optional().meta({
      description: 'Carriers to leave out where another can take it.',
    }),
  })
  .meta({ id: 'VerificationResend' })
export type VerificationResend = z.infer<typeof VerificationResend>

const Whole = (most: number) => z.int().min(0).max(most)

/** How codes are made and what protects them; a document of its own, for it is set by who answers for fraud. */
export const ProtectionInput = z
  .strictObject({
    digits: z.int().min(4).max(10).default(6),
    minutes: z.int().min(1).max(10).default(10).meta({
      description: 'How long a code lives; more than ten minutes is more than NIST SP 800-63B-4 allows.',
    }),
    countries: z
      .array(z.string().regex(/^[A-Z]{2}$/, 'A country has two capital letters, as in ISO 3166-1.'))
      .max(250)
      .nullable()
      .default(null)
      .meta({
        description:
          'Where codes may go that are asked for by number alone. null: where one in a hundred subscribers is, or twenty of them.',
      }),
    perAddressHour: Whole(100_000).default(30).meta({
      description: 'Codes asked for from one address in an hour, less those that were answered right.',
    }),
    perNetworkHour: Whole(1_000_000)
      .default(300)
      .meta({ description: 'The same of one network: /24, or /48 of IPv6.' }),
    perDeviceHour: Whole(100_000).default(20),
    perNumberDay: Whole(1_000).default(20).meta({ description: 'Codes to one number in a day, whoever asks.' }),
    wrongPerAddressHour: Whole(100_000).default(20),
    wrongPerNetworkHour: Whole(1_000_000).default(100),
    sprayed: Whole(1_000_000).default(300).meta({
      description:
        'Wrong codes of strangers in ten minutes over all accounts, and twice as many as right ones: from there on strangers get codes of ten digits, for as long as it lasts.',
    }),
    openPerBlockHour: Whole(100_000).default(16).meta({
      description:
        'Codes in an hour to numbers that differ in their last four digits alone, less those that were answered right.',
    }),
    leastConversion: z.number().min(0).max(1).default(0.25).meta({
      description: 'Of a country or a block: answered right of all sent in a day. Below it codes stop.',
    }),
    conversionFrom: Whole(1_000_000).default(100).meta({ description: 'From how many codes on that is judged.' }),
    blockMinutes: z
      .int()
      .min(1)
      .max(7 * 1_440)
      .default(60)
      .meta({ description: 'How long such a block lasts.' }),
    spendPerHour: z.number().min(0).max(1_000_000).nullable().default(null).meta({
      description:
        "What codes may cost in an hour, in the currency of the prices. Above it only devices that are known get one. null: there's no ceiling.",
    }),
    simSwapHours: z.int().min(1).max(2_400).default(240).meta({
      description:
        "Where an operator's SIM Swap API is set up: a SIM that was changed within so many hours gets no code.",
    }),
    alertsPerDay: Whole(1_000).default(10).meta({
      description:
        'Alerts that one subscriber is asked by text in 24 hours, so that nobody who makes them happen wears them out. Those after are asked on their page alone, and told by `alert.unasked`.',
    }),
    simSwapUnknown: z.enum(['send', 'refuse']).default('send').meta({
      description: 'What follows where the operator does not say. A recovery is refused whatever is set here.',
    }),
  })
  .meta({ id: 'ProtectionInput' })
export const Protection = z.object(ProtectionInput.shape).meta({ id: 'Protection' })
export type Protection = z.infer<typeof Protection>
export const firstProtection: Protection = ProtectionInput.parse({})

export const CodeBlock = z
  .object({
    id: z.string(),
    kind: z.enum(['country', 'block']),
    label: z.string().meta({ description: 'The country, or the block masked: its country and first digits.' }),
    effect: z.enum(['blocked', 'allowed']).meta({ description: 'allowed: an operator lifted it, until then.' }),
    reason: z.string(),
    facts: z.record(z.string(), z.union([z.string(), z.number()])),
    since: Time,
    until: Time,
  })
  .meta({ id: 'CodeBlock' })
export type CodeBlock = z.infer<typeof CodeBlock>

export const CodeBlockLift = z
  .strictObject({
    hours: z.int().min(1).max(720).default(24),
    reason: z.string().trim().min(3).max(500).regex(keepable).meta({ description: 'Recorded in the audit log.' }),
  })
  .meta({ id: 'CodeBlockLift' })
export type CodeBlockLift = z.infer<typeof CodeBlockLift>

export const CodeUse = z
  .object({
    country: z.string(),
    hour: Time.meta({ description: 'When it began.' }),
    sent: z.int(),
    approved: z.int(),
    refused: z.int(),
  })
  .meta({ id: 'CodeUse' })
export type CodeUse = z.infer<typeof CodeUse>
