import type { Database } from './connect.ts'

const NOW = 'extract(epoch from clock_timestamp())::bigint'

/** A row that is not due is neither locked nor written, so asking in vain costs no flush. */
const CLAIM = `
  with again as (
    update progress set reached = ${NOW} + $3::bigint
     where merchant = $1 and job = $2 and reached <= ${NOW}
    returning job),
  first as (
    insert into progress (merchant, job, reached)
    select $1::integer, $2::text, ${NOW} + $3::bigint
     where not exists (select 1 from progress where merchant = $1 and job = $2)
    on conflict (merchant, job) do nothing
    returning job)
  select job from again union all select job from first`

/**
 * See RemoteWriter. A claim is a row that says until which second it holds, written in a transaction of its own: a
 * process that is killed leaves nothing locked.
 */
export async function claim(db: Database, merchant: number, job: string, seconds: number): Promise<boolean> {
  const claimed = await db.ask(CLAIM, [merchant, job, seconds])
  return claimed.length > 0
}
