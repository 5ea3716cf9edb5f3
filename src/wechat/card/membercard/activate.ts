import { endpoint } from '../../../server/endpoint.ts'
import { card_id, code, fen, object, optional, points, seconds, text } from '../../../shape/field.ts'

const custom_value = optional(text(12))

/** 激活会员卡 */
export const activate = endpoint({
  path: '/card/membercard/activate',
  body: object({
    membership_number: text(20),
    code,
    card_id: optional(card_id),
    background_pic_url: optional(text(128)),
    activate_begin_time: optional(seconds()),
    activate_end_time: optional(seconds()),
    init_bonus: optional(points({ refused: 'bonusOutOfLimit' })),
    init_bonus_record: optional(text(32)),
    init_balance: optional(fen({ refused: 'balanceOutOfLimit' })),
    init_custom_field_value1: custom_value,
    init_custom_field_value2: custom_value,
    init_custom_field_value3: custom_value,
  }),
  async handle({ code: number, card_id: of, activate_begin_time, activate_end_time, ...given }, { commit }) {
    const { init_bonus = 0, init_balance = 0 } = given
    await commit('activateMember', {
      code: number,
      ...(of !== undefined && { card_id: of }),
      // 0 stands for none given.
      ...(activate_begin_time && { activate_begin_time }),
      ...(activate_end_time && { activate_end_time }),
      membership: { ...given, init_bonus, init_balance },
    })
  },
})
