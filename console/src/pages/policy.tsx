// What decides whether a text may go: the caps and hours that are set here, what regions ask for, and what replies are
// understood by. Beside the settings stands what they come to for one subscriber.
import { Grid, Paper, Tabs, Text, Title } from '@mantine/core'
import { IconAdjustments, IconMap2, IconMessageQuestion } from '@tabler/icons-react'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Page } from '../page.tsx'
import { useMay } from '../session.tsx'
import { WouldItGo } from '../would-it-go.tsx'
import { OnlyLooks } from './policy/fields.tsx'
import { KeywordList } from './policy/keywords.tsx'
import { Regions } from './policy/regions.tsx'
import { PolicySettings } from './policy/settings.tsx'

const tabs = [
  { value: 'settings', title: 'Caps and hours', Icon: IconAdjustments },
  { value: 'regions', title: 'Regions', Icon: IconMap2 },
  { value: 'keywords', title: 'Keywords', Icon: IconMessageQuestion },
] as const

export default function PolicyPage() {
  const { tab } = useSearch({ from: '/policy' })
  const navigate = useNavigate()
  const mayWrite = useMay('settings:write')
  const current = tabs.find(({ value }) => value === tab)?.value ?? 'settings'
  return (
    <Page title="Policy">
      <Tabs
        value={current}
        keepMounted={false}
        onChange={value =>
          void navigate({ to: '/policy', search: value === 'settings' || value === null ? {} : { tab: value } })
        }
      >
        <Tabs.List mb="md" aria-label="Policy">
          {tabs.map(({ value, title, Icon }) => (
            <Tabs.Tab key={value} value={value} leftSection={<Icon size={16} aria-hidden />}>
              {title}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="settings">
          {!mayWrite && <OnlyLooks />}
          <Grid gap="lg">
            <Grid.Col span={{ base: 12, md: 7 }}>
              <PolicySettings mayWrite={mayWrite} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 5 }}>
              <Paper withBorder p="md" component="section" aria-label="Would it go out?">
                <Title order={2} size="h5" mb={4}>
                  Would it go out?
                </Title>
                <Text size="sm" c="dimmed" mb="sm">
                  By the policy in force, for one subscriber. Nothing is sent.
                </Text>
                <WouldItGo />
              </Paper>
            </Grid.Col>
          </Grid>
        </Tabs.Panel>
        <Tabs.Panel value="regions">
          <Regions mayWrite={mayWrite} />
        </Tabs.Panel>
        <Tabs.Panel value="keywords">
          <KeywordList />
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}
