// The words Usher speaks on its first day: a text for every purpose, in six languages, in Liquid. A streaming service
// may replace any of them; `render.ts` fills them in and the guard reads the result, whoever wrote the template.
//
// How they are written:
// - The brand stands first and apart, so that no article, case or elision depends on the service's name.
// - Times, dates and amounts arrive as text, already written for the subscriber's locale and zone.
// - Where GSM 03.38 lacks a letter (a Spanish or Portuguese acute, a French circumflex) a word without it is
//   preferred: one such letter turns 160 characters into 70. Where only the accented word is right, it is used.
// - A link stands before a line break or at the end, so that no phone takes punctuation for a part of it. `short` makes it
//   one of the service's own short domain, where there is one.
// - Codes carry no link and no opt-out line; titles and offers always end with one; of the account texts the welcome alone
//   says how to end them.
// - What may be unknown stands in `{% if date %}...{% endif %}`, with words around it that read well without. What a text is
//   not worth sending without is printed as it is: where it is missing, the text is refused.

import type { Purpose } from './purpose.ts'

export type TemplateLocale = 'en' | 'es' | 'fr' | 'de' | 'pt' | 'ja'

export type TemplateTexts = Record<TemplateLocale, string>

export interface ShippedTemplate {
  name: string
  purpose: Purpose
  /** Every variable of the texts with an example value; previews and tests use it. */
  example: Record<string, string | number>
  /** Those of them that who sends may leave out. */
  optional?: readonly string[]
  texts: TemplateTexts
}

/** Adds to each text what every language shares, or its own ending. */
const ending = (texts: TemplateTexts, tail: TemplateTexts): TemplateTexts => ({
  en: texts.en + tail.en,
  es: texts.es + tail.es,
  fr: texts.fr + tail.fr,
  de: texts.de + tail.de,
  pt: texts.pt + tail.pt,
  ja: texts.ja + tail.ja,
})

// How long a code lives, and that we never ask for it. Then the origin-bound line (WICG sms-one-time-codes), which lets
// browsers fill the code in on our host alone: it has to be the last line, and a newline after it breaks it.
const androidHash = '{% if android_hash != blank %} {{ android_hash }}{% endif %}'
const origin = `\n\n@{{ host }} #{{ code }}${androidHash}`
// Texts may arrive out of order: from the second code on the text says which request it belongs to.
const request = (word: string) => `{% if tag != blank %}${word}{% endif %}`
const requests: TemplateTexts = {
  en: request(' Request {{ tag }}.'),
  es: request(' Solicitud {{ tag }}.'),
  fr: request(' Demande {{ tag }}.'),
  de: request(' Anfrage {{ tag }}.'),
  pt: request(' Pedido {{ tag }}.'),
  ja: request('(番号 {{ tag }})\n'),
}
const codeEnding: TemplateTexts = {
  en: `${requests.en} Valid for {{ minutes }} minutes. We will never ask you for it.${origin}`,
  es: `${requests.es} Vale {{ minutes }} minutos. Nunca te la pediremos.${origin}`,
  fr: `${requests.fr} Valable {{ minutes }} minutes. Nous ne vous le demanderons jamais.${origin}`,
  de: `${requests.de} Gültig für {{ minutes }} Minuten. Wir werden dich nie danach fragen.${origin}`,
  pt: `${requests.pt} Vale por {{ minutes }} minutos. Nunca vamos pedir que compartilhe.${origin}`,
  ja: `${requests.ja}有効期限は{{ minutes }}分です。当社がコードをお聞きすることはありません。${origin}`,
}
const code = (texts: TemplateTexts) => ending(texts, codeEnding)

// STOP is understood in every language, beside each language's own words, so it is the one we teach.
const stopEnding: TemplateTexts = {
  en: '\nReply STOP to end',
  es: '\nResponde STOP para terminar',
  fr: '\nRépondez STOP pour ne plus en recevoir',
  de: '\nAntworte STOP zum Abbestellen',
  pt: '\nResponda STOP para sair',
  ja: '\n配信停止はSTOPと返信',
}
const endable = (texts: TemplateTexts) => ending(texts, stopEnding)

// What nobody knows, or the guard would not let stand, is left out.
const unlessBlank = (name: string, words: string) => `{% if ${name} != blank %}${words}{% endif %}`
const onDevice = unlessBlank('device', ', {{ device }}')
const inPlace = unlessBlank('place', ', {{ place }}')
const onDeviceJa = unlessBlank('device', '{{ device }}、')
const inPlaceJa = unlessBlank('place', '{{ place }}、')

// "$9.99 a month". In Japanese it stands before the amount.
const each = (month: string, year: string) =>
  `{% if every %}{% case every %}{% when "month" %}${month}{% when "year" %}${year}{% endcase %}{% endif %}`
const every: TemplateTexts = {
  en: each(' a month', ' a year'),
  es: each(' al mes', ' al año'),
  fr: each(' par mois', ' par an'),
  de: each(' im Monat', ' im Jahr'),
  pt: each(' mensais', ' anuais'),
  ja: each('月額', '年額'),
}

const service = 'Orpheum'
const host = 'orpheum.example'
const link = 'https://go.orpheum.example/7Kq2xZ'
const codeExample = { service, code: '482913', minutes: 10, host, tag: '', android_hash: '' }

