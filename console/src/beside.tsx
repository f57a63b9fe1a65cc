// A list with what is opened of it beside: a panel where there is room, else a drawer over the list. By keyboard, j and k go
// from row to row, enter opens the one with the focus, j and k take what is open along, and esc closes it.
import { Button, Drawer, Group, Table, Text } from '@mantine/core'
import { useHotkeys, useMediaQuery } from '@mantine/hooks'
import { type MouseEvent, type ReactNode, useRef } from 'react'
import styles from './beside.module.css'

export const useHasRoomBeside = () => useMediaQuery('(min-width: 62em)', undefined, { getInitialValueInEffect: false })

const isInDialog = (event: Event) => event.target instanceof Element && event.target.closest('[role=dialog]') !== null

interface BesideProps {
  /** What is opened, for who can't see it: The open delivery. */
  name: string
  open: string | undefined
  show: (id: string | undefined) => void
  panel: (id: string) => ReactNode
  /** The list; the link of each row carries its id as data-row. */
  children: ReactNode
}

export function Beside({ name, open, show, panel, children }: BesideProps) {
  const hasRoom = useHasRoomBeside()
  const list = useRef<HTMLDivElement>(null)
  const rows = () => [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
  const step = (by: 1 | -1) => {
    const all = rows()
    const focused = all.indexOf(document.activeElement as HTMLElement)
    const at = focused >= 0 ? focused : all.findIndex(({ dataset }) => dataset.row === open)
    const to = all[at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by))]
    to?.focus()
    if (to && open !== undefined) show(to.dataset.row)
  }
  const close = () => {
    const row = rows().find(({ dataset }) => dataset.row === open)
    show(undefined)
    row?.focus()
  }
  useHotkeys([
    ['j', () => step(1)],
    ['k', () => step(-1)],
    ['Escape', event => open !== undefined && !isInDialog(event) && close()],
  ])
  return (
    <div className="beside">
      <section ref={list} className={styles.list} tabIndex={hasRoom ? 0 : undefined} aria-label="The list">
        {children}
      </section>
      {open !== undefined && hasRoom && (
        <section className="panel" aria-label={name}>
          {panel(open)}
        </section>
      )}
      <Drawer.Root
        opened={open !== undefined && !hasRoom}
        onClose={close}
        position="right"
        size="100%"
        padding={0}
        transitionProps={{ duration: 0 }}
      >
        <Drawer.Overlay />
        <Drawer.Content aria-label={name}>{open !== undefined && panel(open)}</Drawer.Content>
      </Drawer.Root>
    </div>
  )
}

/** The rows; on a phone each is a small card. Cells that are `data-extra` are left out where it is narrow. */
export const Rows = ({ name, head, children }: { name: string; head: ReactNode; children: ReactNode }) => (
  <Table className={styles.rows} stickyHeader highlightOnHover verticalSpacing={6} aria-label={name}>
    <Table.Thead>
      <Table.Tr>{head}</Table.Tr>
    </Table.Thead>
    <Table.Tbody>{children}</Table.Tbody>
  </Table>
)

/** A row that is opened by a click anywhere on it; the link within is for keyboards. */
export const Row = ({ isOpen, onOpen, children }: { isOpen: boolean; onOpen: () => void; children: ReactNode }) => (
  <Table.Tr
    data-open={isOpen || undefined}
    onClick={(event: MouseEvent) => {
      if (event.target instanceof Element && !event.target.closest('a, button')) onOpen()
    }}
  >
    {children}
  </Table.Tr>
)

/** One page of a list is shown at a time, so that keeping it fresh is one question however far back one has gone. */
export function Pages({
  said,
  from,
  next,
  go,
}: {
  said: string
  from: string | undefined
  next: string | null
  go: (from: string | undefined) => void
}) {
  return (
    <Group className={styles.foot} justify="space-between" gap="xs" px="xs" py={4} mih={34}>
      <Text size="xs" c="dimmed" className="tabular">
        {said}
      </Text>
      {(from !== undefined || next !== null) && (
        <Group gap="xs">
          {from !== undefined && (
            <Button size="compact-xs" variant="default" onClick={() => go(undefined)}>
              Newest
            </Button>
          )}
          {next !== null && (
            <Button size="compact-xs" variant="default" onClick={() => go(next)}>
              Older
            </Button>
          )}
        </Group>
      )}
    </Group>
  )
}
