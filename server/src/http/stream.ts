// The live stream: what happens, as server-sent events, to consoles that watch. A slow watcher loses events, never slows us.
import type { EventBus } from '../events.ts'
import { DatabaseAway } from '../store/database.ts'

/** Bytes that may wait for a slow watcher before events are counted instead of sent. */
const mostWaiting = 1_000_000
const beatMs = 15_000

/**
 * `isStillAllowed` is asked at each beat: whose key was revoked, or whose session ended, hears no more. While the database
 * is away nobody can say, and nothing happens that could be heard.
 */
export function liveStream(events: EventBus, signal: AbortSignal, isStillAllowed: () => Promise<boolean>): Response {
  const encoder = new TextEncoder()
  let close = () => {}
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let missed = 0
        const write = (text: string, events = 0) => {
          if ((controller.desiredSize ?? 0) <= 0) {
            missed += events
            return
          }
          if (missed > 0) {
            controller.enqueue(encoder.encode(`event: missed\ndata: ${JSON.stringify({ count: missed })}\n\n`))
            missed = 0
          }
          controller.enqueue(encoder.encode(text))
        }
        const send = (event: string, list: readonly object[]) =>
          write(list.map(data => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`).join(''), list.length)
        const stops = [
          events.on('message.accepted', list => send('message', list)),
          events.on('message.moved', list => send('message', list)),
          events.on('inbound.stored', list => send('inbound', list)),
          events.on('event.taken', list => send('event', list)),
          events.on('event.bad', list => send('bad_event', list)),
          events.on('delivery.moved', list => send('delivery', list)),
          events.on('click.stored', list => send('click', list)),
          events.on('bind.state', event => send('bind', [event])),
          events.on('number.file_missing', event => send('file_missing', [event])),
        ]
        const beat = setInterval(async () => {
          const isAllowed = await isStillAllowed().catch(error => error instanceof DatabaseAway)
          if (isAllowed) write(': still here\n\n')
          else end()
        }, beatMs)
        beat.unref()
        close = () => {
          clearInterval(beat)
          for (const stop of stops) stop()
        }
        const end = () => {
          close()
          try {
            controller.close()
          } catch {
            // cancelled by the reader already
          }
        }
        signal.addEventListener('abort', end)
        controller.enqueue(encoder.encode(': connected\n\n'))
      },
      cancel: () => close(),
    },
    new ByteLengthQueuingStrategy({ highWaterMark: mostWaiting }),
  )
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  })
}
