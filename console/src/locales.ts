// Languages as people call them, and which way they are written.

const names = new Intl.DisplayNames('en', { type: 'language' })

const known = (locale: string): Intl.Locale | undefined => {
  try {
    return new Intl.Locale(locale.replaceAll('_', '-'))
  } catch {
    return undefined // written as a locale is, and none
  }
}

export const localeName = (locale: string): string => {
  const found = known(locale)
  return found ? (names.of(found.toString()) ?? locale) : locale
}

const rightToLeft = new Set(['Arab', 'Hebr', 'Syrc', 'Thaa', 'Nkoo', 'Adlm', 'Rohg'])
export const directionOf = (locale: string): 'ltr' | 'rtl' =>
  rightToLeft.has(known(locale)?.maximize().script ?? '') ? 'rtl' : 'ltr'

/** What a subscriber gets whose own language a template does not have. */
export const fallback = 'en'

export const sorted = (locales: Iterable<string>): string[] =>
  [...locales].sort((a, b) => Number(b === fallback) - Number(a === fallback) || a.localeCompare(b, 'en'))

/** As the contract has it. */
export const isLocale = (text: string): boolean => /^[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*$/.test(text)
