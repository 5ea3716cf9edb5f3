import { MEMBER_CARDS } from '../../domain/statistics.ts'
import { endpointReading } from '../../server/endpoint.ts'
import { both, readDays, readPeriod, refDate } from './report.ts'

/**
 * 拉取会员卡数据: all member cards, day by day, and how many members there are at the end of each day. Days have counts if
 * something was counted, or if someone became or ceased to be a member: all are listed.
 */
export const getcardmembercardinfo = endpointReading({
  path: '/datacube/getcardmembercardinfo',
  bare: true,
  read: readPeriod,
  async handle(period, caller) {
    const days = await readDays(period, { scope: MEMBER_CARDS[period.source] }, caller)
    return {
      list: days.map((day) => ({
        ...refDate(day),
        ...both('view', day),
        ...both('receive', day),
        active_user: day.sums.active_user,
        ...both('verify', day),
        total_user: day.sums.total_user,
        total_receive_user: day.sums.total_receive_user,
      })),
    }
  },
})
