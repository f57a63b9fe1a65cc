// How much memory the server takes once it has worked, and whether it takes more the longer it works.

import { sendBatches, timed } from './line.ts'
import type { Row } from './results.ts'
import { residentMb, say, sleep, startCarrier, startUsher } from './rig.ts'

export async function memory(scale: number): Promise<Row[]> {
  const carrier = await startCarrier()
  const usher = await startUsher(carrier, { database: 'postgres', window: 200, subscribers: 20_000 / scale })
  const after = async (texts: number) => {
    for (let sent = 0; sent < texts; sent += 50_000 / scale)
      await timed(usher, carrier, 50_000 / scale, count => sendBatches(usher, count))
    await sleep(2_000) // what was only just let go of is not memory it needs
    const mb = residentMb(usher.pid)
    say(`  ${mb.toFixed(0)} MB after ${texts} texts`)
    return mb
  }
  const first = await after(100_000 / scale)
  const later = await after(200_000 / scale)
  const highest = residentMb(usher.pid, 'VmHWM')
  await usher.stop()
  await carrier.stop()
  const how = `in batches, carrier window 200; one run; at its highest ${highest.toFixed(0)} MB`
  return [
    {
      key: 'memory.postgres',
      value: first,
      unit: 'MB',
      goal: '<= 300',
      peer: null,
      note: `resident memory of the server's process two seconds after ${100_000 / scale} texts ${how}`,
    },
    {
      key: 'memory.growth.postgres',
      value: (later / first - 1) * 100,
      unit: '%',
      goal: '<= 10',
      peer: null,
      note: `growth of it over ${200_000 / scale} more texts, to ${later.toFixed(0)} MB`,
    },
  ]
}
