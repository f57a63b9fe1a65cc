import { expect, test } from 'vitest'
import { badLinesCsv, look } from './file.ts'

const file = (name: string, text: string) => new File([text], name)

test.each([
  ['a CSV by its name', 'spring.CSV', '{"id":"1"}\n', 'text/csv'],
  ['NDJSON by its name', 'spring.jsonl', 'id,number\n', 'application/x-ndjson'],
  ['NDJSON by its first line', 'export.txt', '{"id":"orph-1"}\n', 'application/x-ndjson'],
  ['a CSV by its first line', 'export.txt', 'id,number\n', 'text/csv'],
])('a file is told to be %s', async (_, name, text, type) => {
  expect((await look(file(name, text))).type).toBe(type)
})

test.each([
  ['known columns', 'id,"number", locale,profile.first_name,consent.offers\r\n1', false, 'Columns: id, number, locale'],
  ['known columns behind a byte order mark', '\ufeffid,zone\n', false, 'Columns: id, zone.'],
  ['a column that is not known', 'id,phone\n', true, 'phone'],
  ['a profile field that templates can not name', 'id,profile.First Name\n', true, 'profile.First Name'],
  ['a consent of no group', 'id,consent.sms\n', true, 'consent.sms'],
  ['no id', 'number,locale\n', true, 'no column id'],
  ['semicolons', 'id;number\n', true, 'something other than commas'],
  ['nothing', '', true, 'empty'],
])('before it is handed over, a CSV with %s is told so', async (_, text, isBad, words) => {
  const { finds } = await look(file('a.csv', text))

  expect(finds).toEqual([{ isBad, words: expect.stringContaining(words) }])
})

test.each([
  ['a JSON array', '[{"id":"orph-1"}]', 'JSON array'],
  ['no JSON', 'id,number', 'no JSON object'],
])('NDJSON that is %s is told so', async (_, text, words) => {
  const { finds } = await look(file('a.ndjson', text))

  expect(finds).toEqual([{ isBad: true, words: expect.stringContaining(words) }])
})

test('bad lines go into a file that no spreadsheet runs', () => {
  const csv = badLinesCsv([
    { line: 3, code: 'invalid_number', detail: 'This is not a number that can be texted.' },
    { line: 7, code: 'invalid_request', detail: '=cmd|x: Unrecognized key: "phone"' },
  ])

  expect(csv).toBe(
    'line,code,detail\r\n' +
      '3,"invalid_number","This is not a number that can be texted."\r\n' +
      `7,"invalid_request","'=cmd|x: Unrecognized key: ""phone"""\r\n`,
  )
})

test.each([
  ['subscribers by the column id', 'a.csv', 'id,number\n', 'subscribers', false, 'Columns: id, number.'],
  [
    'subscriptions by the column subscriber',
    'a.csv',
    'subscriber,plan\n',
    'subscriptions',
    false,
    'Columns: subscriber',
  ],
  ['subscriptions without a plan', 'a.csv', 'subscriber,amount\n', 'subscriptions', true, 'no column plan'],
  ['subscriptions with a strange column', 'a.csv', 'subscriber,plan,price\n', 'subscriptions', true, 'price'],
])('a file is told to hold %s', async (_, name, text, kind, isBad, words) => {
  const chosen = await look(file(name, text))

  expect([chosen.kind, chosen.finds]).toEqual([kind, [{ isBad, words: expect.stringContaining(words) }]])
})

test('of NDJSON the first line tells what it holds, and whoever chose it may say otherwise', async () => {
  const ndjson = file('a.ndjson', '{"plan":"standard","subscriber":"orph-1"}\n')

  expect([(await look(ndjson)).kind, (await look(ndjson, 'subscribers')).kind]).toEqual([
    'subscriptions',
    'subscribers',
  ])
})
