// The six digits of an authenticator app, however they are pasted.
import { TextInput } from '@mantine/core'
import type { Ref } from 'react'

export function CodeField({
  ref,
  description,
  value,
  onChange,
  error,
}: {
  ref?: Ref<HTMLInputElement>
  description: string
  value: string
  onChange: (digits: string) => void
  error?: string | undefined
}) {
  return (
    <TextInput
      {...(ref && { ref })}
      label="Code"
      description={description}
      error={error}
      autoComplete="one-time-code"
      inputMode="numeric"
      pattern="\d{6}"
      title="Six digits"
      required
      withAsterisk={false}
      maw={420}
      className="tabular"
      value={value}
      // Apps show it as 123 456: the length is held here, not by the browser, which would cut the last digit off.
      onChange={event => onChange(event.currentTarget.value.replace(/\D/g, '').slice(0, 6))}
    />
  )
}
