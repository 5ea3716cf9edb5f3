import type { DatabaseSync } from 'node:sqlite'
import { ASPECTS, STEPS } from '../../domain/statistics.ts'
import { endedCard } from '../../domain/card/validity.ts'
import type { Held } from '../../domain/code/find.ts'
import { mayExpire } from '../../domain/code/status.ts'
import type { CardRow } from '../../domain/rows.ts'
import { CARD_STATUS, CODE_STATUS, SOURCE } from '../numbers.ts'
import type { DayRow, EndPlace, Questions, StepRow } from '../store.ts'
import { COUNT_COLUMNS } from '../sums.ts'
import {
  CARD_COLUMNS,
  cardRow,
  MERCHANT_COLUMNS,
  merchantRow,
  numberedFact,
  SELECT_FACT,
  TICKET_COLUMNS,
  ticketRow,
  TOKEN_COLUMNS,
  tokenRow,
  type CardRecord,
  type FactRecord,
  type MerchantRecord,
  type TicketRecord,
  type TokenRecord,
  countedRow,
} from '../rows.ts'
import { codeRow, selectCode, type CodeList, type CountedList } from './codes.ts'
import { Faces } from './faces.ts'
import { asLists } from './lists.ts'
import { answeringByTurn } from './turn.ts'

/** With the counts kept of what the holder of each has of its card: the key of counted. */
const SELECT_CODE_WITH_COUNTS = selectCode(
  ['g.codes', 'g.received', 'g.consumed'],
  'left join counted g on g.merchant = c.merchant and g.card = c.card and g.holder = c.holder',
)

interface OwnExpired extends EndPlace {
  code: string
  status: number
}

interface RangeExpired {
  place: number
  code: string
  status: number
}

type DayRecord = { day: number; scope: number } & DayRow['sums']

const DAY_COLUMNS = ['day', 'scope', ...COUNT_COLUMNS, 'total_user', 'total_receive_user']
  .map((name) => `d.${name}`)
  .join(', ')

