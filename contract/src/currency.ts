// How many digits of an amount in minor units stand behind the point: 1199 USD is 11.99, 1199 JPY is 1199.

// ISO 4217: what is not here has two. Intl can not be asked: it has the digits that are spent, none for HUF or IDR, and
// would make a hundred times the price of theirs.
const noDigits = 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ')
const threeDigits = 'BHD IQD JOD KWD LYD OMR TND'.split(' ')
const fourDigits = ['CLF', 'UYW']
export const digitsOf = (currency: string): number =>
  noDigits.includes(currency) ? 0 : threeDigits.includes(currency) ? 3 : fourDigits.includes(currency) ? 4 : 2
