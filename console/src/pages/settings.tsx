// Settings: how I sign in, API keys, operators, where links may lead, the audit log, and the demo's clock and life.
import { Tabs } from '@mantine/core'
import { IconClockPlay, IconHistory, IconKey, IconLink, IconUser, IconUsersGroup } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { Permission } from '@usher/contract/access'
import type { ComponentType } from 'react'
import { settingsQuery } from '../format.tsx'
import { NotAllowed, Page } from '../page.tsx'
import { useSession } from '../session.tsx'
import { Audit } from './settings/audit.tsx'
import { Demo } from './settings/demo.tsx'
import { Keys } from './settings/keys.tsx'
import { Links } from './settings/links.tsx'
import { Me } from './settings/me.tsx'
import { Operators } from './settings/operators.tsx'

interface Tab {
  name: string
  title: string
  Icon: typeof IconKey
  needs?: Permission
  Content: ComponentType
}

const tabs: readonly Tab[] = [
  { name: 'me', title: 'How I sign in', Icon: IconUser, Content: Me },
  { name: 'keys', title: 'API keys', Icon: IconKey, needs: 'keys:write', Content: Keys },
  { name: 'operators', title: 'Operators', Icon: IconUsersGroup, needs: 'operators:write', Content: Operators },
  { name: 'links', title: 'Link domains', Icon: IconLink, needs: 'settings:write', Content: Links },
  { name: 'audit', title: 'Audit log', Icon: IconHistory, needs: 'audit:read', Content: Audit },
]
const demo: Tab = { name: 'demo', title: 'Demo', Icon: IconClockPlay, needs: 'settings:write', Content: Demo }

export default function Settings() {
  const { permissions } = useSession()
  const { tab = 'me' } = useSearch({ from: '/settings' })
  const navigate = useNavigate()
  const settings = useQuery(settingsQuery)
  const all = settings.data?.isDemo ? [...tabs, demo] : tabs
  const may = ({ needs }: Tab) => needs === undefined || permissions.includes(needs)
  // An address that names a tab this operator may not see says so; one that names none is the first.
  const current = all.find(({ name }) => name === tab) ?? (tab === 'demo' && settings.isPending ? demo : tabs[0]!)
  const shown = all.filter(each => may(each) || each === current)
  return (
    <Page title="Settings">
      <Tabs
        value={current.name}
        onChange={name => name && void navigate({ to: '/settings', search: { tab: name }, replace: true })}
      >
        <Tabs.List aria-label="Settings">
          {shown.map(({ name, title, Icon }) => (
            <Tabs.Tab key={name} value={name} leftSection={<Icon size={16} aria-hidden />}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {shown.map(each => (
          <Tabs.Panel key={each.name} value={each.name} pt="md">
            {may(each) ? <each.Content /> : <NotAllowed needs={each.needs ?? 'another role'} />}
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  )
}
