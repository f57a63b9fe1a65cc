// What a text takes before the server has said so: enough to refuse a huge paste calmly, and to propose a plainer
// character where one alone makes the whole text UCS-2. The server's count is the one that is shown as soon as it is there.

/** GSM 03.38 (3GPP TS 23.038, 6.2.1), and what takes two septets (6.2.1.1). */
const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
const extended = new Set('\f^{}\\[~]|€')

/** What text editors and keyboards put in for what was meant; nobody reads the difference. */
const typed: Record<string, string> = {
  '\u2018': "'",
  '\u2019': "'",
  '\u02bc': "'",
  '\u201a': "'",
  '\u00b4': "'",
  '`': "'",
  '\u201c': '"',
  '\u201d': '"',
  '\u201e': '"',
  '\u00ab': '"',
  '\u00bb': '"',
  '\u2010': '-',
  '\u2011': '-',
  '\u2012': '-',
  '\u2013': '-',
  '\u2014': '-',
  '\u2212': '-',
  '\u2022': '-',
  '\u00b7': '-',
  '\u2026': '...',
  '\u00a0': ' ',
  '\u2009': ' ',
  '\u202f': ' ',
  '\u3000': ' ',
  '\t': ' ',
  '\u200b': '',
  '\u200c': '',
  '\u2060': '',
  '\ufeff': '',
  '\u00ad': '',
  '\u2122': 'TM',
  '\u00ae': '(R)',
  '\u00a9': '(C)',
  '\u00d7': 'x',
}

/** The plainer character that means the same; undefined where there is none. */
export const plainer = (char: string): string | undefined => typed[char]

/** With each such character replaced. What has no plainer one stays. */
export const plain = (text: string): string => [...text].map(char => typed[char] ?? char).join('')

export const isEmoji = (char: string) => /\p{Extended_Pictographic}/u.test(char)

/** A letter that GSM 03.38 has without its accent only. */
export const isAccented = (char: string) => {
  const letter = char.normalize('NFD')[0]!
  return letter !== char && basic.has(letter)
}

/** About as many segments as the text will take; off by one at most, where a pair would be cut. */
export function roughly(text: string): { encoding: 'gsm7' | 'ucs2'; segments: number } {
  let septets = 0
  for (const char of text) {
    if (basic.has(char)) septets++
    else if (extended.has(char)) septets += 2
    else return { encoding: 'ucs2', segments: text.length <= 70 ? 1 : Math.ceil(text.length / 67) }
  }
  return { encoding: 'gsm7', segments: septets <= 160 ? 1 : Math.ceil(septets / 153) }
}
