// Short links: who followed them, human or machine, and the links themselves.
import { Button, Tabs } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconClick, IconLink, IconLinkPlus } from '@tabler/icons-react'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useHasRoomBeside } from '../beside.tsx'
import { Page } from '../page.tsx'
import type { LinkSearch } from '../router.tsx'
import { useMay } from '../session.tsx'
import { Clicks } from './links/clicks.tsx'
import { LinkList } from './links/link-list.tsx'
import { MakeLink } from './links/make-link.tsx'

const route = getRouteApi('/links')

/** What a view is given: the words of the address, and how to change them. */
export interface ViewProps {
  search: LinkSearch
  go: (change: Partial<LinkSearch>, replace?: boolean) => void
  make: () => void
}

export default function Links() {
  const search = route.useSearch()
  const navigate = useNavigate()
  const mayWrite = useMay('links:write')
  const hasRoom = useHasRoomBeside()
  const [isMaking, making] = useDisclosure()
  const go = (change: Partial<LinkSearch>, replace = false) =>
    void navigate({ to: '/links', search: { ...search, ...change }, replace })
  const view = search.view === 'links' ? 'links' : 'clicks'
  const props = { search, go, make: making.open }
  const filling = hasRoom && { className: 'filling', display: 'flex', style: { flexDirection: 'column' as const } }
  return (
    <Page
      title="Links"
      isFilling={hasRoom}
      actions={
        mayWrite && (
          <Button leftSection={<IconLinkPlus size={16} aria-hidden />} onClick={making.open}>
            Make a link
          </Button>
        )
      }
    >
      <Tabs
        value={view}
        // What is asked of one view means nothing in the other, but whom it is about does.
        onChange={name =>
          void navigate({
            to: '/links',
            search: { view: name === 'links' ? 'links' : undefined, subscriber: search.subscriber },
          })
        }
        keepMounted={false}
        {...filling}
      >
        <Tabs.List aria-label="Links">
          <Tabs.Tab value="clicks" leftSection={<IconClick size={16} aria-hidden />}>
            Clicks
          </Tabs.Tab>
          <Tabs.Tab value="links" leftSection={<IconLink size={16} aria-hidden />}>
            Links
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="clicks" pt="xs" {...(view === 'clicks' && filling)}>
          <Clicks {...props} />
        </Tabs.Panel>
        <Tabs.Panel value="links" pt="xs" {...(view === 'links' && filling)}>
          <LinkList {...props} />
        </Tabs.Panel>
      </Tabs>
      {isMaking && <MakeLink close={making.close} />}
    </Page>
  )
}
