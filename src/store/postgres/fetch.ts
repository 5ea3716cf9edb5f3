import type { CodeRow } from '../../domain/rows.ts'
import {
  CARD_COLUMNS,
  CODE_COLUMNS,
  codeRow,
  columnsOf,
  countedRow,
  holdingRow,
  TICKET_COLUMNS,
  ticketRow,
  TOKEN_COLUMNS,
  tokenRow,
  type CardRecord,
  type CodeRecord,
  type HoldingRecord,
  type TicketRecord,
  type TokenRecord,
} from '../rows.ts'
import type { ReplyRow } from '../store.ts'
import type { Wanted } from '../wanted.ts'
import { all, type Connection } from './connect.ts'
import type { Faces } from './faces.ts'
import {
  cardsIn,
  HOLDING_COLUMNS,
  SELECT_CODES,
  SELECT_HELD_CODES,
  withHolding,
  type HeldRecord,
  type WithCounts,
} from './held.ts'
import type { KnownRows } from './known-rows.ts'
import { one, perhapsOne } from './lateral.ts'
import type { MerchantState } from './merchant-state.ts'

const SELECT = {
  // card_by_id
  cards: `select ${columnsOf(CARD_COLUMNS, 'k')}
            from unnest($2::text[]) w (card_id) ${one('card k', 'k.card_id = w.card_id')} k`,
  cardsByNumber: `select ${columnsOf(CARD_COLUMNS, 'k')}
            from unnest($2::integer[]) w (card) ${one('card k', 'k.card = w.card')} k`,
  // card_by_id, holder_by_openid, code_of_holder
  codesOfHolder: `select ${CODE_COLUMNS}
            from unnest($2::text[], $3::text[]) w (card_id, openid)
            ${one('card k', 'k.card_id = w.card_id')} k
            ${one('holder h', 'h.openid = w.openid')} h
            ${one('code c', 'c.holder = h.holder and c.card = k.card')} c`,
  // code_of_gift
  gifts: `select ${CODE_COLUMNS}
            from unnest($2::text[]) w (gift_ticket)
            ${one('code c', 'c.gift_ticket = w.gift_ticket')} c
            ${one('holder h', 'h.holder = c.holder')} h`,
  // card_by_id, holder_by_openid
  holdings: `select w.card_id, w.openid, h.holder, ${HOLDING_COLUMNS}
               from unnest($2::text[], $3::text[]) w (card_id, openid)
               ${perhapsOne('holder h', 'h.openid = w.openid')} h on true
               ${perhapsOne('card k', 'k.card_id = w.card_id')} k on true
               ${withHolding('k.card', 'h.holder')}`,
  // pool_by_code: the card is not compared as a key, lest the planner think the table's own key, which begins with it,
  // as good.
  pooled: `select w.card_id, p.code, p.place
             from unnest($2::text[], $3::text[]) w (card_id, code)
             ${one('card k', 'k.card_id = w.card_id')} k
             ${one('pool p', 'p.code = w.code and p.card + 0 = k.card')} p`,
  // The key of pool.
  pool: `select p.code, p.place
           from (select card from card where merchant = $1 and card_id = $2 offset 0) k
          cross join lateral (select code, place from pool
                               where merchant = $1 and card = k.card and place > $3 order by place limit $4) p`,
  tickets: `select ${TICKET_COLUMNS} from ticket where merchant = $1 and ticket = any($2::text[])`,
  sessions:
    'select session_hash, openid, expires_at from session where merchant = $1 and session_hash = any($2::text[])',
  replies: `select r.key, r.fingerprint, r.outcome, r.expires_at
              from unnest($2::text[]) w (key) ${one('reply r', 'r.key = w.key')} r`,
  // token_of_merchant
  tokens: `select ${TOKEN_COLUMNS} from token where merchant = $1`,
  // holder_by_openid
  holders: `select h.openid, h.holder from unnest($2::text[]) w (openid) ${one('holder h', 'h.openid = w.openid')} h`,
}

type WantedHolding = HoldingRecord & {
  card_id: string
  openid: string
  holder: number | null
}

/** Where rows are fetched from, and what is known already. */
export interface Source {
  connection: Connection
  state: MerchantState
  faces: Faces
}

