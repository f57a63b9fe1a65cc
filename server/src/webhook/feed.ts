// The feed: what was told, for those who can't be called. They ask for what came after the last they have.
import type { Feed, OutgoingName } from '@usher/contract/webhook'
import { urgency } from '../store/database.ts'
import { sql } from '../store/sql.ts'
import { compose, type Happened, type ToldDeps } from './told.ts'

/** How many batches of rows one request looks at: whoever wants only what is rare asks again, and comes along all the same. */
const looks = 20

/**
 * Positions are in the order of commits (spread.ts), so all that lies before one that is seen is seen too. Tests are for one
 * endpoint alone and not in it.
 */
export async function readFeed(
  deps: ToldDeps,
  { after, types, limit }: { after: number; types: readonly OutgoingName[] | null; limit: number },
): Promise<Feed> {
  const { db } = deps
  const [last] = await db.rows<{ position: number }>(
    sql`select position from feed where position > ${after} order by position offset ${looks * db.batch - 1} limit 1`,
    urgency.report,
  )
  const rows = await db.rows<Happened & { position: number }>(
    sql`
    select position, id, type, at, about, state, reason from feed
    where position > ${after} ${last ? sql`and position <= ${last.position}` : sql``} and not is_private
      ${types === null ? sql`` : sql`and type = any(${[...types]})`}
    order by position limit ${limit + 1}`,
    urgency.report,
  )
  const page = rows.slice(0, limit)
  const isMore = rows.length > limit
  const next = isMore ? page.at(-1)!.position : (last?.position ?? page.at(-1)?.position ?? after)
  return { items: await compose(deps, page), next: String(next), isEnd: !isMore && !last }
}
