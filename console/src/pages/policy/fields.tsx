// What the forms of the policy are made of: a part with its title, a field for a whole number, and the word to who only looks.
import { Alert, NumberInput, Paper, Stack, Text, Title } from '@mantine/core'
import { IconLock } from '@tabler/icons-react'
import type { ReactNode } from 'react'

export const Part = ({ title, about, children }: { title: string; about?: string; children: ReactNode }) => (
  <Paper withBorder p="md" component="section" aria-label={title}>
    <Title order={2} size="h5" mb={4}>
      {title}
    </Title>
    {about && (
      <Text size="sm" c="dimmed" mb="sm">
        {about}
      </Text>
    )}
    <Stack gap="sm">{children}</Stack>
  </Paper>
)

interface WholeProps {
  /** Whole, for who can't see what stands around it. */
  label: string
  /** It stands above the field. */
  isLabelled?: boolean
  min: number
  max: number
  value: number
  disabled: boolean
  change: (value: number) => void
}

export function Whole({ label, isLabelled = false, value, change, ...rest }: WholeProps) {
  return (
    <NumberInput
      w={isLabelled ? undefined : 84}
      {...(isLabelled ? { label, styles: { input: { width: 84 } } } : { 'aria-label': label })}
      allowDecimal={false}
      allowNegative={false}
      clampBehavior="blur"
      hideControls
      value={Number.isNaN(value) ? '' : value}
      onChange={next => change(next === '' ? Number.NaN : Number(next))}
      {...rest}
    />
  )
}

export const OnlyLooks = () => (
  <Alert color="gray" icon={<IconLock aria-hidden />} p="xs" mb="md">
    <Text size="sm">
      Your role looks at the policy and does not change it: it lacks settings:write. An administrator can change your
      role under Settings.
    </Text>
  </Alert>
)
