// biome-ignore-all lint/a11y/useSemanticElements: rows that are placed one by one can be no tr; their roles say what they are.
// biome-ignore-all lint/a11y/useFocusableInteractive: the row takes the focus, for it is what opens; its cells do not.
// Every text, newest first, by filters that stand in the address. One that is opened lies beside the list, so that the next
// is a key away.
import { Anchor, Button, Collapse, Drawer, Group, Loader, NativeSelect, Text, TextInput } from '@mantine/core'
import { useDebouncedCallback, useDisclosure, useElementSize, useHotkeys, useMediaQuery } from '@mantine/hooks'
import { IconArrowUp, IconFilter, IconSearch, IconX } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useVirtualizer } from '@tanstack/react-virtual'
import type { Message } from '@usher/contract/message'
import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { client } from '../client.ts'
import { count, distance, exact, money, useNow } from '../format.tsx'
import { Empty, Failed, Page, Waiting } from '../page.tsx'
import { laneNames, lanes, purposeNames, purposes } from '../purposes.ts'
import type { MessageSearch } from '../router.tsx'
import { looks, StateBadge } from '../states.tsx'
import { MessagePanel } from './message.tsx'
import { agos, type Filter, useMessageList } from './message-list.ts'
import { timeOfId } from './message-rows.ts'

const route = getRouteApi('/messages')
/** Below this the columns do not fit, and a row has two lines. */
const narrow = 620

export default function MessagesPage() {
  const { open, ...filter } = route.useSearch()
  const navigate = useNavigate()
  const hasRoomBeside = useMediaQuery('(min-width: 62em)', undefined, { getInitialValueInEffect: false })
  const go = (change: Partial<MessageSearch>, replace = false) =>
    void navigate({ to: '/messages', search: { ...filter, open, ...change }, replace })
  const show = (id: string | undefined) => go({ open: id }, open !== undefined && id !== undefined)
  const close = () => show(undefined)

  return (
    <Page title="Messages" isFilling>
      <Filters filter={filter} change={change => go(change)} />
      <div className="beside">
        <List
          key={JSON.stringify(filter)}
          filter={filter}
          open={open}
          show={show}
          clear={() => void navigate({ to: '/messages' })}
        />
        {open && hasRoomBeside && (
          <section className="panel" aria-label="The open text">
            <MessagePanel key={open} id={open} close={close} />
          </section>
        )}
      </div>
      <Drawer.Root
        opened={open !== undefined && !hasRoomBeside}
        onClose={close}
        position="right"
        size="100%"
        padding={0}
        transitionProps={{ duration: 0 }}
      >
        <Drawer.Overlay />
        <Drawer.Content aria-label="The open text">
          {open && <MessagePanel key={open} id={open} close={close} />}
        </Drawer.Content>
      </Drawer.Root>
    </Page>
  )
}

