// Who goes elsewhere with something typed and not saved is asked first. Going to another tab or region of the page counts, too.
import { Button, Group, Modal, Text } from '@mantine/core'
import { useBlocker } from '@tanstack/react-router'

/** What of the address says which part of a page is open. Of any route; most have none of it. */
const partOf = (search: unknown) => {
  const { tab, region } = search as { tab?: string; region?: string }
  return `${tab} ${region}`
}

export function Leaving({ isChanged, what }: { isChanged: boolean; what: string }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) =>
      isChanged && (current.pathname !== next.pathname || partOf(current.search) !== partOf(next.search)),
    enableBeforeUnload: () => isChanged,
    withResolver: true,
  })
  return (
    <Modal
      opened={blocker.status === 'blocked'}
      onClose={() => blocker.reset?.()}
      title="Leave without saving?"
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Text size="sm" mb="md">
        What you changed in {what} is not saved, and would be lost.
      </Text>
      <Group justify="flex-end">
        <Button variant="default" onClick={() => blocker.proceed?.()}>
          Leave, lose the changes
        </Button>
        <Button data-autofocus onClick={() => blocker.reset?.()}>
          Stay
        </Button>
      </Group>
    </Modal>
  )
}
