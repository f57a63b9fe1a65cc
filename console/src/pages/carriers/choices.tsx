// What routes and senders choose among: countries, networks, and purposes with their families.
import { MultiSelect } from '@mantine/core'
import type { Network } from '@usher/contract/carrier'
import { countryChoices, countryName } from '../../countries.ts'
import { dropDown } from '../../drop-down.ts'
import { purposeChoices, purposeFamilies } from '../../purpose-groups.ts'
import { purposeNames } from '../../purposes.ts'

export const networkNames: Record<Network, string> = {
  mobile: 'mobile',
  fixed: 'fixed line',
  fixed_or_mobile: 'fixed or mobile',
  voip: 'VoIP',
  toll_free: 'toll-free',
  other: 'other',
}

const patternName = (pattern: string) =>
  purposeFamilies[pattern] ?? purposeNames[pattern as keyof typeof purposeNames] ?? pattern

const patternChoices = [
  { group: 'Families', items: Object.entries(purposeFamilies).map(([value, label]) => ({ value, label })) },
  ...purposeChoices,
]

interface ChoiceProps {
  label: string
  description?: string
  value: readonly string[] | null
  onChange: (value: string[] | null) => void
  error?: string | undefined
  readOnly?: boolean
}

const orAll = (chosen: string[]) => (chosen.length === 0 ? null : chosen)

export const CountriesField = ({ value, onChange, ...rest }: ChoiceProps) => (
  <MultiSelect
    {...dropDown}
    {...rest}
    placeholder={value === null ? 'All countries' : ''}
    searchable
    hidePickedOptions
    nothingFoundMessage="No country is called so"
    limit={60}
    data={countryChoices}
    value={[...(value ?? [])]}
    onChange={chosen => onChange(orAll(chosen))}
  />
)

export const PurposesField = ({ value, onChange, ...rest }: ChoiceProps) => (
  <MultiSelect
    {...dropDown}
    {...rest}
    placeholder={value === null ? 'All purposes' : ''}
    searchable
    hidePickedOptions
    nothingFoundMessage="No purpose is called so"
    data={patternChoices}
    value={[...(value ?? [])]}
    onChange={chosen => onChange(orAll(chosen))}
  />
)

export const countriesSaid = (countries: readonly string[] | null) =>
  countries === null
    ? 'all countries'
    : countries.length > 4
      ? `${countries.slice(0, 3).map(countryName).join(', ')} and ${countries.length - 3} more`
      : countries.map(countryName).join(', ')

export const purposesSaid = (patterns: readonly string[] | null) => {
  if (patterns === null) return 'all purposes'
  const named = patterns.map(patternName)
  return named.length > 4 ? `${named.slice(0, 3).join(', ')} and ${named.length - 3} more` : named.join(', ')
}
