// The policy is one document that several forms change: each saves it whole, and never over what somebody saved meanwhile.
import { Alert, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Policy } from '@usher/contract/policy'
import { client, sentence } from '../../client.ts'
import { tell } from '../../toast.tsx'
import { decisionKey } from '../../would-it-go.tsx'
import { changesOf } from './changes.ts'

export const policyQuery = {
  queryKey: ['policy'],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.getPolicy({ signal }),
}
export const regionsQuery = {
  queryKey: ['regions'],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.listRegions({ signal }),
}

class SavedMeanwhile extends Error {}

/** `done`: it is saved, and what was typed is not needed any more. */
export function useSavePolicy(done: () => void) {
  const queries = useQueryClient()
  const save = useMutation({
    mutationFn: async ({ from, to }: { from: Policy; to: Policy }) => {
      const now = await client.getPolicy()
      if (changesOf(from, now).length > 0) {
        queries.setQueryData(policyQuery.queryKey, now)
        throw new SavedMeanwhile()
      }
      return client.putPolicy(to)
    },
    onSuccess: async (policy, { from, to }) => {
      queries.setQueryData(policyQuery.queryKey, policy)
      // At once: what is typed while the rest is asked anew stays.
      done()
      await Promise.all([decisionKey, regionsQuery.queryKey].map(queryKey => queries.invalidateQueries({ queryKey })))
      tell({
        id: 'policy',
        title: 'The policy is saved',
        message: 'Every text is judged by it within two seconds.',
        undo: () => save.mutate({ from: to, to: from }),
      })
    },
  })
  return save
}

export const NotSaved = ({ error }: { error: unknown }) =>
  error === null ? null : (
    <Alert color={error instanceof SavedMeanwhile ? 'yellow' : 'red'} role="alert">
      <Text size="sm">
        {error instanceof SavedMeanwhile
          ? 'Somebody saved the policy meanwhile. What you typed is still here; what changes is told against what is in force now. Save again if that is right.'
          : sentence(error)}
      </Text>
    </Alert>
  )
