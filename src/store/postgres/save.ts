import type { CardRow, CodeRow, PooledRow } from '../../domain/rows.ts'
import { CARD_STATUS, CODE_STATUS, FACT_KIND, SOURCE } from '../numbers.ts'
import { factColumns, FORGOTTEN, TOKEN_COLUMNS, withoutFormerTicket } from '../rows.ts'
import { UnknownOutcome, type Changed, type Changes } from '../store.ts'
import type { Connection } from './connect.ts'
import { translate, isRefused } from './failure.ts'
import type { MerchantState } from './merchant-state.ts'
import type { Statement } from './statements.ts'
import { listsOf, tableOf, type Saving } from './table.ts'

const CARD = tableOf(
  'card',
  {
    card: 'integer',
    card_id: 'text',
    status: 'integer',
    source: 'integer',
    quantity: 'bigint',
    total_quantity: 'bigint',
    deposited: 'bigint',
    create_time: 'bigint',
    update_time: 'bigint',
    refuse_reason: 'text',
    version: 'integer',
  },
  ['card'],
)
const FACE = tableOf('face', { card: 'integer', face: 'text' }, ['card'])
const HOLDER = tableOf('holder', { holder: 'bigint', openid: 'text' }, ['holder'])
const COUNTED = tableOf(
  'counted',
  { card: 'integer', holder: 'bigint', codes: 'bigint', received: 'bigint', consumed: 'bigint' },
  ['card', 'holder'],
)
const CODE = tableOf(
  'code',
  {
    code: 'text',
    card: 'integer',
    holder: 'bigint',
    status: 'integer',
    begin_time: 'bigint',
    end_time: 'bigint',
    outer_str: 'text',
    gift_ticket: 'text',
    gift_expire_time: 'bigint',
    fact: 'bigint',
    place: 'bigint',
  },
  ['code', 'card'],
)
const FACT = tableOf(
  'fact',
  {
    fact: 'bigint',
    at: 'bigint',
    kind: 'integer',
    previous: 'bigint',
    card: 'integer',
    code: 'text',
    holder: 'bigint',
    begin_time: 'bigint',
    end_time: 'bigint',
    quantity: 'bigint',
    outer_str: 'text',
    detail: 'text',
  },
  ['fact'],
)
const POOL = tableOf('pool', { card: 'integer', place: 'bigint', code: 'text' }, ['card', 'place'])
const TICKET = tableOf(
  'ticket',
  { ticket: 'text', expire_time: 'bigint', is_unique_code: 'integer', used: 'integer', offers: 'text' },
  ['ticket'],
)
const REPLY = tableOf('reply', { key: 'text', fingerprint: 'text', outcome: 'text', expires_at: 'bigint' }, ['key'])
const SESSION = tableOf('session', { session_hash: 'text', openid: 'text', expires_at: 'bigint' }, ['session_hash'])

const FORGET = {
  // session_by_end
  sessions: `delete from session where merchant = $1 and session_hash in
               (select session_hash from session where merchant = $1 and expires_at < $2 order by expires_at limit $3)`,
  // reply_by_end
  replies: `delete from reply where merchant = $1 and key in
              (select key from reply where merchant = $1 and expires_at < $2 order by expires_at limit $3)`,
}

const SAVE = {
  cards: CARD.update(['status', 'quantity', 'total_quantity', 'deposited', 'update_time', 'refuse_reason', 'version']),
  codes: CODE.update([
    'status',
    'fact',
    'holder',
    'begin_time',
    'end_time',
    'outer_str',
    'gift_ticket',
    'gift_expire_time',
  ]),
  // What happens most to codes.
  tickets: CODE.update(['gift_ticket']),
  statuses: CODE.update(['status', 'fact']),
  merchant:
    'update merchant set secret_hash = $2, clock_offset_s = $3, settings = $4, white_list = $5 where merchant = $1',
  dropSessions: 'delete from session where merchant = $1 and session_hash = any($2::text[])',
  putToken: `insert into token (${TOKEN_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (token_hash) do update set superseded = excluded.superseded, expires_at = excluded.expires_at,
               forced = excluded.forced, nonce = excluded.nonce, issued_at = excluded.issued_at, kind = excluded.kind`,
  dropTokens: 'delete from token where token_hash = any($1::text[])',
}

