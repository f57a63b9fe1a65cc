// A list with what is open of it beside it, or over it where there is no room: the same on all three views.
import { CloseButton, Drawer, Group, ScrollArea, Stack, Title } from '@mantine/core'
import { useHotkeys, useMediaQuery } from '@mantine/hooks'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { type ReactNode, type RefObject, useEffect, useRef } from 'react'
import type { EventSearch } from '../../router.tsx'
import css from './events.module.css'

const route = getRouteApi('/events')

/** Goes to another filter, or opens something, on the view one is on. */
export function useGo() {
  const search = route.useSearch()
  const navigate = useNavigate()
  return (change: Partial<EventSearch>) => {
    // From row to row is no step to go back.
    const isNext = search.open !== undefined && typeof change.open === 'string'
    void navigate({ to: '/events', search: { ...search, ...change }, replace: isNext })
  }
}

/** j and k go from row to row and take what is open along; escape closes it, and the row it was has the focus again. */
export function useOpening(open: string | undefined): RefObject<HTMLDivElement | null> {
  const list = useRef<HTMLDivElement>(null)
  const go = useGo()
  const rows = () => [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
  const step = (by: 1 | -1) => {
    const all = rows()
    const focused = all.indexOf(document.activeElement as HTMLElement)
    const at = focused >= 0 ? focused : all.findIndex(row => row.dataset.row === open)
    const row = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))]
    row?.focus()
    if (open !== undefined && row) go({ open: row.dataset.row })
  }
  useHotkeys([
    ['j', () => step(1)],
    ['k', () => step(-1)],
    ['Escape', event => open !== undefined && !isInDialog(event) && go({ open: undefined })],
  ])
  const last = useRef(open)
  // biome-ignore lint/correctness/useExhaustiveDependencies: only that it closed moves the focus.
  useEffect(() => {
    const closed = open === undefined ? last.current : undefined
    last.current = open
    if (closed !== undefined && document.activeElement === document.body)
      rows()
        .find(row => row.dataset.row === closed)
        ?.focus()
  }, [open])
  return list
}

const isInDialog = (event: Event) => event.target instanceof Element && event.target.closest('[role=dialog]') !== null

/** What a row is opened by; it fills the row. */
export function RowLink({ id, children }: { id: string; children: ReactNode }) {
  const search = route.useSearch()
  return (
    <Link
      to="/events"
      search={{ ...search, open: id }}
      replace={search.open !== undefined}
      className={css.row}
      data-row={id}
      // The row says what is open; a link that is where one stands is none.
      activeProps={{}}
      activeOptions={{ includeSearch: true, exact: true }}
    >
      {children}
    </Link>
  )
}

interface BesideProps {
  label: string
  /** Left out where nothing is open. */
  panel: ReactNode | undefined
  children: ReactNode
}

export function Beside({ label, panel, children }: BesideProps) {
  const hasRoom = useMediaQuery('(min-width: 62em)', undefined, { getInitialValueInEffect: false })
  const go = useGo()
  return (
    <>
      <div className="beside">
        <div className={css.main}>{children}</div>
        {panel && hasRoom && (
          <section className={css.panel} aria-label={label}>
            {panel}
          </section>
        )}
      </div>
      <Drawer.Root
        opened={panel !== undefined && !hasRoom}
        onClose={() => go({ open: undefined })}
        position="right"
        size="100%"
        padding={0}
        transitionProps={{ duration: 0 }}
      >
        <Drawer.Overlay />
        <Drawer.Content aria-label={label}>{!hasRoom && panel}</Drawer.Content>
      </Drawer.Root>
    </>
  )
}

export function Panel({ title, what, children }: { title: ReactNode; what: string; children: ReactNode }) {
  const go = useGo()
  return (
    <ScrollArea h="100%" type="auto" viewportProps={{ tabIndex: 0, role: 'group', 'aria-label': `The ${what}` }}>
      <Stack gap="md" p="md">
        <Group justify="space-between" wrap="nowrap" gap="xs" align="flex-start">
          <Title order={2} size="h4" className="anywhere">
            {title}
          </Title>
          <CloseButton aria-label={`Close the ${what}`} onClick={() => go({ open: undefined })} />
        </Group>
        {children}
      </Stack>
    </ScrollArea>
  )
}

export const Part = ({ title, children }: { title: string; children: ReactNode }) => (
  <section aria-label={title}>
    <Title order={3} size="h5" mb="xs">
      {title}
    </Title>
    {children}
  </section>
)
