// The texts of a template, one card for each language, with what each takes and what would stop it.
import {
  Alert,
  Autocomplete,
  Badge,
  Box,
  Button,
  CloseButton,
  Group,
  List,
  Modal,
  Paper,
  SimpleGrid,
  Stack,
  Text,
  Title,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconAlertTriangle } from '@tabler/icons-react'
import type { TemplatePreview } from '@usher/contract/template'
import { useId, useState } from 'react'
import { plain } from '../../alphabet.ts'
import { dropDown } from '../../drop-down.ts'
import { LiquidEditor } from '../../liquid-editor.tsx'
import { directionOf, fallback, isLocale, localeName, sorted } from '../../locales.ts'
import { mostCharacters, Takes, TooLong } from '../../takes.tsx'

interface TextsProps {
  texts: Record<string, string>
  base: Record<string, string>
  preview: TemplatePreview | undefined
  /** What stopped a save, by locale. */
  reasons: Record<string, string[]>
  mayWrite: boolean
  change: (texts: Record<string, string>) => void
  /** Shows a locale on the phone. */
  look: (locale: string) => void
}

export function Texts({ texts, base, preview, reasons, mayWrite, change, look }: TextsProps) {
  const [isWarned, warn] = useDisclosure()
  const remove = (locale: string) => {
    const { [locale]: _, ...rest } = texts
    change(rest)
  }
  const here = sorted(Object.keys(texts))
  const gone = sorted(Object.keys(base)).filter(locale => texts[locale] === undefined)
  return (
    <>
      <SimpleGrid cols={{ base: 1, lg: 2 }} spacing="md">
        {here.map(locale => (
          <Card
            key={locale}
            locale={locale}
            text={texts[locale]!}
            isChanged={texts[locale] !== base[locale]}
            isChosen={preview?.chosen === locale}
            seen={preview?.locales[locale]}
            reasons={reasons[locale] ?? []}
            mayWrite={mayWrite}
            change={text => change({ ...texts, [locale]: text })}
            look={() => look(locale)}
            remove={here.length === 1 ? undefined : () => (locale === fallback ? warn.open() : remove(locale))}
          />
        ))}
      </SimpleGrid>
      {gone.map(locale => (
        <Group key={locale} gap="xs">
          <Text size="sm">{localeName(locale)} was taken out; saving makes it so.</Text>
          <Button size="compact-sm" variant="default" onClick={() => change({ ...texts, [locale]: base[locale]! })}>
            Put it back
          </Button>
        </Group>
      ))}
      {mayWrite && (
        <AddLocale
          taken={here}
          add={locale => {
            change({ ...texts, [locale]: base[locale] ?? '' })
            look(locale)
          }}
        />
      )}
      <Modal
        opened={isWarned}
        onClose={warn.close}
        title="Take English out?"
        closeButtonProps={{ 'aria-label': 'Close' }}
      >
        <Text size="sm" mb="md">
          English is what subscribers get whose own language is not among these. Without it they get nothing: their
          texts are answered no_locale.
        </Text>
        <Group justify="flex-end">
          <Button
            variant="default"
            onClick={() => {
              remove(fallback)
              warn.close()
            }}
          >
            Take it out
          </Button>
          <Button data-autofocus onClick={warn.close}>
            Keep English
          </Button>
        </Group>
      </Modal>
    </>
  )
}

interface CardProps {
  locale: string
  text: string
  isChanged: boolean
  isChosen: boolean
  seen: TemplatePreview['locales'][string] | undefined
  reasons: string[]
  mayWrite: boolean
  change: (text: string) => void
  look: () => void
  remove: (() => void) | undefined
}

function Card({ locale, text, isChanged, isChosen, seen, reasons, mayWrite, change, look, remove }: CardProps) {
  const id = useId()
  const name = localeName(locale)
  const isTooLong = text.length > mostCharacters
  // What was seen a moment ago may be of the text before; what stopped a save is of this one.
  const wrong = [...new Set([...reasons, ...(seen?.problems.map(({ detail }) => detail) ?? [])])]
  // What the guard says is told below with its findings, once.
  const told = new Set(seen?.result?.findings.map(({ sentence }) => sentence))
  const shown = wrong.filter(detail => !told.has(detail))
  return (
    <Paper component="section" withBorder p="sm" aria-label={name}>
      <Group justify="space-between" wrap="nowrap" mb={6}>
        <Group gap={6}>
          <Title order={2} size="h6">
            {name}
          </Title>
          <Text size="xs">{locale}</Text>
          {locale === fallback && (
            <Badge size="sm" variant="default" tt="none" fw={500}>
              for all others
            </Badge>
          )}
          {isChosen && (
            <Badge size="sm" variant="default" tt="none" fw={500}>
              what they get
            </Badge>
          )}
          {isChanged && (
            <Badge size="sm" variant="light" tt="none" fw={500}>
              changed
            </Badge>
          )}
        </Group>
        {mayWrite && remove && <CloseButton size="sm" aria-label={`Take ${name} out`} onClick={remove} />}
      </Group>
      <LiquidEditor
        label={`Text in ${name}`}
        lang={locale}
        dir={directionOf(locale)}
        value={text}
        readOnly={!mayWrite}
        isBad={wrong.length > 0 || isTooLong}
        describedBy={id}
        onChange={change}
        onFocus={look}
      />
      <Box id={id} mt="xs">
        {isTooLong ? (
          <TooLong text={text} />
        ) : (
          <Stack gap="xs">
            {shown.length > 0 && (
              <Alert color="red" p="xs" icon={<IconAlertTriangle aria-hidden />}>
                <List size="sm" listStyleType="none">
                  {shown.map(detail => (
                    <List.Item key={detail} style={{ overflowWrap: 'anywhere' }}>
                      {detail}
                    </List.Item>
                  ))}
                </List>
              </Alert>
            )}
            {seen?.result && (
              <Takes
                result={seen.result}
                replace={mayWrite && plain(text) !== text ? () => change(plain(text)) : undefined}
              />
            )}
          </Stack>
        )}
      </Box>
    </Paper>
  )
}

const offered = [
  'en',
  'es',
  'fr',
  'de',
  'pt',
  'pt-BR',
  'it',
  'nl',
  'pl',
  'sv',
  'tr',
  'ar',
  'he',
  'hi',
  'id',
  'ja',
  'ko',
  'zh',
]

function AddLocale({ taken, add }: { taken: readonly string[]; add: (locale: string) => void }) {
  const [typed, setTyped] = useState('')
  const locale = typed.trim()
  const wrong =
    locale === ''
      ? undefined
      : !isLocale(locale)
        ? 'A language is written as in BCP 47, for example pt-BR.'
        : taken.includes(locale)
          ? `${localeName(locale)} is here already.`
          : undefined
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        if (locale === '' || wrong) return
        add(locale)
        setTyped('')
      }}
    >
      <Group align="flex-start" gap="xs">
        <Autocomplete
          {...dropDown}
          label="Another language"
          placeholder="pt-BR"
          w={220}
          maxLength={35}
          data={offered.filter(one => !taken.includes(one))}
          renderOption={({ option }) => (
            <Text size="sm">
              {localeName(String(option.value))} ({option.value})
            </Text>
          )}
          value={typed}
          onChange={setTyped}
          error={wrong}
        />
        <Button mt={25} type="submit" variant="default" disabled={locale === '' || wrong !== undefined}>
          Add it
        </Button>
      </Group>
    </form>
  )
}
