// Bodies as they come over the wire: bounded in size, and given up when they stop coming.
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { isDeeper } from '../event/check.ts'
import { Saying } from './problem.ts'

export interface BodyLimits {
  /** Bytes of a whole body, or of one line of a streamed one. */
  bytes: number
  /** How long the body may be silent. */
  silentMs: number
}

export const limits: BodyLimits = { bytes: 256 * 1024, silentMs: 30_000 }

/** Rejects where nothing comes for `silentMs`: a client that stalls holds nothing up for long. */
async function within<T>(silentMs: number, next: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Saying('slowBody', `Nothing came for ${silentMs / 1_000} seconds.`)), silentMs)
  })
  try {
    return await Promise.race([next, silence])
  } finally {
    clearTimeout(timer)
  }
}

/** A whole body as text, plain or gzip. Throws Saying: too_large, slow_body, wrong_media_type, and broken_json for broken gzip. */
export async function readText(request: Request, { bytes, silentMs } = limits): Promise<string> {
  const coding = (request.headers.get('content-encoding') ?? 'identity').trim().toLowerCase()
  const isZipped = coding === 'gzip' || coding === 'x-gzip'
  if (!isZipped && coding !== 'identity' && coding !== '')
    throw new Saying('wrongMediaType', 'Send Content-Encoding: gzip, or none.', undefined, {
      'accept-encoding': 'gzip',
    })
  const announced = Number(request.headers.get('content-length') ?? Number.NaN)
  const tooLarge = () => new Saying('tooLarge', `A body here has ${bytes} bytes at most.`)
  if (announced > bytes) throw tooLarge()
  if (announced <= bytes && !isZipped) return within(silentMs, request.text())
  let text = ''
  let size = 0
  const decoder = new TextDecoder()
  const source = pieces(request, silentMs)
  for await (const piece of isZipped ? unzipped(source) : source) {
    size += piece.byteLength
    if (size > bytes) throw tooLarge()
    text += decoder.decode(piece, { stream: true })
  }
  return text + decoder.decode()
}

/** Piece by piece, so that a bomb is met after its first few kilobytes. */
async function* unzipped(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const zipped = Readable.from(source, { objectMode: false })
  const gunzip = createGunzip()
  zipped.on('error', error => gunzip.destroy(error))
  try {
    yield* zipped.pipe(gunzip)
  } catch (error) {
    if (error instanceof Saying) throw error
    throw new Saying('brokenJson', 'The gzip can not be read.')
  } finally {
    zipped.destroy()
    gunzip.destroy()
  }
}

export async function* pieces(request: Request, silentMs = limits.silentMs): AsyncGenerator<Uint8Array> {
  const reader = request.body?.getReader()
  if (!reader) return
  try {
    for (;;) {
      const { done, value } = await within(silentMs, reader.read())
      if (done) return
      yield value
    }
  } finally {
    reader.cancel().catch(() => {}) // the sender may be gone already
  }
}

/** Deeper JSON is of no use here, and would be the end of the stack of whatever recurs through it. */
const deepest = 100

/** JSON, or why it is none. The parser's own words quote what stands there, which may be somebody's number. */
export function readJson(text: string, levels = deepest): { value: unknown } | { unreadable: string } {
  try {
    const value: unknown = JSON.parse(text)
    return isDeeper(value, levels) ? { unreadable: `It is nested more than ${levels} levels deep.` } : { value }
  } catch (error) {
    return { unreadable: (error as Error).message.replace(/,? (?:\.\.\.)?".*is not valid JSON$/s, '') }
  }
}

export interface Line {
  /** Counted from 1. */
  line: number
  text: string
  isTooLong: boolean
}

/** The lines of a streamed body. */
export const lines = (request: Request, { bytes, silentMs } = limits): AsyncGenerator<Line[]> =>
  linesOf(pieces(request, silentMs), bytes)

/** The lines of a stream, as many as each piece of it completes, blank ones left out. Memory stays within one line. */
export async function* linesOf(source: AsyncIterable<Uint8Array>, bytes = limits.bytes): AsyncGenerator<Line[]> {
  const decoder = new TextDecoder()
  let rest = ''
  let line = 0
  let isSkipping = false
  const take = (text: string): Line[] => {
    line++
    if (isSkipping) {
      isSkipping = false
      return [{ line, text: '', isTooLong: true }]
    }
    return text.trim() === '' ? [] : [{ line, text, isTooLong: false }]
  }
  for await (const piece of source) {
    const whole = (rest + decoder.decode(piece, { stream: true })).split('\n')
    rest = whole.pop()!
    const ready = whole.flatMap(take)
    if (rest.length > bytes) {
      rest = ''
      isSkipping = true
    }
    if (ready.length > 0) yield ready
  }
  rest += decoder.decode()
  if (rest !== '' || isSkipping) {
    const last = take(rest)
    if (last.length > 0) yield last
  }
}

/**
 * Works through pieces in order with up to `ahead` of them under way, and writes what each gives as it is ready: the
 * reader's pace is the writer's pace, so a slow reader slows the sender and nothing piles up.
 */
export function ndjson<T>(
  source: AsyncIterable<T>,
  ahead: number,
  work: (piece: T) => Promise<string>,
  last?: () => string | Promise<string>,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const reading = source[Symbol.asyncIterator]()
  const underWay: Promise<string>[] = []
  let read: Promise<IteratorResult<T>> | undefined
  let isRead = false
  return new ReadableStream({
    async pull(controller) {
      for (;;) {
        if (!isRead && underWay.length < ahead) read ??= reading.next()
        const [first] = underWay
        if (!first && !read) {
          if (last) controller.enqueue(encoder.encode(await last()))
          return controller.close()
        }
        // What is ready goes out at once: the sender may be waiting for it before it writes on.
        const isReady = await Promise.race([
          ...(first ? [first.then(() => true)] : []),
          ...(read ? [read.then(() => false)] : []),
        ])
        if (isReady) return controller.enqueue(encoder.encode(await underWay.shift()!))
        const { done, value } = await read!
        read = undefined
        if (done) isRead = true
        else {
          const working = work(value)
          working.catch(() => {}) // met when its turn comes
          underWay.push(working)
        }
      }
    },
    async cancel() {
      await reading.return?.(undefined)
    },
  })
}
