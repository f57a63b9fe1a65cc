// Conditions as a small form: of the event or the subscription, a field, how it is compared, and with what.
import { Autocomplete, Button, CloseButton, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { dropDown } from '../../drop-down.ts'
import { type DraftCondition, newCondition, type Operator, operators } from './draft.ts'
import { knownFields } from './words.ts'

interface ConditionsFieldProps {
  /** What these decide, for who can't see where they stand: `Step 2`. */
  of: string
  conditions: DraftCondition[]
  /** What the server said, by the condition's place. */
  problemOf: (i: number) => string | undefined
  change: (conditions: DraftCondition[]) => void
}

const most = 10
const isAlone = (operator: Operator) => operator === 'isKnown' || operator === 'isUnknown'
const isOfField = (operator: Operator) => operator === 'differsFrom' || operator === 'isBefore'

export function ConditionsField({ of, conditions, problemOf, change }: ConditionsFieldProps) {
  const put = (key: string, to: Partial<DraftCondition>) =>
    change(conditions.map(one => (one.key === key ? { ...one, ...to } : one)))
  return (
    <Stack gap={6}>
      {conditions.map(({ key, field, operator, value }, i) => {
        const label = `${of}, condition ${i + 1}`
        const problem = problemOf(i)
        return (
          <div key={key}>
            <Group gap={6} align="flex-start">
              <Autocomplete
                {...dropDown}
                aria-label={`${label}: field`}
                placeholder="every"
                flex="1 1 130px"
                maxLength={122}
                data={knownFields}
                value={field}
                error={problem !== undefined}
                onChange={next => put(key, { field: next })}
              />
              <NativeSelect
                aria-label={`${label}: how it is compared`}
                flex="0 1 140px"
                data={Object.entries(operators).map(([value, label]) => ({ value, label }))}
                value={operator}
                onChange={event => {
                  const next = event.currentTarget.value as Operator
                  put(key, { operator: next, ...(isOfField(next) === isOfField(operator) ? {} : { value: '' }) })
                }}
              />
              {!isAlone(operator) &&
                (isOfField(operator) ? (
                  <Autocomplete
                    {...dropDown}
                    aria-label={`${label}: the other field`}
                    placeholder="renewsAt"
                    flex="1 1 130px"
                    maxLength={122}
                    data={knownFields}
                    value={value}
                    onChange={next => put(key, { value: next })}
                  />
                ) : (
                  <TextInput
                    aria-label={`${label}: values, with commas between`}
                    placeholder="month, year"
                    flex="1 1 130px"
                    maxLength={1_000}
                    value={value}
                    onChange={event => put(key, { value: event.currentTarget.value })}
                  />
                ))}
              <CloseButton
                mt={4}
                aria-label={`Take ${label.charAt(0).toLowerCase()}${label.slice(1)} out`}
                onClick={() => change(conditions.filter(one => one.key !== key))}
              />
            </Group>
            {problem && (
              <Text size="xs" c="red" mt={2}>
                {problem}
              </Text>
            )}
          </div>
        )
      })}
      {conditions.length < most && (
        <Button
          w="fit-content"
          size="compact-sm"
          variant="default"
          leftSection={<IconPlus size={14} aria-hidden />}
          aria-label={`Add a condition: ${of}`}
          onClick={() => change([...conditions, newCondition()])}
        >
          Add a condition
        </Button>
      )}
    </Stack>
  )
}