/** The openids that changes name. */
export function openidsIn({ holdings, codes, facts }: Changes): Set<string> {
  const openids = new Set<string>()
  const note = (openid: string | null | undefined): void => {
    if (typeof openid === 'string') openids.add(openid)
  }
  for (const { row } of codes) note(row?.openid)
  for (const { row } of holdings) note(row?.openid)
  for (const fact of facts) note(factColumns(fact).openid)
  return openids
}

/**
 * Brings changes of an existing merchant into its state, which knows the numbers of all holders they name.
 *
 * @param openids of those holders
 * @returns what saves them: one statement per table, in an order that breaks no constraint
 */
export function moveOn(state: MerchantState, changes: Changes, openids: ReadonlySet<string>): Statement[] {
  const { merchant } = state
  const { cards, codes, holdings, pool, tickets, facts, tokens, sessions, replies } = changes
  const statements: Statement[] = []
  const add = (statement: string, ...parameters: unknown[]): void => void statements.push([statement, parameters])
  const put = <Column extends string>(
    { statement, columns }: Saving<Column>,
    records: readonly Readonly<Record<Column, unknown>>[],
  ): void => {
    if (records.length > 0) add(statement, merchant, ...listsOf(columns, records))
  }

  const cardNumber = (card_id: string) => state.cardNumber(card_id)
  const ofHolder = ({ card_id, openid }: { card_id: string; openid: string }) => ({
    card: cardNumber(card_id),
    holder: state.holderNumber(openid),
  })
  const cardRecord = (row: CardRow) => ({
    ...row,
    card: cardNumber(row.card_id),
    status: CARD_STATUS.of(row.status),
    source: SOURCE.of(row.source),
  })
  const codeRecord = (row: CodeRow) => ({
    ...row,
    ...ofHolder(row),
    status: CODE_STATUS.of(row.status),
    place: row.fact,
  })
  const pooledRecord = ({ card_id, place, code }: PooledRow) => ({ card: cardNumber(card_id), place, code })
  const factRecord = (fact: Changes['facts'][number]) => {
    const { card_id, openid, ...columns } = factColumns(fact)
    return {
      ...columns,
      fact: fact.fact,
      at: fact.at,
      kind: FACT_KIND.of(fact.kind),
      previous: fact.previous,
      card: card_id === null ? null : cardNumber(card_id),
      holder: openid === null ? null : state.holderNumber(openid),
      detail: 'detail' in fact && fact.detail ? JSON.stringify(fact.detail) : null,
    }
  }

  if (changes.merchant) {
    state.row = changes.merchant.row
    const { secret_hash, clock_offset_s, settings, white_list } = changes.merchant.row
    add(SAVE.merchant, merchant, secret_hash, clock_offset_s, JSON.stringify(settings), JSON.stringify(white_list))
  }
  put(HOLDER.insert, state.numberHolders(openids))
  state.numberCards(cards)
  const [newCards, knownCards] = byNovelty(cards)
  put(
    CARD.insert,
    newCards.map(({ row }) => cardRecord(row)),
  )
  put(
    SAVE.cards,
    knownCards.map(({ row }) => cardRecord(row)),
  )
  const newFaces = cards.filter(({ row, loaded }) => row.version !== loaded?.version)
  put(
    FACE.put,
    newFaces.map(({ row }) => ({ card: cardNumber(row.card_id), face: JSON.stringify(row.face) })),
  )

  const dropped = codes.flatMap(({ row, loaded }) => (row ? [] : [loaded]))
  put(
    CODE.drop,
    dropped.map(({ code, card_id }) => ({ code, card: cardNumber(card_id) })),
  )
  put(
    SAVE.tickets,
    withoutFormerTicket(codes).map((row) => ({ ...codeRecord(row), gift_ticket: null })),
  )
  const [newCodes, knownCodes] = byNovelty(codes.flatMap(({ row, loaded }) => (row ? [{ row, loaded }] : [])))
  put(
    CODE.insert,
    newCodes.map(({ row }) => codeRecord(row)),
  )
  const { changed = [], moved = [] } = Object.groupBy(knownCodes, (code) =>
    hasNewStatusOnly(code) ? 'moved' : 'changed',
  )
  put(
    SAVE.codes,
    changed.map(({ row }) => codeRecord(row)),
  )
  put(
    SAVE.statuses,
    moved.map(({ row }) => codeRecord(row)),
  )

  put(
    COUNTED.put,
    holdings.flatMap(({ row }) => (row ? { ...ofHolder(row), codes: row.codes, ...row.counted } : [])),
  )
  put(
    COUNTED.drop,
    holdings.flatMap(({ row, loaded }) => (row ? [] : ofHolder(loaded))),
  )
  put(
    POOL.drop,
    pool.flatMap(({ loaded }) => (loaded ? pooledRecord(loaded) : [])),
  )
  put(
    POOL.insert,
    pool.flatMap(({ row }) => (row ? pooledRecord(row) : [])),
  )
  put(
    TICKET.put,
    tickets.map(({ row }) => ({
      ...row,
      is_unique_code: Number(row.is_unique_code),
      used: Number(row.used),
      offers: JSON.stringify(row.offers),
    })),
  )
  put(
    FACT.insert,
    facts.map((fact) => factRecord(fact)),
  )
  state.tip.fact = facts.at(-1)?.fact ?? state.tip.fact

  for (const { put: added, drop, ended_before } of sessions) {
    put(SESSION.put, added)
    if (drop.length > 0) add(SAVE.dropSessions, merchant, [...drop])
    add(FORGET.sessions, merchant, ended_before, FORGOTTEN)
  }
  if (replies.put.length > 0) {
    put(REPLY.put, replies.put)
    add(FORGET.replies, merchant, replies.ended_before, replies.put.length + FORGOTTEN)
  }
  for (const { put: added, drop } of tokens) {
    for (const { token_hash, kind, nonce, issued_at, expires_at, superseded, forced } of added) {
      const flags = [Number(superseded), Number(forced)]
      add(SAVE.putToken, token_hash, merchant, kind, nonce, issued_at, expires_at, ...flags)
    }
    if (drop.length > 0) add(SAVE.dropTokens, [...drop])
  }
  return statements
}

