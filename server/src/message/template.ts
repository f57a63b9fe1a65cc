// Templates: named, versioned, one text for each locale. A message keeps the version it was written with.

import type { Clock } from '../clock.ts'
import type { Database, Statements } from '../store/database.ts'
import { rowset, sql } from '../store/sql.ts'
import type { Purpose } from './purpose.ts'

export interface Template {
  name: string
  version: number
  purpose: Purpose
  /** Liquid, by locale. */
  texts: Record<string, string>
  created_at: Date
}

/** Another process may have saved a template: what is remembered is looked up again after this long. */
const rememberMs = 1_000

export interface Templates {
  /** The newest version of each of these names; a name without a template is missing from the answer. */
  find(names: Iterable<string>, tx?: Statements): Promise<Map<string, Template>>
  /** Saves a new version; an unchanged text makes none. */
  put(template: Omit<Template, 'version' | 'created_at'>): Promise<Template>
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
        select distinct on (name) name, version, purpose, texts, created_at from template
        where name = any(${ask}) order by name, version desc`)
      if (known.size > 10_000) known.clear()
      for (const name of ask) {
        const template = rows.find(row => row.name === name)
        known.set(name, { template, untilMs: clock.monotonic() + rememberMs })
        if (template) found.set(name, template)
      }
      return found
    },
    async put({ name, purpose, texts }) {
      const [row] = await db.transaction(async tx => {
        // Two who save it at once make two versions, one after the other.
        await tx.rows(sql`select pg_advisory_xact_lock(hashtextextended(${`template ${name}`}, 0))`)
        return tx.rows<Template>(sql`
        with newest as (
          select * from template where name = ${name} order by version desc limit 1
        ), made as (
          insert into template (name, version, purpose, texts, created_at)
          select ${name}, coalesce((select version from newest), 0) + 1, ${purpose}, ${JSON.stringify(texts)}::text::jsonb, ${clock.now()}
          where not exists (select from newest where purpose = ${purpose} and texts = ${JSON.stringify(texts)}::text::jsonb)
          returning *
        )
        select name, version, purpose, texts, created_at from made
        union all select name, version, purpose, texts, created_at from newest
        order by version desc limit 1`)
      })
      known.delete(name)
      return row!
    },
    versions: name =>
      db.rows(
        sql`select name, version, purpose, texts, created_at from template where name = ${name} order by version desc`,
      ),
    list: () =>
      db.rows(
        sql`select distinct on (name) name, version, purpose, texts, created_at from template order by name, version desc`,
      ),
  }
}

/** Puts shipped templates in place where a name has none yet; one that was changed here stays as it is. */
export const seedTemplates = (
  db: Statements,
  templates: readonly { name: string; purpose: string; texts: Record<string, string> }[],
  now: Date,
) =>
  db.rows(sql`
    insert into template (name, version, purpose, texts, created_at)
    select name, 1, purpose, texts, ${now}
    from json_to_recordset(${rowset(templates.map(({ name, purpose, texts }) => ({ name, purpose, texts })))})
      as r(name text, purpose text, texts jsonb)
    where not exists (select from template where template.name = r.name)
    on conflict do nothing`)
