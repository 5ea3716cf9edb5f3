import { endpoint } from '../../../server/endpoint.ts'
import { bool, card_id, object, optional } from '../../../shape/field.ts'

/** 设置自助核销 */
export const setSelfConsumeCell = endpoint({
  path: '/card/selfconsumecell/set',
  body: object({
    card_id,
    is_open: optional(bool()),
    need_verify_cod: optional(bool()),
    need_remark_amount: optional(bool()),
  }),
  async handle({ is_open = false, need_verify_cod = false, need_remark_amount = false, ...body }, { commit }) {
    await commit('setSelfConsumeCell', { ...body, is_open, need_verify_cod, need_remark_amount })
  },
})
