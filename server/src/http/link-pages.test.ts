// Following a short link: from the text on a handset to the destination, and what is kept of who came.
import { request } from 'node:http'
import type { Click, Link, MadeLink } from '@usher/contract/link'
import { verifyLinkContext } from '@usher/contract/link-context'
import type { Acceptance } from '@usher/contract/message'
import { createRemoteJWKSet, decodeJwt, type JWTVerifyOptions, jwtVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { aNumber, type Desk, on, rowsOf, testDesk } from '../desk.ts'
import { linkSigner } from '../link/context.ts'
import { start } from '../main.ts'
import { keyRing } from '../store/keys.ts'
import { sql } from '../store/sql.ts'

const iphone = {
  'user-agent':
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'accept-language': 'en-GB,en;q=0.9',
  'sec-fetch-site': 'none',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
}
const preview = {
  'user-agent':
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 facebookexternalhit/1.1 Facebot Twitterbot/1.0',
  accept: '*/*',
}

interface Came {
  status: number
  headers: Record<string, string | undefined>
  text: string
}

/** Asks as a phone on the internet would: at the link domain, with these headers and no others. */
function visit(desk: Desk, path: string, headers: Record<string, string> = iphone, method = 'GET'): Promise<Came> {
  return new Promise((resolve, reject) => {
    const asked = request(
      `${desk.usher.url}`,
      { method, path, headers: { host: 'o.orpheum.example', ...headers }, agent: false },
      answer => {
        let text = ''
        answer.setEncoding('utf8')
        answer.on('data', piece => (text += piece))
        answer.on('end', () =>
          resolve({ status: answer.statusCode!, headers: answer.headers as Came['headers'], text }),
        )
      },
    )
    asked.on('error', reject)
    asked.end()
  })
}

const codesIn = (text: string) =>
  [...text.matchAll(/https:\/\/o\.orpheum\.example\/([0-9A-Za-z]{11})/g)].map(at => at[1]!)

const aPayment = {
  subscriber: 'sub-1',
  purpose: 'account.payment',
  template: 'account.payment_failed',
  data: { amount: '$11.99', date: 'Nov 10', link: 'https://orpheum.example/account/payment?from=text#card' },
}

/** A text that arrived; answers its id and the codes that stand in it. */
async function aText(desk: Desk, message: object = aPayment): Promise<{ id: string; codes: string[]; text: string }> {
  const sent = await desk.send(message)
  const { id } = sent.body as Acceptance
  await desk.reaches(id, 'delivered')
  const text = (await desk.texts(aNumber)).at(-1)!.text
  return { id, codes: codesIn(text), text }
}

const later = (desk: Desk, ms: number) => desk.clock.moveTo(new Date(desk.clock.now().getTime() + ms))

/** Resolves once so many clicks were stored since it was asked. */
function stored(desk: Desk, count: number, isJudged = false): Promise<void> {
  return new Promise(resolve => {
    let seen = 0
    const off = desk.usher.events.on('click.stored', list => {
      seen += list.filter(({ verdict }) => (verdict !== null) === isJudged).length
      if (seen < count) return
      off()
      resolve()
    })
  })
}

/** Does it, and waits until its clicks are judged. */
async function judged(desk: Desk, count: number, work: () => Promise<unknown>): Promise<Click[]> {
  const isStored = stored(desk, count)
  await work()
  await isStored
  const isJudged = stored(desk, count, true)
  later(desk, 4_000)
  await isJudged
  return ((await desk.ask('GET', '/v1/clicks')).body as { items: Click[] }).items
}

const made = async (desk: Desk, input: object = {}) => {
  const answer = await desk.ask('POST', '/v1/links', {
    destination: 'https://orpheum.example/account',
    purpose: 'account.payment',
    ...input,
  })
  expect(answer.status, JSON.stringify(answer.body)).toBe(201)
  const { url, link } = answer.body as z.infer<typeof MadeLink>
  return { code: url.split('/').at(-1)!, link }
}
const linkOf = async (desk: Desk, id: string): Promise<Link> => (await desk.ask('GET', `/v1/links/${id}`)).body
const clicksOf = async (desk: Desk) => ((await desk.ask('GET', '/v1/clicks')).body as { items: Click[] }).items

/** Somebody wants to be told of clicks. */
const wantClicks = (desk: Desk) =>
  rowsOf(desk, sql`insert into wanted_type (type) values ('link.clicked') on conflict do nothing`)
/** The clicks that somebody is, or was, told of. */
const toldClicks = async (desk: Desk) =>
  (
    await rowsOf<{ about: string }>(
      desk,
      sql`select about from outbox where type = 'link.clicked' union select about from feed where type = 'link.clicked'`,
    )
  ).map(({ about }) => about)

describe('a link in a text', () => {
  test('is short on the handset, leads to its destination, and its click counts for a person', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await wantClicks(desk)
    const { id, codes, text } = await aText(desk)
    later(desk, 40_000)

    let came: Came | undefined
    const [click] = await judged(desk, 1, async () => {
      came = await visit(desk, `/${codes[0]}`)
    })

    expect(text).toMatch(/to keep watching: https:\/\/o\.orpheum\.example\/[0-9A-Za-z]{11}$/)
    expect(came!.status).toBe(302)
    const there = new URL(came!.headers.location!)
    expect(there.pathname + there.hash).toBe('/account/payment#card')
    expect(there.searchParams.get('from')).toBe('text')
    expect(came!.headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-robots-tag': 'noindex',
    })
    expect(click).toMatchObject({
      message: id,
      subscriber: 'sub-1',
      verdict: 'human',
      method: 'GET',
      network: '127.0.0.0/24',
    })
    expect(click!.afterMs).toBeGreaterThan(30_000)
    expect(await linkOf(desk, click!.link)).toMatchObject({
      destination: aPayment.data.link,
      purpose: 'account.payment',
      hasContext: true,
      humanClicks: 1,
      machineClicks: 0,
      lastClickAt: click!.at,
    })
    expect(await toldClicks(desk)).toEqual([click!.id])
  })

  test('is followed by the phone itself first, and that counts for a machine', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await wantClicks(desk)
    const { codes } = await aText(desk)

    const [click] = await judged(desk, 1, () => visit(desk, `/${codes[0]}`, preview))

    expect(click).toMatchObject({ verdict: 'machine' })
    expect(click!.why).toContain('Its agent is the preview of Apple Messages.')
    expect(await linkOf(desk, click!.link)).toMatchObject({ humanClicks: 0, machineClicks: 1 })
    expect(await toldClicks(desk)).toEqual([])
  })

  test('together with the other link of its text, at once, was followed by a machine whatever it says it is', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    await desk.ask('PUT', '/v1/templates/two', {
      purpose: 'account.plan',
      texts: { en: 'Keep it: {{ a | short }} or leave: {{ b | short }}' },
    })
    const data = { a: 'https://orpheum.example/keep', b: 'https://orpheum.example/leave' }
    const { codes } = await aText(desk, { subscriber: 'sub-1', purpose: 'account.plan', template: 'two', data })
    later(desk, 60_000)

    const both = await judged(desk, 2, async () => {
      for (const code of codes) await visit(desk, `/${code}`)
    })
    later(desk, 60_000)
    const [again] = await judged(desk, 1, () => visit(desk, `/${codes[0]}`))

    expect(codes).toHaveLength(2)
    expect(both.map(({ verdict }) => verdict)).toEqual(['machine', 'machine'])
    expect(both[0]!.why.join()).toContain('another link of the same text')
    expect(again!.verdict).toBe('human')
    expect(await linkOf(desk, again!.link)).toMatchObject({ humanClicks: 1, machineClicks: 1 })
  })

  test('followed before anybody could have read it was followed by a machine', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const { codes } = await aText(desk)

    const [click] = await judged(desk, 1, () => visit(desk, `/${codes[0]}`))

    expect(click!.why).toEqual([expect.stringContaining('within a second and a half')])
  })
})

