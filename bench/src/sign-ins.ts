// How long the answer to a sign-in takes where a million subscribers have twenty past ones each: from the moment it was meant
// to be told until the last byte of the answer. Most come from where they always do, some from somebody else's machine.
import { join } from 'node:path'
import { openPlaces } from '@usher/server/account/place'
import type { Database } from '@usher/server/store/database'
import { keyRing, keysFromFile } from '@usher/server/store/keys'
import { openPostgres } from '@usher/server/store/postgres'
import { rowset, sql } from '@usher/server/store/sql'
import { connections, post } from './http.ts'
import { atPace, connectionsOpen } from './line.ts'
import { median, percentile, type Row } from './results.ts'
import {
  residentMb,
  say,
  spending,
  spentInWords,
  startCarrier,
  startUsher,
  subscriberId,
  type Usher,
  withoutLimit,
} from './rig.ts'

const perSecond = 300
const past = 20
/** Houses that subscribers live in, and machines that strangers come from. */
const houses = 20_000
const strangeShare = 0.1

const agents = {
  phone: 'Orpheum/5.2 (iPhone; iOS 18.6)',
  computer:
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
}

export async function signInRisk(scale: number): Promise<Row[]> {
  const people = 1_000_000 / scale
  const signIns = 30_000 / scale
  const carrier = await startCarrier()
  // The others are written with their past: nobody is texted here.
  const usher = await startUsher(carrier, { database: 'postgres', window: 200, subscribers: 1 })
  const addresses = Array.from({ length: 2 * houses }, (_, n) => addressOf(n))
  const startedAt = performance.now()
  await writePast(usher, people, addresses)
  const loadedIn = (performance.now() - startedAt) / 1_000
  say(`  ${people * past} past sign-ins were written in ${loadedIn.toFixed(0)} s`)

  const runs: number[][] = []
  const spendings: Record<string, number>[] = []
  const answers: Record<string, number> = { allow: 0, challenge: 0, deny: 0 }
  const before = residentMb(usher.pid)
  for (
    let round = -1;
    round < 3;
    round++ // the first is to warm up
  ) {
    const told = round < 0 ? signIns / 3 : signIns
    const spent = await spending({ server: () => [usher.pid], database: usher.databasePids, load: () => [process.pid] })
    const tookMs = await tell(usher, people, told, addresses, answers)
    if (round < 0) continue
    spendings.push(await spent(told))
    runs.push(tookMs)
    say(`  ${inWords(tookMs)}`)
  }
  const grown = residentMb(usher.pid) - before
  await usher.stop()
  await carrier.stop()
  return [
    {
      key: 'signin.risk',
      value: median(runs.map(tookMs => percentile(tookMs, 0.99))),
      unit: 'ms p99',
      goal: '<= 20',
      peer: null,
      note: `${signIns} POSTs of /v1/sign-ins at ${perSecond}/s whatever the answers do, each timed from when it was due; ${people} subscribers of ${past} past sign-ins each, written by SQL in ${loadedIn.toFixed(0)} s; nine of ten on their own device at home, one on a stranger's; every one looked up in the shipped files of places, judged, recorded and explained (${JSON.stringify(answers)}). ${runs.map(inWords).join('; ')}; ${spentInWords(spendings, 'sign-in')}; the server grew by ${grown.toFixed(0)} MB meanwhile`,
    },
  ]
}

const inWords = (tookMs: readonly number[]) =>
  `p50 ${percentile(tookMs, 0.5).toFixed(1)} ms, p99 ${percentile(tookMs, 0.99).toFixed(1)} ms, highest ${Math.max(...tookMs).toFixed(0)} ms`

/** Spread over what European registries have given out; what lies there is as it comes. */
function addressOf(n: number): string {
  const mixed = Math.imul(n + 1, 0x9e3779b1) >>> 0
  return `${[80, 81, 82, 84, 85, 86, 87, 88][mixed & 7]}.${(mixed >>> 3) & 255}.${(mixed >>> 11) & 255}.${1 + ((mixed >>> 19) % 254)}`
}
const homeOf = (n: number, addresses: readonly string[]) => addresses[n % houses]!
const deviceOf = (n: number) => `device-of-${n}-0123456789abcdef`

let turn = 0
async function tell(
  usher: Usher,
  people: number,
  count: number,
  addresses: readonly string[],
  answers: Record<string, number>,
): Promise<number[]> {
  const over = connections(usher.port, connectionsOpen)
  const headers = `authorization: ${usher.authorization}\r\n`
  const tookMs: number[] = []
  await atPace(perSecond, count, async dueAt => {
    const n = (turn++ * 7_919) % people
    const isStrange = turn % (1 / strangeShare) === 0
    const body = JSON.stringify({
      subscriber: subscriberId(n),
      ip: isStrange ? addresses[houses + (n % houses)] : homeOf(n, addresses),
      device: isStrange ? `strange-${turn}-0123456789abcdef` : deviceOf(n),
      userAgent: isStrange ? agents.computer : agents.phone,
      outcome: 'succeeded',
      factor: 'password',
    })
    const { status, body: answer } = await over.ask(post('/v1/sign-ins', body, headers))
    tookMs.push(performance.now() - dueAt)
    if (status !== 201) throw new Error(`a sign-in was answered ${status}: ${answer}`)
    const judged = JSON.parse(answer) as { answer: string; features: { feature: string; of: number }[] }
    // Their country was compared with all that is known of them.
    const known = judged.features.find(({ feature }) => feature === 'device')?.of ?? 0
    if (known < past) throw new Error(`a sign-in was compared with ${known}: ${answer}`)
    answers[judged.answer] = (answers[judged.answer] ?? 0) + 1
  })
  over.close()
  return tookMs
}

