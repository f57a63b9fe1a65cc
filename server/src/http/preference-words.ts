// In which language a subscriber's own page speaks, and its words in it. What is not written in a language does not compile.
import { ar } from './preference-words/ar.ts'
import { de } from './preference-words/de.ts'
import { en, type Words } from './preference-words/en.ts'
import { es } from './preference-words/es.ts'
import { fr } from './preference-words/fr.ts'
import { ja } from './preference-words/ja.ts'
import { pt } from './preference-words/pt.ts'

export type { Words }
export const languages = { en, es, fr, de, pt, ja, ar } satisfies Record<string, Words>
export type Language = keyof typeof languages

export const isLanguage = (text: unknown): text is Language =>
  typeof text === 'string' && Object.hasOwn(languages, text)
export const directionOf = (language: Language): 'ltr' | 'rtl' => (language === 'ar' ? 'rtl' : 'ltr')

/** The language of a locale: `pt` of pt-BR. */
export const languageOf = (locale: string | null): Language | undefined => {
  const language = locale?.slice(0, 2).toLowerCase()
  return isLanguage(language) && !/^[a-z]{3}/i.test(locale!) ? language : undefined
}

/** The first that is spoken here of those that a browser asks for; browsers name them in the order in which they are liked. */
export const acceptedLanguage = (header: string | undefined): Language =>
  (header ?? '')
    .split(',')
    .map(one => languageOf(one.trim()))
    .find(language => language !== undefined) ?? 'en'

/** `{name}` in the words becomes what is given for it; each is given, or it is a mistake of ours. */
export const filled = (words: string, values: Record<string, string | number> = {}): string =>
  words.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (!Object.hasOwn(values, name)) throw new Error(`Nothing is given for {${name}}.`)
    return String(values[name])
  })
