// The data that consent and hours go by, for who looks it up: regions, keywords, and what a reply would be understood as.
import type { Policy } from '@usher/contract/policy'
import type { Region, RegionOverrides } from '@usher/contract/region'
import type { Keywords } from '@usher/contract/suppression'
import { viewRules } from '../message/policy-preview.ts'
import type { WatchedSetting } from '../store/setting.ts'
import { type Asks, type ReadReply, readReply } from '../subscriber/keywords.ts'
import { widerThanShipped } from '../subscriber/region-overrides.ts'
import { type ListedRegion, listRegions, overrideOf, rulesOfRow } from '../subscriber/regions.ts'
import { keywordData, type Language } from '../subscriber/reply-words.ts'
import type { Handlers } from './call.ts'

type Name = 'listRegions' | 'listKeywords' | 'tryKeywords'

export function rulesDesk(policy: Pick<WatchedSetting<Policy>, 'current'>): Pick<Handlers, Name> {
  const keywords = { items: viewKeywords() }
  return {
    listRegions({ c }) {
      const { regions } = policy.current()
      return c.json({ items: listRegions(regions).map(row => viewRegion(row, regions)) })
    },
    listKeywords: ({ c }) => c.json(keywords),
    tryKeywords({ c, body }) {
      const read = readReply((body as { text: string }).text)
      return c.json({ ...read, sentence: say(read) })
    },
  }
}

function viewRegion({ region, says, rules, ...about }: ListedRegion, overrides: RegionOverrides): Region {
  const { hours, caps, why, widens = null } = overrideOf(region, overrides) ?? { why: null }
  const of = [...(hours ? ['hours' as const] : []), ...(caps ? ['caps' as const] : [])]
  return {
    ...{ region, says: [...says], ...about, notes: [...about.notes] },
    ...viewRules(rules),
    doubleOptIn: rules.doubleOptIn,
    implied: rules.implied,
    stopKeptYears: rules.stopKeptYears,
    stop: rules.stop.map(({ from, ends }) => ({ ...(from !== undefined && { from }), ends })),
    shipped: viewRules(rulesOfRow(region)),
    override: why === null ? null : { of, why, widens, wider: widerThanShipped(region, overrides) },
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
