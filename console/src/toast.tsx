// What just happened, told in the corner of the page: with a link to it where there is something to see, or a way back.
import { Anchor, Button, Group, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import type { ReactNode } from 'react'
import { sentence } from './client.ts'
import { router } from './router.tsx'

interface Told {
  /** A newer one with the same id takes the place of the older. */
  id?: string
  title: string
  message?: ReactNode
  /** Below /console, for example /imports. */
  link?: { to: string; words: string }
  undo?: () => void
  color?: string
}

export function tell({ id = crypto.randomUUID(), title, message, link, undo, color = 'green' }: Told): void {
  const close = () => notifications.hide(id)
  close()
  notifications.show({
    id,
    title,
    color,
    autoClose: undo ? 10_000 : 6_000,
    closeButtonProps: { 'aria-label': 'Close' },
    message: (
      <>
        {message !== undefined && (
          <Text size="sm" component="div">
            {message}
          </Text>
        )}
        {(link || undo) && (
          <Group gap="sm" mt={4}>
            {link && <Way {...link} close={close} />}
            {undo && (
              <Button
                size="compact-sm"
                variant="default"
                onClick={() => {
                  close()
                  undo()
                }}
              >
                Undo
              </Button>
            )}
          </Group>
        )}
      </>
    ),
  })
}

export const tellFailure = (title: string, error: unknown) => tell({ title, message: sentence(error), color: 'red' })

/** Toasts are drawn outside the router, so that the way is gone by hand. */
function Way({ to, words, close }: { to: string; words: string; close: () => void }) {
  const address = `/console${to}`
  return (
    <Anchor
      size="sm"
      href={address}
      onClick={event => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return
        event.preventDefault()
        close()
        router.history.push(address)
      }}
    >
      {words}
    </Anchor>
  )
}