export function openQuestions(db: DatabaseSync): Questions {
  const statements = prepare(db)
  const faces = new Faces(db)
  /** By number: codes asked for in one turn are mostly of the same few cards. */
  const cardsOfTurn = new Map<string, CardRow>()
  const ask = answeringByTurn(db, () => cardsOfTurn.clear())
  const numbers = new Map<string, number>()

  /** The number that stands for a merchant, 0 if there is none; a merchant keeps it for ever. */
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

  function cardOf(merchant: number, number: number): CardRow {
    const key = `${merchant}:${number}`
    let card = cardsOfTurn.get(key)
    if (!card) {
      card = withFace(merchant, statements.cardByNumber.get(merchant, number) as unknown as CardRecord)
      cardsOfTurn.set(key, card)
    }
    return card
  }

  function heldCode(merchant: number, record: CodeList): Held {
    const card = cardOf(merchant, record[1])
    return { held: codeRow(record, card.card_id), card }
  }

  const heldCodes = (merchant: number, records: unknown): Held[] =>
    (records as CodeList[]).map((record) => heldCode(merchant, record))

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
        const records = statements.codes.all(merchant, code) as unknown as [...CountedList, ...CodeList][]
        return records.map(([codes, received, consumed, ...record]) => {
          const { held, card } = heldCode(merchant, record)
          const holding = countedRow({ codes, received, consumed }, held.card_id, held.openid)
          return { held, card, counted: holding?.counted }
        })
      }),

    codesOfHolder: (appid, openid, card_id) =>
      ask(() => {
        const merchant = numberOf(appid)
        const records =
          card_id === undefined
            ? statements.codesOfHolder.all({ merchant, openid })
            : statements.codesOfHolderAndCard.all({ merchant, openid, card_id })
        return heldCodes(merchant, records)
      }),

    ticket: (appid, ticket) =>
      ask(() => {
        const record = statements.ticket.get(numberOf(appid), ticket) as TicketRecord | undefined
        return record && ticketRow(record)
      }),

    codeOfGift: (appid, gift_ticket) =>
      ask(() => {
        const merchant = numberOf(appid)
        return heldCodes(merchant, statements.codeOfGift.all(merchant, gift_ticket))[0]
      }),

    knownCodes: (appid, card_id, codes) =>
      ask(() => {
        const asked = { merchant: numberOf(appid), card_id, codes: JSON.stringify(codes) }
        return (statements.knownCodes.all(asked) as { code: string }[]).map(({ code }) => code)
      }),

    ownExpired: (appid, after, before, most) =>
      ask(() => {
        const merchant = numberOf(appid)
        const { end_time, card, place } = after
        const asked = { merchant, end_time, card, place, before, most }
        const records = statements.ownExpired.all(asked) as unknown as OwnExpired[]
        const codes = records
          .filter(({ status }) => mayExpire(CODE_STATUS.name(status)))
          .map(({ code, card }) => ({ code, card_id: cardOf(merchant, card).card_id }))
        return { codes, last: records.at(-1) }
      }),

    rangeExpired: (appid, card_id, after, most) =>
      ask(() => {
        const asked = { merchant: numberOf(appid), card_id, after, most }
        const records = statements.rangeExpired.all(asked) as unknown as RangeExpired[]
        const codes = records
          .filter(({ status }) => mayExpire(CODE_STATUS.name(status)))
          .map(({ code }) => ({ code, card_id }))
        return { codes, last: records.at(-1)?.place }
      }),

    endedCards: (appid, before) =>
      ask(() => {
        const merchant = numberOf(appid)
        const cards = statements.cards.all(merchant) as unknown as CardRecord[]
        return cards.flatMap((record) => endedCard(withFace(merchant, record), before) ?? [])
      }),

    days: (appid, days, of) =>
      ask(() => {
        const merchant = numberOf(appid)
        const wanted = { merchant, days: JSON.stringify(days) }
        const records = ('scope' in of
          ? statements.daysOfScope.all({ ...wanted, scope: of.scope })
          : 'card_id' in of
            ? statements.daysOfCard.all({ ...wanted, card_id: of.card_id })
            : statements.daysOfCards.all({ ...wanted, source: SOURCE.of(of.source) })) as unknown as DayRecord[]
        return records.map(({ day, scope, ...sums }) => ({
          day,
          card: scope > 0 ? cardOf(merchant, scope) : undefined,
          sums,
        }))
      }),

    steps: (appid, card_id, { begin, end }, aspect) =>
      ask(() => {
        const asked = { merchant: numberOf(appid), card_id, begin, end, aspect: ASPECTS.indexOf(aspect) }
        return statements.steps.all(asked) as StepRow[]
      }),

    out: (appid) =>
      ask(() => {
        const merchant = numberOf(appid)
        const records = statements.out.all(merchant) as { card: number; month: string; codes: number }[]
        return records.map(({ card, ...rest }) => ({ card: cardOf(merchant, card), ...rest }))
      }),

    fact: (appid, fact) =>
      ask(() => {
        const record = statements.fact.get(numberOf(appid), fact) as FactRecord | undefined
        return record && numberedFact(record)
      }),

    history: (appid, { fact }) =>
      ask(() =>
        (statements.history.all({ merchant: numberOf(appid), fact }) as unknown as FactRecord[]).map(numberedFact),
      ),

    close: () => db.close(),
  }
}

