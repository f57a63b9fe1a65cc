// Which types, as boxes under what they are about, each with what it means.
import { Button, Checkbox, Group, Input, SimpleGrid, Stack, Text } from '@mantine/core'
import type { OutgoingName } from '@usher/contract/webhook'
import type { ReactNode } from 'react'
import { many } from '../../format.tsx'
import { chosenNames, outgoing, outgoingGroups, rareNames } from './outgoing.ts'

interface TypesFieldProps {
  label: string
  description?: string
  value: readonly OutgoingName[]
  onChange: (types: OutgoingName[]) => void
  error?: string | undefined
  isReadOnly?: boolean
  /** Said beside a type. */
  note?: (name: OutgoingName) => ReactNode
}

export function TypesField({ label, description, value, onChange, error, isReadOnly = false, note }: TypesFieldProps) {
  const shown = chosenNames.filter(name => value.includes(name))
  // What is no box here, such as a test that a program asked for, stays as it is.
  const others = value.filter(name => !chosenNames.includes(name))
  const set = (names: readonly OutgoingName[]) => onChange([...names, ...others])
  return (
    <Checkbox.Group
      label={label}
      description={description}
      error={error}
      inputWrapperOrder={['label', 'description', 'error', 'input']}
      value={shown}
      // The boxes below carry types and nothing else.
      onChange={names => !isReadOnly && set(names as OutgoingName[])}
    >
      <Stack gap="sm" mt="xs">
        {!isReadOnly && (
          <Group gap="xs">
            <Button size="compact-xs" variant="default" onClick={() => set(rareNames)}>
              Rare and worth knowing
            </Button>
            <Button size="compact-xs" variant="default" onClick={() => set(chosenNames)}>
              All
            </Button>
            <Button size="compact-xs" variant="default" onClick={() => set([])}>
              None
            </Button>
            <Text size="xs" c="dimmed" role="status">
              {many(shown.length, 'type')} chosen
            </Text>
          </Group>
        )}
        {outgoingGroups.map(({ group, names }) => (
          <Stack key={group} gap={6} role="group" aria-label={group}>
            <Input.Label component="div" size="xs" c="dimmed">
              {group}
            </Input.Label>
            <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" verticalSpacing="xs">
              {names.map(name => (
                <Checkbox
                  key={name}
                  value={name}
                  disabled={isReadOnly}
                  label={outgoing[name].means}
                  description={
                    <>
                      {name}
                      {outgoing[name].isOften && ' · for each text'}
                      {note?.(name)}
                    </>
                  }
                />
              ))}
            </SimpleGrid>
          </Stack>
        ))}
      </Stack>
    </Checkbox.Group>
  )
}
