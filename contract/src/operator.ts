// What is said about the people who operate Usher: how they sign in, what they may do, what was recorded of it.
import { z } from 'zod'
import { Permission, Role, Scope } from './access.ts'
import { keepable, Time } from './message.ts'

const words = (most: number) =>
  z.string().trim().min(1).max(most).regex(keepable, 'It has no NUL and no half characters.')
export const Email = z.email().max(254).toLowerCase().meta({ example: 'ada@orpheum.example' })
export const OneTimeCode = z
  .string()
  .regex(/^\d{6}$/, 'The code has six digits.')
  .meta({ description: 'Of the authenticator app (TOTP, RFC 6238).', example: '492039' })

/** A passkey's public half and how it is called. */
export const Passkey = z
  .object({ id: z.string(), name: z.string(), createdAt: Time, usedAt: Time.nullable() })
  .meta({ id: 'Passkey' })
export type Passkey = z.infer<typeof Passkey>

export const Session = z
  .object({
    operator: z.object({ id: z.string(), name: z.string(), email: z.string(), role: Role }),
    permissions: z.array(Permission),
    /** Sent back as the header X-Usher-CSRF with whatever changes something. */
    csrf: z.string(),
    startedAt: Time,
    /** When it ends if nothing is asked until then, and when it ends whatever is asked. */
    idleEndsAt: Time,
    endsAt: Time,
    /** How this operator can come back: an operator with neither has nothing but links. */
    ways: z.object({ password: z.boolean(), passkeys: z.array(Passkey), oidc: z.boolean() }),
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof Session>

export const SignInWays = z
  .object({
    service: z.string().meta({ description: 'The streaming service whose console this is.' }),
    isDemo: z.boolean(),
    oidc: z.object({ name: z.string(), url: z.string() }).nullable().meta({ description: 'Where a company signs in.' }),
  })
  .meta({ id: 'SignInWays' })
export type SignInWays = z.infer<typeof SignInWays>

export const PasswordSignIn = z
  .strictObject({ email: Email, password: z.string().min(1).max(1_000), code: OneTimeCode })
  .meta({ id: 'PasswordSignIn' })
export const LinkSignIn = z
  .strictObject({ token: z.string().min(20).max(200) })
  .meta({ id: 'LinkSignIn', description: 'The secret of a one-time link; it works once.' })

/** WebAuthn's own JSON (Web Authentication Level 3, 5.1.8 and 5.1.9), which browsers make and read by themselves. */
export const WebAuthnJson = z.record(z.string(), z.json())
export const Challenge = z
  .object({
    challenge: z.string().meta({ description: 'Names this challenge; it lives five minutes.' }),
    options: WebAuthnJson,
  })
  .meta({ id: 'Challenge' })
export const PasskeySignIn = z
  .strictObject({ challenge: z.string().max(200), response: WebAuthnJson })
  .meta({ id: 'PasskeySignIn' })
export const NewPasskey = z
  .strictObject({ challenge: z.string().max(200), name: words(60), response: WebAuthnJson })
  .meta({ id: 'NewPasskey' })

export const TotpSecret = z
  .object({
    secret: z.string().meta({ description: 'Base32.' }),
    uri: z.string().meta({ description: 'For a QR code: otpauth://.' }),
  })
  .meta({ id: 'TotpSecret' })
export type TotpSecret = z.infer<typeof TotpSecret>
export const NewPassword = z
  .strictObject({
    password: z.string().min(12, 'A password has at least 12 characters.').max(1_000),
    secret: z.string().max(200).meta({ description: 'As `startTotp` gave it.' }),
    code: OneTimeCode,
  })
  .meta({ id: 'NewPassword', description: 'A password goes with an authenticator app; both are set together.' })

export const Operator = z
  .object({
    id: z.string(),
    name: z.string(),
    email: z.string(),
    role: Role,
    isActive: z.boolean(),
    createdAt: Time,
    lastSeenAt: Time.nullable(),
    /** An invitation that was not used yet. */
    isInvited: z.boolean(),
  })
  .meta({ id: 'Operator' })
export type Operator = z.infer<typeof Operator>

export const NewOperator = z.strictObject({ name: words(100), email: Email, role: Role }).meta({ id: 'NewOperator' })
export const Invitation = z
  .object({
    operator: Operator,
    link: z.string().meta({ description: 'Works once, until `expiresAt`; it is shown this once.' }),
    expiresAt: Time,
  })
  .meta({ id: 'Invitation' })
export type Invitation = z.infer<typeof Invitation>
export const OperatorChange = z
  .strictObject({ role: Role.optional(), isActive: z.boolean().optional() })
  .meta({ id: 'OperatorChange', description: 'An operator who is not active has no session any more.' })

export const ApiKey = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(Scope),
    createdAt: Time,
    revokedAt: Time.nullable(),
  })
  .meta({ id: 'ApiKey' })
export type ApiKey = z.infer<typeof ApiKey>
export const NewApiKey = z.strictObject({ name: words(100), scopes: z.array(Scope).min(1) }).meta({ id: 'NewApiKey' })
export const MadeApiKey = z
  .object({ id: z.string(), key: z.string().meta({ description: 'It is shown this once.' }) })
  .meta({ id: 'MadeApiKey' })

/** One line of the audit log; lines are added and never changed. */
export const AuditLine = z
  .object({
    id: z.string(),
    at: Time,
    operator: z
      .object({ id: z.string(), name: z.string() })
      .nullable()
      .meta({ description: 'Null for the command line, and where nobody was signed in.' }),
    action: z.string().meta({ description: 'For example number.revealed.', example: 'number.revealed' }),
    subject: z.string().nullable().meta({ description: 'What it was done to: an id.' }),
    detail: z.record(z.string(), z.json()).meta({ description: 'Never a whole number, never a secret.' }),
  })
  .meta({ id: 'AuditLine' })
export type AuditLine = z.infer<typeof AuditLine>

export const AuditCheckpoint = z
  .object({
    number: z.int().min(1),
    lines: z.int().min(1).meta({ description: 'How many lines it signs, from the first on.' }),
    hash: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({ description: 'Of the last of them, which covers all before it; hex.' }),
    at: Time,
    previous: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({ description: 'SHA-256 of the signature of the checkpoint before it; of nothing, for the first.' }),
    key: z.string(),
    signature: z.string().meta({
      description:
        'Ed25519, base64, over six lines of text: "usher audit checkpoint", number, lines, hash, at and previous, with a line feed between.',
    }),
  })
  .meta({ id: 'AuditCheckpoint' })
export type AuditCheckpoint = z.infer<typeof AuditCheckpoint>

export const AuditChain = z
  .object({
    lines: z.int().meta({ description: 'How many lines the audit log has.' }),
    keys: z
      .array(z.object({ id: z.string(), publicKey: z.string().meta({ description: 'Ed25519, PEM.' }) }))
      .meta({ description: 'Keep a copy elsewhere: who owns the database could replace it there.' }),
    checkpoint: AuditCheckpoint.nullable().meta({
      description: 'The newest. Kept elsewhere, it shows a log that was written anew.',
    }),
  })
  .meta({ id: 'AuditChain' })
export type AuditChain = z.infer<typeof AuditChain>

export const Reveal = z
  .strictObject({ reason: words(500).min(5, 'Say why, in a few words.') })
  .meta({ id: 'Reveal', description: 'The reason is recorded with your name.' })
export const Revealed = z
  .object({ number: z.string().meta({ description: 'Whole, in E.164.' }) })
  .meta({ id: 'Revealed' })
