import { pickCode } from '../domain/code/find.ts'
import { statusAt, validityOf } from '../domain/code/status.ts'
import { refuse } from '../errors.ts'
import { endpoint } from '../server/endpoint.ts'
import { showCard } from '../shape/card/show.ts'
import { card_id, code, object, openid, optional, outer_str } from '../shape/field.ts'

/** A holder opens a card, or one code of it: counted as a view. */
export const view = endpoint({
  path: '/wallet/view',
  body: object({ card_id, openid, code: optional(code), outer_str }),
  async handle(
    { card_id: wanted, openid: holder, code: number, outer_str: channel = null },
    { appid, now, ledger, store },
  ) {
    const card = await store.card(appid, wanted)
    if (!card) throw refuse('invalidCardId')
    const shown = number === undefined ? undefined : await findOwnCode(number)
    await ledger.commit(appid, 'viewCard', { card_id: wanted, openid: holder, outer_str: channel })
    return { card: showCard(card.face, { appid, ...card }), ...shown }

    async function findOwnCode(named: string): Promise<object> {
      const { held, card: of } = pickCode(await store.codes(appid, named), wanted)
      if (held.openid !== holder) throw refuse('invalidSerialCode')
      const { begin_time, end_time } = validityOf(held, of.face)
      const user_card_status = statusAt(held.status, { begin_time, end_time }, now)
      return { code: held.code, begin_time, end_time: end_time ?? 0, user_card_status }
    }
  },
})
