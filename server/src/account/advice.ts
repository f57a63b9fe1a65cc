// What a text can not do, said where it is asked for: the notice that whoever makes a number their factor should have read, and
// what speaks for something stronger (NIST SP 800-63B-4, 3.2.9, on restricted authenticators).
import type { Advice, VerificationPurpose } from '@usher/contract/verification'

export interface AdviceFacts {
  /** Null: nothing is being enrolled. */
  purpose: VerificationPurpose | null
  locale: string | null | undefined
  hasStronger: boolean
  isAttacked: boolean
  isVoip?: boolean
  isSwapped?: boolean
}

export const advise = ({ purpose, locale, hasStronger, isAttacked, isVoip, isSwapped }: AdviceFacts): Advice => ({
  notice: purpose === 'number_change' ? noticeIn(locale) : null,
  stronger: !hasStronger,
  reasons: [
    'restricted',
    ...(isAttacked ? (['attack'] as const) : []),
    ...(isVoip ? (['voip'] as const) : []),
    ...(isSwapped ? (['sim_swapped'] as const) : []),
  ],
})

const notices = {
  en: 'A code by text keeps out whoever knows your password alone. It does not keep out whoever takes over your number, or talks you into telling them the code. A passkey or an authenticator app is safer.',
  es: 'Un código por SMS frena a quien solo conoce tu contraseña. No frena a quien se apodera de tu número ni a quien te convence de darle el código. Una llave de acceso o una aplicación de autenticación es más segura.',
  fr: 'Un code par SMS arrête qui ne connaît que votre mot de passe. Il n’arrête pas qui s’empare de votre numéro, ni qui vous amène à lui dire le code. Une clé d’accès ou une application d’authentification est plus sûre.',
  de: 'Ein Code per SMS hält ab, wer nur dein Passwort kennt. Er hält niemanden ab, der deine Nummer übernimmt oder dich dazu bringt, ihm den Code zu sagen. Ein Passkey oder eine Authenticator-App ist sicherer.',
  pt: 'Um código por SMS barra quem só conhece a sua senha. Não barra quem toma o seu número nem quem convence você a dizer o código. Uma chave de acesso ou um aplicativo autenticador é mais seguro.',
  ja: 'SMSのコードは、パスワードだけを知っている人を防ぎます。電話番号を乗っ取った人や、あなたからコードを聞き出した人は防げません。パスキーや認証アプリのほうが安全です。',
} as const

/** In the language of a locale such as pt-BR; in English where there are no words in it. */
export function noticeIn(locale: string | null | undefined): string {
  const language = (locale ?? 'en').toLowerCase().split(/[-_]/)[0]!
  return Object.hasOwn(notices, language) ? notices[language as keyof typeof notices] : notices.en
}
