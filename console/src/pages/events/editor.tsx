// Where a bad event is mended: plain text, looked at as JSON with each stroke, and the place of the fault said in line and
// column.
import { Button, Group, Stack, Text, Textarea } from '@mantine/core'
import { useMemo, useRef } from 'react'
import css from './events.module.css'
import { jsonFault } from './json-fault.ts'

interface EditorProps {
  text: string
  change: (text: string) => void
  isBusy: boolean
  replay: () => void
  cancel: () => void
}

export function Editor({ text, change, isBusy, replay, cancel }: EditorProps) {
  const area = useRef<HTMLTextAreaElement>(null)
  const fault = useMemo(() => jsonFault(text), [text])
  return (
    <Stack gap="xs">
      <Text size="xs" c="dimmed">
        Nothing is masked here; that you opened it is recorded.
      </Text>
      <Textarea
        ref={area}
        className={css.editor!}
        aria-label="The event, as JSON"
        rows={16}
        dir="ltr"
        wrap="off"
        autoComplete="off"
        spellCheck={false}
        data-autofocus
        autoFocus
        error={fault && `Line ${fault.line}, column ${fault.column}: ${fault.sentence}`}
        errorProps={{ role: 'status' }}
        value={text}
        onChange={event => change(event.currentTarget.value)}
        onKeyDown={event => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !fault && !isBusy) replay()
        }}
      />
      <Group gap="xs">
        <Button size="xs" disabled={fault !== undefined} loading={isBusy} onClick={replay}>
          Replay
        </Button>
        <Button size="xs" variant="default" onClick={cancel}>
          Close the editor
        </Button>
        {fault && (
          <Button
            size="xs"
            variant="subtle"
            onClick={() => {
              area.current?.focus()
              area.current?.setSelectionRange(fault.offset, fault.offset + 1)
            }}
          >
            Go to line {fault.line}
          </Button>
        )}
      </Group>
    </Stack>
  )
}
