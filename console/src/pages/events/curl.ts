// A request that posts an event to this server, ready to be pasted into a shell.
interface Example {
  type: string
  subject: string
  data: unknown
}

/** `$USHER_KEY` stands for a key: the console knows none. */
export function curlFor(origin: string, { type, subject, data }: Example): string {
  const event = { specversion: '1.0', id: 'try-1', source: '/try', type, subject, data }
  // Within single quotes a shell reads nothing but the end of them.
  const quoted = JSON.stringify(event, null, 2).replaceAll("'", String.raw`'\''`)
  return [
    `curl -sS '${origin}/v1/events'`,
    `  -H "Authorization: Bearer $USHER_KEY"`,
    `  -H 'Content-Type: application/cloudevents+json'`,
    `  -d '${quoted}'`,
  ].join(' \\\n')
}
