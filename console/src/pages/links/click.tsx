// One click beside the list: what it was judged to be, and what that rests on.
import { Anchor, CloseButton, DataList, Group, List, ScrollArea, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Click } from '@usher/contract/link'
import type { ReactNode } from 'react'
import { exact, span } from '../../format.tsx'
import { Empty, Waiting } from '../../page.tsx'
import { purposeNames } from '../../purposes.ts'
import { agentWords } from './agent.ts'
import { Verdict, verdictMark } from './verdict.tsx'
import { Who } from './who.tsx'

interface ClickPanelProps {
  id: string
  /** As it stands in the list; a click is nowhere else. */
  click: Click | undefined
  isListed: boolean
  close: () => void
}

export const ClickPanel = ({ click, isListed, close }: ClickPanelProps) => (
  <ScrollArea h="100%" type="auto" viewportProps={{ tabIndex: 0, role: 'group', 'aria-label': 'The click' }}>
    <Stack gap="md" p="md">
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Title order={2} size="h4">
          {click ? exact(click.at) : 'Click'}
        </Title>
        <CloseButton aria-label="Close the click" onClick={close} />
      </Group>
      {click ? (
        <Told click={click} />
      ) : isListed ? (
        <Empty title="It is not on this page of the list">It is older than what is shown, or filtered out.</Empty>
      ) : (
        <Waiting what="Opening the click" />
      )}
    </Stack>
  </ScrollArea>
)

function Told({ click }: { click: Click }) {
  const { verdict, why, subscriber, message, link, destination, purpose, agent, network, method, afterMs, id } = click
  const facts: [string, ReactNode][] = [
    ['Subscriber', <Who key="who" id={subscriber} />],
    ['Purpose', purposeNames[purpose]],
    ['Destination', destination],
    [
      'Link',
      <Anchor
        key="link"
        size="sm"
        renderRoot={props => <Link to="/links" search={{ view: 'links', open: link }} {...props} />}
      >
        See the link
      </Anchor>,
    ],
    [
      'Text',
      message === null ? (
        'made by hand or by a program'
      ) : (
        <Anchor
          key="text"
          size="sm"
          renderRoot={props => <Link to="/messages" search={{ open: message }} {...props} />}
        >
          See the text
        </Anchor>
      ),
    ],
    ...(afterMs === null ? [] : ([['After the text', span(afterMs)]] satisfies [string, ReactNode][])),
    ['With', agentWords(agent)],
    ['As it says', agent ?? 'nothing'],
    ['Method', method],
    ['Network', network ?? 'not known'],
    ['Id', id],
  ]
  return (
    <>
      <Group gap="xs">
        <Verdict click={{ verdict, why: [] }} />
        <Text size="sm">{verdictMark(verdict).sentence}</Text>
      </Group>
      <section aria-label="Why">
        <Title order={3} size="h5" mb="xs">
          {verdict === null ? 'What is known so far' : 'Why we think so'}
        </Title>
        {why.length === 0 ? (
          <Text size="sm" c="dimmed">
            Nothing was noted.
          </Text>
        ) : (
          <List size="sm" spacing={4}>
            {why.map(sentence => (
              <List.Item key={sentence}>{sentence}</List.Item>
            ))}
          </List>
        )}
      </section>
      <section aria-label="Details">
        <Title order={3} size="h5" mb="xs">
          Details
        </Title>
        <DataList size="sm" gap={6} labelWidth={110}>
          {facts.map(([label, value]) => (
            <DataList.Item key={label}>
              <DataList.ItemLabel>{label}</DataList.ItemLabel>
              <DataList.ItemValue className="anywhere">{value}</DataList.ItemValue>
            </DataList.Item>
          ))}
        </DataList>
      </section>
    </>
  )
}
