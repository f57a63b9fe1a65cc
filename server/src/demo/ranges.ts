// The number ranges of the demo: those of Orpheum's subscribers. A number library calls some of them invalid, for nobody can
// have them. Data only.

export interface DemoRange {
  country: string
  /** E.164 beginning, with `+`; a whole number where a single one is reserved. */
  prefix: string
  /** Set aside for fiction by the country's regulator or plan. */
  reserved: boolean
  source: string
}

const ranges = (country: string, reserved: boolean, source: string, ...prefixes: string[]): DemoRange[] =>
  prefixes.map(prefix => ({ country, prefix, reserved, source }))

/** What the demo lets through though a number library may call it invalid. */
export const demoRanges: readonly DemoRange[] = [
  // 555-0100 to 555-0199 of every area code are for fiction; these are the area codes of the demo.
  ...ranges(
    'US',
    true,
    'NANPA: 555-0100 to 555-0199 are set aside for fictional use',
    '+121255501',
    '+130555501',
    '+141555501',
    '+121455501',
    '+140155501',
    '+120655501',
    '+131255501',
    '+160255501',
    '+180855501',
    '+191555501',
  ),
  ...ranges(
    'CA',
    true,
    'NANPA: 555-0100 to 555-0199 are set aside for fictional use',
    '+151455501',
    '+160455501',
    '+170955501',
  ),
  ...ranges('GB', true, 'Ofcom, numbers for drama use: mobile 07700 900000 to 900999', '+447700900'),
  ...ranges('IE', true, 'ComReg, numbering conditions: 020 91X XXXX for drama', '+3532091'),
  ...ranges(
    'AU',
    true,
    'ACMA, numbers for use in creative works: mobile, one by one',
    '+61491570006',
    '+61491570110',
    '+61491570156',
    '+61491570157',
    '+61491570158',
    '+61491570159',
    '+61491570266',
    '+61491570313',
    '+61491570737',
  ),
  ...ranges('FR', true, 'ARCEP, numbering plan: 06 39 98 00 00 to 06 39 98 99 99 for audiovisual works', '+3363998'),
  ...ranges(
    'DE',
    true,
    'Bundesnetzagentur, notice 148/2021, numbers for media productions: mobile',
    '+4917139200',
    '+49176040690',
    '+4915228817386',
    '+4915228895456',
    '+491729925904',
    '+491729968532',
  ),
  // The reserved block begins at 605; the five numbers below 610 are left out to keep to whole tens.
  ...ranges(
    'SE',
    true,
    'PTS, numbers for fiction: mobile 070-174 06 05 to 070-174 06 99',
    '+4670174061',
    '+4670174062',
    '+4670174063',
    '+4670174064',
    '+4670174065',
    '+4670174066',
    '+4670174067',
    '+4670174068',
    '+4670174069',
  ),
  // Below, no regulator sets mobile numbers aside: these begin in a way that the country's plan gives to nobody.
  ...ranges('ES', false, 'Unused: mobile numbers begin with 6 or 71 to 74; 79 is not assigned', '+34790'),
  ...ranges(
    'BR',
    false,
    'Unused: after the area code no mobile number begins with 90, which dials collect calls (90 90)',
    '+551190',
    '+558190',
    '+559290',
  ),
  // Not 080-0: those digits are also freephone 0800.
  ...ranges('JP', false, 'Unused: MIC, 070/080/090-CDEF-GHJK where C is not 0', '+81700', '+81900'),
  ...ranges('IN', false, 'Unused: mobile numbers begin with 6 to 9, and no area code begins with 50', '+9150'),
]
