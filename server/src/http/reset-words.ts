// The words of the page that a link to reset a password leads to, in the languages of a subscriber's own page.
import type { Language } from './preference-words.ts'

export interface ResetWords {
  title: string
  /** What happens next, said before the button. */
  about: string
  end: string
  go: string
  notYou: string
  overTitle: string
  overAbout: string
}

export const resetWords: Record<Language, ResetWords> = {
  en: {
    title: 'A new password',
    about: 'Somebody asked for a new password for your {service} account. Go on, and you choose it on the next page.',
    end: 'Sign me out everywhere else',
    go: 'Go on',
    notYou: 'It was not you? Close this page: nothing changes.',
    overTitle: 'This link counts no more',
    overAbout:
      'It works once, for half an hour, and until you ask for another one. Ask for a new link where you sign in.',
  },
  es: {
    title: 'Una contraseña nueva',
    about:
      'Alguien ha pedido una contraseña nueva para tu cuenta de {service}. Si continúas, la eliges en la página siguiente.',
    end: 'Cerrar mi sesión en todos los demás dispositivos',
    go: 'Continuar',
    notYou: '¿No has sido tú? Cierra esta página: no cambia nada.',
    overTitle: 'Este enlace ya no vale',
    overAbout: 'Sirve una vez, durante media hora y hasta que pidas otro. Pide un enlace nuevo donde inicias sesión.',
  },
  fr: {
    title: 'Un nouveau mot de passe',
    about:
      'Quelqu’un a demandé un nouveau mot de passe pour votre compte {service}. Si vous continuez, vous le choisissez à la page suivante.',
    end: 'Me déconnecter partout ailleurs',
    go: 'Continuer',
    notYou: 'Ce n’était pas vous ? Fermez cette page : rien ne change.',
    overTitle: 'Ce lien n’est plus valable',
    overAbout:
      'Il sert une fois, pendant une demi-heure et jusqu’à ce que vous en demandiez un autre. Demandez un nouveau lien là où vous vous connectez.',
  },
  de: {
    title: 'Ein neues Passwort',
    about:
      'Jemand hat ein neues Passwort für dein Konto bei {service} angefordert. Wenn du weitergehst, wählst du es auf der nächsten Seite.',
    end: 'Mich überall sonst abmelden',
    go: 'Weiter',
    notYou: 'Das warst nicht du? Schließ diese Seite: Es ändert sich nichts.',
    overTitle: 'Dieser Link gilt nicht mehr',
    overAbout:
      'Er gilt einmal, eine halbe Stunde lang und bis du einen anderen anforderst. Fordere dort einen neuen an, wo du dich anmeldest.',
  },
  pt: {
    title: 'Uma nova senha',
    about:
      'Alguém pediu uma nova senha para a sua conta {service}. Se você continuar, escolhe a senha na próxima página.',
    end: 'Sair da conta em todos os outros aparelhos',
    go: 'Continuar',
    notYou: 'Não foi você? Feche esta página: nada muda.',
    overTitle: 'Este link não vale mais',
    overAbout:
      'Ele funciona uma vez, por meia hora e até você pedir outro. Peça um novo link na página em que você entra na conta.',
  },
  ja: {
    title: '新しいパスワード',
    about:
      '{service}のアカウントについて、新しいパスワードの設定が求められました。続けると、次のページで設定できます。',
    end: 'ほかのすべての端末からログアウトする',
    go: '続ける',
    notYou: '心当たりがない場合は、このページを閉じてください。何も変わりません。',
    overTitle: 'このリンクは使えません',
    overAbout:
      'リンクは1回だけ、30分以内、次のリンクを求めるまで有効です。ログインのページから新しいリンクを求めてください。',
  },
  ar: {
    title: 'كلمة مرور جديدة',
    about: 'طلب أحدهم كلمة مرور جديدة لحسابك في {service}. إذا تابعت فستختارها في الصفحة التالية.',
    end: 'سجّل خروجي من كل الأجهزة الأخرى',
    go: 'متابعة',
    notYou: 'لم تكن أنت؟ أغلق هذه الصفحة: لن يتغيّر شيء.',
    overTitle: 'لم يعد هذا الرابط صالحًا',
    overAbout: 'يعمل مرة واحدة، لنصف ساعة، وحتى تطلب رابطًا آخر. اطلب رابطًا جديدًا من صفحة تسجيل الدخول.',
  },
}
