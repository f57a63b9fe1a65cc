// A secret that is seen this one time: whole, with a button that copies it, and not closed by a slip of the hand.
import { Alert, Box, Button, Code, CopyButton, Group, Modal, Stack, Text } from '@mantine/core'
import { IconCheck, IconCopy, IconEyeOff } from '@tabler/icons-react'
import type { ReactNode } from 'react'

export function Copy({ value, what, filled = false }: { value: string; what: string; filled?: boolean }) {
  return (
    <CopyButton value={value} timeout={2_000}>
      {({ copied, copy }) => (
        <Button
          size="xs"
          variant={filled ? 'filled' : 'default'}
          onClick={copy}
          leftSection={copied ? <IconCheck size={14} aria-hidden /> : <IconCopy size={14} aria-hidden />}
        >
          <span aria-live="polite">{copied ? 'Copied' : `Copy ${what}`}</span>
        </Button>
      )}
    </CopyButton>
  )
}

/** Long values break where they have to, and are selected by one click. */
export const Whole = ({ children, label }: { children: string; label: string }) => (
  <Box component="section" aria-label={label}>
    <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', userSelect: 'all' }}>
      {children}
    </Code>
  </Box>
)

export function ShownOnce({
  title,
  what,
  secret,
  close,
  keeps = 'Usher keeps only a hash',
  children,
}: {
  title: string
  /** In a word, for the button. */
  what: string
  secret: string | undefined
  close: () => void
  /** Why nobody can show it again. */
  keeps?: string
  children?: ReactNode
}) {
  return (
    <Modal
      opened={secret !== undefined}
      onClose={close}
      title={title}
      size="lg"
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
    >
      <Stack gap="md">
        <Alert color="yellow" icon={<IconEyeOff aria-hidden />}>
          <Text size="sm">It is shown this once. Copy it now: nobody can show it again, {keeps}.</Text>
        </Alert>
        <Whole label={title}>{secret ?? ''}</Whole>
        <Group>
          <Copy value={secret ?? ''} what={what} filled />
        </Group>
        {children}
        <Group justify="end">
          <Button variant="default" onClick={close}>
            I have it
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
