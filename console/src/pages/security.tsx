// What protects accounts: codes that went out and came back, where they stop, and the limits around them; sign-ins as they
// were judged; alerts and their answers; and all of it of one account.
import { Alert, Tabs, Text } from '@mantine/core'
import {
  IconAdjustments,
  IconAlertTriangle,
  IconLock,
  IconLogin2,
  IconPassword,
  IconUserShield,
} from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Page } from '../page.tsx'
import { useMay } from '../session.tsx'
import { Account } from './security/account.tsx'
import { Alerts } from './security/alerts.tsx'
import { Blocks } from './security/blocks.tsx'
import { Codes } from './security/codes.tsx'
import { ProtectionSettings } from './security/protection.tsx'
import { SignIns } from './security/sign-ins.tsx'

const tabs = [
  { value: 'codes', title: 'Codes', Icon: IconPassword },
  { value: 'sign-ins', title: 'Sign-ins', Icon: IconLogin2 },
  { value: 'alerts', title: 'Alerts', Icon: IconAlertTriangle },
  { value: 'account', title: 'Account', Icon: IconUserShield },
  { value: 'protection', title: 'Protection', Icon: IconAdjustments },
] as const

export default function Security() {
  const { tab } = useSearch({ from: '/security' })
  const navigate = useNavigate()
  const mayWrite = useMay('settings:write')
  const current = tabs.find(({ value }) => value === tab)?.value ?? 'codes'
  return (
    <Page title="Security">
      <Tabs
        value={current}
        keepMounted={false}
        onChange={value =>
          void navigate({ to: '/security', search: value === 'codes' || value === null ? {} : { tab: value } })
        }
      >
        <Tabs.List mb="md" aria-label="Security">
          {tabs.map(({ value, title, Icon }) => (
            <Tabs.Tab key={value} value={value} leftSection={<Icon size={16} aria-hidden />}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="codes">
          <Blocks mayLift={mayWrite} />
          <Codes />
        </Tabs.Panel>
        <Tabs.Panel value="sign-ins">
          <SignIns />
        </Tabs.Panel>
        <Tabs.Panel value="alerts">
          <Alerts />
        </Tabs.Panel>
        <Tabs.Panel value="account">
          <Account />
        </Tabs.Panel>
        <Tabs.Panel value="protection">
          {!mayWrite && (
            <Alert color="gray" icon={<IconLock aria-hidden />} p="xs" mb="md">
              <Text size="sm">
                Your role looks at these settings and does not change them: it lacks settings:write. An administrator
                can change your role under Settings.
              </Text>
            </Alert>
          )}
          <ProtectionSettings mayWrite={mayWrite} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}
