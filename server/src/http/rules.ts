// The data that consent and hours go by, for who looks it up: regions, keywords, and what a reply would be understood as.
import type { Keywords, Region } from '@usher/contract/suppression'
import { type Asks, type ReadReply, readReply } from '../subscriber/keywords.ts'
import { listRegions, type Window } from '../subscriber/regions.ts'
import { keywordData, type Language } from '../subscriber/reply-words.ts'
import type { Handlers } from './call.ts'

type Name = 'listRegions' | 'listKeywords' | 'tryKeywords'

export function rulesDesk(): Pick<Handlers, Name> {
  const regions = { items: listRegions().map(viewRegion) }
  const keywords = { items: viewKeywords() }
  return {
    listRegions: ({ c }) => c.json(regions),
    listKeywords: ({ c }) => c.json(keywords),
    tryKeywords({ c, body }) {
      const read = readReply((body as { text: string }).text)
      return c.json({ ...read, sentence: say(read) })
    },
  }
}

const clock = (minutes: number) =>
  `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
const hours = (window: Window | null) => window && { from: clock(window.from), to: clock(window.to) }

function viewRegion({
  region,
  says,
  rules,
  source,
  confidence,
  advice,
  notes,
}: ReturnType<typeof listRegions>[number]): Region {
  const { weekday, saturday, sunday, holiday } = rules.hours
  return {
    ...{ region, says: [...says], source, confidence, advice, notes },
    hours: {
      weekday: hours(weekday),
      saturday: hours(saturday),
      sunday: hours(sunday),
      holiday: holiday === 'as the day' ? null : hours(holiday),
      isHolidayAsDay: holiday === 'as the day',
    },
    caps: rules.caps,
    doubleOptIn: rules.doubleOptIn,
    implied: rules.implied,
    stopKeptYears: rules.stopKeptYears,
    stop: rules.stop.map(({ from, ends }) => ({ ...(from !== undefined && { from }), ends })),
  }
}

function viewKeywords(): Keywords[] {
  const phrasesOf = (language: string, { source, confidence, ...families }: Language['phrases']): Keywords[] =>
    Object.entries(families).map(([family, words]) => ({
      ...{ language, family, kind: 'phrase' as const, words, source, confidence },
    }))
  const all: [string, Language][] = [['*', keywordData.everywhere], ...Object.entries(keywordData.languages)]
  return [
    ...all.flatMap(([language, { keywords, phrases }]) => [
      ...keywords.map(one => ({ ...one, language, kind: 'keyword' as const })),
      ...phrasesOf(language, phrases),
    ]),
    ...phrasesOf('*', keywordData.patterns),
  ].filter(({ words }) => words.length > 0)
}

const asked: Record<Asks, string> = {
  stop: 'It asks to stop',
  stop_all: 'It asks to stop everything',
  start: 'It asks to start again',
  help: 'It asks for help',
  why: 'It asks why the last text came',
  settings: 'It asks for the settings',
  yes: 'It says yes',
  no: 'It says no',
  wrong_number: 'It says that the number is not theirs',
}

function say({ asks, by, language, word }: ReadReply): string {
  if (asks === null) return 'It asks for nothing that a rule acts on: it is kept, and goes on to who reads replies.'
  const which = `“${word}”${language === null ? '' : ` (${language})`}`
  return by === 'keyword'
    ? `${asked[asks]}: it is the keyword ${which} and nothing else but courtesy.`
    : `${asked[asks]}, in plain words: ${which}.`
}