function Filters({ filter, change }: { filter: Filter; change: (to: Partial<Filter>) => void }) {
  const [isOpen, { toggle }] = useDisclosure()
  const isWide = useMediaQuery('(min-width: 48em)', undefined, { getInitialValueInEffect: false })
  const carriers = useQuery({
    queryKey: ['carriers'],
    queryFn: ({ signal }) => client.listCarriers({ signal }),
    staleTime: 30_000,
  })
  const set = Object.values(filter).filter(Boolean).length
  const choice = (
    name: 'state' | 'purpose' | 'lane' | 'carrier',
    any: string,
    all: readonly { value: string; label: string }[],
  ) => {
    const value = filter[name] ?? ''
    // A value that came with the address and is none of ours is shown as it is.
    const known = value === '' || all.some(one => one.value === value) ? all : [...all, { value, label: value }]
    return (
      <NativeSelect
        size="xs"
        aria-label={any.replace('Any ', '')}
        value={value}
        onChange={event => change({ [name]: event.currentTarget.value || undefined })}
        data={[{ value: '', label: any }, ...known]}
        data-set={value !== '' || undefined}
      />
    )
  }
  const fields = (
    <>
      {choice(
        'state',
        'Any state',
        Object.keys(looks).map(value => ({ value, label: value })),
      )}
      {choice(
        'purpose',
        'Any purpose',
        purposes.map(value => ({ value, label: purposeNames[value] })),
      )}
      {choice(
        'lane',
        'Any lane',
        lanes.map(value => ({ value, label: laneNames[value] })),
      )}
      {choice('carrier', 'Any carrier', carriers.data?.items.map(({ name }) => ({ value: name, label: name })) ?? [])}
      <Typed
        name="Country"
        placeholder="Country"
        w={84}
        maxLength={2}
        value={filter.country}
        check={value => (/^[a-z]{2}$/i.test(value) ? value.toUpperCase() : undefined)}
        change={country => change({ country })}
      />
      <Span filter={filter} change={change} />
      {set > 0 && (
        <Button
          size="xs"
          variant="subtle"
          leftSection={<IconX size={14} aria-hidden />}
          onClick={() => change(Object.fromEntries(Object.keys(filter).map(name => [name, undefined])))}
        >
          Clear
        </Button>
      )}
    </>
  )
  const subscriber = (
    <Typed
      name="Subscriber"
      placeholder="Subscriber's id  ( / )"
      isSearch
      w={178}
      maxLength={128}
      value={filter.subscriber}
      check={value => value}
      change={id => change({ subscriber: id })}
    />
  )
  if (isWide)
    return (
      <search aria-label="Filters">
        <Group gap="xs" align="flex-start">
          {subscriber}
          {fields}
        </Group>
      </search>
    )
  return (
    <search aria-label="Filters">
      <Group gap="xs" wrap="nowrap" mb={isOpen ? 'xs' : 0}>
        {subscriber}
        <Button
          size="xs"
          variant="default"
          leftSection={<IconFilter size={14} aria-hidden />}
          onClick={toggle}
          aria-expanded={isOpen}
        >
          {set > 0 ? `Filters (${set})` : 'Filters'}
        </Button>
      </Group>
      <Collapse expanded={isOpen}>
        <Group gap="xs" align="flex-start">
          {fields}
        </Group>
      </Collapse>
    </search>
  )
}

/** Words that are taken when the typing rests. What another page puts into the address is shown here, too. */
function Typed({
  name,
  value = '',
  check,
  change,
  isSearch = false,
  ...rest
}: {
  name: string
  value: string | undefined
  /** What is taken of it; undefined as long as it means nothing. */
  check: (typed: string) => string | undefined
  change: (value: string | undefined) => void
  isSearch?: boolean
  placeholder: string
  w: number
  maxLength: number
}) {
  const [typed, setTyped] = useState(value)
  const [last, setLast] = useState(value)
  if (value !== last) {
    setLast(value)
    setTyped(value)
  }
  const take = useDebouncedCallback((words: string) => {
    const taken = words === '' ? '' : check(words)
    if (taken === undefined || taken === value) return
    // Who typed and went on at once to another page is not called back.
    if (!window.location.pathname.endsWith('/messages')) return
    setLast(taken)
    change(taken === '' ? undefined : taken)
  }, 350)
  const number = isSearch && /^\+?\d[\d ]{5,}$/.test(typed.trim()) ? typed.replaceAll(' ', '') : undefined
  return (
    <TextInput
      size="xs"
      aria-label={name}
      value={typed}
      autoComplete="off"
      spellCheck={false}
      {...(isSearch && { 'data-search': true, leftSection: <IconSearch size={14} aria-hidden /> })}
      {...(number && {
        description: (
          <Anchor size="xs" renderRoot={props => <Link to="/subscribers" search={{ find: number }} {...props} />}>
            Find this number
          </Anchor>
        ),
        inputWrapperOrder: ['input', 'description'],
      })}
      onChange={event => {
        setTyped(event.currentTarget.value)
        take(event.currentTarget.value.trim())
      }}
      onKeyDown={event => {
        if (event.key === 'Enter') take.flush()
        if (event.key === 'Escape') event.currentTarget.blur()
      }}
      {...rest}
    />
  )
}

