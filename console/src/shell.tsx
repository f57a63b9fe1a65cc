// The frame of the console: navigation, command palette, keyboard, and what every page is told (connection, demo clock).
import {
  ActionIcon,
  Anchor,
  AppShell,
  Badge,
  Burger,
  Group,
  Kbd,
  Menu,
  Modal,
  NavLink,
  Stack,
  Table,
  Text,
  Tooltip,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core'
import { useDisclosure, useHotkeys } from '@mantine/hooks'
import { notifications } from '@mantine/notifications'
import { Spotlight, type SpotlightActionData, spotlight } from '@mantine/spotlight'
import {
  IconDeviceMobile,
  IconKeyboard,
  IconLogout,
  IconMoon,
  IconSearch,
  IconSun,
  IconUser,
} from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { client, sentence } from './client.ts'
import { count, exact, many, settingsQuery, useNow } from './format.tsx'
import { NotAllowed, Page } from './page.tsx'
import { type PageEntry, pages } from './pages.ts'
import { useSession } from './session.tsx'
import { usePulse, useStream } from './stream.ts'

/** What moves about in lists, for who reads the help. */
const keys: readonly [string, string][] = [
  ['ctrl K', 'Command palette'],
  ['/', 'Search on this page'],
  ['j, k', 'Next and previous row'],
  ['enter', 'Open the row'],
  ['esc', 'Close what is open'],
  ['?', 'This help'],
]

export function Shell() {
  useStream()
  const session = useSession()
  const navigate = useNavigate()
  const [isOpen, { toggle, close }] = useDisclosure()
  const [isHelpOpen, help] = useDisclosure()
  const path = useRouterState({ select: state => state.location.pathname })
  const mine = pages.filter(page => session.permissions.includes(page.needs))
  const go = (page: PageEntry) => {
    close()
    void navigate({ to: page.path })
  }
  useGoTo(mine, go)
  useHotkeys([
    ['mod+K', () => spotlight.open()],
    ['shift+?', help.open],
    ['/', () => document.querySelector<HTMLInputElement>('[data-search]')?.focus()],
  ])
  // Who moves by keyboard or screen reader starts at the page, not at the top of the navigation again.
  const main = useRef<HTMLElement>(null)
  const isFirst = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change of the path that moves the focus.
  useEffect(() => {
    if (isFirst.current) isFirst.current = false
    else main.current?.focus()
  }, [path.split('/')[1]])

  const actions: SpotlightActionData[] = [
    ...mine.map(page => ({
      id: page.path,
      label: page.title,
      description: `Go to ${page.title}`,
      leftSection: <page.Icon size={18} aria-hidden />,
      rightSection: <Kbd size="xs">g {page.key}</Kbd>,
      onClick: () => go(page),
    })),
    ...(session.permissions.includes('messages:write')
      ? [
          {
            id: 'send',
            label: 'Send a text',
            description: 'Choose a subscriber, then write or pick a template',
            onClick: () => void navigate({ to: '/subscribers' }),
          },
        ]
      : []),
    { id: 'keys', label: 'Keyboard shortcuts', onClick: help.open },
    { id: 'out', label: 'Sign out', onClick: () => void signOut() },
  ]
  const current = pages.find(page => path.startsWith(page.path))

  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 200, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <a href="#page" className="skip">
        Skip to the page
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            <UnstyledButton component={Link} to="/live" aria-label="Usher, to Live">
              <Group gap={8} wrap="nowrap">
                <img src="/console/usher.svg" width={24} height={24} alt="" />
                <Text fw={700}>Usher</Text>
              </Group>
            </UnstyledButton>
            <Service />
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Connection />
            <Tooltip label="Command palette (ctrl K)">
              <ActionIcon variant="default" size="lg" onClick={spotlight.open} aria-label="Command palette">
                <IconSearch size={18} aria-hidden />
              </ActionIcon>
            </Tooltip>
            <Scheme />
            <Menu position="bottom-end" withArrow withinPortal={false} withInitialFocusPlaceholder={false}>
              <Menu.Target>
                <ActionIcon variant="default" size="lg" aria-label={`Signed in as ${session.operator.name}`}>
                  <IconUser size={18} aria-hidden />
                </ActionIcon>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Label>
                  {session.operator.name}, {session.operator.role}
                </Menu.Label>
                <Menu.Item
                  renderRoot={props => <Link to="/settings" search={{ tab: 'me' }} {...props} />}
                  leftSection={<IconUser size={16} aria-hidden />}
                >
                  How I sign in
                </Menu.Item>
                <Menu.Item leftSection={<IconKeyboard size={16} aria-hidden />} onClick={help.open}>
                  Keyboard shortcuts
                </Menu.Item>
                <Menu.Divider />
                <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void signOut()}>
                  Sign out
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" component="nav" aria-label="Pages">
        <Stack gap={2}>
          {mine.map(page => (
            <NavLink
              key={page.path}
              component={Link}
              to={page.path}
              label={page.title}
              active={page === current}
              aria-current={page === current ? 'page' : undefined}
              leftSection={<page.Icon size={18} aria-hidden />}
              onClick={close}
            />
          ))}
          <PhoneLink />
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main id="page" ref={main} tabIndex={-1}>
        {path === '/live' && <WayBack />}
        {current && !session.permissions.includes(current.needs) ? <NotAllowed needs={current.needs} /> : <Outlet />}
      </AppShell.Main>
      <Spotlight
        actions={actions}
        nothingFound="Nothing of this name"
        highlightQuery
        shortcut={null}
        attributes={{ content: { 'aria-label': 'Command palette' } }}
        searchProps={{ placeholder: 'Go to, or do', 'aria-label': 'Go to, or do' }}
      />
      <Modal opened={isHelpOpen} onClose={help.close} title="Keyboard" closeButtonProps={{ 'aria-label': 'Close' }}>
        <Table>
          <Table.Tbody>
            {[...keys, ...mine.map(page => [`g ${page.key}`, page.title] as const)].map(([key, what]) => (
              <Table.Tr key={key}>
                <Table.Th scope="row">
                  <Kbd>{key}</Kbd>
                </Table.Th>
                <Table.Td>{what}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Modal>
    </AppShell>
  )
}

async function signOut() {
  try {
    await client.signOut()
    window.location.assign('/console')
  } catch (error) {
    notifications.show({ color: 'red', title: 'Not signed out', message: sentence(error) })
  }
}

/** g, then the letter of a page. */
function useGoTo(mine: readonly PageEntry[], go: (page: PageEntry) => void) {
  const waiting = useRef(0)
  useHotkeys([
    [
      'g',
      () => {
        waiting.current = Date.now()
      },
    ],
    ...mine.map(
      page =>
        [
          page.key,
          () => {
            if (Date.now() - waiting.current < 1_500) go(page)
            waiting.current = 0
          },
          { preventDefault: false },
        ] as [string, () => void, { preventDefault: boolean }],
    ),
  ])
}

function Service() {
  const { data } = useQuery(settingsQuery)
  const now = useNow(1_000)
  if (!data) return null
  return (
    <Group gap="xs" wrap="nowrap" visibleFrom="xs">
      <Text size="sm" c="dimmed">
        {data.service}
      </Text>
      {data.isDemo && (
        <Tooltip label="The demo's business time. Settings can move it ahead.">
          <Badge variant="default" tt="none" fw={500}>
            {exact(new Date(now).toISOString())}
          </Badge>
        </Tooltip>
      )}
    </Group>
  )
}

function Connection() {
  const { isConnected, seen, missed } = usePulse()
  return (
    <Tooltip
      label={
        isConnected
          ? `Live: ${many(seen + missed, 'event')} since this page was opened${missed > 0 ? `, ${count(missed)} of them only counted` : ''}`
          : 'Not connected to the live stream; trying again'
      }
    >
      <Badge variant="light" color={isConnected ? 'green' : 'yellow'} tt="none" role="status">
        {isConnected ? 'Live' : 'Connecting'}
      </Badge>
    </Tooltip>
  )
}

function Scheme() {
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light', { getInitialValueInEffect: false })
  const other = scheme === 'dark' ? 'light' : 'dark'
  return (
    <Tooltip label={`Use the ${other} theme`}>
      <ActionIcon
        variant="default"
        size="lg"
        aria-label={`Use the ${other} theme`}
        onClick={() => setColorScheme(other)}
      >
        {scheme === 'dark' ? <IconSun size={18} aria-hidden /> : <IconMoon size={18} aria-hidden />}
      </ActionIcon>
    </Tooltip>
  )
}

function PhoneLink() {
  const { data } = useQuery(settingsQuery)
  if (!data?.isDemo) return null
  return (
    <NavLink
      component="a"
      href="/phone"
      target="_blank"
      label="Phones"
      leftSection={<IconDeviceMobile size={18} aria-hidden />}
    />
  )
}

/** Who came by a one-time link has no way back yet: said until they have one. */
function WayBack() {
  const { ways } = useSession()
  if (ways.password || ways.passkeys.length > 0 || ways.oidc) return null
  return (
    <Text size="sm" c="dimmed" mb="sm">
      You came in by a one-time link. To come back without one,{' '}
      <Anchor renderRoot={props => <Link to="/settings" search={{ tab: 'me' }} {...props} />}>
        add a passkey or a password
      </Anchor>
      .
    </Text>
  )
}

export const NotFound = () => (
  <Page title="There is no such page">
    <Text>The address may be old, or mistyped.</Text>
    <Anchor renderRoot={props => <Link to="/live" {...props} />}>To Live</Anchor>
  </Page>
)
