// The peer of short links: the least that redirects. Hono with all links in memory; nothing expires, nobody is counted.
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

const destinations = new Map<string, string>()
process.on('message', (links: [code: string, destination: string][]) => {
  for (const [code, destination] of links) destinations.set(code, destination)
  process.send!({ links: destinations.size })
})

const app = new Hono()
app.get('/:code', c => {
  const destination = destinations.get(c.req.param('code'))
  return destination === undefined ? c.notFound() : c.redirect(destination)
})

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => process.send!({ port }))