const localTime = (at: string | undefined) => {
  if (at === undefined || Number.isNaN(Date.parse(at))) return ''
  const local = new Date(Date.parse(at) - new Date(at).getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16)
}

/** When it was accepted: so long back, or between two times of this machine's zone. */
function Span({ filter, change }: { filter: Filter; change: (to: Partial<Filter>) => void }) {
  const { after, before } = filter
  const isCustom = before !== undefined || (after !== undefined && agos[after] === undefined)
  const [isChosen, setChosen] = useState(false)
  const time = (name: 'after' | 'before', label: string) => (
    <TextInput
      type="datetime-local"
      size="xs"
      aria-label={label}
      title={label}
      value={localTime(filter[name])}
      onChange={event => {
        const at = event.currentTarget.value
        change({ [name]: at === '' ? undefined : new Date(at).toISOString() })
      }}
    />
  )
  return (
    <>
      <NativeSelect
        size="xs"
        aria-label="Accepted"
        value={isCustom || isChosen ? 'custom' : (after ?? '')}
        data={[
          { value: '', label: 'Any time' },
          ...Object.entries(agos).map(([value, { title }]) => ({ value, label: title })),
          { value: 'custom', label: 'From, until' },
        ]}
        onChange={event => {
          const to = event.currentTarget.value
          setChosen(to === 'custom')
          if (to !== 'custom') change({ after: to || undefined, before: undefined })
        }}
      />
      {(isCustom || isChosen) && (
        <>
          {time('after', 'Accepted from')}
          {time('before', 'Accepted before')}
        </>
      )}
    </>
  )
}

