// Who pays how, when a demo begins: so that within a month something happens of every kind that billing has. Data only; it is
// told in docs/try.md.

export interface Part {
  /** By the month, unless told otherwise. */
  every?: 'year'
  renewsInDays?: number
  /** What is paid first is paid when the trial ends. */
  isTrial?: true
  /** Half the price until then. */
  promotionEndsInDays?: number
  cardExpiresInDays?: number
  /** How often their card is declined before it works again. */
  declines?: number
  /** They give another card, cancel, or pause for a month by themselves. */
  changesCardInDays?: number
  cancelsInDays?: number
  pausesInDays?: number
  /** Once they can not watch any more they pay with another card, so many days later. */
  paysAfterSuspensionDays?: number
}

/** More often than it is ever tried. */
const always = 99

export const cast: Readonly<Record<string, Part>> = {
  // Reminded the next morning, then a card that is declined three times and works the fourth.
  'orph-0001': { every: 'year', renewsInDays: 8, declines: 3 },
  'orph-0003': { renewsInDays: 19, cardExpiresInDays: 16 },
  'orph-0004': { renewsInDays: 24, promotionEndsInDays: 22 },
  'orph-0007': { every: 'year', renewsInDays: 21 },
  'orph-0009': { renewsInDays: 4, declines: 1 },
  'orph-0012': { renewsInDays: 5, isTrial: true },
  'orph-0014': { every: 'year', renewsInDays: 36 },
  'orph-0016': { renewsInDays: 6, declines: always, paysAfterSuspensionDays: 3 },
  'orph-0018': { renewsInDays: 25, cardExpiresInDays: 20, changesCardInDays: 13 },
  'orph-0020': { every: 'year', renewsInDays: 33 },
  'orph-0022': { renewsInDays: 15, cancelsInDays: 10 },
  'orph-0023': { renewsInDays: 11, declines: 2 },
  'orph-0025': { renewsInDays: 16, promotionEndsInDays: 26 },
  'orph-0027': { every: 'year', renewsInDays: 12 },
  'orph-0028': { renewsInDays: 9, isTrial: true },
  'orph-0030': { renewsInDays: 20, pausesInDays: 14 },
  'orph-0034': { every: 'year', renewsInDays: 55 },
  'orph-0036': { renewsInDays: 13, isTrial: true, declines: 1 },
  'orph-0038': { renewsInDays: 10, declines: always },
  'orph-0039': { renewsInDays: 17, promotionEndsInDays: 30 },
}

/** Those whose story the quiet background leaves alone. */
export const hasPart = (id: string) => Object.hasOwn(cast, id)
