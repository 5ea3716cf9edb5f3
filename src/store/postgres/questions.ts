import { ASPECTS, STEPS } from '../../domain/statistics.ts'
import { endedCard } from '../../domain/card/validity.ts'
import type { Held } from '../../domain/code/find.ts'
import { mayExpire } from '../../domain/code/status.ts'
import type { CardRow } from '../../domain/rows.ts'
import { CARD_STATUS, CODE_STATUS, SOURCE } from '../numbers.ts'
import {
  CARD_COLUMNS,
  codeRow,
  columnsOf,
  countedRow,
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
} from '../rows.ts'
import type { DayRow, EndPlace, HeldCode, Questions, StepRow } from '../store.ts'
import { COUNT_COLUMNS } from '../sums.ts'
import { isNowhere, type Database } from './connect.ts'
import { askPatiently } from './failure.ts'
import { Faces } from './faces.ts'
import { cardsIn, HELD_COLUMNS, SELECT_HELD_CODES, WITH_CARD, type HeldRecord, type WithCounts } from './held.ts'
import { one } from './lateral.ts'
import { answeringByTurn } from './turn.ts'

type DayRecord = { day: number; scope: number } & DayRow['sums']

const DAY_COLUMNS = columnsOf(['day', 'scope', ...COUNT_COLUMNS, 'total_user', 'total_receive_user'].join(', '), 'd')

const SELECT = {
  merchants: `select ${MERCHANT_COLUMNS} from merchant order by merchant`,
  merchant: `select ${MERCHANT_COLUMNS} from merchant where appid = $1`,
  numberOf: 'select merchant from merchant where appid = $1',
  tokens: `select ${columnsOf(TOKEN_COLUMNS, 't')}, ${columnsOf(MERCHANT_COLUMNS.replace('merchant, ', ''), 'm')}
             from token t join merchant m on m.merchant = t.merchant where t.token_hash = any($1::text[])`,
  // card_by_id
  card: `select ${CARD_COLUMNS} from card where merchant = $1 and card_id = $2`,
  cards: `select ${CARD_COLUMNS} from card where merchant = $1`,
  cardsByNumber: `select ${CARD_COLUMNS} from card where merchant = $1 and card = any($2::integer[])`,
  // Reads all of the merchant's cards, which are few beside their codes.
  cardIds: `select card_id from card where merchant = $1 and status = any($2::integer[])
             order by card limit $3 offset $4`,
  countCards: 'select count(*) as total from card where merchant = $1 and status = any($2::integer[])',
  // holder_by_openid, code_of_holder
  codesOfHolder: `select ${HELD_COLUMNS}
            from (select * from holder where merchant = $1 and openid = $2 offset 0) h
            ${one('code c', 'c.holder = h.holder')} c ${WITH_CARD}
           order by c.card, c.code`,
  codesOfHolderAndCard: `select ${HELD_COLUMNS}
            from (select * from holder where merchant = $1 and openid = $2 offset 0) h
            cross join (select card as wanted from card where merchant = $1 and card_id = $3 offset 0) w
            ${one('code c', 'c.holder = h.holder and c.card = w.wanted')} c ${WITH_CARD}
           order by c.code`,
  ticket: `select ${TICKET_COLUMNS} from ticket where merchant = $1 and ticket = $2`,
  // code_of_gift
  codeOfGift: `select ${HELD_COLUMNS}
            from (select * from code where merchant = $1 and gift_ticket = $2 offset 0) c
            ${one('holder h', 'h.holder = c.holder')} h ${WITH_CARD}`,
  // pool_by_code, as in fetch.ts, and the key of code
  knownCodes: `
    select w.code
      from unnest($3::text[]) w (code)
      cross join (select card from card where merchant = $1 and card_id = $2 offset 0) k
     where exists (select from pool p where p.merchant = $1 and p.code = w.code and p.card + 0 = k.card offset 0)
        or exists (select from code c where c.merchant = $1 and c.code = w.code and c.card = k.card offset 0)`,
  // code_by_end. A number that was given away may have the same place as the friend's.
  ownExpired: `
    select code, status, end_time, card, place from code
     where merchant = $1 and (end_time, card, place) > ($2::bigint, $3::integer, $4::bigint) and end_time < $5
       and status <> ${CODE_STATUS.of('GIFT_SUCC')}
     order by end_time, card, place limit $6`,
  // code_by_end, whose order has to be named in full; and as above.
  rangeExpired: `
    select place, code, status from code
     where merchant = $1 and end_time is null and card = (select card from card where merchant = $1 and card_id = $2)
       and place > $3 and begin_time is null and status <> ${CODE_STATUS.of('GIFT_SUCC')}
     order by end_time, place limit $4`,
  // The key of day.
  daysOfScope: `select ${DAY_COLUMNS} from day d
                 where d.merchant = $1 and d.day = any($2::integer[]) and d.scope = $3 order by d.day`,
  daysOfCard: `select ${DAY_COLUMNS} from card k join day d on d.merchant = k.merchant and d.scope = k.card
                where k.merchant = $1 and k.card_id = $3 and d.day = any($2::integer[]) order by d.day`,
  daysOfCards: `select ${DAY_COLUMNS} from day d join card k on k.merchant = d.merchant and k.card = d.scope
                 where d.merchant = $1 and d.day = any($2::integer[]) and d.scope > 0 and k.source = $3
                 order by d.day, k.card_id`,
  // The key of step.
  steps: `select s.name, ${STEPS.map((step) => `sum(s.${step})::bigint as ${step}`).join(', ')}
            from card k join step s on s.merchant = k.merchant and s.card = k.card
           where k.merchant = $1 and k.card_id = $2 and s.aspect = $3 and s.day between $4 and $5
           group by s.name order by sum(s.received) + sum(s.redeemed) desc, s.name`,
  out: 'select card, month, codes from outstanding where merchant = $1 and codes <> 0 order by card, month',
  fact: `${SELECT_FACT} where f.merchant = $1 and f.fact = $2`,
  // Each fact names the one before it about the same code.
  history: `
    with recursive chain (fact, previous) as (
      select fact, previous from fact where merchant = $1 and fact = $2
      union all
      select f.fact, f.previous from chain join fact f on f.merchant = $1 and f.fact = chain.previous)
    ${SELECT_FACT} where f.merchant = $1 and f.fact in (select fact from chain) order by f.fact`,
}