describe('scanners', () => {
  test('change nothing but the log of clicks, by GET and by HEAD', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const { codes } = await aText(desk)
    const [code] = codes
    const before = await everything(desk)

    const isStored = stored(desk, 4)
    const head = await visit(desk, `/${code}`, preview, 'HEAD')
    const get = await visit(desk, `/${code}`, preview)
    await visit(desk, `/${code}?url=https://evil.example&confirm=yes`, preview)
    await visit(desk, `/${code}`, { 'user-agent': 'curl/8.5.0' }, 'HEAD')
    await isStored

    expect(await everything(desk)).toEqual(before)
    expect([head.status, head.text]).toEqual([302, ''])
    const bare = (location: string) => location.replace(/usher=[^#]+/, '')
    expect(bare(head.headers.location!)).toBe(bare(get.headers.location!))
    const { 'transfer-encoding': _, ...same } = get.headers
    expect(Object.keys(head.headers).sort()).toEqual(Object.keys(same).sort())
    expect((await clicksOf(desk)).map(({ method }) => method)).toEqual(['HEAD', 'GET', 'GET', 'HEAD'])
  })

  test.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('%s is not what a link is for', async method => {
    const desk = await testDesk()
    const { code } = await made(desk)

    const isStored = stored(desk, 1)
    const came = await visit(desk, `/${code}`, iphone, method)
    await visit(desk, `/${code}`)
    await isStored

    expect([came.status, came.headers.allow, came.headers.location]).toEqual([405, 'GET, HEAD', undefined])
    expect((await clicksOf(desk)).map(one => one.method)).toEqual(['GET'])
  })

  test('are kept out of the log once nothing can be followed any more', async () => {
    const desk = await testDesk()
    const { code, link } = await made(desk)
    const { code: another, link: stays } = await made(desk)
    await desk.ask('POST', `/v1/links/${link.id}/revoke`)

    const isStored = stored(desk, 1)
    await visit(desk, `/${code}`, preview)
    await visit(desk, '/AbCdEfGhIjK', preview)
    await visit(desk, `/${another}`, preview)
    await isStored

    expect((await clicksOf(desk)).map(click => click.link)).toEqual([stays.id])
  })
})

/** All rows of all tables but those that live by themselves, and the clicks. */
async function everything(desk: Desk): Promise<Record<string, string>> {
  const tables = await rowsOf<{ name: string }>(
    desk,
    sql`select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
  )
  const all: Record<string, string> = {}
  for (const { name } of tables)
    if (!['click', 'pulse', 'worker'].includes(name)) {
      const [row] = await rowsOf<{ rows: string }>(desk, {
        ...sql``,
        text: [`select coalesce(string_agg(t::text, '|' order by t::text), '') as rows from "${name}" t`],
      })
      all[name] = row!.rows
    }
  expect(Object.keys(all).length).toBeGreaterThan(25)
  return all
}

describe('a destination', () => {
  test.each([
    '?url=//evil.example',
    '?next=https://evil.example',
    '//evil.example',
    '?usher=forged',
    '?a=1&url=%2F%2Fevil',
  ])('is the one it was made with, whatever is asked besides: %s', async tail => {
    const desk = await testDesk()
    const { code } = await made(desk)

    const came = await visit(desk, `/${code}${tail.startsWith('?') ? tail : `?${tail}`}`)

    expect(came.headers.location).toBe('http://localhost:4703/account')
  })

  test('keeps its own parameters and fragment, and loses a context that somebody wrote into it', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const { code } = await made(desk, {
      destination: 'https://orpheum.example/a%20b?x=1&usher=forged&%75sher=forged&y=a%2Bb#c?d=1',
      subscriber: 'sub-1',
    })

    const { headers } = await visit(desk, `/${code}`)

    expect(headers.location).toMatch(
      /^http:\/\/localhost:4703\/a%20b\?x=1&y=a%2Bb&usher=[\w-]+\.[\w-]+\.[\w-]+#c\?d=1$/,
    )
  })

  test('outside the demo is nobody else', async () => {
    const desk = await testDesk({ demo: false, env: ownWords })
    const { code } = await made(desk, { destination: 'https://films.example/account', purpose: 'offer' })

    const came = await visit(desk, `/${code}`, { ...iphone, host: 'l.films.example' })
    const other = await visit(desk, `/o/${code}`, { ...iphone, host: 'usher.films.example' })

    expect(came.headers.location).toBe('https://films.example/account')
    expect(other.status).toBe(404)
  })

  test('is told to an app that opened the link itself, which is a person', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const { codes } = await aText(desk)
    later(desk, 20_000)

    let came: Came | undefined
    const [click] = await judged(desk, 1, async () => {
      came = await visit(desk, `/${codes[0]}`, { accept: 'application/json', 'user-agent': 'okhttp/4.12.0' })
    })

    expect(came!.status).toBe(200)
    expect(JSON.parse(came!.text).destination).toMatch(/^http:\/\/localhost:4703\/account\/payment\?from=text&usher=ey/)
    expect(click!.verdict).toBe('human')
  })
})
const ownWords = {
  USHER_SERVICE: 'Films',
  USHER_SERVICE_HOST: 'films.example',
  USHER_CONTACT: 'films.example/help',
  USHER_LINK_DOMAINS: 'films.example',
  USHER_LINK_URL: 'https://l.films.example',
  USHER_SMPP_PASSWORD: 'demo',
}

describe('a link that leads nowhere', () => {
  test('says so in the words of the service, and the same of every code that is none', async () => {
    const desk = await testDesk()

    const unknown = await visit(desk, '/AbCdEfGhIjK')
    const malformed = await visit(desk, '/AbCdEfGhI')
    const deeper = await visit(desk, '/account/AbCdEfGhIjK')

    expect([unknown.status, malformed.status, deeper.status]).toEqual([404, 404, 404])
    expect(unknown.text).toBe(malformed.text)
    expect(unknown.text).toBe(deeper.text)
    expect(unknown.text).toContain('Orpheum')
    expect(unknown.text).toContain('orpheum.example')
    expect(unknown.text).not.toMatch(/<script|http-equiv/)
    expect(unknown.text.length).toBeLessThan(30_000)
    expect(unknown.headers['content-security-policy']).toContain("default-src 'none'")
  })

  test('because it has ended, or was revoked, says that instead, at once', async () => {
    const desk = await testDesk()
    const { code, link } = await made(desk)
    const { code: soon } = await made(desk, { expiresAt: new Date(desk.clock.now().getTime() + 60_000).toISOString() })
    expect((await visit(desk, `/${code}`)).status).toBe(302)
    expect((await visit(desk, `/${soon}`)).status).toBe(302)

    await desk.ask('POST', `/v1/links/${link.id}/revoke`)
    const revoked = await visit(desk, `/${code}`)
    later(desk, 60_000)
    const expired = await visit(desk, `/${soon}`, { ...iphone, 'accept-language': 'de-AT,de;q=0.9,en;q=0.5' })

    expect([revoked.status, expired.status]).toEqual([410, 410])
    expect(revoked.headers.location).toBeUndefined()
    expect(revoked.text).toContain('This link has ended')
    expect(expired.text).toContain('<html lang="de">')
    expect(expired.text).toContain('abgelaufen')
  })

  test('tells an app so as a program reads it', async () => {
    const desk = await testDesk()

    const came = await visit(desk, '/AbCdEfGhIjK', { accept: 'application/json' })

    expect(came.headers['content-type']).toBe('application/problem+json')
    expect(JSON.parse(came.text)).toMatchObject({ status: 404 })
  })

  test('because its subscriber was erased keeps nothing of them, and its counts', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const { codes } = await aText(desk, {
      ...aPayment,
      data: { ...aPayment.data, link: 'https://orpheum.example/account/ada?token=1' },
    })
    later(desk, 40_000)
    const [click] = await judged(desk, 1, () => visit(desk, `/${codes[0]}`))

    await desk.ask('DELETE', '/v1/subscribers/sub-1')
    const came = await visit(desk, `/${codes[0]}`)

    expect([came.status, came.text.includes('token')]).toEqual([410, false])
    expect(await linkOf(desk, click!.link)).toMatchObject({
      destination: 'https://orpheum.example/',
      subscriber: null,
      humanClicks: 1,
    })
    expect(await clicksOf(desk)).toMatchObject([{ agent: null, network: null, subscriber: null, verdict: 'human' }])
    const left = await rowsOf<{ text: string }>(
      desk,
      sql`select l::text || c::text as text from link l join click c on c.link_id = l.id`,
    )
    expect(JSON.stringify(left)).not.toMatch(/ada|iPhone|127\.0/)
  })

  test('while the database is away can be tried again', async () => {
    const desk = await testDesk()
    const { code } = await made(desk)
    const { db } = desk.usher
    const rows = db.rows
    const { DatabaseAway } = await import('../store/database.ts')
    db.rows = async () => {
      throw new DatabaseAway('gone')
    }

    const came = await visit(desk, `/${code}`)
    db.rows = rows

    expect([came.status, came.headers['retry-after']]).toEqual([503, '5'])
    expect(came.text).toContain('try again in a minute')
    expect((await visit(desk, `/${code}`)).status).toBe(302)
  })
})

describe('a context', () => {
  const keysAt = (desk: Desk) => createRemoteJWKSet(new URL(`${desk.usher.url}/v1/link-keys`))
  const verify = (desk: Desk, token: string, more: JWTVerifyOptions = {}) =>
    jwtVerify(token, keysAt(desk), {
      algorithms: ['ES256'],
      typ: 'usher-link+jwt',
      issuer: 'https://o.orpheum.example',
      audience: 'https://orpheum.example',
      currentDate: desk.wall(),
      ...more,
    })
  const contextOf = ({ headers }: Came) => new URL(headers.location!).searchParams.get('usher')!

  test('says who came, by which text, to whoever has the public keys', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const { id, codes } = await aText(desk)

    const isStored = stored(desk, 1)
    const token = contextOf(await visit(desk, `/${codes[0]}`))
    await isStored
    const { payload, protectedHeader } = await verify(desk, token)
    const [click] = await clicksOf(desk)

    expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'usher-link+jwt' })
    expect(payload).toMatchObject({
      sub: 'sub-1',
      purpose: 'account.payment',
      message: id,
      jti: click!.id,
      link: click!.link,
    })
    expect(payload.exp! - payload.iat!).toBe(600)
    const bySdk = await verifyLinkContext(`https://orpheum.example/account/payment?usher=${token}#card`, {
      ...{ issuer: 'https://o.orpheum.example', audience: 'https://orpheum.example' },
      ...{ keys: keysAt(desk), now: desk.wall },
    })
    expect(bySdk).toEqual(payload)
    const { text } = await visit(desk, '/.well-known/jwks.json')
    expect(JSON.parse(text)).toEqual((await desk.ask('GET', '/v1/link-keys')).body)
    expect(text).not.toContain('"d"')
  })

  test('that was forged, is stale, or is for somebody else, is refused', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const { codes } = await aText(desk)
    const token = contextOf(await visit(desk, `/${codes[0]}`))
    const [head, body, signature] = token.split('.') as [string, string, string]
    const claims = decodeJwt(token)
    const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'sub-2' })).toString('base64url')

    await expect(verify(desk, `${head}.${changed}.${signature}`)).rejects.toThrow('signature')
    await expect(verify(desk, `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`)).rejects.toThrow()
    await expect(verify(desk, token, { audience: 'https://other.example' })).rejects.toThrow('"aud"')
    const afterwards = new Date(desk.wall().getTime() + 11 * 60_000)
    await expect(verify(desk, token, { currentDate: afterwards })).rejects.toThrow('"exp"')
    await expect(verify(desk, token)).resolves.toBeDefined()
  })

  test.each([
    ['an account notice to a subscriber', { subscriber: 'sub-1' }, true],
    ['an alert', { subscriber: 'sub-1', purpose: 'alert.security' }, true],
    ['a title', { subscriber: 'sub-1', purpose: 'title.release' }, false],
    ['a title, where it was asked for', { subscriber: 'sub-1', purpose: 'title.release', context: true }, true],
    ['an account notice, where it was not wanted', { subscriber: 'sub-1', context: false }, false],
    ['nobody', {}, false],
  ])('by default goes with a link for %s: %j %s', async (_, input, has) => {
    const desk = await testDesk()
    await desk.subscriber()
    const { code, link } = await made(desk, input)

    const { headers } = await visit(desk, `/${code}`)

    expect(link.hasContext).toBe(has)
    expect(headers.location!.includes('usher=')).toBe(has)
  })

  test('has one key, though several processes start for the first time at once', async () => {
    const desk = await testDesk()
    await rowsOf(desk, sql`delete from setting where name = 'link.keys'`)
    const ring = keyRing([{ id: 1, secret: Buffer.alloc(32, 7) }])

    const signers = await Promise.all(
      Array.from({ length: 5 }, () => linkSigner(desk.usher.db, ring, desk.wall, 'https://o.orpheum.example')),
    )

    const [first, ...others] = signers.map(one => one.publicKeys())
    for (const other of others) expect(other).toEqual(first)
  })

  test('is signed by one key, whichever process signs, and after a restart', async () => {
    const desk = await testDesk()
    await desk.subscriber()
    const { code } = await made(desk, { subscriber: 'sub-1' })
    const token = contextOf(await visit(desk, `/${code}`))
    const keys = (await desk.ask('GET', '/v1/link-keys')).body

    await desk.restart()
    const other = await start(
      { ...desk.config, data: `${desk.config.data}/other`, adminSocket: `${desk.config.data}/other.sock` },
      {
        ...{ db: desk.usher.db, clock: desk.clock, wall: desk.wall },
        log: desk.usher.log,
      },
    )
    const theirs = await fetch(`${other.url}/v1/link-keys`).then(answer => answer.json())
    await other.stop()

    expect((await desk.ask('GET', '/v1/link-keys')).body).toEqual(keys)
    expect(theirs).toEqual(keys)
    await verify(desk, token)
    const [kept] = await rowsOf<{ text: string }>(
      desk,
      sql`select value::text as text from setting where name = 'link.keys'`,
    )
    expect(kept!.text).not.toContain('"d"')
  })
})