function List({
  filter,
  open,
  show,
  clear,
}: {
  filter: Filter
  open: string | undefined
  show: (id: string | undefined) => void
  clear: () => void
}) {
  const scroller = useRef<HTMLDivElement>(null)
  const { ref: sized, width } = useElementSize<HTMLDivElement>()
  const isNarrow = width > 0 && width < narrow
  const height = isNarrow ? 62 : 38
  const [place, setPlace] = useState({ isAtTop: true, firstSeen: 0 })
  const list = useMessageList(filter, place)
  const { rows } = list
  const now = useNow()
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: index => rows[index]!.id,
    overscan: 8,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: another height of a row is measured anew.
  useEffect(() => virtual.measure(), [height])

  // The row that is read stays where it is, whatever is taken in or falls away above it.
  const anchor = useRef<{ id: string; index: number } | undefined>(undefined)
  useLayoutEffect(() => {
    const element = scroller.current
    const { current } = anchor
    if (!element || !current || element.scrollTop < height) return
    if (rows[current.index]?.id === current.id) return
    const index = rows.findIndex(({ id }) => id <= current.id)
    if (index >= 0) element.scrollTop += (index - current.index) * height
  }, [rows, height])
  const scrolled = () => {
    const top = scroller.current?.scrollTop ?? 0
    const firstSeen = Math.floor(top / height)
    const row = rows[firstSeen]
    anchor.current = row && { id: row.id, index: firstSeen }
    setPlace(before => {
      const after = { isAtTop: top < height, firstSeen: Math.floor(firstSeen / 20) * 20 }
      return before.isAtTop === after.isAtTop && before.firstSeen === after.firstSeen ? before : after
    })
  }
  // Where one stands is known again once rows have changed.
  useLayoutEffect(scrolled, [rows, height])

  // A page of answers may be short, or empty, though there is more: it goes on until what is on the screen is full.
  const { more, searchedTo, isFetching, isStopped } = list
  const items = virtual.getVirtualItems()
  const lastSeen = items.at(-1)?.index ?? -1
  const isShort = lastSeen >= rows.length - 30
  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer moves `searchedTo`, and is a reason to look again.
  useEffect(() => {
    if (isShort && searchedTo !== null && !isFetching && !isStopped) void more()
  }, [isShort, searchedTo, isFetching, isStopped])

  const [active, setActive] = useState(open)
  const wantsFocus = useRef(false)
  const current = rows.findIndex(({ id }) => id === active)
  const step = (by: 1 | -1) => {
    if (rows.length === 0) return
    const first = Math.ceil((scroller.current?.scrollTop ?? 0) / height)
    const index = current < 0 ? Math.min(first, rows.length - 1) : Math.min(rows.length - 1, Math.max(0, current + by))
    const { id } = rows[index]!
    wantsFocus.current = true
    setActive(id)
    virtual.scrollToIndex(index)
    if (open !== undefined) show(id)
  }
  const close = () => {
    wantsFocus.current = true
    show(undefined)
  }
  useHotkeys([
    ['j', () => step(1)],
    ['k', () => step(-1)],
    ['Escape', event => open !== undefined && !isInDialog(event) && close()],
  ])
  // The row is there only after it was scrolled to.
  useEffect(() => {
    if (!wantsFocus.current || active === undefined) return
    const row = scroller.current?.querySelector<HTMLElement>(`[data-id="${CSS.escape(active)}"]`)
    if (!row) return
    wantsFocus.current = false
    row.focus({ preventScroll: true })
  })

  if (list.isPending) return <Waiting what="Listing texts" />
  if (list.error && rows.length === 0) return <Failed error={list.error} again={() => void list.again()} />
  const isEmpty = rows.length === 0
  const isFiltered = Object.values(filter).some(Boolean)
  if (isEmpty && searchedTo === null)
    return (
      <Empty
        title={isFiltered ? 'No text is like this' : 'No text was sent yet'}
        action={
          isFiltered ? (
            <Button variant="light" onClick={clear}>
              Clear the filters
            </Button>
          ) : (
            <Button variant="light" renderRoot={props => <Link to="/subscribers" {...props} />}>
              Send a text
            </Button>
          )
        }
      >
        {isFiltered
          ? 'Every text was looked through. Take a filter away, or choose a longer time.'
          : 'Choose a subscriber and send them one; it is shown here as it leaves.'}
      </Empty>
    )
  if (isEmpty)
    return (
      <Empty title="None so far">
        Looked back to {exact(timeOfId(searchedTo!).toISOString())}
        {list.isStopped ? '; it could not be read on. ' : ', and going on.'}
        {list.isStopped && (
          <Button size="compact-xs" variant="default" onClick={() => void more()}>
            Try again
          </Button>
        )}
      </Empty>
    )
  // One row can be reached by the tabulator; from there it goes by keys.
  const tabStop = current >= 0 ? active : rows[0]?.id
  return (
    <div className="list" data-narrow={isNarrow || undefined} ref={sized}>
      {list.fresh > 0 && !place.isAtTop && (
        <Button
          className="fresh"
          size="xs"
          radius="xl"
          leftSection={<IconArrowUp size={14} aria-hidden />}
          onClick={() => {
            list.toNewest()
            anchor.current = undefined
            scroller.current?.scrollTo({ top: 0 })
          }}
        >
          {count(list.fresh)}
          {list.isFreshCapped && ' or more'} new {list.fresh === 1 ? 'text' : 'texts'}
        </Button>
      )}
      <div
        role="grid"
        aria-label="Texts, newest first"
        aria-rowcount={searchedTo === null ? rows.length + 1 : -1}
        aria-colcount={8}
        className="grid"
      >
        <div role="rowgroup" className="grid-head">
          <div role="row" aria-rowindex={1} className="row">
            {['Time', 'State', 'Purpose', 'Subscriber', 'Country', 'Text', 'Segments', 'Cost'].map(title => (
              <div role="columnheader" key={title} data-cell={title} title={title}>
                {shortTitles[title] ?? title}
              </div>
            ))}
          </div>
        </div>
        <div className="grid-body" ref={scroller} onScroll={scrolled} role="rowgroup">
          <div className="grid-all" role="presentation" style={{ height: virtual.getTotalSize() }}>
            {items.map(({ index, key, start }) => {
              const row = rows[index]
              if (!row) return null
              return (
                <Row
                  key={key}
                  row={row}
                  index={index}
                  start={start}
                  height={height}
                  when={distance(row.acceptedAt, now)}
                  isOpen={row.id === open}
                  isTabStop={row.id === tabStop}
                  act={setActive}
                  show={show}
                />
              )
            })}
          </div>
        </div>
      </div>
      <Foot list={list} isShort={isShort} />
    </div>
  )
}

