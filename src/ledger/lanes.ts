import { openCalendar, systemNow } from '../clock.ts'
import { sumUpRemotely } from '../statistics/sum.ts'
import { openRemoteStore } from '../store/open.ts'
import { faultOf } from './batch.ts'
import { Lane } from './lane.ts'
import type { Committers, Hear } from './ledger.ts'

/** So many facts are counted in one transaction. */
const COUNTED_AT_ONCE = 4_000

/** Commits for a database elsewhere: each merchant has a lane, and lanes run side by side. */
export async function openLanes(database_url: string, time_zone: string, hear: Hear): Promise<Committers> {
  const writer = await openRemoteStore(database_url)
  const tools = { writer, calendar: openCalendar(time_zone), now: systemNow }
  const lanes = new Map<string, { lane: Lane; done: Promise<void> }>()
  const counting = new Set<Promise<void>>()

  function openLane(appid: string): { lane: Lane; done: Promise<void> } {
    const { promise, resolve } = Promise.withResolvers<void>()
    function idle(): void {
      lanes.delete(appid)
      resolve()
    }
    const opened = { lane: new Lane(appid, tools, hear, idle), done: promise }
    lanes.set(appid, opened)
    return opened
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
      for (const [appid, ofOne] of Map.groupBy(waiting, ({ appid }) => appid)) {
        const { lane } = lanes.get(appid) ?? openLane(appid)
        lane.commit(ofOne)
      }
    },
    sumUp(id, appid) {
      const all = countAll(id, appid).finally(() => counting.delete(all))
      counting.add(all)
    },
    claim: (appid, job, seconds) => writer.claim(appid, job, seconds),
    async close() {
      while (lanes.size + counting.size > 0) {
        await Promise.all([...counting, ...[...lanes.values()].map(({ done }) => done)])
      }
      await writer.close()
    },
  }
}
