import { CHANGED_CODE_BYTES } from '../../../domain/code/number.ts'
import { refuse } from '../../../errors.ts'
import { endpoint } from '../../../server/endpoint.ts'
import { card_id, code, object, optional, text } from '../../../shape/field.ts'

const new_code = optional(text(CHANGED_CODE_BYTES))

/** 更改Code. Two old client libraries write newcode. */
export const updateCode = endpoint({
  path: '/card/code/update',
  body: object({ code, card_id: optional(card_id), new_code, newcode: new_code }),
  async handle({ newcode, new_code: number = newcode, ...body }, { commit }) {
    if (number === undefined) throw refuse('emptyCode', 'new_code')
    await commit('updateCode', { ...body, new_code: number })
  },
})
