import { refuse } from '../../errors.ts'
import type { Command } from '../command.ts'
import type { WhiteList } from '../rows.ts'

const MAX_TESTERS = 10

/** 设置测试白名单: who may receive cards that are not approved. Each list replaces the former one. */
export const setWhiteList: Command<WhiteList, WhiteList> = (request, { now }) => {
  const detail = { openids: [...new Set(request.openids)], usernames: [...new Set(request.usernames)] }
  const size = detail.openids.length + detail.usernames.length
  if (size > MAX_TESTERS) throw refuse('invalidArgs', `at most ${MAX_TESTERS} may test, not ${size}`)
  return { facts: [{ kind: 'white_list_set', at: now, detail }], answer: detail }
}