/** Fetches what is wanted into the rows. All questions are sent at once, before the first await. */
export async function fetchRows(source: Source, wanted: Wanted, rows: KnownRows): Promise<void> {
  const { connection, state } = source
  const { merchant } = state
  const unknownCards = [...wanted.cards].filter((card_id) => state.cardNumber(card_id) === undefined)
  const ofHolders = [...wanted.codesOfHolder.values()]
  const holdings = [...wanted.holdings.values()]
  const pooled = [...wanted.pooled.values()]
  const pools = [...wanted.pools.values()]
  const ask = <Row extends object>(statement: string, ...lists: unknown[][]): Promise<Row[]> =>
    lists[0]!.length === 0 ? Promise.resolve([]) : connection.ask<Row>(statement, [merchant, ...lists])

  const [cards, held, lone, ofHolder, gifts, holds, pooledRecords, tickets, sessions, replies, tokens, ...pages] =
    await all([
      ask<CardRecord>(SELECT.cards, unknownCards),
      // Rules that ask for a code go on to ask for its card, and for the counts of its holder.
      ask<WithCounts<HeldRecord>>(SELECT_HELD_CODES, state.knowsTheirCards ? [] : [...wanted.codes]),
      ask<WithCounts<CodeRecord>>(SELECT_CODES, state.knowsTheirCards ? [...wanted.codes] : []),
      ask<CodeRecord>(
        SELECT.codesOfHolder,
        ofHolders.map(({ card_id }) => card_id),
        ofHolders.map(({ openid }) => openid),
      ),
      ask<CodeRecord>(SELECT.gifts, [...wanted.gifts]),
      ask<WantedHolding>(
        SELECT.holdings,
        holdings.map(({ card_id }) => card_id),
        holdings.map(({ openid }) => openid),
      ),
      ask<{ card_id: string; code: string; place: number }>(
        SELECT.pooled,
        pooled.map(({ card_id }) => card_id),
        pooled.map(({ code }) => code),
      ),
      ask<TicketRecord>(SELECT.tickets, [...wanted.tickets]),
      ask<{ session_hash: string; openid: string; expires_at: number }>(SELECT.sessions, [...wanted.sessions]),
      ask<ReplyRow>(SELECT.replies, [...wanted.replies]),
      wanted.tokens ? connection.ask<TokenRecord>(SELECT.tokens, [merchant]) : Promise.resolve([]),
      ...pools.map(({ card_id, after, count }) =>
        connection.ask<{ code: string; place: number }>(SELECT.pool, [merchant, card_id, after, count]),
      ),
    ] as const)

  const codes = [...held, ...lone]
  if (codes.length > 0) state.knowsTheirCards = codes.every(({ card }) => state.card(card))
  await learnCards(source, [...cards, ...cardsIn(held)])
  await learnCardsOf(source, [...lone, ...ofHolder, ...gifts])

  rows.expect(wanted)
  const codeRowOf = (record: CodeRecord): CodeRow => {
    state.addHolder(record.openid, record.holder)
    return codeRow(record, state.card(record.card)!.card_id)
  }
  for (const record of codes) {
    const row = codeRowOf(record)
    rows.addCode(row)
    rows.addCounted(row, countedRow(record, row.card_id, row.openid))
  }
  for (const record of ofHolder) rows.addCodeOfHolder(codeRowOf(record))
  for (const record of gifts) rows.addCodeOfGift(codeRowOf(record))
  for (const record of holds) {
    const { card_id, openid, holder } = record
    // They may have been given a number since this was asked.
    if (holder !== null || !state.knowsHolder(openid)) state.addHolder(openid, holder ?? undefined)
    rows.addHolding(holdingRow(record, card_id, openid))
  }
  for (const record of pooledRecords) rows.addPooled({ ...record })
  for (const record of tickets) rows.addTicket(ticketRow(record))
  for (const record of sessions) rows.addSession({ ...record })
  for (const record of replies) rows.addReply({ ...record })
  for (const record of tokens) rows.addToken(tokenRow(record))
  pools.forEach(({ card_id, after }, place) => {
    const page = (pages as { code: string; place: number }[][])[place]!
    rows.addPool(
      card_id,
      after,
      page.map((record) => ({ card_id, code: record.code, place: record.place })),
    )
  })
}

/** Leaves known cards alone: a batch that is being saved may have changed them since this was asked. */
async function learnCards({ connection, state, faces }: Source, records: readonly CardRecord[]): Promise<void> {
  const unknown = records.filter(({ card }) => !state.card(card))
  for (const [number, card] of await faces.cardsOf(connection, state.merchant, unknown)) state.addCard(number, card)
}

/** Fetches the cards of codes that came without them. */
async function learnCardsOf(source: Source, codes: readonly CodeRecord[]): Promise<void> {
  const { connection, state } = source
  const unknown = new Set(codes.map(({ card }) => card).filter((card) => !state.card(card)))
  if (unknown.size === 0) return
  await learnCards(source, await connection.ask<CardRecord>(SELECT.cardsByNumber, [state.merchant, [...unknown]]))
}

/** Fetches the numbers of holders that came with no other row. */
export async function learnHolders({ connection, state }: Source, unknown: readonly string[]): Promise<void> {
  if (unknown.length === 0) return
  const found = await connection.ask<{ openid: string; holder: number }>(SELECT.holders, [state.merchant, unknown])
  for (const openid of unknown) state.addHolder(openid, undefined)
  for (const { openid, holder } of found) state.addHolder(openid, holder)
}
