import type { DatabaseSync } from 'node:sqlite'
import type { CardRow } from '../../domain/rows.ts'
import { CARD_STATUS } from '../numbers.ts'
import type { HeldCode, Questions } from '../store.ts'
import {
  CARD_COLUMNS,
  cardRow,
  codeRow,
  Faces,
  MERCHANT_COLUMNS,
  merchantRow,
  numberedFact,
  SELECT_CODE,
  SELECT_FACT,
  TOKEN_COLUMNS,
  tokenRow,
  type CardRecord,
  type CodeRecord,
  type FactRecord,
  type MerchantRecord,
  type TokenRecord,
} from './rows.ts'
import { answeringByTurn } from './turn.ts'

export function openQuestions(db: DatabaseSync): Questions {
  const ask = answeringByTurn(db)
  const statements = prepare(db)
  const faces = new Faces(db)
  const numbers = new Map<string, number>()

  /** The number that stands for a merchant, 0 where there is none; a merchant keeps it for ever. */
  function numberOf(appid: string): number {
    let number = numbers.get(appid)
    if (number === undefined) {
      const record = statements.merchant.get(appid) as MerchantRecord | undefined
      if (!record) return 0
      numbers.set(appid, (number = record.merchant))
    }
    return number
  }

  const withFace = (merchant: number, record: CardRecord): CardRow =>
    cardRow(record, faces.of(merchant, record.card, record.version))

  function heldCode(merchant: number, record: CodeRecord): HeldCode {
    const card = withFace(merchant, statements.cardByNumber.get(merchant, record.card) as unknown as CardRecord)
    const counts = statements.consumed.get(merchant, record.card, record.holder) as { consumed: number } | undefined
    return { held: codeRow(record), card, consumed: counts?.consumed ?? 0 }
  }

  return {
    merchants: () => ask(() => (statements.merchants.all() as unknown as MerchantRecord[]).map(merchantRow)),

    merchant: (appid) =>
      ask(() => {
        const record = statements.merchant.get(appid) as MerchantRecord | undefined
        return record && merchantRow(record)
      }),

    token: (token_hash) =>
      ask(() => {
        const record = statements.token.get(token_hash) as TokenRecord | undefined
        if (!record) return undefined
        const merchant = statements.merchantByNumber.get(record.merchant) as unknown as MerchantRecord
        return { token: tokenRow(record), merchant: merchantRow(merchant) }
      }),

    card: (appid, card_id) =>
      ask(() => {
        const merchant = numberOf(appid)
        const record = statements.card.get(merchant, card_id) as CardRecord | undefined
        return record && withFace(merchant, record)
      }),

    cardsInStatus: (appid, statuses, offset, count) =>
      ask(() => {
        const merchant = numberOf(appid)
        const wanted = JSON.stringify(statuses.map((status) => CARD_STATUS.of(status)))
        const records = statements.cardIds.all({ merchant, statuses: wanted, count, offset }) as { card_id: string }[]
        const { total } = statements.countCards.get({ merchant, statuses: wanted }) as { total: number }
        return { card_ids: records.map(({ card_id }) => card_id), total }
      }),

    codes: (appid, code) =>
      ask(() => {
        const merchant = numberOf(appid)
        const records = statements.codes.all(merchant, code) as unknown as CodeRecord[]
        return records.map((record) => heldCode(merchant, record))
      }),

    codesOfHolder: (appid, openid, card_id) =>
      ask(() => {
        const merchant = numberOf(appid)
        const records =
          card_id === undefined
            ? statements.codesOfHolder.all({ merchant, openid })
            : statements.codesOfHolderAndCard.all({ merchant, openid, card_id })
        return (records as unknown as CodeRecord[]).map((record) => heldCode(merchant, record))
      }),

    history: (appid, { fact }) =>
      ask(() =>
        (statements.history.all({ merchant: numberOf(appid), fact }) as unknown as FactRecord[]).map(numberedFact),
      ),

    close: () => db.close(),
  }
}

function prepare(db: DatabaseSync) {
  const ofHolder = `${SELECT_CODE}
     where c.merchant = :merchant
       and c.holder = (select holder from holder where merchant = :merchant and openid = :openid)`
  return {
    merchants: db.prepare(`select ${MERCHANT_COLUMNS} from merchant order by merchant`),
    merchant: db.prepare(`select ${MERCHANT_COLUMNS} from merchant where appid = ?`),
    merchantByNumber: db.prepare(`select ${MERCHANT_COLUMNS} from merchant where merchant = ?`),
    token: db.prepare(`select ${TOKEN_COLUMNS} from token where token_hash = ?`),
    // card_by_id
    card: db.prepare(`select ${CARD_COLUMNS} from card where merchant = ? and card_id = ?`),
    cardByNumber: db.prepare(`select ${CARD_COLUMNS} from card where merchant = ? and card = ?`),
    // The cards of one merchant, which are few beside their codes.
    cardIds: db.prepare(
      `select card_id from card
        where merchant = :merchant and status in (select value from json_each(:statuses))
        order by card limit :count offset :offset`,
    ),
    countCards: db.prepare(
      'select count(*) as total from card where merchant = :merchant and status in (select value from json_each(:statuses))',
    ),
    codes: db.prepare(`${SELECT_CODE} where c.merchant = ? and c.code = ?`),
    consumed: db.prepare('select consumed from holding where merchant = ? and card = ? and holder = ?'),
    // code_of_holder
    codesOfHolder: db.prepare(`${ofHolder} order by c.card, c.code`),
    codesOfHolderAndCard: db.prepare(
      `${ofHolder} and c.card = (select card from card where merchant = :merchant and card_id = :card_id) order by c.code`,
    ),
    // Each fact names the one before it about the same code.
    history: db.prepare(
      `with recursive chain (fact, previous) as (
         select fact, previous from fact where merchant = :merchant and fact = :fact
         union all
         select f.fact, f.previous from chain join fact f on f.merchant = :merchant and f.fact = chain.previous)
       ${SELECT_FACT} where f.merchant = :merchant and f.fact in (select fact from chain) order by f.fact`,
    ),
  }
}
