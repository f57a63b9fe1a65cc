// Filters of both views; they stand in the address.
import { Button, Group, NativeSelect, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch, IconX } from '@tabler/icons-react'
import { type ReactNode, useState } from 'react'
import type { LinkSearch } from '../../router.tsx'
import type { ViewProps } from '../links.tsx'

type Name = 'subscriber' | 'purpose' | 'clicked' | 'verdict' | 'link'
interface Choice {
  name: Name
  any: string
  all: readonly { value: string; label: string }[]
}

export function Filters({
  search,
  go,
  choices,
  children,
}: Pick<ViewProps, 'search' | 'go'> & { choices: readonly Choice[]; children?: ReactNode }) {
  const names: Name[] = ['subscriber', 'link', ...choices.map(({ name }) => name)]
  const change = (to: Partial<LinkSearch>) => go({ ...to, from: undefined, open: undefined })
  return (
    <search aria-label="Filters">
      <Group gap="xs" mb="xs">
        <SubscriberFilter value={search.subscriber} change={subscriber => change({ subscriber })} />
        {choices.map(({ name, any, all }) => {
          const value = search[name] ?? ''
          // A value that came with the address and is none of ours is shown as it is.
          const known = value === '' || all.some(one => one.value === value) ? all : [...all, { value, label: value }]
          return (
            <NativeSelect
              key={name}
              size="xs"
              maw="100%"
              aria-label={any.replace('Any ', '')}
              value={value}
              onChange={event => change({ [name]: event.currentTarget.value || undefined })}
              data={[{ value: '', label: any }, ...known]}
            />
          )
        })}
        {children}
        {names.some(name => search[name]) && (
          <Button
            size="xs"
            variant="subtle"
            leftSection={<IconX size={14} aria-hidden />}
            onClick={() => change(Object.fromEntries(names.map(name => [name, undefined])))}
          >
            Clear
          </Button>
        )}
      </Group>
    </search>
  )
}

/** Taken when the typing rests. What another page puts into the address is shown here, too. */
function SubscriberFilter({
  value = '',
  change,
}: {
  value: string | undefined
  change: (value: string | undefined) => void
}) {
  const [typed, setTyped] = useState(value)
  const [last, setLast] = useState(value)
  if (value !== last) {
    setLast(value)
    setTyped(value)
  }
  const take = useDebouncedCallback((words: string) => {
    // Who typed and went on at once to another page is not called back.
    if (words === value || !window.location.pathname.endsWith('/links')) return
    setLast(words)
    change(words === '' ? undefined : words)
  }, 350)
  return (
    <TextInput
      size="xs"
      w={178}
      aria-label="Subscriber"
      placeholder="Subscriber's id  ( / )"
      data-search
      leftSection={<IconSearch size={14} aria-hidden />}
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
    />
  )
}
