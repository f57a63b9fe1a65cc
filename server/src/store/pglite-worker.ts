// PGlite on a thread of its own: a statement then never stops the thread that talks to carriers and callers.
import { readFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'

export type Order =
  | { id: number; kind: 'rows'; text: string; values: unknown[] }
  | { id: number; kind: 'script'; text: string }
  | { id: number; kind: 'close' }

const port = parentPort!
const { folder, image } = workerData as { folder: string | undefined; image: string | undefined }

const open = PGlite.create({
  ...(folder === undefined ? {} : { dataDir: folder }),
  ...(image === undefined ? {} : { loadDataDir: new Blob([readFileSync(image)]) }),
  // int8 and numeric come as numbers, as they do from PostgreSQL here.
  parsers: { 20: Number, 1700: Number },
})
open.then(
  () => port.postMessage({ id: 0 }),
  error => port.postMessage({ id: 0, error: { message: String(error?.message ?? error) } }),
)

port.on('message', async (order: Order) => {
  try {
    const db = await open
    if (order.kind === 'rows') port.postMessage({ id: order.id, rows: (await db.query(order.text, order.values)).rows })
    else if (order.kind === 'script') port.postMessage({ id: order.id, rows: await db.exec(order.text).then(() => []) })
    else {
      await db.close()
      port.postMessage({ id: order.id, rows: [] })
    }
  } catch (cause) {
    const error = cause as { message?: string; code?: string; constraint?: string }
    port.postMessage({
      id: order.id,
      error: { message: error.message ?? String(cause), code: error.code, constraint: error.constraint },
    })
  }
})
