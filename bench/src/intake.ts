// The peer of the doors for events: the least that keeps what it is sent, once and durably. Hono and pg, one insert for
// each request; nothing is checked, sealed or looked up, and nothing follows.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import pg from 'pg'

const database = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 16 })
await database.query(`
  create table event (source text, id text, type text, subject text, time timestamptz, data jsonb, primary key (source, id))`)

const app = new Hono()
app.post('/events', async c => {
  const text = await c.req.text()
  const isBatch = c.req.header('content-type')?.startsWith('application/cloudevents-batch')
  const { rowCount } = await database.query({
    name: 'take',
    text: `
      insert into event (source, id, type, subject, time, data)
      select * from json_to_recordset($1) as r(source text, id text, type text, subject text, time timestamptz, data jsonb)
      on conflict do nothing`,
    values: [isBatch ? text : `[${text}]`],
  })
  return c.json({ taken: rowCount ?? 0 }, 202)
})

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => process.send!({ port }))