const shortTitles: Record<string, string> = { Country: 'In', Segments: 'Seg.' }
const isInDialog = (event: Event) => event.target instanceof Element && event.target.closest('[role=dialog]') !== null

interface RowProps {
  row: Message
  index: number
  start: number
  height: number
  when: string
  isOpen: boolean
  isTabStop: boolean
  act: (id: string) => void
  show: (id: string) => void
}

/** Drawn again only when something of it changed: a list that moves each second and a half redraws few rows. */
const Row = memo(
  function Row({ row, index, start, height, when, isOpen, isTabStop, act, show }: RowProps) {
    const choose = () => {
      act(row.id)
      show(row.id)
    }
    return (
      <div
        role="row"
        className="row"
        aria-rowindex={index + 2}
        aria-selected={isOpen}
        tabIndex={isTabStop ? 0 : -1}
        data-id={row.id}
        style={{ height, transform: `translateY(${start}px)` }}
        onClick={choose}
        onFocus={() => act(row.id)}
        onKeyDown={event => {
          if (event.key === 'Enter' || event.key === ' ') {
            event.preventDefault()
            choose()
          }
        }}
      >
        <div role="gridcell" data-cell="Time" title={exact(row.acceptedAt)}>
          {when}
        </div>
        <div role="gridcell" data-cell="State">
          <StateBadge state={row.state} hint={row.reason} />
        </div>
        <div role="gridcell" data-cell="Purpose">
          {purposeNames[row.purpose]}
        </div>
        <div role="gridcell" data-cell="Subscriber" title={row.subscriber ?? undefined}>
          {row.subscriber ?? <i>none</i>} <span className="faint">{row.number?.replace(/•+/, '•••')}</span>
        </div>
        <div role="gridcell" data-cell="Country">
          {row.country}
        </div>
        <div role="gridcell" data-cell="Text" dir="auto">
          {row.text ?? <i className="faint">{row.lane === 'code' ? 'a code, not shown' : 'not kept'}</i>}
        </div>
        <div role="gridcell" data-cell="Segments">
          {row.segments}
        </div>
        <div role="gridcell" data-cell="Cost">
          {row.cost && money(row.cost)}
        </div>
      </div>
    )
  },
  (a, b) =>
    a.row === b.row &&
    a.index === b.index &&
    a.start === b.start &&
    a.height === b.height &&
    a.when === b.when &&
    a.isOpen === b.isOpen &&
    a.isTabStop === b.isTabStop,
)

/** How far back was looked: a rare text may lie a million rows away. */
function Foot({ list, isShort }: { list: ReturnType<typeof useMessageList>; isShort: boolean }) {
  if (list.isStopped)
    return (
      <Group gap="xs" px="xs" py={4} role="status">
        <Text size="xs">The list could not be read on.</Text>
        <Button size="compact-xs" variant="default" onClick={() => void list.more()}>
          Try again
        </Button>
      </Group>
    )
  return (
    <Group gap="xs" px="xs" py={4} wrap="nowrap" className="list-foot">
      {isShort && list.searchedTo !== null && <Loader size={12} aria-label="Looking further back" role="img" />}
      <Text size="xs" c="dimmed" className="tabular" role="status">
        {count(list.rows.length)} shown
        {list.searchedTo === null ? ', that is all' : `, back to ${exact(timeOfId(list.searchedTo).toISOString())}`}
      </Text>
    </Group>
  )
}
