// Lists by keyboard: j and k go from row to row, enter opens the one that has the focus, as it does with any link. From
// the search box, enter or the arrow goes to the first row, and escape leaves the box with what is typed in it.
import { useHotkeys } from '@mantine/hooks'
import { type KeyboardEvent, useRef } from 'react'

/** `list` is for the element around the list; the link of each row carries data-row. */
export function useRowKeys() {
  const list = useRef<HTMLDivElement>(null)
  const go = (step: 1 | -1) => {
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
    const at = rows.indexOf(document.activeElement as HTMLElement)
    rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + step))]?.focus()
  }
  useHotkeys([
    ['j', () => go(1)],
    ['k', () => go(-1)],
  ])
  const inSearch = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Escape') event.currentTarget.blur()
    else if (event.key === 'Enter' || event.key === 'ArrowDown') go(1)
    else return
    event.preventDefault()
  }
  return { list, inSearch }
}
