// The channels of this process, kept as the line says: a carrier that is added gets one, one that is changed another, one that
// is taken away none. What is on the wire of the old one is answered first.
import type { Clock } from '../clock.ts'
import type { EventBus } from '../events.ts'
import type { Channel, Configured, Hearing } from './channel.ts'
import type { Health } from './health.ts'
import { httpChannel } from './http.ts'
import { callbacksOf, type LineStore } from './line.ts'
import type { Sender } from './send.ts'
import { smppChannel } from './smpp.ts'
import * as twilio from './twilio.ts'
import * as vonage from './vonage.ts'
import * as web from './web.ts'

export interface ChannelsDeps {
  clock: Clock
  wall: () => Date
  events: EventBus
  hearing: Hearing
  line: LineStore
  sender: Pick<Sender, 'attach' | 'detach'>
  health: Pick<Health, 'forget'>
  /** Where carriers over HTTP reach us. */
  publicUrl: () => string
}

export interface Channels {
  current(): readonly Channel[]
  find(name: string): Channel | undefined
  /** Resolves once those of the present line send. */
  start(): Promise<void>
  /** Follows the line no more; resolves once those that were changed or taken away are answered, or it is too long. */
  stop(timeoutMs: number): Promise<void>
}

/** What a changed or removed carrier gets to answer what is on its wire. */
const stopMs = 15_000

export function openChannels(deps: ChannelsDeps): Channels {
  const { line, sender, events } = deps
  const open = new Map<string, { channel: Channel; settings: string }>()
  /** Of those that were changed or taken away: until what is on their wire is answered. */
  const leaving = new Set<Promise<void>>()
  let isStopped = false

  async function change(name: string, configured: Configured | undefined): Promise<void> {
    const before = open.get(name)
    if (configured) {
      const channel = channelOf(deps, configured)
      deps.health.forget(name)
      open.set(name, { channel, settings: spokenBy(configured) })
      await sender.detach(name)
      // It may have been changed again while the old one's loops ended.
      if (open.get(name)?.channel === channel) {
        channel.start()
        await sender.attach(channel)
      }
    } else {
      open.delete(name)
      await sender.detach(name)
    }
    if (!before) return
    const left = before.channel.stop(stopMs).finally(() => leaving.delete(left))
    leaving.add(left)
  }

  async function follow(): Promise<void> {
    if (isStopped) return
    const wanted = new Map(line.current().document.carriers.map(({ name }) => [name, line.configured(name)]))
    const changed = [
      ...[...open.keys()].filter(name => !wanted.has(name)),
      ...[...wanted].flatMap(([name, settings]) =>
        settings !== undefined && open.get(name)?.settings === spokenBy(settings) ? [] : [name],
      ),
    ]
    await Promise.all(
      changed.map(name =>
        change(name, wanted.get(name)).catch(error =>
          events.emit('work.failed', { what: `changing the carrier ${name}`, error: String(error) }),
        ),
      ),
    )
  }

  return {
    current: () => [...open.values()].map(({ channel }) => channel),
    find: name => open.get(name)?.channel,
    async start() {
      line.onChange(() => void follow())
      await follow()
    },
    async stop(timeoutMs) {
      isStopped = true
      let timer: NodeJS.Timeout | undefined
      const tooLong = new Promise<void>(resolve => {
        timer = setTimeout(resolve, timeoutMs)
      })
      await Promise.race([Promise.all(leaving), tooLong])
      clearTimeout(timer)
    },
  }
}

/** What a channel is made of: another label is no reason to bind again. */
const spokenBy = (configured: Configured) => JSON.stringify({ ...configured, label: null })

function channelOf({ clock, wall, events, hearing, publicUrl }: ChannelsDeps, configured: Configured): Channel {
  switch (configured.protocol) {
    case 'smpp':
      return smppChannel(configured, clock, events, hearing, wall)
    case 'twilio':
      return httpChannel(calledBack(configured, publicUrl), clock, events, twilio.speech, wall)
    case 'vonage':
      return httpChannel(calledBack(configured, publicUrl), clock, events, vonage.speech, wall)
    case 'http':
      return httpChannel(calledBack(configured, publicUrl), clock, events, web.speech, wall)
  }
}

/** Where it listens is known once it does, which is after its carriers are opened. */
const calledBack = <C extends Configured>(configured: C, publicUrl: () => string): C => ({
  ...configured,
  get callbacks() {
    return callbacksOf(configured.name, publicUrl())
  },
})
