// What somebody sets of an endpoint: its address, a word on what it is for, and what it is told of.
import { TextInput } from '@mantine/core'
import type { OutgoingName } from '@usher/contract/webhook'
import { isProblem, sentence } from '../../client.ts'
import { problemAt } from '../../field-problem.ts'
import { TypesField } from './types-field.tsx'

export interface EndpointDraft {
  url: string
  description: string
  types: OutgoingName[]
}

const ofUrl = (error: unknown) => problemAt(error, 'url', 'forbidden_address')
const ofDescription = (error: unknown) => problemAt(error, 'description')
const ofTypes = (error: unknown) => problemAt(error, 'types')

/** What is wrong with the form as a whole, and is said at none of its fields. */
export function formProblem(error: unknown): string | undefined {
  if (!error || ofUrl(error) || ofDescription(error) || ofTypes(error)) return undefined
  if (isProblem(error, 'too_many_endpoints')) return `${sentence(error)} Delete one that is no longer called.`
  return sentence(error)
}

interface EndpointFieldsProps {
  draft: EndpointDraft
  change: (change: Partial<EndpointDraft>) => void
  error: unknown
  isNew?: boolean
  isReadOnly?: boolean
}

export function EndpointFields({ draft, change, error, isNew = false, isReadOnly = false }: EndpointFieldsProps) {
  return (
    <>
      <TextInput
        label="Address"
        description="Where Usher posts to. It is https and public, unless USHER_WEBHOOK_ALLOW names it."
        placeholder="https://orpheum.example/webhooks/usher"
        type="url"
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        maxLength={2_000}
        required
        withAsterisk={false}
        readOnly={isReadOnly}
        {...(isNew && { 'data-autofocus': true })}
        value={draft.url}
        onChange={event => change({ url: event.currentTarget.value })}
        error={ofUrl(error)}
      />
      <TextInput
        label="What it is for"
        description="For your colleagues; it may stay empty."
        placeholder="Tells the billing service about texts that did not arrive"
        autoComplete="off"
        maxLength={200}
        attributes={{ input: { dir: 'auto' } }}
        readOnly={isReadOnly}
        value={draft.description}
        onChange={event => change({ description: event.currentTarget.value })}
        error={ofDescription(error)}
      />
      <TypesField
        label="It is told of"
        value={draft.types}
        onChange={types => change({ types })}
        error={draft.types.length === 0 ? 'Choose at least one.' : ofTypes(error)}
        isReadOnly={isReadOnly}
      />
    </>
  )
}
