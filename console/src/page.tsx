// What every page has: a heading with its actions, and what it shows while it waits, has nothing, failed or may not.
import { Alert, Button, Center, Group, Loader, Stack, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconLock } from '@tabler/icons-react'
import { type ReactNode, useEffect } from 'react'
import { sentence } from './client.ts'

export interface PageProps {
  title: string
  actions?: ReactNode
  /** The page is as tall as the window, and what is in it scrolls by itself. */
  isFilling?: boolean
  children: ReactNode
}

export function Page({ title, actions, isFilling = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Usher`
  }, [title])
  return (
    <Stack gap={isFilling ? 'xs' : 'md'} {...(isFilling && { className: 'filling' })}>
      <Group justify="space-between" align="center" wrap="wrap" gap="xs">
        <Title order={1} size="h2" className="anywhere">
          {title}
        </Title>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  )
}

export const Waiting = ({ what = 'Loading' }: { what?: string }) => (
  <Center mih={160} role="status" aria-label={what}>
    <Loader size="sm" />
  </Center>
)

/** Says what to do first, and offers it. */
export const Empty = ({ title, children, action }: { title: string; children?: ReactNode; action?: ReactNode }) => (
  <Center mih={200} p="md">
    <Stack align="center" gap="xs" maw={460} ta="center">
      <Text fw={600}>{title}</Text>
      {children && (
        <Text c="dimmed" size="sm">
          {children}
        </Text>
      )}
      {action}
    </Stack>
  </Center>
)

export const Failed = ({ error, again }: { error: unknown; again?: () => void }) => (
  <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title="This could not be loaded" role="alert">
    <Group justify="space-between" gap="md">
      <Text size="sm">{sentence(error)}</Text>
      {again && (
        <Button size="xs" variant="light" color="red" onClick={again}>
          Try again
        </Button>
      )}
    </Group>
  </Alert>
)

export const NotAllowed = ({ needs }: { needs: string }) => (
  <Empty title="Your role does not show this">
    <IconLock size={16} aria-hidden /> It needs {needs}. An administrator can change your role under Settings.
  </Empty>
)
