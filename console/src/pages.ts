// The pages, as a table: the navigation, the palette and the shortcuts are made from it. A new page is a file, a line here,
// and a route in router.tsx.
import {
  IconActivity,
  IconAntenna,
  IconBan,
  IconBolt,
  IconFileImport,
  IconLink,
  IconMessage2,
  IconRoute,
  IconScale,
  IconSettings,
  IconShieldLock,
  IconTemplate,
  IconUsers,
  IconWebhook,
} from '@tabler/icons-react'
import type { Permission } from '@usher/contract/access'

export const pages = [
  { path: '/live', title: 'Live', Icon: IconActivity, key: 'l', needs: 'live:read' },
  { path: '/messages', title: 'Messages', Icon: IconMessage2, key: 'm', needs: 'messages:read' },
  { path: '/subscribers', title: 'Subscribers', Icon: IconUsers, key: 's', needs: 'subscribers:read' },
  { path: '/suppressions', title: 'Suppressions', Icon: IconBan, key: 'b', needs: 'subscribers:read' },
  { path: '/imports', title: 'Imports', Icon: IconFileImport, key: 'i', needs: 'subscribers:read' },
  { path: '/templates', title: 'Templates', Icon: IconTemplate, key: 't', needs: 'templates:read' },
  { path: '/journeys', title: 'Journeys', Icon: IconRoute, key: 'o', needs: 'templates:read' },
  { path: '/policy', title: 'Policy', Icon: IconScale, key: 'p', needs: 'messages:read' },
  { path: '/security', title: 'Security', Icon: IconShieldLock, key: 'y', needs: 'messages:read' },
  { path: '/events', title: 'Events', Icon: IconBolt, key: 'v', needs: 'events:read' },
  { path: '/webhooks', title: 'Webhooks', Icon: IconWebhook, key: 'w', needs: 'webhooks:read' },
  { path: '/links', title: 'Links', Icon: IconLink, key: 'n', needs: 'links:read' },
  { path: '/carriers', title: 'Carriers', Icon: IconAntenna, key: 'c', needs: 'live:read' },
  { path: '/settings', title: 'Settings', Icon: IconSettings, key: 'e', needs: 'live:read' },
] as const satisfies readonly PageEntry[]

export interface PageEntry {
  path: string
  title: string
  Icon: typeof IconActivity
  /** Typed after g. */
  key: string
  needs: Permission
}
