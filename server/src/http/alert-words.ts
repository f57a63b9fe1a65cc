// The words of the page on which an alert is answered, in the languages of a subscriber's own page.
import type { AlertEvent } from '@usher/contract/alert'
import type { Language } from './preference-words.ts'

export interface AlertWords extends Record<AlertEvent, string> {
  title: string
  /** What happened, where and when stand above it. */
  about: string
  yes: string
  no: string
  when: string
  device: string
  place: string
  confirmedTitle: string
  confirmedAbout: string
  deniedTitle: string
  deniedAbout: string
  expiredTitle: string
  expiredAbout: string
  /** Under one that was answered by yes, or not in time. */
  stillNo: string
  goAccount: string
  overTitle: string
  overAbout: string
}

export const alertWords: Record<Language, AlertWords> = {
  en: {
    title: 'Was this you?',
    about: 'If it was not, say no: we secure your account at once. If you do nothing, nothing changes.',
    yes: 'Yes, it was me',
    no: 'No, it was not me',
    when: 'When',
    device: 'Device',
    place: 'Place',
    sign_in: 'New sign-in',
    password: 'Password changed',
    number: 'Phone number changed',
    email: 'Email address changed',
    payment_method: 'Payment method changed',
    account: 'Account changed',
    confirmedTitle: 'Thank you',
    confirmedAbout: 'You told us that it was you. There is nothing else to do.',
    deniedTitle: 'We are securing your account',
    deniedAbout: 'You told us that it was not you. Next, choose a new password. Use it nowhere else.',
    expiredTitle: 'The time for a yes is over',
    expiredAbout: 'Nothing was changed. If it was not you, you can still say so.',
    stillNo: 'It was not you after all?',
    goAccount: 'To your account',
    overTitle: 'There is nothing to answer here',
    overAbout:
      'This alert is over, or a part of the link was lost on the way. Look at your account if something seems wrong.',
  },
  es: {
    title: '¿Has sido tú?',
    about: 'Si no has sido tú, di que no: protegemos tu cuenta enseguida. Si no haces nada, nada cambia.',
    yes: 'Sí, he sido yo',
    no: 'No, no he sido yo',
    when: 'Cuándo',
    device: 'Dispositivo',
    place: 'Lugar',
    sign_in: 'Nuevo acceso',
    password: 'Cambio de contraseña',
    number: 'Cambio de teléfono',
    email: 'Cambio de correo electrónico',
    payment_method: 'Cambio de forma de pago',
    account: 'Cambio en tu cuenta',
    confirmedTitle: 'Gracias',
    confirmedAbout: 'Nos has dicho que has sido tú. No tienes que hacer nada más.',
    deniedTitle: 'Estamos protegiendo tu cuenta',
    deniedAbout:
      'Nos has dicho que no has sido tú. Ahora elige una contraseña nueva y no la uses en ningún otro sitio.',
    expiredTitle: 'El plazo para decir que sí ha terminado',
    expiredAbout: 'No ha cambiado nada. Si no has sido tú, aún puedes decirlo.',
    stillNo: '¿Al final no has sido tú?',
    goAccount: 'A tu cuenta',
    overTitle: 'Aquí no hay nada que responder',
    overAbout:
      'Esta alerta ha terminado, o se ha perdido una parte del enlace. Revisa tu cuenta si algo te parece extraño.',
  },
  fr: {
    title: 'Était-ce vous ?',
    about:
      'Si ce n’était pas vous, dites non : nous protégeons votre compte aussitôt. Si vous ne faites rien, rien ne change.',
    yes: 'Oui, c’était moi',
    no: 'Non, ce n’était pas moi',
    when: 'Quand',
    device: 'Appareil',
    place: 'Lieu',
    sign_in: 'Nouvelle connexion',
    password: 'Mot de passe modifié',
    number: 'Numéro de téléphone modifié',
    email: 'Adresse e-mail modifiée',
    payment_method: 'Moyen de paiement modifié',
    account: 'Compte modifié',
    confirmedTitle: 'Merci',
    confirmedAbout: 'Vous nous avez dit que c’était vous. Il n’y a rien d’autre à faire.',
    deniedTitle: 'Nous protégeons votre compte',
    deniedAbout:
      'Vous nous avez dit que ce n’était pas vous. Choisissez maintenant un nouveau mot de passe et ne l’utilisez nulle part ailleurs.',
    expiredTitle: 'Le délai pour dire oui est passé',
    expiredAbout: 'Rien n’a changé. Si ce n’était pas vous, vous pouvez encore le dire.',
    stillNo: 'Ce n’était finalement pas vous ?',
    goAccount: 'Vers votre compte',
    overTitle: 'Il n’y a rien à répondre ici',
    overAbout:
      'Cette alerte est terminée, ou une partie du lien s’est perdue. Vérifiez votre compte si quelque chose vous semble anormal.',
  },
  de: {
    title: 'Warst du das?',
    about: 'Wenn nicht, sag nein: Wir sichern dein Konto sofort. Wenn du nichts tust, ändert sich nichts.',
    yes: 'Ja, das war ich',
    no: 'Nein, das war ich nicht',
    when: 'Wann',
    device: 'Gerät',
    place: 'Ort',
    sign_in: 'Neue Anmeldung',
    password: 'Passwort geändert',
    number: 'Telefonnummer geändert',
    email: 'E-Mail-Adresse geändert',
    payment_method: 'Zahlungsart geändert',
    account: 'Konto geändert',
    confirmedTitle: 'Danke',
    confirmedAbout: 'Du hast uns gesagt, dass du es warst. Mehr ist nicht zu tun.',
    deniedTitle: 'Wir sichern dein Konto',
    deniedAbout:
      'Du hast uns gesagt, dass du es nicht warst. Wähle jetzt ein neues Passwort und nutze es nirgendwo sonst.',
    expiredTitle: 'Die Zeit für ein Ja ist vorbei',
    expiredAbout: 'Nichts wurde geändert. Wenn du es nicht warst, kannst du es noch sagen.',
    stillNo: 'Du warst es doch nicht?',
    goAccount: 'Zu deinem Konto',
    overTitle: 'Hier ist nichts zu beantworten',
    overAbout:
      'Dieser Hinweis ist abgelaufen, oder ein Teil des Links ging verloren. Sieh in deinem Konto nach, wenn dir etwas seltsam vorkommt.',
  },
  pt: {
    title: 'Foi você?',
    about: 'Se não foi, diga não: protegemos a sua conta na hora. Se você não fizer nada, nada muda.',
    yes: 'Sim, fui eu',
    no: 'Não, não fui eu',
    when: 'Quando',
    device: 'Aparelho',
    place: 'Lugar',
    sign_in: 'Novo acesso',
    password: 'Senha alterada',
    number: 'Telefone alterado',
    email: 'E-mail alterado',
    payment_method: 'Forma de pagamento alterada',
    account: 'Conta alterada',
    confirmedTitle: 'Obrigado',
    confirmedAbout: 'Você nos disse que foi você. Não há mais nada a fazer.',
    deniedTitle: 'Estamos protegendo a sua conta',
    deniedAbout: 'Você nos disse que não foi você. Agora crie uma nova senha e não a use em nenhum outro lugar.',
    expiredTitle: 'O prazo para dizer sim terminou',
    expiredAbout: 'Nada foi alterado. Se não foi você, ainda pode dizer.',
    stillNo: 'No fim, não foi você?',
    goAccount: 'Ir para a sua conta',
    overTitle: 'Não há nada para responder aqui',
    overAbout: 'Este alerta terminou, ou uma parte do link se perdeu. Confira a sua conta se algo parecer errado.',
  },
  ja: {
    title: 'ご本人の操作ですか?',
    about:
      '心当たりがない場合は「いいえ」を選んでください。すぐにアカウントを保護します。何もしなければ、何も変わりません。',
    yes: 'はい、私です',
    no: 'いいえ、私ではありません',
    when: '日時',
    device: '端末',
    place: '場所',
    sign_in: '新しいログイン',
    password: 'パスワードの変更',
    number: '電話番号の変更',
    email: 'メールアドレスの変更',
    payment_method: '支払い方法の変更',
    account: 'アカウントの変更',
    confirmedTitle: 'ありがとうございます',
    confirmedAbout: 'ご本人の操作として承りました。ほかに必要な操作はありません。',
    deniedTitle: 'アカウントを保護しています',
    deniedAbout:
      'ご本人の操作ではないと承りました。次に、新しいパスワードを設定してください。ほかのサービスでは使わないでください。',
    expiredTitle: '「はい」の受付は終了しました',
    expiredAbout: '何も変更されていません。ご本人の操作でない場合は、今からでもお知らせください。',
    stillNo: 'やはりご本人ではありませんか?',
    goAccount: 'アカウントへ',
    overTitle: '回答するものはありません',
    overAbout:
      'この通知の受付は終了したか、リンクの一部が欠けています。気になることがあれば、アカウントをご確認ください。',
  },
  ar: {
    title: 'هل كنت أنت؟',
    about: 'إن لم تكن أنت فأجب بلا: نؤمّن حسابك فورًا. إن لم تفعل شيئًا فلن يتغيّر شيء.',
    yes: 'نعم، كنت أنا',
    no: 'لا، لم أكن أنا',
    when: 'الوقت',
    device: 'الجهاز',
    place: 'المكان',
    sign_in: 'تسجيل دخول جديد',
    password: 'تغيير كلمة المرور',
    number: 'تغيير رقم الهاتف',
    email: 'تغيير البريد الإلكتروني',
    payment_method: 'تغيير طريقة الدفع',
    account: 'تغيير في الحساب',
    confirmedTitle: 'شكرًا لك',
    confirmedAbout: 'أخبرتنا أنك أنت من فعل ذلك. لا حاجة إلى شيء آخر.',
    deniedTitle: 'نؤمّن حسابك الآن',
    deniedAbout: 'أخبرتنا أنك لست من فعل ذلك. الخطوة التالية: اختر كلمة مرور جديدة ولا تستخدمها في مكان آخر.',
    expiredTitle: 'انتهت مهلة الإجابة بنعم',
    expiredAbout: 'لم يتغيّر شيء. إن لم تكن أنت فما زال بإمكانك أن تخبرنا.',
    stillNo: 'لم تكن أنت في الحقيقة؟',
    goAccount: 'إلى حسابك',
    overTitle: 'لا يوجد ما يُجاب عنه هنا',
    overAbout: 'انتهى هذا التنبيه، أو ضاع جزء من الرابط. راجع حسابك إن بدا لك شيء غريب.',
  },
}
