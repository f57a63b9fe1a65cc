// What a text takes: segments, encoding, cost; the character that makes it UCS-2 with what to do about it; and what the
// guard would refuse. Shown wherever a text is written.
import { Alert, Button, Code, Group, List, Stack, Text } from '@mantine/core'
import { IconInfoCircle, IconShieldX } from '@tabler/icons-react'
import type { Encoding, PreviewResult } from '@usher/contract/message'
import { isAccented, isEmoji, plain, plainer, roughly } from './alphabet.ts'
import { count, money } from './format.tsx'

/** 3GPP TS 23.040: a part of several has room for less, for its header. */
const room: Record<Encoding, readonly [number, number]> = { gsm7: [160, 153], latin1: [140, 134], ucs2: [70, 67] }
export const encodingNames: Record<Encoding, string> = { gsm7: 'GSM-7', latin1: 'Latin-1', ucs2: 'UCS-2' }
const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

export const segmentsSaid = (n: number) => `${count(n)} segment${n === 1 ? '' : 's'}`

export function Takes({ result, replace }: { result: PreviewResult; replace?: (() => void) | undefined }) {
  const { encoding, national, units, segments, cost, findings } = result
  const [single, part] = room[encoding]
  // The header that names a national table takes room of its own, as many septets as the tables need.
  const most = national.length > 0 ? undefined : segments.length < 2 ? single : part * segments.length
  return (
    <Stack gap="xs">
      <Group gap="xs" className="tabular">
        <Text size="sm" fw={600}>
          {segmentsSaid(segments.length)}
        </Text>
        <Text size="sm">
          {encodingNames[encoding]}
          {national.length > 0 && ` with ${national.map(capital).join(' and ')}`}, {count(units)}
          {most === undefined ? ' septets' : ` of ${count(most)}`}
        </Text>
        <Text size="sm">{money(cost)}</Text>
      </Group>
      <Forced result={result} replace={replace} />
      {findings.length > 0 && (
        <Alert
          color="red"
          p="xs"
          icon={<IconShieldX aria-hidden />}
          title="The guard would refuse this"
          styles={{ body: { gap: 4 } }}
        >
          <List size="sm">
            {findings.map(({ rule, sentence }) => (
              <List.Item key={rule + sentence}>{sentence}</List.Item>
            ))}
          </List>
        </Alert>
      )}
    </Stack>
  )
}

/** Which character it is, and what it would save to write it otherwise. */
function Forced({ result, replace }: { result: PreviewResult; replace: (() => void) | undefined }) {
  const { forcedBy, text, segments, encoding } = result
  if (!forcedBy) return null
  const name = encodingNames[encoding]
  const { char, codePoint, index } = forcedBy
  const shown = /[\p{L}\p{N}\p{P}\p{S}]/u.test(char) ? (
    <>
      <Code fz="sm">{char}</Code> ({codePoint})
    </>
  ) : (
    <>The invisible character {codePoint}</>
  )
  const advice = advise(char, text, segments.length)
  if (!advice)
    return (
      <Text size="xs" c="dimmed">
        {name}, because GSM 03.38 lacks characters of it; the first is {shown} at {count(index + 1)}.
      </Text>
    )
  return (
    <Alert color="yellow" p="xs" icon={<IconInfoCircle aria-hidden />} styles={{ body: { gap: 4 } }}>
      <Group gap="xs" justify="space-between">
        <Text size="sm" flex="1 1 220px">
          {shown} at {count(index + 1)} makes the whole text {name}. {advice}
        </Text>
        {replace && plainer(char) !== undefined && (
          <Button size="compact-sm" variant="default" onClick={replace}>
            Replace
          </Button>
        )}
      </Group>
    </Alert>
  )
}

function advise(char: string, text: string, now: number): string | undefined {
  const saves = (then: string) => {
    const { encoding, segments } = roughly(then)
    if (encoding === 'ucs2') return undefined
    return segments < now ? `it takes ${segmentsSaid(segments)} instead of ${now}.` : 'there is room for twice as much.'
  }
  const typed = plainer(char)
  if (typed !== undefined) {
    const saved = saves(plain(text))
    const others = [...text].filter(one => one !== char && plainer(one) !== undefined).length
    const instead =
      typed.trim() === '' ? (typed === '' ? 'Without it' : 'With a space instead') : `With ${typed} instead`
    return saved && `${instead}${others > 0 ? ', and what is like it,' : ','} ${saved}`
  }
  if (isEmoji(char)) {
    const saved = saves(plain(text.replace(/\p{Extended_Pictographic}|\p{Emoji_Modifier}|\u200d|\ufe0f/gu, '')))
    return saved && `Without emoji, ${saved}`
  }
  if (isAccented(char)) {
    const bare = [...plain(text)].map(one => (isAccented(one) ? one.normalize('NFD')[0] : one)).join('')
    const saved = saves(bare)
    return saved && `With a word that does without it, ${saved}`
  }
  return undefined
}

/** What a text may have at most; longer ones are not even sent to be looked at. */
export const mostCharacters = 2_000

/** Calm words for a paste that is far too long. */
export function TooLong({ text }: { text: string }) {
  const { segments } = roughly(text)
  return (
    <Alert color="red" p="xs" icon={<IconInfoCircle aria-hidden />} role="status">
      <Text size="sm">
        {count(text.length)} characters, about {segmentsSaid(segments)}. The most is {count(mostCharacters)} characters
        and 10 segments, so this can not be sent. What you pasted is still here.
      </Text>
    </Alert>
  )
}
