import { openCalendar, systemNow } from '../clock.ts'
import { sumUpRemotely } from '../statistics/sum.ts'
import { openRemoteStore } from '../store/open.ts'
import { faultOf } from './batch.ts'
import { Lane } from './lane.ts'
import type { Committers, Hear } from './ledger.ts'

/** At most this many facts are counted in one transaction. */
const COUNTED_AT_ONCE = 16_000

/** How often idle lanes are dropped. */
const REMEMBERED_MS = 1000

/** Commits for a database elsewhere: each merchant has a lane, and lanes run side by side. */
export async function openLanes(database_url: string, time_zone: string, hear: Hear): Promise<Committers> {
  const writer = await openRemoteStore(database_url)
  const tools = { writer, calendar: openCalendar(time_zone), now: systemNow }
  const lanes = new Map<string, Lane>()
  const counting = new Set<Promise<void>>()

  function openLane(appid: string): Lane {
    const lane = new Lane(appid, tools, hear)
    lanes.set(appid, lane)
    return lane
  }

  /** A lane is kept only for as long as it has work. */
  const forgetting = setInterval(() => {
    for (const [appid, lane] of lanes) if (lane.isIdle) lanes.delete(appid)
  }, REMEMBERED_MS).unref()

  async function countAll(id: number, appid: string): Promise<void> {
    try {
      // What is committed meanwhile is left for the next time: the more is counted together, the fewer rows change.
      const until = await writer.lastFact(appid)
      while (await sumUpRemotely(writer, appid, tools.calendar, COUNTED_AT_ONCE, until));
      hear.outcomes([{ id, answer: undefined }])
    } catch (error) {
      hear.outcomes([{ id, ...faultOf(error, false) }])
    }
  }

  return {
    commit(waiting) {
      for (const [appid, ofOne] of Map.groupBy(waiting, ({ appid }) => appid)) {
        const lane = lanes.get(appid) ?? openLane(appid)
        lane.commit(ofOne)
      }
    },
    sumUp(id, appid) {
      const all = countAll(id, appid).finally(() => counting.delete(all))
      counting.add(all)
    },
    claim: (appid, job, seconds) => writer.claim(appid, job, seconds),
    async close() {
      clearInterval(forgetting)
      await Promise.all([...counting, ...[...lanes.values()].map((lane) => lane.done())])
      await writer.close()
    },
  }
}
