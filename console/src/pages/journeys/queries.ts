// What the pages of journeys ask the server, and how a change is saved: never over what somebody saved meanwhile.
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { Journey, JourneyInput } from '@usher/contract/journey'
import { client } from '../../client.ts'

export const journeysQuery = {
  queryKey: ['journeys'],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.listJourneys({ signal }),
  // Somebody else may change them meanwhile.
  refetchInterval: 30_000,
}
export const journeyQuery = (name: string) => ({
  queryKey: ['journey', name],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.getJourney(name, { signal }),
})
export const funnelQuery = (name: string, days: number) => ({
  queryKey: ['journey-funnel', name, days],
  queryFn: ({ signal }: { signal: AbortSignal }) => client.getJourneyFunnel(name, { days }, { signal }),
  refetchInterval: 60_000,
})

/** Null: as it was shipped. `version` is that of the one which was changed. */
export interface Change {
  name: string
  journey: JourneyInput | null
  version: number
}

export function useSaveJourney(done: (saved: Journey, change: Change) => void, failed?: (error: unknown) => void) {
  const queries = useQueryClient()
  const again = (name: string) =>
    Promise.all(
      [['journeys'], ['journey', name], ['journey-funnel', name]].map(queryKey =>
        queries.invalidateQueries({ queryKey }),
      ),
    )
  return useMutation({
    async mutationFn({ name, journey, version }: Change): Promise<Journey> {
      if (journey !== null) return client.putJourney(name, { journey, version })
      await client.resetJourney(name, { version })
      return client.getJourney(name)
    },
    onSuccess(saved, change) {
      done(saved, change)
      void again(change.name)
    },
    onError(error, { name }) {
      failed?.(error)
      void again(name)
    },
  })
}
