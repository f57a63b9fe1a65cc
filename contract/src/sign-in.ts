// What is said over the API about sign-ins and their risk: told by the service, judged, listed, and settled once somebody knows.
import { z } from 'zod'
import { keepable, SubscriberId, Time } from './message.ts'
import { Advice, HasStronger } from './verification.ts'

const Outcome = z.enum(['succeeded', 'failed']).meta({
  description: 'Whether what they gave (a password, a code) was right. What Usher answers comes on top of it.',
})
const Factor = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,31}$/, 'A word in lower case, such as password, code or passkey.')
  .meta({
    description:
      'What they gave: `password`, `link`, ... Who passed `code`, `passkey`, `totp`, `push` or `security_key` is not challenged once more.',
    example: 'password',
  })

export const NewSignIn = z
  .strictObject({
    subscriber: SubscriberId,
    at: Time.optional().meta({
      description:
        'When it happened; now where it is left out, or where it lies ahead. What is told more than an hour late is no part of what happens just now.',
    }),
    ip: z.union([z.ipv4(), z.ipv6()], 'An address of IPv4 or IPv6, without a port.').meta({
      description: 'Where they came from, as your edge saw it. Kept as a keyed hash.',
      example: '203.0.113.9',
    }),
    device: z
      .string()
      .min(1)
      .max(256)
      .regex(keepable, 'A device id has no NUL and no half characters.')
      .optional()
      .meta({
        description:
          "Your own id of the device or browser: of at least 128 random bits, from a long-lived cookie or the app's storage. Kept as a keyed hash. Without it a new device can't be told from an old one.",
        example: 'b3f1c9d2a7e04f6c8d15',
      }),
    userAgent: z
      .string()
      .max(1_024)
      .regex(keepable, 'A user agent has no NUL and no half characters.')
      .meta({ description: 'As the client sent it; empty where it sent none. Only families are kept.' }),
    outcome: Outcome,
    factor: Factor.optional(),
    hasStronger: HasStronger,
    code: z
      .strictObject({
        session: z.string().min(1).max(256).regex(keepable).optional().meta({
          description: "Your session's id: the code is refused in every other.",
        }),
        anotherCarrier: z.boolean().default(false),
        settles: z.boolean().default(true).meta({
          description:
            'Once the code was right the sign-in is settled as theirs, and its device is known. False: you say how it ended, with `settle`.',
        }),
      })
      .optional()
      .meta({
        description:
          'Where it is challenged, a code goes out in the same call, as `POST /v1/verifications` sends one to sign in; `verification` is its id.',
      }),
  })
  .meta({ id: 'NewSignIn' })
export type NewSignIn = z.infer<typeof NewSignIn>

export const answers = ['allow', 'challenge', 'deny'] as const
const Answer = z.enum(answers).meta({
  description:
    'allow: let them in. challenge: ask for something more, such as a code, and say how it ended with `settle`. deny: do not let them in, whatever they know; tell them how to reach you. For a sign-in that failed: what a next one like it would be worth.',
})

const points = z.number().meta({
  description: 'Powers of ten: +1 makes it ten times likelier that it is somebody else, -1 ten times less.',
})

export const SignInFeature = z
  .object({
    feature: z.enum(['country', 'network', 'address', 'device', 'system', 'browser']).meta({
      description:
        'Each is compared among those that share what stands before it: a network among those of its country.',
    }),
    value: z.string().nullable().meta({ description: 'Null where only a keyed hash is kept.' }),
    had: z.int().meta({ description: 'How many of their sign-ins had it,' }),
    of: z.int().meta({ description: 'of so many that it is compared with.' }),
    strangers: z.number().meta({
      description:
        'The probability of it where a stranger signs in: some look like everyone of this service, some like nobody of it, some like this subscriber.',
    }),
    theirs: z.number().meta({ description: 'The probability of it where this subscriber does.' }),
    points,
    sentence: z.string(),
  })
  .meta({ id: 'SignInFeature' })

export const SignInSignal = z
  .object({
    signal: z.enum([
      'impossible_travel',
      'many_accounts',
      'campaign',
      'failures_here',
      'failures_elsewhere',
      'silence',
      'hidden_network',
      'habits_changed',
    ]),
    facts: z.record(z.string(), z.number()),
    points,
    sentence: z.string(),
  })
  .meta({ id: 'SignInSignal' })

export const SignIn = z
  .object({
    id: z.string(),
    subscriber: z.string(),
    at: Time,
    outcome: Outcome,
    factor: Factor.nullable(),
    answer: Answer,
    score: z.number().meta({
      description:
        'The sum of all points. 0: as likely theirs as anybody else’s; 2: a hundred times likelier somebody else’s.',
    }),
    reasons: z.array(z.string()).meta({ description: 'What decided, the weightiest first; a sentence each.' }),
    features: z.array(SignInFeature),
    signals: z.array(SignInSignal),
    missing: z.array(z.string()).meta({ description: 'What could not be asked, and why; a sentence each.' }),
    place: z
      .object({
        country: z.string().nullable(),
        city: z.string().nullable(),
        network: z.string().nullable(),
        asn: z.int().nullable(),
        isHidden: z.boolean().meta({
          description: 'Through a data centre, a VPN or a relay: the place is where a machine stands, and not they.',
        }),
      })
      .meta({ description: 'As far as the address tells. Show the attribution of its sources with it.' }),
    device: z.object({
      kind: z.enum(['phone', 'tablet', 'computer', 'tv', 'console', 'program', 'other']),
      system: z.string(),
      browser: z.string(),
      isKnown: z
        .boolean()
        .nullable()
        .meta({ description: 'Whether it is one of theirs; null: there was nothing to compare.' }),
    }),
    isTheirs: z.boolean().nullable().meta({ description: 'As it was settled; null: nobody said.' }),
  })
  .meta({ id: 'SignIn' })
