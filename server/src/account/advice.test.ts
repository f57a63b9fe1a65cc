import { expect, test } from 'vitest'
import { advise, noticeIn } from './advice.ts'

test.each(['en', 'es', 'fr', 'de', 'pt', 'ja'])(
  'what a text is worth is said in each language of the templates: %s',
  language => {
    expect(noticeIn(language)).not.toBe('')
    if (language !== 'en') expect(noticeIn(language)).not.toBe(noticeIn('en'))
    expect(noticeIn(`${language}-XX`)).toBe(noticeIn(language))
  },
)

test.each([undefined, null, 'sw', '', 'constructor'])('in any other it is said in English: %s', locale => {
  expect(noticeIn(locale)).toBe(noticeIn('en'))
})

test('something stronger is advised until they have it; whatever else speaks for it is said in either case', () => {
  const facts = { purpose: 'sign_in', locale: 'en', isAttacked: true, isVoip: true, isSwapped: true } as const

  expect(advise({ ...facts, hasStronger: false })).toEqual({
    ...{ notice: null, stronger: true, reasons: ['restricted', 'attack', 'voip', 'sim_swapped'] },
  })
  expect(advise({ ...facts, hasStronger: true }).stronger).toBe(false)
})
