import { openCalendar, systemNow } from '../clock.ts'
import { sumUpRemotely } from '../statistics/sum.ts'
import { openRemoteStore } from '../store/open.ts'
import { faultOf, MAX_BATCH, type Waiting } from './batch.ts'
import type { Committers, Hear } from './ledger.ts'
import { commitRemotely } from './remote-batch.ts'

/** So many facts are counted in one transaction. */
const COUNTED_AT_ONCE = 4_000

interface Lane {
  waiting: Waiting[]
  running: Promise<void> | undefined
}

/**
 * Commits for a database elsewhere: each merchant has a lane, in which whatever arrived while the last batch was committed becomes
 * the next one; lanes run side by side.
 */
export async function openLanes(database_url: string, time_zone: string, hear: Hear): Promise<Committers> {
  const writer = await openRemoteStore(database_url)
  const tools = { writer, calendar: openCalendar(time_zone), now: systemNow }
  const lanes = new Map<string, Lane>()
  const counting = new Set<Promise<void>>()

  async function run(appid: string, lane: Lane): Promise<void> {
    while (lane.waiting.length > 0) {
      hear.outcomes(await commitRemotely(lane.waiting.splice(0, MAX_BATCH), tools))
    }
    lanes.delete(appid)
  }

  async function countAll(id: number, appid: string): Promise<void> {
    try {
      // What is committed meanwhile is for the next time: the more is counted together, the fewer rows are changed.
      const until = await writer.lastFact(appid)
      while (await sumUpRemotely(writer, appid, tools.calendar, COUNTED_AT_ONCE, until));
      hear.outcomes([{ id, answer: undefined }])
    } catch (error) {
      hear.outcomes([{ id, ...faultOf(error, false) }])
    }
  }

  return {
    commit(waiting) {
      for (const one of waiting) {
        let lane = lanes.get(one.appid)
        if (!lane) lanes.set(one.appid, (lane = { waiting: [], running: undefined }))
        lane.waiting.push(one)
        lane.running ??= run(one.appid, lane)
      }
    },
    sumUp(id, appid) {
      const all = countAll(id, appid).finally(() => counting.delete(all))
      counting.add(all)
    },
    claim: (appid, job, seconds) => writer.claim(appid, job, seconds),
    async close() {
      while (lanes.size + counting.size > 0) {
        await Promise.all([...counting, ...[...lanes.values()].map(({ running }) => running)])
      }
      await writer.close()
    },
  }
}