export type SignIn = z.infer<typeof SignIn>

export const JudgedSignIn = SignIn.extend({
  thresholds: z.object({ challengeAt: z.number(), denyAt: z.number() }),
  verification: z.string().nullable().meta({
    description: 'The verification whose code was sent in the same call; null where none was.',
  }),
  advice: Advice.nullable().meta({
    description: 'Where it is challenged: what to offer beside a code. Null where it is not.',
  }),
}).meta({ id: 'JudgedSignIn' })
export type JudgedSignIn = z.infer<typeof JudgedSignIn>

export const SignInSettlement = z
  .strictObject({
    isTheirs: z.boolean().meta({
      description:
        'True: they passed the challenge, or said that it was they; the next ones are judged by it, too. False: they said that it was not, or failed; it and what its device did since count no more. It can be said after a true, and not taken back.',
    }),
  })
  .meta({ id: 'SignInSettlement' })
export type SignInSettlement = z.infer<typeof SignInSettlement>

export const SignInFilter = z.object({
  subscriber: SubscriberId.optional(),
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export type SignInFilter = z.infer<typeof SignInFilter>

// ---- Rules -------------------------------------------------------------------------------------------------------------

const threshold = z
  .number()
  .min(-20)
  .max(50)
  .refine(points => Math.abs(points * 10 - Math.round(points * 10)) < 1e-6, 'To one decimal, as scores are.')
const rules = {
  challengeAt: threshold.meta({ description: 'A sign-in of so many points, or more, is challenged.' }),
  denyAt: threshold.meta({
    description: 'One of so many is denied. What strangers did to the account does not count towards it.',
  }),
  historyDays: z.int().min(7).max(183).meta({ description: 'How far back a sign-in is compared with theirs.' }),
  travel: z
    .strictObject({
      km: z.number().min(100).max(20_000),
      kmPerHour: z.number().min(300).max(10_000),
    })
    .meta({ description: 'Travel is impossible where it is both farther and faster than that.' }),
  accounts: z
    .strictObject({ count: z.int().min(2).max(50), minutes: z.int().min(1).max(240) })
    .meta({ description: 'From an address where so many accounts failed within so many minutes comes nothing good.' }),
  failures: z
    .strictObject({ count: z.int().min(1).max(20), minutes: z.int().min(1).max(1_440) })
    .meta({ description: 'A success after so many failures within so many minutes is one to look at.' }),
  silenceDays: z
    .int()
    .min(7)
    .max(183)
    .meta({ description: 'After how many days of silence a new device is one to look at.' }),
}

export const firstSignInRules = {
  challengeAt: 0.5,
  denyAt: 6,
  historyDays: 183,
  travel: { km: 500, kmPerHour: 1_000 },
  accounts: { count: 5, minutes: 60 },
  failures: { count: 3, minutes: 60 },
  silenceDays: 90,
}

const inOrder = {
  message: 'denyAt is more than challengeAt.',
  path: ['denyAt'],
}

export const SignInRules = z
  .object({ ...rules, version: z.int().meta({ description: 'One more with each change; 0: as at first.' }) })
  .meta({ id: 'SignInRules' })
export type SignInRules = z.infer<typeof SignInRules>

export const SignInRulesInput = z
  .strictObject({
    challengeAt: rules.challengeAt.default(firstSignInRules.challengeAt),
    denyAt: rules.denyAt.default(firstSignInRules.denyAt),
    historyDays: rules.historyDays.default(firstSignInRules.historyDays),
    travel: rules.travel.default(firstSignInRules.travel),
    accounts: rules.accounts.default(firstSignInRules.accounts),
    failures: rules.failures.default(firstSignInRules.failures),
    silenceDays: rules.silenceDays.default(firstSignInRules.silenceDays),
  })
  .refine(({ challengeAt, denyAt }) => denyAt > challengeAt, inOrder)
  .meta({ id: 'SignInRulesInput', description: 'What is left out is as at first.' })
export type SignInRulesInput = z.infer<typeof SignInRulesInput>

export const SignInThresholds = z
  .strictObject({ challengeAt: rules.challengeAt, denyAt: rules.denyAt })
  .refine(({ challengeAt, denyAt }) => denyAt > challengeAt, inOrder)
  .meta({ id: 'SignInThresholds' })
export type SignInThresholds = z.infer<typeof SignInThresholds>

const Came = z.object({ allow: z.int(), challenge: z.int(), deny: z.int() })
export const SignInRulesPreview = z
  .object({
    days: z.int(),
    signIns: z.int().meta({ description: 'That succeeded in these days, today among them.' }),
    inForce: Came.meta({ description: 'How they would be answered by the thresholds in force.' }),
    proposed: Came.meta({ description: 'And by the proposed ones. Counted, not estimated.' }),
  })
  .meta({ id: 'SignInRulesPreview' })
export type SignInRulesPreview = z.infer<typeof SignInRulesPreview>

export const PlaceSources = z
  .object({
    items: z.array(
      z.object({
        kind: z.enum(['city', 'country', 'network']),
        from: z.string().meta({ description: 'A package of npm, or the file that the settings name.' }),
        state: z.enum(['read', 'missing', 'broken']),
        builtAt: Time.nullable(),
        attribution: z.string().nullable().meta({ description: 'To be shown wherever its data is.' }),
      }),
    ),
  })
  .meta({ id: 'PlaceSources' })
export type PlaceSources = z.infer<typeof PlaceSources>