describe('the files by which apps open links', () => {
  const apps = {
    USHER_APPLE_APPS: 'ABCDE12345.example.orpheum.app ABCDE12345.example.orpheum.beta',
    USHER_ANDROID_APPS: `example.orpheum=${Array(32).fill('AB').join(':')},example.orpheum=${Array(32).fill('CD').join(':')}`,
  }

  test('are as Apple and Google document them', async () => {
    const desk = await testDesk({ env: apps })

    const apple = await visit(desk, '/.well-known/apple-app-site-association')
    const google = await visit(desk, '/.well-known/assetlinks.json')

    for (const file of [apple, google]) {
      expect(file.status).toBe(200)
      expect(file.headers['content-type']).toBe('application/json')
    }
    expect(JSON.parse(apple.text)).toEqual({
      applinks: {
        details: [
          {
            appIDs: ['ABCDE12345.example.orpheum.app', 'ABCDE12345.example.orpheum.beta'],
            components: [{ '/': '/???????????', comment: 'Short links' }],
          },
        ],
      },
    })
    expect(JSON.parse(google.text)).toEqual([
      {
        relation: ['delegate_permission/common.handle_all_urls'],
        target: {
          namespace: 'android_app',
          package_name: 'example.orpheum',
          sha256_cert_fingerprints: [Array(32).fill('AB').join(':'), Array(32).fill('CD').join(':')],
        },
      },
    ])
  })

  test('are not there where there are no apps; robots are sent away; the bare domain leads to the service', async () => {
    const desk = await testDesk()

    const apple = await visit(desk, '/.well-known/apple-app-site-association')
    const google = await visit(desk, '/.well-known/assetlinks.json')
    const robots = await visit(desk, '/robots.txt')
    const bare = await visit(desk, '/')

    expect([apple.status, google.status]).toEqual([404, 404])
    expect(robots.text).toBe('User-agent: *\nDisallow: /\n')
    expect([bare.status, bare.headers.location]).toEqual([302, 'http://localhost:4703/'])
  })
})

