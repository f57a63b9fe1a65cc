// How sign-ins and alerts look wherever they are shown, and the way to all that happened around an account.
import { Anchor, Group, Text } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconClock, IconHelp, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { AlertView } from '@usher/contract/alert'
import type { SignIn } from '@usher/contract/sign-in'
import { client } from '../../client.ts'
import { countryName } from '../../countries.ts'
import type { Mark } from '../../mark.tsx'

export const answers: Record<SignIn['answer'], Mark> = {
  allow: { word: 'let in', color: 'green', Icon: IconCheck, sentence: 'It looked like them.' },
  challenge: {
    word: 'asked for more',
    color: 'yellow',
    Icon: IconHelp,
    sentence: 'It looked like somebody else may be.',
  },
  deny: { word: 'not let in', color: 'red', Icon: IconX, sentence: 'It looked like somebody else.' },
}
export const placeOf = ({ place }: SignIn) =>
  [place.city, place.country && countryName(place.country)].filter(Boolean).join(', ') || 'a place that nobody knows'
export const deviceOf = ({ device }: SignIn) => `${device.browser} on ${device.system}`
export const settledAs = ({ isTheirs }: SignIn) => (isTheirs === null ? '' : isTheirs ? 'theirs' : 'not theirs')

export const states: Record<AlertView['state'], Mark> = {
  open: { word: 'asked', color: 'blue', Icon: IconHelp, sentence: 'Nobody answered yet.' },
  confirmed: { word: 'it was them', color: 'green', Icon: IconCheck, sentence: 'They said that it was them.' },
  denied: { word: 'not them', color: 'red', Icon: IconAlertTriangle, sentence: 'They said that it was not them.' },
  expired: { word: 'no answer', color: 'gray', Icon: IconClock, sentence: 'The time for an answer is over.' },
  withdrawn: { word: 'taken back', color: 'gray', Icon: IconX, sentence: 'Your service took it back.' },
}
export const events: Record<AlertView['event'], string> = {
  sign_in: 'a new sign-in',
  password: 'another password',
  number: 'another number',
  email: 'another e-mail',
  payment_method: 'another way to pay',
  account: 'a change of the account',
}

/** Who it is about, and all that happened around their account. */
export const Who = ({ id }: { id: string }) => (
  <Group gap="xs" wrap="nowrap">
    <Anchor
      size="sm"
      className="nowrap"
      renderRoot={props => <Link {...props} to="/subscribers/$id" params={{ id }} />}
    >
      {id}
    </Anchor>
    <Anchor
      size="xs"
      aria-label={`History of the account ${id}`}
      renderRoot={props => <Link {...props} to="/security" search={{ tab: 'account', subscriber: id }} />}
    >
      history
    </Anchor>
  </Group>
)

/** Where places come from: their licences want it said wherever they are shown. */
export function Sources() {
  const { data } = useQuery({
    queryKey: ['place-sources'],
    queryFn: ({ signal }) => client.listPlaceSources({ signal }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const said = data?.items.flatMap(({ state, attribution }) => (state === 'read' && attribution ? [attribution] : []))
  if (!said?.length) return null
  return (
    <Text size="xs" c="dimmed">
      Places:{' '}
      {[...new Set(said)].map((one, n) => (
        <span key={one}>
          {n > 0 && '; '}
          <Linked words={one} />
        </span>
      ))}
    </Text>
  )
}

/** Words with their addresses as links. */
const Linked = ({ words }: { words: string }) =>
  words.split(/(https:\/\/[\w./-]+\w)/).map(piece =>
    piece.startsWith('https://') ? (
      <Anchor key={piece} href={piece} inherit underline="always" target="_blank" rel="noopener noreferrer">
        {piece.slice('https://'.length)}
      </Anchor>
    ) : (
      piece
    ),
  )
