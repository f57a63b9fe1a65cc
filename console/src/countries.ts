// Countries as people call them. The list is the runtime's own, so that none is kept here.
const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' })

export const countryName = (code: string): string => {
  try {
    return names.of(code) ?? code
  } catch {
    return code // two letters, and no region
  }
}

/** Unions, and codes that stand for no place of their own. */
const noCountry = new Set(['AC', 'CP', 'CQ', 'DG', 'EA', 'EU', 'EZ', 'IC', 'QO', 'TA', 'UN', 'XA', 'XB', 'ZZ'])
const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ']

/** A code that was given up (DD, SU) is read as that of its successor: it is left out. */
const isCurrent = (code: string) => new Intl.Locale(`und-${code}`).region === code

export const countryChoices = letters
  .flatMap(first => letters.map(second => first + second))
  .filter(code => !noCountry.has(code) && isCurrent(code) && names.of(code) !== undefined)
  .map(value => ({ value, label: `${names.of(value)} (${value})` }))
  .toSorted((a, b) => a.label.localeCompare(b.label, 'en'))