test('nothing else of the server is at the link domain', async () => {
  const desk = await testDesk()

  for (const path of ['/v1/messages', '/docs', '/metrics', '/healthz', '/console', '/openapi.json'])
    expect((await visit(desk, path)).status, path).toBe(404)
})

test.each(['O.Orpheum.example', 'o.orpheum.example:443', 'o.orpheum.example:80', 'o.orpheum.example.'])(
  'the link domain is the same however it is written: %s',
  async host => {
    const desk = await testDesk()
    const { code } = await made(desk)

    const link = await visit(desk, `/${code}`, { ...iphone, host })
    const other = await visit(desk, '/docs', { ...iphone, host })

    expect([link.status, other.status]).toEqual([302, 404])
  },
)

test('in the demo the phones come by another way, to the same pages', async () => {
  const desk = await testDesk()
  const { code } = await made(desk)

  const came = await visit(desk, `/o/${code}`, { ...iphone, host: 'localhost:4700' })
  const unknown = await visit(desk, '/o/AbCdEfGhIjK', { ...iphone, host: 'localhost:4700' })

  expect([came.status, came.headers.location]).toEqual([302, 'http://localhost:4703/account'])
  expect(came.headers['referrer-policy']).toBe('no-referrer')
  expect([unknown.status, unknown.text.includes('leads nowhere')]).toEqual([404, true])
})

