// Templates: named, versioned, one text for each locale. A message keeps the version it was written with.

import type { TemplateUse } from '@usher/contract/template'
import type { Clock } from '../clock.ts'
import { type Database, type Statements, urgency } from '../store/database.ts'
import { firstIdAt } from '../store/id.ts'
import { rowset, type Sql, sql } from '../store/sql.ts'
import type { Purpose } from './purpose.ts'
import { formerTexts, type ShippedTemplate } from './templates.ts'

export interface Template {
  name: string
  version: number
  purpose: Purpose
  /** Liquid, by locale. */
  texts: Record<string, string>
  /** Typographic characters are sent as plain ones where they would force UCS-2. */
  is_plain: boolean
  created_at: Date
}

/** Another process may have saved a template: what is remembered is looked up again after this long. */
const rememberMs = 1_000

export interface Templates {
  /** The newest version of each of these names; a name without a template is missing from the answer. */
  find(names: Iterable<string>, tx?: Statements): Promise<Map<string, Template>>
  /** Saves a new version, with what is `also` done in its transaction; an unchanged text makes none. */
  put(
    template: Omit<Template, 'version' | 'created_at'>,
    also?: (tx: Statements, saved: Template) => Promise<unknown>,
  ): Promise<Template>
  versions(name: string): Promise<Template[]>
  list(): Promise<Template[]>
}

export function templateStore(db: Database, clock: Clock): Templates {
  const known = new Map<string, { template: Template | undefined; untilMs: number }>()
  return {
    async find(names, tx = db) {
      const found = new Map<string, Template>()
      const ask: string[] = []
      for (const name of new Set(names)) {
        const entry = known.get(name)
        if (!entry || entry.untilMs < clock.monotonic()) ask.push(name)
        else if (entry.template) found.set(name, entry.template)
      }
      if (ask.length === 0) return found
      const rows = await tx.rows<Template>(sql`
        select distinct on (name) name, version, purpose, texts, is_plain, created_at from template
        where name = any(${ask}) order by name, version desc`)
      if (known.size > 10_000) known.clear()
      for (const name of ask) {
        const template = rows.find(row => row.name === name)
        known.set(name, { template, untilMs: clock.monotonic() + rememberMs })
        if (template) found.set(name, template)
      }
      return found
    },
    async put({ name, purpose, texts, is_plain }, also) {
      const row = await db.transaction(async tx => {
        // Two who save it at once make two versions, one after the other.
        await tx.rows(sql`select pg_advisory_xact_lock(hashtextextended(${`template ${name}`}, 0))`)
        const [row] = await tx.rows<Template & { is_new: boolean }>(sql`
        with newest as (
          select * from template where name = ${name} order by version desc limit 1
        ), made as (
          insert into template (name, version, purpose, texts, is_plain, created_at)
          select ${name}, coalesce((select version from newest), 0) + 1, ${purpose}, ${JSON.stringify(texts)}::text::jsonb, ${is_plain}, ${clock.now()}
          where not exists (select from newest where purpose = ${purpose} and texts = ${JSON.stringify(texts)}::text::jsonb and is_plain = ${is_plain})
          returning *
        )
        select name, version, purpose, texts, is_plain, created_at, true as is_new from made
        union all select name, version, purpose, texts, is_plain, created_at, false from newest
        order by version desc limit 1`)
        if (row!.is_new) await also?.(tx, row!)
        return row!
      })
      known.delete(name)
      return row
    },
    versions: name =>
      db.rows(
        sql`select name, version, purpose, texts, is_plain, created_at from template where name = ${name} order by version desc`,
      ),
    list: () =>
      db.rows(
        sql`select distinct on (name) name, version, purpose, texts, is_plain, created_at from template order by name, version desc`,
      ),
  }
}

/** How many of the last 30 days' texts (the newest 200,000 of them) were written with it, by version; undefined where there is no such template. */
export async function templateUse(db: Database, now: Date, name: string): Promise<TemplateUse | undefined> {
  const [there] = await db.rows<{ version: number }>(sql`select version from template where name = ${name} limit 1`)
  if (!there) return undefined
  const since = firstIdAt(new Date(now.getTime() - usedWithinMs))
  // In pieces, so that no code waits behind more than one of them where all share a connection.
  const piece = 20 * db.batch
  const found = new Map<number, { texts: number; last: Date }>()
  let before: string | undefined
  for (let looked = 0; looked < lookedAt; looked += piece) {
    const older = before === undefined ? sql`true` : sql`id < ${before}::uuid`
    // Found first and by the index alone: the planner then knows how little there is to read. Asked for both ends at once, it
    // would take a young table for a small one, and sort all of it (measured: 100 ms instead of 4).
    const [last] = await db.rows<{ id: string }>(
      sql`select id from message where ${older} order by id desc offset ${Math.min(piece, lookedAt - looked) - 1} limit 1`,
      urgency.idle,
    )
    const from = last && last.id > since ? last.id : since
    const seen = await db.rows<{ version: number; texts: number; last: Date }>(
      sql`
      select template_version as version, count(*)::int as texts, max(accepted_at) as last from message
      where id >= ${from}::uuid and ${older} and template = ${name} group by 1`,
      urgency.idle,
    )
    for (const { version, texts, last } of seen) {
      const newer = found.get(version)
      found.set(version, { texts: (newer?.texts ?? 0) + texts, last: newer?.last ?? last })
    }
    if (from === since) break
    before = from
  }
  const versions = [...found].sort(([one], [other]) => other - one)
  const newest = versions.reduce<Date | null>((last, [, used]) => (last && last > used.last ? last : used.last), null)
  return {
    texts30d: versions.reduce((sum, [, { texts }]) => sum + texts, 0),
    lastAt: newest?.toISOString() ?? null,
    versions: versions.map(([version, { texts, last }]) => ({ version, texts30d: texts, lastAt: last.toISOString() })),
  }
}
const usedWithinMs = 30 * 24 * 3_600_000
/** An index by template would cost each text three writes; who asks for the use of one can do with the newest of all. */
const lookedAt = 200_000

/**
 * Puts shipped templates in place where a name has none yet, and new words where all there ever was is what we shipped. What
 * was saved here stays as it is, also where it says again what we once shipped.
 */
export const seedTemplates = (db: Statements, templates: readonly ShippedTemplate[], now: Date) =>
  db.rows(sql`
    with shipped as (
      select * from json_to_recordset(${rowset(
        templates.map(one => ({
          name: one.name,
          purpose: one.purpose,
          texts: one.texts,
          former: formerTexts[one.name] ?? [],
        })),
      )}) as r(name text, purpose text, texts jsonb, former jsonb)
    ), newest as (
      select distinct on (name) name, version, texts from template
      where name in (select name from shipped) order by name, version desc
    )
    insert into template (name, version, purpose, texts, created_at)
    select shipped.name, coalesce(newest.version, 0) + 1, shipped.purpose, shipped.texts, ${now}
    from shipped left join newest on newest.name = shipped.name
    where newest.name is null
      or (newest.texts <> shipped.texts and not exists (
        select from template saved
        where saved.name = shipped.name
          and not (saved.purpose = shipped.purpose and not saved.is_plain and shipped.former ? ${digestOf(sql`saved.texts`)})
      ))
    on conflict do nothing`)

/** Of the texts as jsonb writes them, whoever gave them and in whichever order. */
const digestOf = (texts: Sql): Sql => sql`left(encode(sha256(convert_to(${texts}::text, 'UTF8')), 'hex'), 16)`
