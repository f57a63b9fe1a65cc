// An append-only NDJSON file that lets the demo's phones outlive a restart. What is written while a write is
// under way goes out together in the next one. A line torn by a kill is left behind when the file is opened.
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface Journal<Entry> {
  append(entry: Entry): void
  /** Everything appended so far is in the file when this resolves. */
  flush(): Promise<void>
}

/** Replays the file into `replay`, then rewrites it as the entries that `retained` still wants, so that it cannot only grow. */
export async function openJournal<Entry>(
  path: string,
  replay: (entry: Entry) => void,
  retained: () => Iterable<Entry>,
): Promise<Journal<Entry>> {
  for (const line of (await readOrEmpty(path)).split('\n')) {
    const entry = parse(line)
    if (entry !== undefined) replay(entry as Entry)
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(`${path}.new`, Array.from(retained(), entry => `${JSON.stringify(entry)}\n`).join(''))
  await rename(`${path}.new`, path)

  let waiting = ''
  let writing: Promise<void> | undefined
  const write = async () => {
    while (waiting !== '') {
      const batch = waiting
      waiting = ''
      await appendFile(path, batch)
    }
  }
  const start = () => {
    writing ??= write().finally(() => {
      writing = undefined
    })
    return writing
  }
  return {
    append(entry) {
      waiting += `${JSON.stringify(entry)}\n`
      // A full disk must not take the phones away; flush() tells whoever asks.
      start().catch(() => {})
    },
    async flush() {
      while (waiting !== '' || writing) await start()
    },
  }
}

async function readOrEmpty(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return '' // The first start.
    throw cause
  }
}

function parse(line: string): unknown {
  if (line === '') return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined // Torn by a kill in the middle of a write.
  }
}