export function openQuestions(db: Database): Questions {
  const faces = new Faces()
  /** A merchant keeps its number for ever. */
  const numbers = new Map<string, number>()

  const select = async <Row extends object>(statement: string, ...parameters: unknown[]): Promise<Row[]> =>
    parameters.some(isNowhere) ? [] : askPatiently(() => db.ask<Row>(statement, parameters))

  /** 0 if there is no such merchant. */
  async function numberOf(appid: string): Promise<number> {
    const known = numbers.get(appid)
    if (known !== undefined) return known
    const [record] = await select<{ merchant: number }>(SELECT.numberOf, appid)
    if (record) numbers.set(appid, record.merchant)
    return record?.merchant ?? 0
  }

  async function cardsOf(merchant: number, cards: readonly number[]): Promise<Map<number, CardRow>> {
    if (cards.length === 0) return new Map()
    const records = await select<CardRecord>(SELECT.cardsByNumber, merchant, [...new Set(cards)])
    return faces.cardsOf(db, merchant, records)
  }

  async function heldCodes(merchant: number, records: readonly HeldRecord[]): Promise<Held[]> {
    const cards = await faces.cardsOf(db, merchant, cardsIn(records))
    return records.map((record) => {
      const card = cards.get(record.card)!
      return { held: codeRow(record, card.card_id), card }
    })
  }

  async function selectHeld(merchant: number, statement: string, ...parameters: unknown[]): Promise<Held[]> {
    return heldCodes(merchant, await select<HeldRecord>(statement, merchant, ...parameters))
  }

  type CodesByTurn = (code: string) => Promise<HeldCode[]>
  const askedCodes = new Map<number, CodesByTurn>()

  function codesByTurn(merchant: number): CodesByTurn {
    let ask = askedCodes.get(merchant)
    if (!ask) {
      ask = answeringByTurn(async (codes: readonly string[]) => {
        const records = await select<WithCounts<HeldRecord>>(SELECT_HELD_CODES, merchant, [...new Set(codes)])
        const held = await heldCodes(merchant, records)
        const found = Map.groupBy(
          held.map((one, place) => {
            const { card_id, openid } = one.held
            return { ...one, counted: countedRow(records[place]!, card_id, openid)?.counted }
          }),
          (one) => one.held.code,
        )
        return codes.map((code) => found.get(code) ?? [])
      })
      askedCodes.set(merchant, ask)
    }
    return ask
  }

  const token = answeringByTurn(async (hashes: readonly string[]) => {
    const records = await select<TokenRecord & MerchantRecord>(SELECT.tokens, [...new Set(hashes)])
    const found = new Map(
      records.map((record) => [record.token_hash, { token: tokenRow(record), merchant: merchantRow(record) }]),
    )
    return hashes.map((hash) => found.get(hash))
  })

  return {
    merchants: async () => (await select<MerchantRecord>(SELECT.merchants)).map(merchantRow),

    async merchant(appid) {
      const [record] = await select<MerchantRecord>(SELECT.merchant, appid)
      return record && merchantRow(record)
    },

    token,

    async card(appid, card_id) {
      const merchant = await numberOf(appid)
      const records = await select<CardRecord>(SELECT.card, merchant, card_id)
      return [...(await faces.cardsOf(db, merchant, records)).values()][0]
    },

    async cardsInStatus(appid, statuses, offset, count) {
      const merchant = await numberOf(appid)
      const wanted = statuses.map((status) => CARD_STATUS.of(status))
      const [records, counted] = await Promise.all([
        select<{ card_id: string }>(SELECT.cardIds, merchant, wanted, count, offset),
        select<{ total: number }>(SELECT.countCards, merchant, wanted),
      ])
      return { card_ids: records.map(({ card_id }) => card_id), total: counted[0]!.total }
    },

    codes: async (appid, code) => codesByTurn(await numberOf(appid))(code),

    async codesOfHolder(appid, openid, card_id) {
      const merchant = await numberOf(appid)
      return card_id === undefined
        ? selectHeld(merchant, SELECT.codesOfHolder, openid)
        : selectHeld(merchant, SELECT.codesOfHolderAndCard, openid, card_id)
    },

    async ticket(appid, ticket) {
      const [record] = await select<TicketRecord>(SELECT.ticket, await numberOf(appid), ticket)
      return record && ticketRow(record)
    },

    async codeOfGift(appid, gift_ticket) {
      return (await selectHeld(await numberOf(appid), SELECT.codeOfGift, gift_ticket))[0]
    },

    async knownCodes(appid, card_id, codes) {
      const records = await select<{ code: string }>(SELECT.knownCodes, await numberOf(appid), card_id, [
        ...new Set(codes),
      ])
      return records.map(({ code }) => code)
    },

    async ownExpired(appid, after, before, most) {
      const merchant = await numberOf(appid)
      const { end_time, card, place } = after
      const records = await select<EndPlace & { code: string; status: number }>(
        SELECT.ownExpired,
        merchant,
        end_time,
        card,
        place,
        before,
        most,
      )
      const live = records.filter(({ status }) => mayExpire(CODE_STATUS.name(status)))
      const cards = await cardsOf(
        merchant,
        live.map(({ card }) => card),
      )
      const codes = live.map(({ code, card }) => ({ code, card_id: cards.get(card)!.card_id }))
      return { codes, last: records.at(-1) }
    },

    async rangeExpired(appid, card_id, after, most) {
      const records = await select<{ place: number; code: string; status: number }>(
        SELECT.rangeExpired,
        await numberOf(appid),
        card_id,
        after,
        most,
      )
      const live = records.filter(({ status }) => mayExpire(CODE_STATUS.name(status)))
      return { codes: live.map(({ code }) => ({ code, card_id })), last: records.at(-1)?.place }
    },

    async endedCards(appid, before) {
      const merchant = await numberOf(appid)
      const cards = await faces.cardsOf(db, merchant, await select<CardRecord>(SELECT.cards, merchant))
      return [...cards.values()].flatMap((card) => endedCard(card, before) ?? [])
    },

    async days(appid, days, of) {
      const merchant = await numberOf(appid)
      const [statement, parameter] =
        'scope' in of
          ? [SELECT.daysOfScope, of.scope]
          : 'card_id' in of
            ? [SELECT.daysOfCard, of.card_id]
            : [SELECT.daysOfCards, SOURCE.of(of.source)]
      const records = await select<DayRecord>(statement, merchant, days, parameter)
      const cards = await cardsOf(
        merchant,
        records.flatMap(({ scope }) => (scope > 0 ? scope : [])),
      )
      return records.map(({ day, scope, ...sums }) => ({ day, card: cards.get(scope), sums }))
    },

    async steps(appid, card_id, { begin, end }, aspect) {
      const merchant = await numberOf(appid)
      const records = await select<StepRow>(SELECT.steps, merchant, card_id, ASPECTS.indexOf(aspect), begin, end)
      return [...records]
    },

    async out(appid) {
      const merchant = await numberOf(appid)
      const records = await select<{ card: number; month: string; codes: number }>(SELECT.out, merchant)
      const cards = await cardsOf(
        merchant,
        records.map(({ card }) => card),
      )
      return records.map(({ card, month, codes }) => ({ card: cards.get(card)!, month, codes }))
    },

    async fact(appid, fact) {
      const [record] = await select<FactRecord>(SELECT.fact, await numberOf(appid), fact)
      return record && numberedFact(record)
    },

    async history(appid, { fact }) {
      return (await select<FactRecord>(SELECT.history, await numberOf(appid), fact)).map(numberedFact)
    },

    close: () => void db.end(),
  }
}