function prepare(db: DatabaseSync) {
  const ofHolder = `${selectCode()}
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
    // Reads all of the merchant's cards, which are few beside their codes.
    cardIds: db.prepare(
      `select card_id from card
        where merchant = :merchant and status in (select value from json_each(:statuses))
        order by card limit :count offset :offset`,
    ),
    countCards: db.prepare(
      'select count(*) as total from card where merchant = :merchant and status in (select value from json_each(:statuses))',
    ),
    codes: asLists(db.prepare(`${SELECT_CODE_WITH_COUNTS} where c.merchant = ? and c.code = ?`)),
    // code_of_holder
    codesOfHolder: asLists(db.prepare(`${ofHolder} order by c.card, c.code`)),
    codesOfHolderAndCard: asLists(
      db.prepare(
        `${ofHolder} and c.card = (select card from card where merchant = :merchant and card_id = :card_id) order by c.code`,
      ),
    ),
    ticket: db.prepare(`select ${TICKET_COLUMNS} from ticket where merchant = ? and ticket = ?`),
    // code_of_gift
    codeOfGift: asLists(db.prepare(`${selectCode()} where c.merchant = ? and c.gift_ticket = ?`)),
    // pool_by_code, and the key of code
    knownCodes: db.prepare(
      `with asked (code) as (select value from json_each(:codes)),
            one (card) as (select card from card where merchant = :merchant and card_id = :card_id)
       select p.code from asked, one join pool p on p.merchant = :merchant and p.card = one.card and p.code = asked.code
       union
       select c.code from asked, one join code c on c.merchant = :merchant and c.code = asked.code and c.card = one.card`,
    ),
    // code_by_end. A number that was given away may have the place of the friend's.
    ownExpired: db.prepare(
      `select code, status, end_time, card, place from code
        where merchant = :merchant and (end_time, card, place) > (:end_time, :card, :place) and end_time < :before
          and status <> ${CODE_STATUS.of('GIFT_SUCC')}
        order by end_time, card, place limit :most`,
    ),
    // code_by_end, and as above.
    rangeExpired: db.prepare(
      `select place, code, status from code
        where merchant = :merchant and end_time is null
          and card = (select card from card where merchant = :merchant and card_id = :card_id)
          and place > :after and begin_time is null and status <> ${CODE_STATUS.of('GIFT_SUCC')}
        order by place limit :most`,
    ),
    cards: db.prepare(`select ${CARD_COLUMNS} from card where merchant = ?`),
    // The key of day.
    daysOfScope: db.prepare(
      `select ${DAY_COLUMNS} from json_each(:days) w
         join day d on d.merchant = :merchant and d.day = w.value and d.scope = :scope order by d.day`,
    ),
    daysOfCard: db.prepare(
      `select ${DAY_COLUMNS} from json_each(:days) w
         join card k on k.merchant = :merchant and k.card_id = :card_id
         join day d on d.merchant = :merchant and d.day = w.value and d.scope = k.card order by d.day`,
    ),
    daysOfCards: db.prepare(
      `select ${DAY_COLUMNS} from json_each(:days) w
         join day d on d.merchant = :merchant and d.day = w.value and d.scope > 0
         join card k on k.merchant = :merchant and k.card = d.scope and k.source = :source
        order by d.day, k.card_id`,
    ),
    // The key of step.
    steps: db.prepare(
      `select s.name, ${STEPS.map((step) => `sum(s.${step}) as ${step}`).join(', ')}
         from card k join step s on s.merchant = k.merchant and s.card = k.card
        where k.merchant = :merchant and k.card_id = :card_id and s.aspect = :aspect and s.day between :begin and :end
        group by s.name order by sum(s.received) + sum(s.redeemed) desc, s.name`,
    ),
    out: db.prepare(
      'select card, month, codes from outstanding where merchant = ? and codes <> 0 order by card, month',
    ),
    // Each fact names the one before it about the same code.
    fact: db.prepare(`${SELECT_FACT} where f.merchant = ? and f.fact = ?`),
    history: db.prepare(
      `with recursive chain (fact, previous) as (
         select fact, previous from fact where merchant = :merchant and fact = :fact
         union all
         select f.fact, f.previous from chain join fact f on f.merchant = :merchant and f.fact = chain.previous)
       ${SELECT_FACT} where f.merchant = :merchant and f.fact in (select fact from chain) order by f.fact`,
    ),
  }
}
