// Which address shows which page. Pages are loaded when they are first opened; pages.ts names them for the navigation.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { suppressionReasons, suppressionScopes } from '@usher/contract/suppression'
import { z } from 'zod/mini'
import { Failed, Waiting } from './page.tsx'
import { NotFound, Shell } from './shell.tsx'

/** A parameter of the address that can't be read is as if it were not there. */
const word = () => z.catch(z.optional(z.string()), undefined)

export const LiveSearch = z.object({ minutes: z.catch(z.optional(z.enum(['5', '15', '60'])), undefined) })
export const MessageSearch = z.object({
  state: word(),
  purpose: word(),
  lane: word(),
  carrier: word(),
  country: word(),
  subscriber: word(),
  after: word(),
  before: word(),
  /** The message that is open beside the list. */
  open: word(),
})
export type MessageSearch = z.infer<typeof MessageSearch>
export const SubscriberSearch = z.object({ find: word() })
export const EventSearch = z.object({
  tab: word(),
  type: word(),
  subject: word(),
  known: z.catch(z.optional(z.enum(['true', 'false'])), undefined),
  /** Of bad events. */
  state: z.catch(z.optional(z.enum(['open', 'mended', 'dropped'])), undefined),
  reason: word(),
  /** What is open beside the list: an event, a type, or a bad event. */
  open: word(),
})
export type EventSearch = z.infer<typeof EventSearch>
export const SuppressionSearch = z.object({
  scope: z.catch(z.optional(z.enum(suppressionScopes)), undefined),
  reason: z.catch(z.optional(z.enum(suppressionReasons)), undefined),
  /** A whole number, or a subscriber's id. */
  find: word(),
  from: word(),
})
export type SuppressionSearch = z.infer<typeof SuppressionSearch>
export const TabSearch = z.object({ tab: word() })
export const PolicySearch = z.object({
  tab: word(),
  /** The region whose hours and caps are open. */
  region: word(),
})
export const SecuritySearch = z.object({
  tab: word(),
  /** Whose sign-ins, or account. */
  subscriber: word(),
})
export const JourneySearch = z.object({
  tab: word(),
  /** How far back its numbers go. */
  days: z.catch(z.optional(z.enum(['7', '30', '90'])), undefined),
})
export const CarrierSearch = z.object({
  tab: word(),
  /** The simulated carrier whose knobs are shown. */
  knobs: word(),
})
export const DeliverySearch = z.object({
  tab: word(),
  state: word(),
  type: word(),
  /** The delivery after which the page of the list begins. */
  from: word(),
  /** The delivery that is open beside the list. */
  open: word(),
})
export type DeliverySearch = z.infer<typeof DeliverySearch>
export const LinkSearch = z.object({
  view: word(),
  subscriber: word(),
  purpose: word(),
  clicked: word(),
  verdict: word(),
  /** Clicks of this link alone. */
  link: word(),
  from: word(),
  /** The click or the link that is open beside the list. */
  open: word(),
})
export type LinkSearch = z.infer<typeof LinkSearch>

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound })
const route = <P extends string>(path: P, load: () => Promise<{ default: React.ComponentType }>) =>
  createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load) })

const tree = root.addChildren([
  createRoute({
    getParentRoute: () => root,
    path: '/',
    beforeLoad: () => {
      throw redirect({ to: '/live' })
    },
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/live',
    validateSearch: search => z.parse(LiveSearch, search),
    component: lazyRouteComponent(() => import('./pages/live.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/messages',
    validateSearch: search => z.parse(MessageSearch, search),
    component: lazyRouteComponent(() => import('./pages/messages.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/subscribers',
    validateSearch: search => z.parse(SubscriberSearch, search),
    component: lazyRouteComponent(() => import('./pages/subscribers.tsx')),
  }),
  route('/subscribers/$id', () => import('./pages/subscriber.tsx')),
  createRoute({
    getParentRoute: () => root,
    path: '/suppressions',
    validateSearch: search => z.parse(SuppressionSearch, search),
    component: lazyRouteComponent(() => import('./pages/suppressions.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/policy',
    validateSearch: search => z.parse(PolicySearch, search),
    component: lazyRouteComponent(() => import('./pages/policy.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/security',
    validateSearch: search => z.parse(SecuritySearch, search),
    component: lazyRouteComponent(() => import('./pages/security.tsx')),
  }),
  route('/imports', () => import('./pages/imports.tsx')),
  route('/templates', () => import('./pages/templates.tsx')),
  route('/templates/$name', () => import('./pages/template.tsx')),
  route('/journeys', () => import('./pages/journeys.tsx')),
  createRoute({
    getParentRoute: () => root,
    path: '/journeys/$name',
    validateSearch: search => z.parse(JourneySearch, search),
    component: lazyRouteComponent(() => import('./pages/journeys/journey.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/events',
    validateSearch: search => z.parse(EventSearch, search),
    component: lazyRouteComponent(() => import('./pages/events.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/carriers',
    validateSearch: search => z.parse(CarrierSearch, search),
    component: lazyRouteComponent(() => import('./pages/carriers.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/carriers/$name',
    validateSearch: search => z.parse(TabSearch, search),
    component: lazyRouteComponent(() => import('./pages/carriers/carrier.tsx')),
  }),
  route('/webhooks', () => import('./pages/webhooks.tsx')),
  createRoute({
    getParentRoute: () => root,
    path: '/webhooks/$id',
    validateSearch: search => z.parse(DeliverySearch, search),
    component: lazyRouteComponent(() => import('./pages/webhooks/endpoint.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/links',
    validateSearch: search => z.parse(LinkSearch, search),
    component: lazyRouteComponent(() => import('./pages/links.tsx')),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/settings',
    validateSearch: search => z.parse(TabSearch, search),
    component: lazyRouteComponent(() => import('./pages/settings.tsx')),
  }),
])

/** Filters are words in the address as people type them: 007 stays 007, and a plus in a number is written %2B. */
const parseSearch = (text: string) => Object.fromEntries(new URLSearchParams(text))
const stringifySearch = (search: Record<string, unknown>) => {
  const given = Object.entries(search).flatMap(([name, value]) => (value ? [[name, String(value)]] : []))
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

export const router = createRouter({
  routeTree: tree,
  basepath: '/console',
  defaultPreload: 'intent',
  defaultPendingComponent: () => <Waiting />,
  // A page that breaks, or whose file can't be loaded, leaves the frame standing.
  defaultErrorComponent: ({ error, reset }) => <Failed error={error} again={reset} />,
  parseSearch,
  stringifySearch,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