export const shippedTemplates: readonly ShippedTemplate[] = [
  {
    name: 'code.sign_in',
    purpose: 'code.sign_in',
    example: codeExample,
    texts: code({
      en: '{{ service }}: {{ code }} is your code to sign in.',
      es: '{{ service }}: {{ code }} es tu clave para entrar en tu cuenta.',
      fr: '{{ service }} : {{ code }} est votre code de connexion.',
      de: '{{ service }}: {{ code }} ist dein Code zum Anmelden.',
      pt: '{{ service }}: use {{ code }} para entrar na sua conta.',
      ja: '【{{ service }}】ログイン用の認証コード:{{ code }}\n',
    }),
  },
  {
    name: 'code.reset',
    purpose: 'code.reset',
    example: codeExample,
    texts: code({
      en: '{{ service }}: {{ code }} is your code to reset your password.',
      es: '{{ service }}: {{ code }} es tu clave para elegir una nueva contraseña.',
      fr: '{{ service }} : {{ code }} est votre code pour changer de mot de passe.',
      de: '{{ service }}: {{ code }} ist dein Code für ein neues Passwort.',
      pt: '{{ service }}: use {{ code }} para criar uma nova senha.',
      ja: '【{{ service }}】パスワード再設定用の認証コード:{{ code }}\n',
    }),
  },
  {
    name: 'code.recovery',
    purpose: 'code.recovery',
    example: codeExample,
    texts: code({
      en: '{{ service }}: {{ code }} is your code to recover your account.',
      es: '{{ service }}: {{ code }} es tu clave para recuperar tu cuenta.',
      fr: '{{ service }} : {{ code }} est votre code pour récupérer votre compte.',
      de: '{{ service }}: {{ code }} ist dein Code, um dein Konto wiederherzustellen.',
      pt: '{{ service }}: use {{ code }} para recuperar a sua conta.',
      ja: '【{{ service }}】アカウント復旧用の認証コード:{{ code }}\n',
    }),
  },
  {
    name: 'code.number_change',
    purpose: 'code.number_change',
    example: codeExample,
    texts: code({
      en: '{{ service }}: {{ code }} is your code to confirm this phone number.',
      es: '{{ service }}: {{ code }} es tu clave para confirmar este teléfono.',
      fr: '{{ service }} : {{ code }} est votre code pour confirmer ce numéro.',
      de: '{{ service }}: {{ code }} ist dein Code, um diese Nummer zu bestätigen.',
      pt: '{{ service }}: use {{ code }} para confirmar este telefone.',
      ja: '【{{ service }}】電話番号確認用の認証コード:{{ code }}\n',
    }),
  },
  {
    // What you see is what you approve: `action` is the thing itself, in the subscriber's language. `amount` is blank
    // when no money moves.
    name: 'code.action',
    purpose: 'code.action',
    example: { ...codeExample, action: 'buy Charade', amount: '$3.99' },
    texts: code({
      en: '{{ service }}: {{ code }} approves: {{ action }}{% if amount != blank %}, {{ amount }}{% endif %}.',
      es: '{{ service }}: {{ code }} es la clave con la que apruebas: {{ action }}{% if amount != blank %}, {{ amount }}{% endif %}.',
      fr: '{{ service }} : {{ code }} est votre code pour valider : {{ action }}{% if amount != blank %}, {{ amount }}{% endif %}.',
      de: '{{ service }}: {{ code }} ist dein Code für: {{ action }}{% if amount != blank %}, {{ amount }}{% endif %}.',
      pt: '{{ service }}: use {{ code }} para aprovar: {{ action }}{% if amount != blank %}, {{ amount }}{% endif %}.',
      ja: '【{{ service }}】「{{ action }}{% if amount != blank %} {{ amount }}{% endif %}」の承認コード:{{ code }}\n',
    }),
  },
  {
    // `event` is sign_in, password, number, email or payment_method; anything else reads as a change to the account. Device and
    // place may be blank.
    name: 'alert.security',
    purpose: 'alert.security',
    example: { service, event: 'sign_in', device: 'Chrome on Windows', place: 'Lyon, France', time: 'Nov 3, 21:14' },
    texts: {
      en:
        '{{ service }} security alert: ' +
        '{% case event %}{% when "sign_in" %}new sign-in{% when "password" %}password changed' +
        '{% when "number" %}phone number changed{% when "email" %}email changed' +
        '{% when "payment_method" %}payment method changed{% else %}account changed{% endcase %}' +
        `${onDevice}${inPlace}, {{ time }}. Reply YES if this was you, NO if not.`,
      es:
        '{{ service }}, alerta de seguridad: ' +
        '{% case event %}{% when "sign_in" %}nuevo acceso{% when "password" %}cambio de contraseña' +
        '{% when "number" %}cambio de teléfono{% when "email" %}cambio de correo' +
        '{% when "payment_method" %}cambio de forma de pago{% else %}cambio en tu cuenta{% endcase %}' +
        `${onDevice}${inPlace}, {{ time }}. Responde SI si lo reconoces, NO si no.`,
      fr:
        '{{ service }}, alerte de sécurité : ' +
        '{% case event %}{% when "sign_in" %}nouvelle connexion{% when "password" %}mot de passe modifié' +
        '{% when "number" %}numéro modifié{% when "email" %}e-mail modifié' +
        '{% when "payment_method" %}moyen de paiement modifié{% else %}compte modifié{% endcase %}' +
        `${onDevice}${inPlace}, {{ time }}. Répondez OUI si c'était vous, NON sinon.`,
      de:
        '{{ service }} Sicherheit: ' +
        '{% case event %}{% when "sign_in" %}neue Anmeldung{% when "password" %}Passwort geändert' +
        '{% when "number" %}Nummer geändert{% when "email" %}E-Mail-Adresse geändert' +
        '{% when "payment_method" %}Zahlungsart geändert{% else %}Konto geändert{% endcase %}' +
        `${onDevice}${inPlace}, {{ time }}. Warst du das? Antworte JA oder NEIN.`,
      pt:
        '{{ service }}, alerta de segurança: ' +
        '{% case event %}{% when "sign_in" %}novo acesso{% when "password" %}senha alterada' +
        '{% when "number" %}telefone alterado{% when "email" %}e-mail alterado' +
        '{% when "payment_method" %}nova forma de pagamento{% else %}conta alterada{% endcase %}' +
        `${onDevice}${inPlace}, {{ time }}. Foi você? Responda SIM ou NÃO.`,
      ja:
        '【{{ service }}】セキュリティ通知:' +
        '{% case event %}{% when "sign_in" %}新しいログイン{% when "password" %}パスワードの変更' +
        '{% when "number" %}電話番号の変更{% when "email" %}メールアドレスの変更' +
        '{% when "payment_method" %}支払い方法の変更{% else %}アカウントの変更{% endcase %}' +
        `(${onDeviceJa}${inPlaceJa}{{ time }})。ご本人なら「はい」、違う場合は「いいえ」と返信してください。`,
    },
  },
  {
    // `scope` says what this STOP ended: promotional (Titles and Offers), account (those and account notices), security
    // (security alerts alone) or all. `link` is blank, except after a CANCEL: that word ends texts, not the
    // subscription, and who meant the subscription needs the way there.
    name: 'reply.stop',
    purpose: 'reply.compliance',
    example: { service, scope: 'promotional', link: '' },
    texts: {
      en:
        '{{ service }}: ' +
        '{% case scope %}{% when "all" %}all texts have ended. Only codes you ask for can still come.' +
        '{% when "account" %}account, title and offer texts have ended. Codes and security alerts can still come.' +
        '{% when "security" %}security alerts, title and offer texts have ended. Codes and account notices can still come.' +
        '{% else %}title and offer texts have ended. Codes, security alerts and account notices can still come.' +
        '{% endcase %} Your subscription goes on. Reply START to return' +
        '{% if link != blank %}. To cancel the subscription: {{ link | short }}{% endif %}',
      es:
        '{{ service }}: ' +
        '{% case scope %}{% when "all" %}fin de todos los SMS. Solo pueden llegarte claves que pidas.' +
        '{% when "account" %}fin de los SMS de cuenta, estrenos y ofertas. Pueden llegarte claves y alertas de seguridad.' +
        '{% when "security" %}fin de alertas de seguridad, estrenos y ofertas. Pueden llegarte claves y avisos de cuenta.' +
        '{% else %}fin de los SMS de estrenos y ofertas. Pueden llegarte claves, alertas de seguridad y avisos de cuenta.' +
        '{% endcase %} Tu plan sigue. Responde START para volver' +
        '{% if link != blank %}. Para cancelar el plan: {{ link | short }}{% endif %}',
      fr:
        '{{ service }} : ' +
        '{% case scope %}{% when "all" %}fin de tous les SMS. Seuls les codes demandés peuvent encore arriver.' +
        '{% when "account" %}fin des SMS compte, titres et offres. Codes et alertes de sécurité peuvent encore arriver.' +
        '{% when "security" %}fin des alertes de sécurité, titres et offres. Codes et avis de compte peuvent encore arriver.' +
        '{% else %}fin des SMS titres et offres. Codes, alertes de sécurité et avis de compte peuvent encore arriver.' +
        '{% endcase %} Votre abonnement continue. START pour revenir' +
        '{% if link != blank %}. Pour résilier : {{ link | short }}{% endif %}',
      de:
        '{{ service }}: ' +
        '{% case scope %}{% when "all" %}Alle SMS sind beendet. Nur angeforderte Codes können noch kommen.' +
        '{% when "account" %}Keine SMS mehr zu Konto, Titeln und Angeboten. Codes und Sicherheitshinweise können noch kommen.' +
        '{% when "security" %}Keine Sicherheitshinweise, Titel und Angebote mehr. Codes und Kontohinweise können noch kommen.' +
        '{% else %}Keine SMS mehr zu Titeln und Angeboten. Codes, Sicherheits- und Kontohinweise können noch kommen.' +
        '{% endcase %} Dein Abo läuft weiter. Zurück mit START' +
        '{% if link != blank %}. Abo kündigen: {{ link | short }}{% endif %}',
      pt:
        '{{ service }}: ' +
        '{% case scope %}{% when "all" %}fim de todos os SMS. Só códigos que você pedir podem chegar.' +
        '{% when "account" %}fim dos SMS de conta, títulos e ofertas. Códigos e alertas de segurança podem chegar.' +
        '{% when "security" %}fim de alertas de segurança, títulos e ofertas. Códigos e avisos da conta podem vir.' +
        '{% else %}fim dos SMS de títulos e ofertas. Códigos, alertas e avisos da conta podem chegar.' +
        '{% endcase %} A assinatura continua. Volte com START' +
        '{% if link != blank %}. Para cancelar a assinatura: {{ link | short }}{% endif %}',
      ja:
        '【{{ service }}】' +
        '{% case scope %}{% when "all" %}すべての配信を停止しました。ご自身で依頼した認証コードのみ届きます。' +
        '{% when "account" %}アカウント、作品、特典の配信を停止しました。認証コードとセキュリティ通知は届くことがあります。' +
        '{% when "security" %}セキュリティ通知、作品、特典の配信を停止しました。認証コードとアカウント通知は届くことがあります。' +
        '{% else %}作品と特典の配信を停止しました。認証コード、セキュリティ通知、アカウント通知は届くことがあります。' +
        '{% endcase %}ご契約は継続中です。再開はSTARTと返信' +
        '{% if link != blank %}。解約はこちら: {{ link | short }}{% endif %}',
    },
  },
  {
    name: 'reply.help',
    purpose: 'reply.compliance',
    example: { service, contact: 'orpheum.example/help' },
    texts: {
      en: '{{ service }} texts: codes, alerts, account and title news. Msg frequency varies. Msg&data rates may apply. Help: {{ contact }}\nReply STOP to end',
      es: '{{ service }}: claves, alertas, avisos de cuenta y estrenos. Frecuencia variable. Tu operador puede cobrar. Ayuda: {{ contact }}\nResponde STOP para terminar',
      fr: '{{ service }} : codes, alertes, compte et titres. Fréquence variable. Tarif selon votre opérateur. Aide : {{ contact }}\nRépondez STOP pour ne plus en recevoir',
      de: '{{ service }}: Codes, Hinweise, Konto und Titel. Anzahl variiert. Es gilt dein Mobilfunktarif. Hilfe: {{ contact }}\nAntworte STOP zum Abbestellen',
      pt: '{{ service }}: acesso, alertas, conta e novidades. A quantidade varia. A operadora pode cobrar. Ajuda: {{ contact }}\nResponda STOP para sair',
      ja: '【{{ service }}】認証コード、通知、作品情報をお届けします。配信頻度は変動し、通信料がかかる場合があります。お問い合わせ: {{ contact }}\n配信停止はSTOPと返信',
    },
  },
  {
    // What they have again: titles, offers, both, or neither, for START gives back what a STOP took and no more.
    name: 'reply.start',
    purpose: 'reply.compliance',
    example: { service, scope: 'both' },
    texts: {
      en:
        '{{ service }}: ' +
        '{% case scope %}{% when "both" %}title news and offers are on again{% when "titles" %}title news is on again' +
        '{% when "offers" %}offers are on again{% else %}codes, alerts and account notices are on, you asked for nothing else{% endcase %}' +
        '. Msg frequency varies. Msg&data rates may apply. HELP for help, STOP to end',
      es:
        '{{ service }}: ' +
        '{% case scope %}{% when "both" %}vuelven los estrenos y las ofertas{% when "titles" %}vuelven los estrenos' +
        '{% when "offers" %}vuelven las ofertas{% else %}recibes solo claves, alertas y avisos de cuenta{% endcase %}' +
        '. Frecuencia variable. Tu operador puede cobrar. AYUDA para ayuda, STOP para terminar',
      fr:
        '{{ service }} : ' +
        '{% case scope %}{% when "both" %}titres et offres reprennent{% when "titles" %}les SMS titres reprennent' +
        '{% when "offers" %}les offres reprennent{% else %}codes, alertes et avis de compte seulement{% endcase %}' +
        '. Fréquence variable. Tarif selon votre opérateur. AIDE pour une aide, STOP pour ne plus en recevoir',
      de:
        '{{ service }}: ' +
        '{% case scope %}{% when "both" %}Titel und Angebote kommen wieder{% when "titles" %}Titel kommen wieder' +
        '{% when "offers" %}Angebote kommen wieder{% else %}Codes, Hinweise und Konto sind an, sonst nichts{% endcase %}' +
        '. Anzahl variiert. Es gilt dein Mobilfunktarif. HILFE für Hilfe, STOP zum Abbestellen',
      pt:
        '{{ service }}: ' +
        '{% case scope %}{% when "both" %}novidades e ofertas de volta{% when "titles" %}novidades de volta' +
        '{% when "offers" %}ofertas de volta{% else %}somente acesso, alertas e conta{% endcase %}' +
        '. A quantidade varia. A operadora pode cobrar. AJUDA para ajuda, STOP para sair',
      ja:
        '【{{ service }}】' +
        '{% case scope %}{% when "both" %}作品と特典の配信を再開しました{% when "titles" %}作品情報の配信を再開しました' +
        '{% when "offers" %}特典の配信を再開しました{% else %}認証コード、通知、アカウントのお知らせのみ届きます{% endcase %}' +
        '。配信頻度は変動し、通信料がかかる場合があります。ヘルプはHELP、配信停止はSTOPと返信',
    },
  },
  {
    // After an answer to an alert. `outcome`: confirmed, denied, stays_denied (a yes after a no), or over. `link` is blank where
    // nothing is left to do.
    name: 'reply.alert',
    purpose: 'reply.compliance',
    example: { service, outcome: 'denied', link },
    texts: {
      en:
        '{{ service }}: ' +
        '{% case outcome %}{% when "confirmed" %}thank you, we noted that it was you. Nothing else to do.' +
        '{% when "denied" %}thank you for telling us. We are securing your account. Next, choose a new password: {{ link | short }}' +
        '{% when "stays_denied" %}you replied NO before, so your account stays protected. To go on: {{ link | short }}' +
        '{% else %}that alert is over, and nothing was changed. To check your account: {{ link | short }}{% endcase %}',
      es:
        '{{ service }}: ' +
        '{% case outcome %}{% when "confirmed" %}gracias, queda anotado. No tienes que hacer nada.' +
        '{% when "denied" %}gracias por avisar. Estamos protegiendo tu cuenta. Ahora elige otra contraseña: {{ link | short }}' +
        '{% when "stays_denied" %}antes respondiste NO, y tu cuenta sigue protegida. Para continuar: {{ link | short }}' +
        '{% else %}esa alerta ha terminado y nada ha cambiado. Para revisar tu cuenta: {{ link | short }}{% endcase %}',
      fr:
        '{{ service }} : ' +
        "{% case outcome %}{% when \"confirmed\" %}merci, c'est noté. Vous n'avez rien d'autre à faire." +
        '{% when "denied" %}merci. Nous protégeons votre compte. Choisissez maintenant un nouveau mot de passe : {{ link | short }}' +
        '{% when "stays_denied" %}vous avez répondu NON, votre compte reste protégé. Pour continuer : {{ link | short }}' +
        "{% else %}cette alerte est terminée, rien n'a changé. Pour vérifier votre compte : {{ link | short }}{% endcase %}",
      de:
        '{{ service }}: ' +
        '{% case outcome %}{% when "confirmed" %}Danke, wir haben notiert, dass du es warst. Du musst nichts weiter tun.' +
        '{% when "denied" %}Danke für die Nachricht. Wir sichern dein Konto. Wähle jetzt ein neues Passwort: {{ link | short }}' +
        '{% when "stays_denied" %}Du hast NEIN geantwortet, dein Konto bleibt geschützt. Weiter: {{ link | short }}' +
        '{% else %}Dieser Hinweis ist abgelaufen, nichts wurde geändert. Konto prüfen: {{ link | short }}{% endcase %}',
      pt:
        '{{ service }}: ' +
        '{% case outcome %}{% when "confirmed" %}obrigado, foi anotado. Nada mais a fazer.' +
        '{% when "denied" %}obrigado por avisar. Estamos protegendo a sua conta. Agora crie outra senha: {{ link | short }}' +
        '{% when "stays_denied" %}esse alerta foi negado antes, e a sua conta segue protegida. Para continuar: {{ link | short }}' +
        '{% else %}esse alerta terminou e nada mudou. Para conferir a sua conta: {{ link | short }}{% endcase %}',
      ja:
        '【{{ service }}】' +
        '{% case outcome %}{% when "confirmed" %}ありがとうございます。ご本人の操作として記録しました。ほかに必要な操作はありません。' +
        '{% when "denied" %}ご連絡ありがとうございます。アカウントを保護しています。新しいパスワードの設定: {{ link | short }}' +
        '{% when "stays_denied" %}「いいえ」と回答済みのため、アカウントは保護されたままです。続けるには: {{ link | short }}' +
        '{% else %}この通知の受付は終了しました。変更はありません。アカウントの確認: {{ link | short }}{% endcase %}',
    },
  },
  {
    // A yes where several alerts are open, or where it may be about something else. `list` numbers them.
    name: 'reply.alert_which',
    purpose: 'reply.compliance',
    example: { service, list: '1: a TV, 21:04. 2: iPhone, 21:10' },
    texts: {
      en: '{{ service }}: more than one alert is open. {{ list }}. Reply YES and the number of yours, NO if none is.',
      es: '{{ service }}: hay varias alertas. {{ list }}. Responde SI y la cifra de la tuya, NO si ninguna es tuya.',
      fr: '{{ service }} : plusieurs alertes en attente. {{ list }}. Répondez OUI et son chiffre si vous en reconnaissez une, NON sinon.',
      de: '{{ service }}: Mehrere Hinweise sind offen. {{ list }}. Antworte JA und die Nummer von deinem, NEIN, wenn es keiner ist.',
      pt: '{{ service }}: mais de um alerta em aberto. {{ list }}. Responda SIM e o número do seu, NÃO se nenhum for seu.',
      ja: '【{{ service }}】複数の通知があります。{{ list }}。ご本人のものがあれば「はい 1」のように番号を付けて、なければ「いいえ」と返信してください。',
    },
  },
  {
    // They said yes twice. `group` is titles, offers or both.
    name: 'reply.confirmed',
    purpose: 'reply.compliance',
    example: { service, group: 'titles' },
    texts: {
      en:
        '{{ service }}: thank you. You get ' +
        '{% case group %}{% when "titles" %}title news{% when "offers" %}offers{% else %}title news and offers{% endcase %}' +
        ' by text from now on. Msg frequency varies. Msg&data rates may apply. HELP for help, STOP to end',
      es:
        '{{ service }}: gracias. Desde ahora recibes ' +
        '{% case group %}{% when "titles" %}estrenos{% when "offers" %}ofertas{% else %}estrenos y ofertas{% endcase %}' +
        ' por SMS. Frecuencia variable. Tu operador puede cobrar. AYUDA para ayuda, STOP para terminar',
      fr:
        '{{ service }} : merci. Vous recevrez ' +
        '{% case group %}{% when "titles" %}les titres{% when "offers" %}nos offres{% else %}titres et offres{% endcase %}' +
        ' par SMS. Fréquence variable. Tarif selon votre opérateur. AIDE pour une aide, STOP pour ne plus en recevoir',
      de:
        '{{ service }}: Danke. Du bekommst ab jetzt ' +
        '{% case group %}{% when "titles" %}Titel{% when "offers" %}Angebote{% else %}Titel und Angebote{% endcase %}' +
        ' per SMS. Anzahl variiert. Es gilt dein Mobilfunktarif. HILFE für Hilfe, STOP zum Abbestellen',
      pt:
        '{{ service }}: obrigado. Agora enviamos ' +
        '{% case group %}{% when "titles" %}novidades{% when "offers" %}ofertas{% else %}novidades e ofertas{% endcase %}' +
        ' por SMS. A quantidade varia. A operadora pode cobrar. AJUDA para ajuda, STOP para sair',
      ja:
        '【{{ service }}】ありがとうございます。今後、' +
        '{% case group %}{% when "titles" %}作品情報{% when "offers" %}特典情報{% else %}作品と特典の情報{% endcase %}' +
        'をSMSでお届けします。配信頻度は変動し、通信料がかかる場合があります。ヘルプはHELP、配信停止はSTOPと返信',
    },
  },
  {
    // Why the last text came. `group` is code, security, account, offers or titles, as on the preference page.
    name: 'reply.why',
    purpose: 'reply.compliance',
    example: { service, date: 'Nov 3', group: 'titles', since: 'May 3', link },
    texts: {
      en:
        '{{ service }}: our text of {{ date }} came because ' +
        '{% case group %}{% when "code" %}a code was asked for{% when "security" %}something happened on your account' +
        '{% when "account" %}it is about your plan or payments{% when "offers" %}you said yes to offers{% if since != blank %} on {{ since }}{% endif %}' +
        '{% else %}you said yes to title news{% if since != blank %} on {{ since }}{% endif %}{% endcase %}. Every rule we asked: {{ link | short }}',
      es:
        '{{ service }}: nuestro SMS del {{ date }} fue enviado porque ' +
        '{% case group %}{% when "code" %}alguien ha pedido una clave{% when "security" %}hubo actividad en tu cuenta' +
        '{% when "account" %}trata de tu plan o tus pagos{% when "offers" %}aceptaste recibir ofertas{% if since != blank %} el {{ since }}{% endif %}' +
        '{% else %}aceptaste recibir estrenos{% if since != blank %} el {{ since }}{% endif %}{% endcase %}. Todas las reglas: {{ link | short }}',
      fr:
        '{{ service }} : notre SMS du {{ date }} a été envoyé car ' +
        '{% case group %}{% when "code" %}un code a été demandé{% when "security" %}il y a eu de l\'activité sur votre compte' +
        '{% when "account" %}il concerne votre abonnement ou vos paiements{% when "offers" %}vous avez accepté les offres{% if since != blank %} le {{ since }}{% endif %}' +
        '{% else %}vous avez accepté les titres{% if since != blank %} le {{ since }}{% endif %}{% endcase %}. Toutes les règles : {{ link | short }}',
      de:
        '{{ service }}: Unsere SMS vom {{ date }} kam, weil ' +
        '{% case group %}{% when "code" %}ein Code angefordert wurde{% when "security" %}sich in deinem Konto etwas getan hat' +
        '{% when "account" %}es um dein Abo oder deine Zahlungen geht{% when "offers" %}du {% if since != blank %}am {{ since }} {% endif %}Angeboten zugestimmt hast' +
        '{% else %}du {% if since != blank %}am {{ since }} {% endif %}Titel-SMS zugestimmt hast{% endcase %}. Alle Regeln: {{ link | short }}',
      pt:
        '{{ service }}: enviamos o SMS de {{ date }} porque ' +
        '{% case group %}{% when "code" %}houve um pedido de acesso{% when "security" %}houve atividade na sua conta' +
        '{% when "account" %}trata do seu plano ou pagamento{% when "offers" %}as ofertas foram aceitas nesta conta{% if since != blank %} em {{ since }}{% endif %}' +
        '{% else %}as novidades foram aceitas nesta conta{% if since != blank %} em {{ since }}{% endif %}{% endcase %}. Todas as regras: {{ link | short }}',
      ja:
        '【{{ service }}】{{ date }}のSMSは、' +
        '{% case group %}{% when "code" %}認証コードの依頼があった{% when "security" %}アカウントに動きがあった' +
        '{% when "account" %}ご契約やお支払いに関する内容の{% when "offers" %}{% if since != blank %}{{ since }}に{% endif %}特典の配信に同意いただいている' +
        '{% else %}{% if since != blank %}{{ since }}に{% endif %}作品情報の配信に同意いただいている{% endcase %}ためお送りしました。詳細: {{ link | short }}',
    },
  },
  {
    name: 'reply.settings',
    purpose: 'reply.compliance',
    example: { service, link },
    texts: {
      en: '{{ service }}: choose which texts you get. This link is yours alone, do not share it: {{ link | short }}',
      es: '{{ service }}: elige los SMS que quieres recibir. Este enlace es solo para ti, no lo compartas: {{ link | short }}',
      fr: '{{ service }} : choisissez les SMS à recevoir. Ce lien est personnel, ne le partagez pas : {{ link | short }}',
      de: '{{ service }}: Wähle, welche SMS du bekommst. Der Link gilt nur für dich, gib ihn nicht weiter: {{ link | short }}',
      pt: '{{ service }}: escolha os SMS que quer receber. Este link é pessoal, guarde com cuidado: {{ link | short }}',
      ja: '【{{ service }}】受け取るSMSを選べます。このリンクはご本人専用です。共有しないでください: {{ link | short }}',
    },
  },
  {
    name: 'reply.support',
    purpose: 'reply.support',
    example: { service, answer: 'Thanks for waiting. Please restart the app and try once more.' },
    texts: {
      en: '{{ service }} support: {{ answer }}',
      es: '{{ service }}, ayuda: {{ answer }}',
      fr: '{{ service }}, assistance : {{ answer }}',
      de: '{{ service }} Hilfe: {{ answer }}',
      pt: '{{ service }}, ajuda: {{ answer }}',
      ja: '【{{ service }}】サポート:{{ answer }}',
    },
  },
  {
    // The second half of a double opt-in. `group` is titles, offers or both.
    name: 'consent.confirm',
    purpose: 'consent.confirm',
    example: { service, group: 'titles' },
    texts: {
      en:
        '{{ service }}: reply YES to get ' +
        '{% case group %}{% when "titles" %}title news{% when "offers" %}offers{% else %}title news and offers{% endcase %}' +
        ' by text. Msg frequency varies. Msg&data rates may apply. Reply HELP for help, STOP to end.',
      es:
        '{{ service }}: responde SI para recibir ' +
        '{% case group %}{% when "titles" %}avisos de estrenos{% when "offers" %}ofertas{% else %}estrenos y ofertas{% endcase %}' +
        ' por SMS. Frecuencia variable. Tu operador puede cobrar. AYUDA para ayuda, STOP para terminar.',
      fr:
        '{{ service }} : répondez OUI pour recevoir ' +
        '{% case group %}{% when "titles" %}les nouveaux titres{% when "offers" %}nos offres' +
        '{% else %}nouveaux titres et offres{% endcase %}' +
        ' par SMS. Fréquence variable. Tarif selon votre opérateur. AIDE pour une aide, STOP pour refuser.',
      de:
        '{{ service }}: Antworte JA, um ' +
        '{% case group %}{% when "titles" %}neue Titel{% when "offers" %}Angebote{% else %}neue Titel und Angebote{% endcase %}' +
        ' per SMS zu bekommen. Anzahl variiert. Es gilt dein Mobilfunktarif. HILFE für Hilfe, STOP zum Abbestellen.',
      pt:
        '{{ service }}: responda SIM para receber ' +
        '{% case group %}{% when "titles" %}novidades{% when "offers" %}ofertas{% else %}novidades e ofertas{% endcase %}' +
        ' por SMS. A quantidade varia. A operadora pode cobrar. AJUDA para ajuda, STOP para sair.',
      ja:
        '【{{ service }}】' +
        '{% case group %}{% when "titles" %}作品情報{% when "offers" %}特典情報{% else %}作品と特典の情報{% endcase %}' +
        'のSMS配信を希望される場合は「はい」と返信してください。配信頻度は変動し、通信料がかかる場合があります。ヘルプはHELP、配信停止はSTOPと返信',
    },
  },
  {
    name: 'account.payment',
    purpose: 'account.payment',
    example: { service, amount: '$11.99', date: 'Nov 3', plan: 'Premium', link },
    optional: ['plan'],
    texts: {
      en: '{{ service }}: we received your payment of {{ amount }} on {{ date }}.{% if plan %} Plan: {{ plan }}.{% endif %} Details: {{ link | short }}',
      es: '{{ service }}: recibimos tu pago de {{ amount }} el {{ date }}.{% if plan %} Plan: {{ plan }}.{% endif %} Detalles: {{ link | short }}',
      fr: '{{ service }} : votre paiement de {{ amount }} du {{ date }} est confirmé.{% if plan %} Formule : {{ plan }}.{% endif %} Détails : {{ link | short }}',
      de: '{{ service }}: Deine Zahlung über {{ amount }} vom {{ date }} ist eingegangen.{% if plan %} Tarif: {{ plan }}.{% endif %} Details: {{ link | short }}',
      pt: '{{ service }}: recebemos o seu pagamento de {{ amount }} em {{ date }}.{% if plan %} Plano: {{ plan }}.{% endif %} Detalhes: {{ link | short }}',
      ja: '【{{ service }}】{{ date }}に{{ amount }}のお支払いを確認しました。{% if plan %}プラン:{{ plan }}。{% endif %}詳細: {{ link | short }}',
    },
  },
  {
    // Of this one and the two after it, `date` is the day until which they can watch all the same.
    name: 'account.payment_failed',
    purpose: 'account.payment',
    example: { service, amount: '$11.99', date: 'Nov 10', link },
    optional: ['date'],
    texts: {
      en: '{{ service }}: your payment of {{ amount }} did not go through. Update your payment method{% if date %} by {{ date }}{% endif %} to keep watching: {{ link | short }}',
      es: '{{ service }}: no pudimos cobrar {{ amount }}. Actualiza tu forma de pago{% if date %} antes del {{ date }}{% endif %} para seguir viendo: {{ link | short }}',
      fr: "{{ service }} : votre paiement de {{ amount }} a échoué. Changez de moyen de paiement{% if date %} avant le {{ date }}{% endif %} pour garder l'accès : {{ link | short }}",
      de: '{{ service }}: Deine Zahlung über {{ amount }} hat nicht geklappt. Bitte aktualisiere deine Zahlungsart{% if date %} bis {{ date }}{% endif %}: {{ link | short }}',
      pt: '{{ service }}: o pagamento de {{ amount }} falhou. Atualize a forma de pagamento{% if date %} até {{ date }}{% endif %} para continuar assistindo: {{ link | short }}',
      ja: '【{{ service }}】{{ amount }}のお支払いができませんでした。{% if date %}{{ date }}までに{% endif %}支払い方法を更新してください: {{ link | short }}',
    },
  },
  {
    name: 'account.payment_failed_again',
    purpose: 'account.payment',
    example: { service, amount: '$11.99', date: 'Nov 10', link },
    optional: ['date'],
    texts: {
      en: '{{ service }}: your payment of {{ amount }} is still open.{% if date %} You can watch until {{ date }}.{% endif %} To pay or change your payment method: {{ link | short }}',
      es: '{{ service }}: tu pago de {{ amount }} sigue pendiente.{% if date %} Puedes ver hasta el {{ date }}.{% endif %} Paga o cambia tu forma de pago: {{ link | short }}',
      fr: "{{ service }} : votre paiement de {{ amount }} est toujours en attente.{% if date %} Accès jusqu'au {{ date }}.{% endif %} Payer ou changer de moyen : {{ link | short }}",
      de: '{{ service }}: Deine Zahlung über {{ amount }} ist noch offen.{% if date %} Du kannst bis {{ date }} schauen.{% endif %} Zahlen oder Zahlungsart ändern: {{ link | short }}',
      pt: '{{ service }}: o pagamento de {{ amount }} segue em aberto.{% if date %} Assista até {{ date }}.{% endif %} Pague ou mude a forma de pagamento: {{ link | short }}',
      ja: '【{{ service }}】{{ amount }}のお支払いがまだ完了していません。{% if date %}{{ date }}までご視聴いただけます。{% endif %}お支払い・支払い方法の変更: {{ link | short }}',
    },
  },
  {
    name: 'account.payment_failed_last',
    purpose: 'account.payment',
    example: { service, amount: '$11.99', date: 'Nov 10', link },
    optional: ['date'],
    texts: {
      en: '{{ service }}, last notice: your payment of {{ amount }} is open{% if date %} and your access ends on {{ date }}{% endif %}. Pay here to keep watching: {{ link | short }}',
      es: '{{ service }}, aviso final: tu pago de {{ amount }} sigue pendiente{% if date %} y tu acceso termina el {{ date }}{% endif %}. Paga para seguir: {{ link | short }}',
      fr: "{{ service }}, dernier rappel : votre paiement de {{ amount }} manque{% if date %}, l'accès prend fin le {{ date }}{% endif %}. Payer pour continuer : {{ link | short }}",
      de: '{{ service }}, letzte Erinnerung: Deine Zahlung über {{ amount }} ist offen{% if date %}, dein Zugang endet am {{ date }}{% endif %}. Jetzt zahlen: {{ link | short }}',
      pt: '{{ service }}, aviso final: o pagamento de {{ amount }} segue em aberto{% if date %} e o acesso termina em {{ date }}{% endif %}. Pague para continuar: {{ link | short }}',
      ja: '【{{ service }}】最終のお知らせ:{{ amount }}のお支払いが完了していません。{% if date %}{{ date }}でご視聴いただけなくなります。{% endif %}お支払いはこちら: {{ link | short }}',
    },
  },
  {
    name: 'account.suspended',
    purpose: 'account.payment',
    example: { service, plan: 'Premium', link },
    optional: ['plan'],
    texts: {
      en: '{{ service }}: your {% if plan %}{{ plan }} {% endif %}plan is on hold, because a payment did not go through. To watch again, pay here: {{ link | short }}',
      es: '{{ service }}: tu plan {% if plan %}{{ plan }} {% endif %}queda en pausa porque no pudimos cobrar. Para volver a ver, paga: {{ link | short }}',
      fr: "{{ service }} : votre formule {% if plan %}{{ plan }} {% endif %}est suspendue, un paiement n'a pas abouti. Pour regarder de nouveau, payez ici : {{ link | short }}",
      de: '{{ service }}: Dein Abo {% if plan %}{{ plan }} {% endif %}ruht, weil eine Zahlung nicht geklappt hat. Hier zahlen und weiterschauen: {{ link | short }}',
      pt: '{{ service }}: o seu plano {% if plan %}{{ plan }} {% endif %}foi suspenso porque um pagamento falhou. Pague aqui para voltar a assistir: {{ link | short }}',
      ja: '【{{ service }}】お支払いが確認できないため、{% if plan %}{{ plan }}{% endif %}プランを停止しました。再開するにはこちらでお支払いください: {{ link | short }}',
    },
  },
  {
    name: 'account.restored',
    purpose: 'account.payment',
    example: { service, plan: 'Premium', renewal_date: 'Dec 3', link },
    optional: ['plan', 'renewal_date'],
    texts: {
      en: '{{ service }}: your {% if plan %}{{ plan }} {% endif %}plan is back, you can watch again.{% if renewal_date %} Next payment: {{ renewal_date }}.{% endif %} Your account: {{ link | short }}',
      es: '{{ service }}: tu plan {% if plan %}{{ plan }} {% endif %}vuelve a estar activo, ya puedes ver.{% if renewal_date %} Siguiente pago: {{ renewal_date }}.{% endif %} Tu cuenta: {{ link | short }}',
      fr: '{{ service }} : votre formule {% if plan %}{{ plan }} {% endif %}est de nouveau active.{% if renewal_date %} Prochain paiement : {{ renewal_date }}.{% endif %} Votre compte : {{ link | short }}',
      de: '{{ service }}: Dein Abo {% if plan %}{{ plan }} {% endif %}läuft wieder, du kannst weiterschauen.{% if renewal_date %} Nächste Zahlung: {{ renewal_date }}.{% endif %} Dein Konto: {{ link | short }}',
      pt: '{{ service }}: o seu plano {% if plan %}{{ plan }} {% endif %}voltou, aproveite.{% if renewal_date %} Pagamento seguinte: {{ renewal_date }}.{% endif %} A sua conta: {{ link | short }}',
      ja: '【{{ service }}】{% if plan %}{{ plan }}{% endif %}プランを再開しました。ご視聴いただけます。{% if renewal_date %}次回のお支払い:{{ renewal_date }}。{% endif %}アカウント: {{ link | short }}',
    },
  },
  {
    // `date` is the last day on which the card is good, which may be past: the words are true before and after.
    name: 'account.card_expires',
    purpose: 'account.payment',
    example: { service, date: 'Nov 30', renewal_date: 'Dec 15', link },
    optional: ['renewal_date'],
    texts: {
      en: '{{ service }}: the card you pay with is valid until {{ date }}.{% if renewal_date %} Next payment: {{ renewal_date }}.{% endif %} Please use another one: {{ link | short }}',
      es: '{{ service }}: tu tarjeta vale hasta el {{ date }}.{% if renewal_date %} Siguiente pago: {{ renewal_date }}.{% endif %} Pon otra: {{ link | short }}',
      fr: "{{ service }} : votre carte est valable jusqu'au {{ date }}.{% if renewal_date %} Prochain paiement : {{ renewal_date }}.{% endif %} Changez-la : {{ link | short }}",
      de: '{{ service }}: Deine Karte gilt bis {{ date }}.{% if renewal_date %} Nächste Zahlung: {{ renewal_date }}.{% endif %} Bitte nimm eine andere: {{ link | short }}',
      pt: '{{ service }}: o seu meio de pagamento vale até {{ date }}.{% if renewal_date %} Pagamento seguinte: {{ renewal_date }}.{% endif %} Use outro: {{ link | short }}',
      ja: '【{{ service }}】お支払いのカードの有効期限は{{ date }}です。{% if renewal_date %}次回のお支払い:{{ renewal_date }}。{% endif %}カードの変更: {{ link | short }}',
    },
  },
  {
    name: 'account.renewal',
    purpose: 'account.renewal',
    example: { service, plan: 'Premium', date: 'Nov 10', amount: '$11.99', every: 'month', link },
    optional: ['plan', 'amount', 'every'],
    texts: {
      en: `{{ service }}: your {% if plan %}{{ plan }} {% endif %}plan renews on {{ date }}{% if amount %} for {{ amount }}${every.en}{% endif %}. To change or cancel it: {{ link | short }}`,
      es: `{{ service }}: tu plan {% if plan %}{{ plan }} {% endif %}se renueva el {{ date }}{% if amount %} por {{ amount }}${every.es}{% endif %}. Cambiar o cancelar: {{ link | short }}`,
      fr: `{{ service }} : votre formule {% if plan %}{{ plan }} {% endif %}sera renouvelée le {{ date }}{% if amount %} pour {{ amount }}${every.fr}{% endif %}. Modifier ou résilier : {{ link | short }}`,
      de: `{{ service }}: Dein Abo {% if plan %}{{ plan }} {% endif %}verlängert sich am {{ date }}{% if amount %} für {{ amount }}${every.de}{% endif %}. Ändern oder kündigen: {{ link | short }}`,
      pt: `{{ service }}: o seu plano {% if plan %}{{ plan }} {% endif %}renova em {{ date }}{% if amount %} por {{ amount }}${every.pt}{% endif %}. Para alterar ou cancelar: {{ link | short }}`,
      ja: `【{{ service }}】{% if plan %}{{ plan }}{% endif %}プランは{{ date }}に{% if amount %}${every.ja}{{ amount }}で{% endif %}更新されます。変更・解約はこちら: {{ link | short }}`,
    },
  },
  {
    // What was approved, for whoever did not approve it. Without `date` it counts at once.
    name: 'account.plan',
    purpose: 'account.plan',
    example: {
      ...{ service, plan: 'Premium', previous_plan: 'Standard', date: 'Nov 10' },
      ...{ amount: '$11.99', every: 'month', link },
    },
    optional: ['previous_plan', 'date', 'amount', 'every'],
    texts: {
      en: `{{ service }}: your new plan{% if date %} from {{ date }}{% endif %} is {{ plan }}{% if previous_plan %} instead of {{ previous_plan }}{% endif %}{% if amount %}, {{ amount }}${every.en}{% endif %}. If you did not ask for this: {{ link | short }}`,
      es: `{{ service }}: {% if date %}desde el {{ date }} {% endif %}tu plan es {{ plan }}{% if previous_plan %}, ya no {{ previous_plan }}{% endif %}{% if amount %}, {{ amount }}${every.es}{% endif %}. Si no lo has pedido: {{ link | short }}`,
      fr: `{{ service }} : nouvelle formule{% if date %} dès le {{ date }}{% endif %} : {{ plan }}{% if previous_plan %} (avant : {{ previous_plan }}){% endif %}{% if amount %}, {{ amount }}${every.fr}{% endif %}. Pas vous ? {{ link | short }}`,
      de: `{{ service }}: Dein neues Abo{% if date %} ab {{ date }}{% endif %}: {{ plan }}{% if previous_plan %} statt {{ previous_plan }}{% endif %}{% if amount %}, {{ amount }}${every.de}{% endif %}. Warst du das nicht? {{ link | short }}`,
      pt: `{{ service }}: {% if date %}a partir de {{ date }} {% endif %}o seu plano é {{ plan }}{% if previous_plan %}, antes {{ previous_plan }}{% endif %}{% if amount %}, {{ amount }}${every.pt}{% endif %}. Se foi outra pessoa: {{ link | short }}`,
      ja: `【{{ service }}】{% if date %}{{ date }}から{% endif %}プランが{% if previous_plan %}{{ previous_plan }}から{% endif %}{{ plan }}に変わります。{% if amount %}料金は${every.ja}{{ amount }}です。{% endif %}お心当たりがない場合: {{ link | short }}`,
    },
  },
  {
    // Without what they will pay it would say nothing.
    name: 'account.price_end',
    purpose: 'account.price_end',
    example: {
      ...{ service, plan: 'Premium', date: 'Nov 10', amount: '$11.99', previous_amount: '$5.99' },
      ...{ every: 'month', link },
    },
    optional: ['plan', 'previous_amount', 'every'],
    texts: {
      en: `{{ service }}: your current price{% if previous_amount %} of {{ previous_amount }}{% endif %} ends on {{ date }}. {% if plan %}{{ plan }}{% else %}Your plan{% endif %} then costs {{ amount }}${every.en}. To change or cancel: {{ link | short }}`,
      es: `{{ service }}: tu precio{% if previous_amount %} de {{ previous_amount }}{% endif %} termina el {{ date }}. Luego {% if plan %}{{ plan }}{% else %}tu plan{% endif %} cuesta {{ amount }}${every.es}. Cambiar o cancelar: {{ link | short }}`,
      fr: `{{ service }} : votre tarif{% if previous_amount %} de {{ previous_amount }}{% endif %} prend fin le {{ date }}. Puis {% if plan %}{{ plan }}{% else %}votre formule{% endif %} passe à {{ amount }}${every.fr}. Changer, résilier : {{ link | short }}`,
      de: `{{ service }}: Dein Preis{% if previous_amount %} von {{ previous_amount }}{% endif %} endet am {{ date }}. Danach kostet {% if plan %}{{ plan }}{% else %}dein Abo{% endif %} {{ amount }}${every.de}. Ändern oder kündigen: {{ link | short }}`,
      pt: `{{ service }}: o seu valor{% if previous_amount %} de {{ previous_amount }}{% endif %} termina em {{ date }}. Depois, {% if plan %}{{ plan }}{% else %}o plano{% endif %} custa {{ amount }}${every.pt}. Alterar ou cancelar: {{ link | short }}`,
      ja: `【{{ service }}】現在の料金{% if previous_amount %}{{ previous_amount }}{% endif %}は{{ date }}で終了し、以降{% if plan %}{{ plan }}{% else %}プラン{% endif %}は${every.ja}{{ amount }}です。変更・解約はこちら: {{ link | short }}`,
    },
  },
  {
    name: 'account.price_rise',
    purpose: 'account.price_end',
    example: {
      ...{ service, plan: 'Premium', date: 'Jan 15', amount: '$12.99', previous_amount: '$11.99' },
      ...{ every: 'month', link },
    },
    optional: ['plan', 'previous_amount', 'every'],
    texts: {
      en: `{{ service }}: from {{ date }} {% if plan %}{{ plan }}{% else %}your plan{% endif %} costs {{ amount }}${every.en}{% if previous_amount %}, until then {{ previous_amount }}{% endif %}. To change or cancel: {{ link | short }}`,
      es: `{{ service }}: desde el {{ date }} {% if plan %}{{ plan }}{% else %}tu plan{% endif %} cuesta {{ amount }}${every.es}{% if previous_amount %}, hasta entonces {{ previous_amount }}{% endif %}. Cambiar o cancelar: {{ link | short }}`,
      fr: `{{ service }} : dès le {{ date }}, {% if plan %}{{ plan }}{% else %}votre formule{% endif %} passe{% if previous_amount %} de {{ previous_amount }}{% endif %} à {{ amount }}${every.fr}. Modifier ou résilier : {{ link | short }}`,
      de: `{{ service }}: Ab {{ date }} kostet {% if plan %}{{ plan }}{% else %}dein Abo{% endif %} {{ amount }}${every.de}{% if previous_amount %}, bis dahin {{ previous_amount }}{% endif %}. Ändern oder kündigen: {{ link | short }}`,
      pt: `{{ service }}: a partir de {{ date }}, {% if plan %}{{ plan }}{% else %}o seu plano{% endif %} passa{% if previous_amount %} de {{ previous_amount }}{% endif %} a {{ amount }}${every.pt}. Alterar ou cancelar: {{ link | short }}`,
      ja: `【{{ service }}】{{ date }}から{% if plan %}{{ plan }}{% else %}プラン{% endif %}の料金が{% if previous_amount %}{{ previous_amount }}から{% endif %}${every.ja}{{ amount }}に変わります。変更・解約はこちら: {{ link | short }}`,
    },
  },
  {
    name: 'account.trial',
    purpose: 'account.trial',
    example: { service, plan: 'Premium', date: 'Nov 10', amount: '$11.99', every: 'month', link },
    optional: ['plan', 'amount', 'every'],
    texts: {
      en: `{{ service }}: your trial ends on {{ date }}. {% if plan %}{{ plan }}{% else %}Your plan{% endif %} then {% if amount %}costs {{ amount }}${every.en}{% else %}has to be paid for{% endif %}. To change or cancel: {{ link | short }}`,
      es: `{{ service }}: tu prueba termina el {{ date }}. Luego {% if plan %}{{ plan }}{% else %}tu plan{% endif %} {% if amount %}cuesta {{ amount }}${every.es}{% else %}es de pago{% endif %}. Cambiar o cancelar: {{ link | short }}`,
      fr: `{{ service }} : votre essai prend fin le {{ date }}. Ensuite, {% if plan %}{{ plan }}{% else %}votre formule{% endif %} {% if amount %}passe à {{ amount }}${every.fr}{% else %}sera payante{% endif %}. Modifier ou résilier : {{ link | short }}`,
      de: `{{ service }}: Dein Probeabo endet am {{ date }}. Danach {% if amount %}kostet {% if plan %}{{ plan }}{% else %}dein Abo{% endif %} {{ amount }}${every.de}{% else %}wird {% if plan %}{{ plan }}{% else %}dein Abo{% endif %} kostenpflichtig{% endif %}. Ändern oder kündigen: {{ link | short }}`,
      pt: `{{ service }}: o seu teste termina em {{ date }}. Depois, {% if plan %}{{ plan }}{% else %}o seu plano{% endif %} {% if amount %}custa {{ amount }}${every.pt}{% else %}passa a ser pago{% endif %}. Alterar ou cancelar: {{ link | short }}`,
      ja: `【{{ service }}】お試し期間は{{ date }}で終了し、以降{% if plan %}{{ plan }}{% else %}プラン{% endif %}は{% if amount %}${every.ja}{{ amount }}{% else %}有料{% endif %}です。変更・解約はこちら: {{ link | short }}`,
    },
  },
  {
    name: 'account.refund',
    purpose: 'account.refund',
    example: { service, amount: '$11.99', date: 'Nov 3', link },
    texts: {
      en: '{{ service }}: we refunded {{ amount }} on {{ date }}. Your bank may take some days to show it. Details: {{ link | short }}',
      es: '{{ service }}: te devolvimos {{ amount }} el {{ date }}. Tu banco puede tardar en mostrarlo. Detalles: {{ link | short }}',
      fr: "{{ service }} : nous avons remboursé {{ amount }} le {{ date }}. Votre banque peut tarder à l'afficher. Détails : {{ link | short }}",
      de: '{{ service }}: Wir haben dir am {{ date }} {{ amount }} erstattet. Deine Bank braucht vielleicht ein paar Tage. Details: {{ link | short }}',
      pt: '{{ service }}: reembolsamos {{ amount }} em {{ date }}. O banco pode demorar alguns dias para mostrar. Detalhes: {{ link | short }}',
      ja: '【{{ service }}】{{ date }}に{{ amount }}を返金しました。明細への反映に数日かかる場合があります。詳細: {{ link | short }}',
    },
  },
  {
    // STOP alone ends titles and offers, not what this one speaks of.
    name: 'account.welcome',
    purpose: 'account.welcome',
    example: { service, plan: 'Premium', link },
    optional: ['plan'],
    texts: {
      en: 'Welcome to {{ service }}. Your {% if plan %}{{ plan }} {% endif %}plan is active. We text about account and billing; STOP ALL ends texts. Account: {{ link | short }}',
      es: 'Te damos la bienvenida a {{ service }}. Tu plan {% if plan %}{{ plan }} {% endif %}ya vale. SMS sobre cuenta y pagos; STOP ALL los termina. Cuenta: {{ link | short }}',
      fr: 'Bienvenue chez {{ service }}. Formule {% if plan %}{{ plan }} {% endif %}active. SMS sur compte et paiements, STOP ALL pour y mettre fin. Compte : {{ link | short }}',
      de: 'Willkommen bei {{ service }}. Dein Abo {% if plan %}{{ plan }} {% endif %}ist aktiv. Wir schreiben zu Konto und Zahlung; STOP ALL beendet das. Konto: {{ link | short }}',
      pt: '{{ service }}: boas-vindas! Plano {% if plan %}{{ plan }} {% endif %}ativado. Enviamos SMS sobre conta e pagamentos; STOP ALL para sair. Conta: {{ link | short }}',
      ja: '{{ service }}へようこそ。{% if plan %}{{ plan }}{% endif %}プランをご利用いただけます。アカウントとお支払いのお知らせをSMSでお送りします。停止はSTOP ALLと返信。アカウント: {{ link | short }}',
    },
  },
  {
    // To whoever has the phone, after an account was recovered with it.
    name: 'alert.recovered',
    purpose: 'alert.security',
    example: { service, link },
    texts: {
      en: '{{ service }} security alert: your account was recovered with this phone. Not you? {{ link | short }}',
      es: '{{ service }}, alerta de seguridad: tu cuenta fue recuperada con este teléfono. Si no lo has pedido: {{ link | short }}',
      fr: "{{ service }}, alerte : votre compte a été récupéré avec ce téléphone. Si ce n'était pas vous : {{ link | short }}",
      de: '{{ service }} Sicherheitshinweis: Dein Konto wurde mit diesem Telefon wiederhergestellt. Falls du das nicht warst: {{ link | short }}',
      pt: '{{ service }}, alerta: a sua conta foi recuperada com este telefone. Se foi outra pessoa, avise: {{ link | short }}',
      ja: '【{{ service }}】この電話でアカウントが復旧されました。お心当たりがない場合: {{ link | short }}',
    },
  },
  {
    // To a number newly added to an account; the old number hears of it by alert.security.
    name: 'account.number',
    purpose: 'account.number',
    example: { service, date: 'Nov 3', link },
    texts: {
      en: '{{ service }}: this number was added to your account on {{ date }}. If you did not ask for this: {{ link | short }}',
      es: '{{ service }}: este teléfono fue asociado a tu cuenta el {{ date }}. Si no lo has pedido: {{ link | short }}',
      fr: "{{ service }} : ce numéro a été associé à votre compte le {{ date }}. Si ce n'était pas vous : {{ link | short }}",
      de: '{{ service }}: Diese Nummer gehört seit {{ date }} zu deinem Konto. Falls du das nicht warst: {{ link | short }}',
      pt: '{{ service }}: este telefone foi associado à sua conta em {{ date }}. Se foi outra pessoa, avise: {{ link | short }}',
      ja: '【{{ service }}】{{ date }}にこの番号がアカウントに登録されました。お心当たりがない場合: {{ link | short }}',
    },
  },
  {
    // To the number that an account had until now. `ending`: the last two digits of the new one.
    name: 'account.number_changed',
    purpose: 'account.number',
    example: { service, ending: '42', link },
    texts: {
      en: '{{ service }}: your number was changed to one ending in {{ ending }}. Not you? {{ link | short }}',
      es: '{{ service }}: tu cuenta tiene un nuevo teléfono que termina en {{ ending }}. Si no lo has pedido: {{ link | short }}',
      fr: "{{ service }} : votre compte a un nouveau numéro finissant par {{ ending }}. Si ce n'était pas vous : {{ link | short }}",
      de: '{{ service }}: Dein Konto hat eine neue Nummer mit der Endung {{ ending }}. Falls du das nicht warst: {{ link | short }}',
      pt: '{{ service }}: a sua conta tem um novo telefone com final {{ ending }}. Se foi outra pessoa, avise: {{ link | short }}',
      ja: '【{{ service }}】電話番号が末尾{{ ending }}の番号に変更されました。お心当たりがない場合: {{ link | short }}',
    },
  },
  {
    // Asked once a year at most, where something suggests it.
    name: 'account.number_check',
    purpose: 'account.number',
    example: { service, link },
    texts: {
      en: '{{ service }}: is this still your number? Check it and your settings: {{ link | short }}',
      es: '{{ service }}: ¿este sigue siendo tu teléfono? Revisa tu cuenta y tus ajustes: {{ link | short }}',
      fr: '{{ service }} : est-ce toujours votre numéro ? Vérifiez votre compte et vos réglages : {{ link | short }}',
      de: '{{ service }}: Ist das noch deine Nummer? Prüfe sie und deine Einstellungen: {{ link | short }}',
      pt: '{{ service }}: este ainda é o seu telefone? Confira a sua conta e os seus ajustes: {{ link | short }}',
      ja: '【{{ service }}】この電話番号は現在もご利用中ですか。番号と設定のご確認: {{ link | short }}',
    },
  },
  {
    name: 'title.new_episode',
    purpose: 'title.new_episode',
    example: { service, title: 'The Phantom Empire', episode: 'Chapter 4: Phantom Broadcast', link },
    texts: endable({
      en: '{{ service }}: {{ title }}, {{ episode }}. Watch now: {{ link | short }}',
      es: '{{ service }}: nuevo de {{ title }}, {{ episode }}. Ver ahora: {{ link | short }}',
      fr: '{{ service }} : {{ title }}, {{ episode }}. Voir maintenant : {{ link | short }}',
      de: '{{ service }}: Neu in {{ title }}: {{ episode }}. Jetzt ansehen: {{ link | short }}',
      pt: '{{ service }}: novo em {{ title }}, {{ episode }}. Assista agora: {{ link | short }}',
      ja: '【{{ service }}】{{ title }}「{{ episode }}」を配信開始: {{ link | short }}',
    }),
  },
  {
    name: 'title.release',
    purpose: 'title.release',
    example: { service, title: 'The Phantom Creeps', link },
    texts: endable({
      en: '{{ service }}: {{ title }} is here. Watch now: {{ link | short }}',
      es: '{{ service }}: ya puedes ver {{ title }}: {{ link | short }}',
      fr: '{{ service }} : {{ title }} est disponible. Voir maintenant : {{ link | short }}',
      de: '{{ service }}: {{ title }} ist da. Jetzt ansehen: {{ link | short }}',
      pt: '{{ service }}: {{ title }} chegou. Assista agora: {{ link | short }}',
      ja: '【{{ service }}】「{{ title }}」を配信開始: {{ link | short }}',
    }),
  },
  {
    name: 'title.premiere',
    purpose: 'title.premiere',
    example: { service, title: 'Metropolis', date: 'Nov 10', time: '20:00', link },
    texts: endable({
      en: '{{ service }}: {{ title }} premieres on {{ date }} at {{ time }}: {{ link | short }}',
      es: '{{ service }}: {{ title }} se estrena el {{ date }}, {{ time }}: {{ link | short }}',
      fr: '{{ service }} : {{ title }}, en première le {{ date }} à {{ time }} : {{ link | short }}',
      de: '{{ service }}: {{ title }} startet am {{ date }} um {{ time }}: {{ link | short }}',
      pt: '{{ service }}: {{ title }} estreia em {{ date }}, {{ time }}: {{ link | short }}',
      ja: '【{{ service }}】「{{ title }}」{{ date }} {{ time }}プレミア配信: {{ link | short }}',
    }),
  },
  {
    name: 'title.leaving',
    purpose: 'title.leaving',
    example: { service, title: 'Carnival of Souls', date: 'Nov 10', link },
    texts: endable({
      en: '{{ service }}: {{ title }} leaves on {{ date }}. Watch it before it goes: {{ link | short }}',
      es: '{{ service }}: {{ title }} se va el {{ date }}. Ver antes de que se vaya: {{ link | short }}',
      fr: '{{ service }} : {{ title }} nous quitte le {{ date }}. Voir avant son départ : {{ link | short }}',
      de: '{{ service }}: {{ title }} verlässt uns am {{ date }}. Vorher noch ansehen: {{ link | short }}',
      pt: '{{ service }}: {{ title }} sai do ar em {{ date }}. Assista antes: {{ link | short }}',
      ja: '【{{ service }}】「{{ title }}」は{{ date }}に配信終了します: {{ link | short }}',
    }),
  },
  {
    name: 'title.download_expiring',
    purpose: 'title.download_expiring',
    example: { service, title: 'Detour', date: 'Nov 10', time: '20:00', link },
    texts: endable({
      en: '{{ service }}: your download of {{ title }} expires on {{ date }} at {{ time }}. Watch it: {{ link | short }}',
      es: '{{ service }}: tu descarga de {{ title }} caduca el {{ date }}, {{ time }}. Ver: {{ link | short }}',
      fr: '{{ service }} : votre téléchargement de {{ title }} expire le {{ date }} à {{ time }}. Voir : {{ link | short }}',
      de: '{{ service }}: Dein Download von {{ title }} läuft am {{ date }} um {{ time }} ab. Ansehen: {{ link | short }}',
      pt: '{{ service }}: o download de {{ title }} expira em {{ date }}, {{ time }}. Assista: {{ link | short }}',
      ja: '【{{ service }}】「{{ title }}」のダウンロードは{{ date }} {{ time }}に期限切れになります: {{ link | short }}',
    }),
  },
  {
    // `because` is the title that led to this one, or blank where naming it would say too much.
    name: 'title.recommendation',
    purpose: 'title.recommendation',
    example: { service, because: 'Nosferatu', title: 'Destiny', link },
    texts: endable({
      en: '{{ service }}: {% if because != blank %}you watched {{ because }}. Next, try {{ title }}{% else %}we think you will like {{ title }}{% endif %}: {{ link | short }}',
      es: '{{ service }}: {% if because != blank %}si te gusta {{ because }}, prueba con {{ title }}{% else %}creemos que te va a gustar {{ title }}{% endif %}: {{ link | short }}',
      fr: '{{ service }} : {% if because != blank %}vous avez vu {{ because }}, essayez {{ title }}{% else %}nous vous proposons {{ title }}{% endif %} : {{ link | short }}',
      de: '{{ service }}: {% if because != blank %}Du hast {{ because }} gesehen, probier doch {{ title }}{% else %}Vielleicht gefällt dir {{ title }}{% endif %}: {{ link | short }}',
      pt: '{{ service }}: {% if because != blank %}quem viu {{ because }} pode gostar de {{ title }}{% else %}que tal assistir {{ title }}{% endif %}: {{ link | short }}',
      ja: '【{{ service }}】{% if because != blank %}「{{ because }}」の次は{% else %}あなたへのおすすめは{% endif %}「{{ title }}」: {{ link | short }}',
    }),
  },
  {
    // `offer` is the campaign's own sentence, in the subscriber's language, with its full stop.
    name: 'offer',
    purpose: 'offer',
    example: { service, offer: 'Three months of Premium for the price of two.', date: 'Nov 30', link },
    texts: endable({
      en: '{{ service }}: {{ offer }} Until {{ date }}: {{ link | short }}',
      es: '{{ service }}: {{ offer }} Hasta el {{ date }}: {{ link | short }}',
      fr: "{{ service }} : {{ offer }} Jusqu'au {{ date }} : {{ link | short }}",
      de: '{{ service }}: {{ offer }} Bis {{ date }}: {{ link | short }}',
      pt: '{{ service }}: {{ offer }} Até {{ date }}: {{ link | short }}',
      ja: '【{{ service }}】{{ offer }} {{ date }}まで: {{ link | short }}',
    }),
  },
]