test('of an address, no more is kept than its network, as the proxy before us saw it', async () => {
  const desk = await testDesk({ env: { USHER_PROXIES: '1' } })
  const { code } = await made(desk)

  const isStored = stored(desk, 2)
  await visit(desk, `/${code}`, { ...iphone, 'x-forwarded-for': '192.0.2.1, 203.0.113.77' })
  await visit(desk, `/${code}`, { ...iphone, 'x-forwarded-for': '2001:db8:12:34:56::1' })
  await isStored

  expect((await clicksOf(desk)).map(({ network }) => network)).toEqual(['2001:db8:12::/48', '203.0.113.0/24'])
  const [all] = await rowsOf<{ text: string }>(desk, sql`select string_agg(c::text, '') as text from click c`)
  expect(all!.text).not.toMatch(/113\.77|34:56|192\.0\.2/)
})

test('links are forgotten ninety days after they ended, with their clicks', async () => {
  const desk = await testDesk()
  const { forgetLinks } = await import('../link/link.ts')
  const { code, link } = await made(desk)
  const { link: young } = await made(desk, { purpose: 'offer' })
  await rowsOf(desk, sql`update link set expires_at = expires_at + interval '1 day' where id = ${young.id}`)
  const isStored = stored(desk, 1)
  await visit(desk, `/${code}`)
  await isStored
  const ends = new Date(link.expiresAt).getTime() + 90 * 86_400_000

  const before = await forgetLinks(desk.usher.db, new Date(ends - 1))
  const gone = await forgetLinks(desk.usher.db, new Date(ends + 1))

  expect([before, gone]).toEqual([0, 1])
  expect(await rowsOf(desk, sql`select from click`)).toEqual([])
  expect((await desk.ask('GET', `/v1/links/${link.id}`)).status).toBe(404)
  expect((await desk.ask('GET', `/v1/links/${young.id}`)).status).toBe(200)
})

test.runIf(on === 'postgres')('two processes judge each click once', async () => {
  const desk = await testDesk()
  const { code, link } = await made(desk)
  const other = await start(
    { ...desk.config, adminSocket: `${desk.config.data}/other.sock` },
    { db: desk.usher.db, clock: desk.clock, wall: desk.wall, log: desk.usher.log },
  )
  let told = 0
  other.events.on('click.stored', list => (told += list.length))
  desk.usher.events.on('click.stored', list => (told += list.filter(({ verdict }) => verdict !== null).length))

  const isStored = stored(desk, 40)
  await Promise.all(Array.from({ length: 40 }, () => visit(desk, `/${code}`)))
  await isStored
  later(desk, 4_000)
  await expect.poll(() => told, { timeout: 10_000 }).toBe(40)
  await other.stop()

  expect(await linkOf(desk, link.id)).toMatchObject({ humanClicks: 40, machineClicks: 0 })
})
