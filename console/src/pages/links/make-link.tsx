// A link by hand: where it leads, for whom, and whether the destination is told who came. Its address is shown once.
import { Button, Group, Modal, Select, Stack, Switch, Text, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { Link } from '@usher/contract/link'
import { useState } from 'react'
import { client, isProblem, sentence } from '../../client.ts'
import { dropDown } from '../../drop-down.ts'
import { problemAt } from '../../field-problem.ts'
import { exact, settingsQuery } from '../../format.tsx'
import { purposesByHand } from '../../purpose-groups.ts'
import { SubscriberPicker } from '../../subscriber-picker.tsx'
import { ShownOnce } from '../settings/shown-once.tsx'

/** As the server decides where nobody does: an account notice or an alert, to somebody. */
const tellsByItself = (purpose: string) => purpose.startsWith('account.') || purpose.startsWith('alert.')

export function MakeLink({ close }: { close: () => void }) {
  const queries = useQueryClient()
  const navigate = useNavigate()
  const settings = useQuery(settingsQuery)
  const [destination, setDestination] = useState('')
  const [purpose, setPurpose] = useState<Link['purpose'] | null>(null)
  const [subscriber, setSubscriber] = useState<string | null>(null)
  /** Undefined as long as nobody touched the switch. */
  const [context, setContext] = useState<boolean>()
  const hasContext = subscriber !== null && (context ?? tellsByItself(purpose ?? ''))
  const make = useMutation({
    mutationFn: (of: Link['purpose']) =>
      client.createLink({
        destination: destination.trim(),
        purpose: of,
        ...(subscriber !== null && { subscriber }),
        context: hasContext,
      }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['links'] }),
  })
  const atDestination = problemAt(make.error, 'destination', 'foreign_destination')
  const atSubscriber = problemAt(make.error, 'subscriber', 'unknown_subscriber')
  const atPurpose = problemAt(make.error, 'purpose')
  const left = make.error && !atDestination && !atSubscriber && !atPurpose ? sentence(make.error) : undefined
  const allowed = settings.data?.linkDomains.join(', ')
  if (make.data) {
    const { url, link } = make.data
    return (
      <ShownOnce
        title="The link"
        what="the link"
        secret={url}
        close={() => {
          close()
          void navigate({ to: '/links', search: { view: 'links', open: link.id } })
        }}
      >
        <Text size="sm">
          It leads to <span className="anywhere">{link.destination}</span> until {exact(link.expiresAt)}.
          {link.hasContext && ' The destination is told who came, signed, for ten minutes.'}
        </Text>
      </ShownOnce>
    )
  }
  return (
    <Modal opened onClose={close} title="Make a link" size="lg" closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        onSubmit={event => {
          event.preventDefault()
          if (purpose !== null) make.mutate(purpose)
        }}
      >
        <Stack>
          <TextInput
            label="Destination"
            description={`Where it leads, for good.${allowed ? ` It may be at: ${allowed}.` : ''}`}
            placeholder="https://orpheum.example/account/payment"
            type="url"
            inputMode="url"
            required
            withAsterisk={false}
            autoComplete="off"
            spellCheck={false}
            maxLength={2_000}
            data-autofocus
            value={destination}
            onChange={event => setDestination(event.currentTarget.value)}
            error={atDestination}
          />
          <Select
            {...dropDown}
            label="Purpose"
            description="Why somebody is given it; it decides until when the link works."
            placeholder="Choose one"
            searchable
            nothingFoundMessage="No purpose of this name"
            data={purposesByHand}
            value={purpose}
            // The options carry purposes and nothing else.
            onChange={value => setPurpose(value as Link['purpose'] | null)}
            error={atPurpose}
          />
          <SubscriberPicker
            label="Subscriber"
            description="Whom it is for, where it is for one person: their clicks are then theirs."
            placeholder="Nobody in particular"
            error={atSubscriber}
            value={subscriber}
            onChange={setSubscriber}
          />
          <Switch
            label="Tell the destination who came"
            description={
              subscriber === null
                ? 'There is nobody to tell of without a subscriber.'
                : 'Signed, for ten minutes: the subscriber and the purpose. It is never a sign-in by itself.'
            }
            disabled={subscriber === null}
            checked={hasContext}
            onChange={event => setContext(event.currentTarget.checked)}
          />
          {left && (
            <Text size="sm" c="red" role="alert">
              {left}
              {isProblem(make.error, 'links_off') && ' Until then texts carry whole addresses.'}
            </Text>
          )}
          <Group justify="end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button type="submit" loading={make.isPending} disabled={destination.trim() === '' || purpose === null}>
              Make it
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