/** The new rows, and those that were there before. */
function byNovelty<Row>(rows: readonly Changed<Row>[]): [fresh: Changed<Row>[], known: Changed<Row>[]] {
  return [rows.filter(({ loaded }) => !loaded), rows.filter(({ loaded }) => loaded)]
}

const hasNewStatusOnly = ({ row, loaded }: Changed<CodeRow>): boolean =>
  row.openid === loaded!.openid &&
  row.begin_time === loaded!.begin_time &&
  row.end_time === loaded!.end_time &&
  row.outer_str === loaded!.outer_str &&
  row.gift_ticket === loaded!.gift_ticket &&
  row.gift_expire_time === loaded!.gift_expire_time

export const BEGIN: Statement = ['begin isolation level read committed']

/**
 * Sends statements and the commit of their transaction in one go.
 *
 * @throws as RemoteTransaction does
 */
export async function save(connection: Connection, statements: readonly Statement[]): Promise<void> {
  try {
    await connection.carryOut([...statements, ['commit']])
  } catch (error) {
    if (!isRefused(error)) throw new UnknownOutcome('the connection broke while a batch was saved', { cause: error })
    await undo(connection)
    throw translate(error)
  }
}

/** Rolls back a transaction that failed, or may have ended already. Never fails: a connection that breaks ends it too. */
export async function undo(connection: Connection): Promise<void> {
  try {
    await connection.carryOut([['rollback']])
  } catch {
    // Whoever holds the connection has heard of it already.
  }
}
