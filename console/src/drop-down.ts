// How lists drop down from a field: within the page's landmarks, and scrolled as the listbox itself, so that keyboards and
// screen readers find them there.
export const dropDown = {
  comboboxProps: { withinPortal: false },
  withScrollArea: false,
  styles: { options: { maxHeight: 280, overflowY: 'auto' } },
} as const
