// How a draft looks on a phone, for a subscriber or with samples, in the language they would get or another.
import { Accordion, Select, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Bubble, Phone } from '../../bubble.tsx'
import { client, isProblem, sentence } from '../../client.ts'
import { dropDown } from '../../drop-down.ts'
import { settingsQuery } from '../../format.tsx'
import { localeName } from '../../locales.ts'
import { SubscriberPicker } from '../../subscriber-picker.tsx'
import { mostCharacters } from '../../takes.tsx'
import type { Draft } from '../template.tsx'

/** The draft as the server would write it, in each language; asked for again when typing rests. */
export function usePreview(
  name: string,
  { purpose, texts, isPlain }: Draft,
  subscriber: string | null,
  data: Record<string, string>,
  isWanted = true,
) {
  const whole = Object.fromEntries(Object.entries(texts).filter(([, text]) => text && text.length <= mostCharacters))
  const given = Object.fromEntries(Object.entries(data).filter(([, value]) => value !== ''))
  const asked =
    isWanted && Object.keys(whole).length > 0
      ? JSON.stringify({ purpose, texts: whole, isPlain, data: given, ...(subscriber !== null && { subscriber }) })
      : undefined
  const [settled] = useDebouncedValue(asked, 300)
  return useQuery({
    queryKey: ['preview', 'draft', name, settled],
    queryFn: ({ signal }) => client.previewTemplate(name, JSON.parse(settled!), { signal }),
    enabled: settled !== undefined,
    placeholderData: keepPreviousData,
  })
}

interface WhatItLooksLikeProps {
  preview: ReturnType<typeof usePreview>
  locales: readonly string[]
  looked: string | undefined
  look: (locale: string) => void
  subscriber: string | null
  choose: (subscriber: string | null) => void
  data: Record<string, string>
  setData: (data: Record<string, string>) => void
}

export function WhatItLooksLike(props: WhatItLooksLikeProps) {
  const { preview, locales, looked, look, subscriber, choose, data, setData } = props
  const settings = useQuery(settingsQuery)
  const seen = preview.data
  const shown = [looked, seen?.chosen, locales[0]].find(one => one != null && locales.includes(one)) ?? undefined
  const result = shown === undefined ? undefined : seen?.locales[shown]?.result
  const problem = shown === undefined ? undefined : seen?.locales[shown]?.problems[0]
  const forced = result?.forcedBy
  return (
    <>
      <SubscriberPicker
        label="For whom"
        description="Their language and profile are used"
        value={subscriber}
        onChange={choose}
      />
      <Select
        {...dropDown}
        label="Language on the phone"
        allowDeselect={false}
        data={locales.map(value => ({ value, label: localeName(value) }))}
        value={shown ?? null}
        onChange={chosen => chosen && look(chosen)}
      />
      <Phone title={settings.data?.service ?? 'Messages'}>
        {preview.error && !isProblem(preview.error, 'unauthenticated') ? (
          <Text size="sm">
            {isProblem(preview.error, 'unknown_subscriber')
              ? 'This subscriber was erased. Choose another.'
              : sentence(preview.error)}
          </Text>
        ) : result ? (
          <Bubble
            direction="in"
            text={result.text}
            segments={result.segments}
            pointAt={forced ? { index: forced.index, length: forced.char.length } : undefined}
          />
        ) : (
          <Text size="sm">{problem ? problem.detail : 'Nothing is written yet.'}</Text>
        )}
      </Phone>
      {seen && seen.variables.length > 0 && (
        <Accordion variant="contained">
          <Accordion.Item value="samples">
            <Accordion.Control>
              <Text size="sm">
                Samples for {seen.variables.length === 1 ? 'one variable' : `${seen.variables.length} variables`}
              </Text>
            </Accordion.Control>
            <Accordion.Panel>
              <Stack gap="xs">
                {seen.variables.map(variable => (
                  <TextInput
                    key={variable}
                    size="xs"
                    label={variable}
                    placeholder="A sample"
                    attributes={{ input: { dir: 'auto' } }}
                    maxLength={mostCharacters}
                    value={data[variable] ?? ''}
                    onChange={event => setData({ ...data, [variable]: event.currentTarget.value })}
                  />
                ))}
              </Stack>
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      )}
    </>
  )
}
