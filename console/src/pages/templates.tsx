// The texts that are written once and sent many times: the newest version of each.
import { Anchor, Button, Group, Modal, Stack, Table, Text, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconPlus, IconSearch } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import type { Template } from '@usher/contract/template'
import { useState } from 'react'
import { client } from '../client.ts'
import { Time } from '../format.tsx'
import { localeName, sorted } from '../locales.ts'
import { Empty, Failed, Page, Waiting } from '../page.tsx'
import { purposeNames } from '../purposes.ts'
import { useRowKeys } from '../rows.ts'
import { useMay } from '../session.tsx'

export default function Templates() {
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['templates'],
    queryFn: ({ signal }) => client.listTemplates({ signal }),
  })
  const mayWrite = useMay('templates:write')
  const [isOpen, { open, close }] = useDisclosure()
  const [filter, setFilter] = useState('')
  const { list, inSearch } = useRowKeys()
  const wanted = filter.trim().toLowerCase()
  const shown = data?.items.filter(({ name, purpose, texts }) =>
    [name, purpose, purposeNames[purpose], ...Object.keys(texts), ...Object.values(texts)].some(one =>
      one.toLowerCase().includes(wanted),
    ),
  )
  const make = mayWrite && (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={open}>
      New template
    </Button>
  )
  return (
    <Page title="Templates" actions={make}>
      {error && <Failed error={error} again={() => void refetch()} />}
      {isPending && <Waiting what="Loading templates" />}
      {data?.items.length === 0 && (
        <Empty title="There are no templates yet" action={make}>
          A template is a text with {'{{ variables }}'}, in as many languages as your subscribers read.
        </Empty>
      )}
      {data && data.items.length > 0 && (
        <>
          <TextInput
            data-search
            type="search"
            label="Find a template"
            description="By its name, purpose, language or words"
            maw={460}
            value={filter}
            onChange={event => setFilter(event.currentTarget.value)}
            onKeyDown={inSearch}
            leftSection={<IconSearch size={16} aria-hidden />}
          />
          {shown?.length === 0 ? (
            <Empty
              title={`No template has “${filter.trim()}”`}
              action={
                <Button variant="default" onClick={() => setFilter('')}>
                  Show all
                </Button>
              }
            />
          ) : (
            <div ref={list}>
              <Rows rows={shown ?? []} />
            </div>
          )}
        </>
      )}
      <Modal opened={isOpen} onClose={close} title="New template" closeButtonProps={{ 'aria-label': 'Close' }}>
        <NewTemplate taken={data?.items ?? []} close={close} />
      </Modal>
    </Page>
  )
}

const Rows = ({ rows }: { rows: readonly Template[] }) => (
  <Table stickyHeader stickyHeaderOffset={52} highlightOnHover verticalSpacing={6} aria-label="Templates">
    <Table.Thead>
      <Table.Tr>
        <Table.Th>Name</Table.Th>
        <Table.Th visibleFrom="sm">Purpose</Table.Th>
        <Table.Th>Languages</Table.Th>
        <Table.Th ta="right" visibleFrom="xs">
          Version
        </Table.Th>
        <Table.Th ta="right">Changed</Table.Th>
      </Table.Tr>
    </Table.Thead>
    <Table.Tbody>
      {rows.map(({ name, purpose, texts, version, createdAt }) => (
        <Table.Tr key={name}>
          <Table.Td miw={160}>
            <Anchor
              data-row
              size="sm"
              style={{ overflowWrap: 'anywhere' }}
              renderRoot={props => <Link to="/templates/$name" params={{ name }} {...props} />}
            >
              {name}
            </Anchor>
          </Table.Td>
          <Table.Td visibleFrom="sm">{purposeNames[purpose]}</Table.Td>
          <Table.Td>
            <Text size="sm" title={sorted(Object.keys(texts)).map(localeName).join(', ')}>
              {sorted(Object.keys(texts)).join(', ')}
            </Text>
          </Table.Td>
          <Table.Td ta="right" visibleFrom="xs" className="tabular">
            {version}
          </Table.Td>
          <Table.Td ta="right">
            <Time at={createdAt} />
          </Table.Td>
        </Table.Tr>
      ))}
    </Table.Tbody>
  </Table>
)

/** As the contract has it. */
const nameable = /^[a-z0-9][a-z0-9._-]{0,63}$/

function NewTemplate({ taken, close }: { taken: readonly Template[]; close: () => void }) {
  const navigate = useNavigate()
  const [name, setName] = useState('')
  const isTaken = taken.some(template => template.name === name)
  const wrong =
    name !== '' && !nameable.test(name)
      ? 'Lower-case letters, digits, dots, dashes and underscores; it begins with a letter or digit.'
      : undefined
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (name === '' || wrong) return
        close()
        void navigate({ to: '/templates/$name', params: { name } })
      }}
    >
      <Stack>
        <TextInput
          label="Name"
          description="What your service asks for it by, for example title.new_season. It can not be changed later."
          data-autofocus
          autoComplete="off"
          spellCheck={false}
          maxLength={64}
          value={name}
          onChange={event => setName(event.currentTarget.value)}
          error={wrong}
        />
        {isTaken && <Text size="sm">There is one of this name. You will see that one.</Text>}
        <Group justify="flex-end">
          <Button type="submit" disabled={name === '' || wrong !== undefined}>
            {isTaken ? 'Open it' : 'Write it'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