/** As the server would have written it: the hashes are its own, the rest is made by the database. */
async function writePast(usher: Usher, people: number, addresses: readonly string[]): Promise<void> {
  const db = await openPostgres(withoutLimit(usher.databaseUrl!), 4)
  const ring = keyRing(keysFromFile(join(usher.data, 'keys')))
  const short = (value: string) => ring.hash(value).subarray(0, 8).toString('base64url')
  const places = openPlaces({ monotonic: () => 0, failed: (kind, _, why) => say(`  no places: ${kind}: ${why}`) })
  const homes = addresses.slice(0, houses).map(ip => ({ ...places.find(ip), hash: short(`sign-in address ${ip}`) }))
  await db.script(`
    create unlogged table bench_person (n int primary key, address text, device text, country text, city text, asn bigint,
      network text, latitude real, longitude real, is_hidden boolean)`)
  const batch = 20_000
  for (let from = 0; from < people; from += batch) {
    const rows = Array.from({ length: Math.min(batch, people - from) }, (_, i) => {
      const home = homes[(from + i) % houses]!
      return {
        ...{ n: from + i, address: home.hash, device: short(`sign-in device ${deviceOf(from + i)}`) },
        ...{
          country: home.country,
          city: home.city,
          asn: home.network?.asn ?? null,
          network: home.network?.name ?? null,
        },
        ...{ latitude: home.at?.latitude ?? null, longitude: home.at?.longitude ?? null, is_hidden: home.isHidden },
      }
    })
    await db.rows(sql`
      insert into bench_person select * from json_to_recordset(${rowset(rows)}) as r(n int, address text, device text, country text,
        city text, asn bigint, network text, latitude real, longitude real, is_hidden boolean)`)
  }
  await db.script(`
    insert into subscriber (id, external_id, created_at, updated_at)
    select gen_random_uuid(), 'bench-' || n, now(), now() from bench_person where n > 0`)
  await db.script('vacuum analyze subscriber, bench_person')
  // Ids come in order; the other index is made at once, after the rows.
  await db.script('drop index sign_in_subscriber')
  for (let i = past; i >= 1; i--) await writeOnes(db, i)
  await db.script('create index sign_in_subscriber on sign_in (subscriber_id, id)')
  await db.script(`
    insert into sign_in_profile (subscriber_id, version, history, kept, seen_at)
    select s.id, ${past}, json_build_object('f', '[]'::json, 'a', (
      select json_agg(json_build_array(extract(epoch from now())::bigint - i * 691200, b.country, b.city, b.asn, round(b.latitude::numeric, 1),
        round(b.longitude::numeric, 1), case when b.is_hidden then 1 else 0 end, b.address, b.device, 'phone', 'iOS', 'Orpheum') order by i)
      from generate_series(1, ${past}) i)), ${past}, now() - interval '8 days'
    from bench_person b join subscriber s on s.external_id = 'bench-' || b.n`)
  await db.script(`
    insert into sign_in_tally (kind, since, given, value, count)
    select 'country', date_trunc('month', now())::date, '', country, count(*) * ${past} from bench_person where country is not null group by 4
    union all
    select 'network', date_trunc('month', now())::date, coalesce(country, ''), asn::text, count(*) * ${past} from bench_person where asn is not null group by 3, 4
    union all
    select 'system', date_trunc('month', now())::date, '', 'iOS phone', count(*) * ${past} from bench_person
    union all
    select 'browser', date_trunc('month', now())::date, 'iOS phone', 'Orpheum', count(*) * ${past} from bench_person`)
  await db.script('drop table bench_person')
  await db.script('vacuum analyze sign_in, sign_in_profile, sign_in_tally, subscriber')
  await db.script('checkpoint')
  await db.close()
}

/** One of each, eight days apart; ids of version 7, by their time. */
const writeOnes = (db: Database, i: number) =>
  db.script(`
    insert into sign_in (id, subscriber_id, at, outcome, factor, address_hash, device_hash, country, city, asn, network, latitude, longitude,
      is_hidden, kind, system, browser, answer, score, findings, unasked)
    select (lpad(to_hex((extract(epoch from now()) * 1000)::bigint - ${i} * 691200000::bigint + b.n), 12, '0')
        || '7000' || '8000' || lpad(to_hex(b.n), 12, '0'))::uuid,
      s.id, now() - interval '8 days' * ${i}, 'succeeded', 'password',
      decode(translate(b.address, '-_', '+/') || '=', 'base64'), decode(translate(b.device, '-_', '+/') || '=', 'base64'),
      b.country, b.city, b.asn, b.network, b.latitude, b.longitude, b.is_hidden, 'phone', 'iOS', 'Orpheum', 'allow', -4.1,
      '[["country","GB",${past - i},${past - i},0.421,0.995,-0.37],["network","2856",${past - i},${past - i},0.342,0.988,-0.46],["address",null,${past - i},${past - i},0.01,0.976,-1.99],["device",null,${past - i},${past - i},0.01,0.962,-1.98],["system","iOS phone",${past - i},${past - i},0.35,0.971,-0.44],["browser","Orpheum",${past - i},${past - i},0.41,0.986,-0.38]]',
      '{}'
    from bench_person b join subscriber s on s.external_id = 'bench-' || b.n`)
