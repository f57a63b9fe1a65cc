// Whom a link is for and where it leads, as lists and details write it.
import { Anchor, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'

export const Who = ({ id }: { id: string | null }) =>
  id === null ? (
    <Text span size="sm" c="dimmed">
      nobody named
    </Text>
  ) : (
    <Anchor
      size="sm"
      className="anywhere"
      renderRoot={props => <Link to="/subscribers/$id" params={{ id }} {...props} />}
    >
      {id}
    </Anchor>
  )

/** Where it leads, without what all have in common; the whole of it on hover. */
export function Shortened({ address }: { address: string }) {
  const plain = address.replace(/^https:\/\//, '').replace(/\/$/, '')
  return <span className="anywhere">{plain.length > 64 ? `${plain.slice(0, 63)}…` : plain}</span>
}
