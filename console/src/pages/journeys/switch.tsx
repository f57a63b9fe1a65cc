// Turns a journey on or off, at once, as a version of it; says what that does, and can be taken back.
import { Switch } from '@mantine/core'
import type { Journey } from '@usher/contract/journey'
import { isProblem } from '../../client.ts'
import { tell, tellFailure } from '../../toast.tsx'
import { inputOf } from './draft.ts'
import { useSaveJourney } from './queries.ts'

interface OnSwitchProps {
  journey: Journey
  mayWrite: boolean
  label?: string
}

export function OnSwitch({ journey, mayWrite, label }: OnSwitchProps) {
  const save = useSaveJourney(
    saved => {
      tell({
        id: `journey-${saved.name}`,
        title: `${saved.title} is ${saved.isOn ? 'on' : 'off'}`,
        message: saved.isOn
          ? 'Steps that are due from now on are sent.'
          : 'It goes on counting its days and texts nobody. What waits for its hour already still goes.',
        undo: () =>
          save.mutate({ name: saved.name, journey: { ...inputOf(saved), isOn: !saved.isOn }, version: saved.version }),
      })
    },
    error => {
      if (isProblem(error, 'journey_changed'))
        tell({
          title: `${journey.title} was changed meanwhile`,
          color: 'yellow',
          message: 'Somebody else saved it. It is shown as it is now; turn it on or off again if that is still right.',
        })
      else tellFailure(`${journey.title} stays as it was`, error)
    },
  )
  const isOn = save.isPending ? save.variables.journey?.isOn === true : journey.isOn
  return (
    <Switch
      {...(label === undefined ? { 'aria-label': `${journey.title} is on` } : { label })}
      checked={isOn}
      disabled={!mayWrite || save.isPending}
      onChange={event =>
        save.mutate({
          name: journey.name,
          journey: { ...inputOf(journey), isOn: event.currentTarget.checked },
          version: journey.version,
        })
      }
    />
  )
}
