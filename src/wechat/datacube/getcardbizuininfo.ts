import { ALL_CARDS } from '../../domain/statistics.ts'
import { endpointReading } from '../../server/endpoint.ts'
import { both, isActive, readDays, readPeriod, refDate } from './report.ts'

/** For cards shared among friends, which do not exist here. */
const NO_FRIENDS = {
  view_friends_cnt: 0,
  view_friends_user: 0,
  receive_friends_cnt: 0,
  receive_friends_user: 0,
  verify_friends_cnt: 0,
  verify_friends_user: 0,
}

/** 拉取卡券概况数据: all cards of the merchant, day by day. */
export const getcardbizuininfo = endpointReading({
  path: '/datacube/getcardbizuininfo',
  bare: true,
  read: readPeriod,
  async handle(period, caller) {
    const days = await readDays(period, { scope: ALL_CARDS[period.source] }, caller)
    return {
      list: days.filter(isActive).map((day) => ({
        ...refDate(day),
        ...both('view', day),
        ...both('receive', day),
        ...both('verify', day),
        ...both('given', day),
        ...both('expire', day),
        ...NO_FRIENDS,
      })),
    }
  },
})
