// Fields of the filters: what is typed is taken at enter, when the field is left, or when the typing rests.
import { Autocomplete, TextInput, type TextInputProps } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { client } from '../../client.ts'
import { dropDown } from '../../drop-down.ts'

export const typesQuery = {
  queryKey: ['event-types'],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.listEventTypes({ signal }),
  staleTime: 10_000,
}

interface FieldProps {
  value: string | undefined
  change: (value: string | undefined) => void
}

/** What the address says is shown, whoever put it there. */
function useTyped(value = '') {
  const [typed, setTyped] = useState(value)
  const [last, setLast] = useState(value)
  if (value !== last) {
    setLast(value)
    setTyped(value)
  }
  return [typed, setTyped] as const
}

export function WordField({
  name,
  value,
  change,
  ...rest
}: FieldProps & { name: string } & Omit<TextInputProps, 'name' | 'value' | 'onChange'>) {
  const [typed, setTyped] = useTyped(value)
  const take = useDebouncedCallback((words: string) => {
    // Who typed and went on at once to another page is not called back.
    if (words !== (value ?? '') && window.location.pathname.endsWith('/events')) change(words || undefined)
  }, 350)
  return (
    <TextInput
      size="xs"
      aria-label={name}
      autoComplete="off"
      spellCheck={false}
      maxLength={128}
      attributes={{ input: { dir: 'auto' } }}
      value={typed}
      onChange={event => {
        setTyped(event.currentTarget.value)
        take(event.currentTarget.value.trim())
      }}
      onKeyDown={event => {
        if (event.key === 'Enter') take.flush()
        if (event.key === 'Escape') event.currentTarget.blur()
      }}
      {...rest}
    />
  )
}

/** Half a name is the name of nothing: it is taken once it is chosen, or entered. */
export function TypeField({ value, change }: FieldProps) {
  const types = useQuery(typesQuery)
  const [typed, setTyped] = useTyped(value)
  const take = (words: string) => words !== (value ?? '') && change(words || undefined)
  return (
    <Autocomplete
      {...dropDown}
      size="xs"
      flex="1 1 150px"
      maw={250}
      aria-label="Type"
      placeholder="Any type"
      autoComplete="off"
      spellCheck={false}
      maxLength={255}
      limit={40}
      attributes={{ input: { dir: 'auto' } }}
      data={types.data?.items.map(({ type }) => type) ?? []}
      clearable
      clearButtonProps={{ 'aria-label': 'Any type' }}
      value={typed}
      onChange={words => {
        setTyped(words)
        if (words === '') take('')
      }}
      onOptionSubmit={take}
      onBlur={() => take(typed.trim())}
      onKeyDown={event => {
        if (event.key === 'Enter') take(typed.trim())
        if (event.key === 'Escape') event.currentTarget.blur()
      }}
    />
  )
}
