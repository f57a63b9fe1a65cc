// Choosing one subscriber, by the beginning of their id; the newest are offered first.
import { Group, Select, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Subscriber } from '@usher/contract/subscriber'
import { useState } from 'react'
import { client, sentence } from './client.ts'
import { dropDown } from './drop-down.ts'

export const nameOf = ({ profile }: Pick<Subscriber, 'profile'>): string | undefined =>
  typeof profile.name === 'string' && profile.name.trim() !== '' ? profile.name : undefined

interface SubscriberPickerProps {
  label: string
  description?: string
  /** What stands there while nobody is chosen. */
  placeholder?: string
  error?: string | undefined
  value: string | null
  onChange: (id: string | null) => void
}

export function SubscriberPicker({
  label,
  description,
  placeholder = 'Nobody: samples',
  error: wrong,
  value,
  onChange,
}: SubscriberPickerProps) {
  const [typed, setTyped] = useState('')
  const [settled] = useDebouncedValue(typed === value ? '' : typed.trim(), 250)
  const { data, error } = useQuery({
    queryKey: ['subscribers', 'pick', settled],
    queryFn: ({ signal }) => client.findSubscribers({ limit: 12, ...(settled && { id: settled }) }, { signal }),
    placeholderData: keepPreviousData,
  })
  const found = data?.items ?? []
  const ids = found.map(one => one.id)
  return (
    <Select
      {...dropDown}
      label={label}
      description={description}
      placeholder={placeholder}
      error={wrong}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'Choose nobody' }}
      nothingFoundMessage={error ? sentence(error) : 'No id begins so'}
      data={value !== null && !ids.includes(value) ? [value, ...ids] : ids}
      // The server has searched already.
      filter={({ options }) => options}
      searchValue={typed}
      onSearchChange={setTyped}
      value={value}
      onChange={onChange}
      renderOption={({ option }) => {
        const one = found.find(({ id }) => id === option.value)
        return (
          <Group justify="space-between" wrap="nowrap" w="100%">
            <Text size="sm" truncate>
              {option.label}
            </Text>
            <Text size="xs" truncate>
              {one && [nameOf(one), one.locale].filter(Boolean).join(', ')}
            </Text>
          </Group>
        )
      }}
    />
  )
}