/**
 * What Usher shipped under a name before, as digests (template.ts) of the texts: who never changed them gets today's. A
 * template whose words change here gets the digest of what it said until then.
 */
export const formerTexts: Readonly<Record<string, readonly string[]>> = {
  'code.sign_in': ['acf7e628e6a4f3ca'],
  'code.reset': ['8959846b1f65d886'],
  'code.recovery': ['6baa142d39fcda9a'],
  'code.number_change': ['e260642273fd75bf'],
  'code.action': ['a807221e26002f0d'],
  'alert.security': ['0d3bf685721cd878'],
  'reply.stop': ['ec01e10b6c21f24a', '505a92299c1a3fea'],
  'reply.start': ['6cf317fb9ab8251c'],
  'reply.why': ['152165903832c2e1', '5f9e295178ef3d39'],
  'reply.settings': ['7195cd1ab52d5dee'],
  'account.payment': ['7401e17ccc0b99a9', '514686396231ac23'],
  'account.payment_failed': ['f6cf808a8580e824', 'da0ccd910f5cfae0'],
  'account.renewal': ['84fd181204d38f24', '0dc167e6c82bcb94'],
  'account.plan': ['152b9a5c9257e920', '9711777c6548e353'],
  'account.price_end': ['efdd5be219793087', '7e88e7b55a0f4769'],
  'account.trial': ['c0e022fd0050bd7d', '181ce770b65ddf5a'],
  'account.refund': ['137f63ff6bd29d1b', '781cd79c3e0dfde5'],
  'account.welcome': ['1739b2259918ccfb', 'd90ac3275218661e'],
  'account.number': ['6deb5b7fb9ca9160'],
  'title.new_episode': ['cafd731890793590'],
  'title.release': ['c7a1266e065afe57'],
  'title.premiere': ['cd8316673e56730f'],
  'title.leaving': ['e2d79e7cc8b525ee'],
  'title.download_expiring': ['d288872014402793'],
  'title.recommendation': ['2645ccebf6f3996d'],
  offer: ['5a242a14a6fb2577'],
}
