// What a reply asks for, when it is one plain keyword. Plain words and more languages come with the consent rules.

export type Keyword = 'stop' | 'start' | 'help'

const words: Record<Keyword, readonly string[]> = {
  stop: [
    ...['STOP', 'STOPALL', 'STOP ALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'REVOKE', 'OPTOUT', 'OPT OUT', 'REMOVE'],
    ...['ARRET', 'DESABONNER', 'ALTO', 'PARAR', 'BAJA', 'NO MAS', 'SAIR', 'STOPP', 'ABMELDEN', '停止', '配信停止'],
  ],
  start: ['START', 'UNSTOP'],
  help: ['HELP', 'INFO', 'AIDE', 'AYUDA', 'HILFE', 'AJUDA', 'ヘルプ'],
}

/** Case, accents, width, punctuation and quoting do not matter. */
const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .toUpperCase()

const byWord = new Map(
  Object.entries(words).flatMap(([keyword, list]) => list.map(word => [fold(word), keyword as Keyword])),
)

export const keywordOf = (text: string): Keyword | null => byWord.get(fold(text)) ?? null
