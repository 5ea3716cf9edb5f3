import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { NumberedFact } from '../../domain/facts.ts'
import type {
  CardRow,
  CodeRow,
  HoldingRow,
  MerchantRow,
  PooledRow,
  SessionRow,
  TicketRow,
  TokenRow,
} from '../../domain/rows.ts'
import { CARD_STATUS, CODE_STATUS, FACT_KIND, SOURCE } from '../numbers.ts'
import type { Changed, Changes, CountedHolding, Dropped, ReplyRow, RowLoader, Writer } from '../store.ts'
import { openSums } from './sums.ts'
import { beginLogAnew, type LogState } from './log.ts'
import {
  CARD_COLUMNS,
  cardRow,
  factColumns,
  FORGOTTEN,
  countedRow,
  holdingRow,
  MERCHANT_COLUMNS,
  merchantRow,
  TICKET_COLUMNS,
  ticketRow,
  TOKEN_COLUMNS,
  tokenRow,
  type CardRecord,
  type MerchantRecord,
  type PooledRecord,
  type TicketRecord,
  type TokenRecord,
  withoutFormerTicket,
} from '../rows.ts'
import { codeRow, selectCode, type CodeList, type HoldingList } from './codes.ts'
import { Faces } from './faces.ts'
import { asLists } from './lists.ts'

/**
 * Loads and saves the rows of commands. Every row saved was loaded, or found absent, in the same transaction.
 *
 * @param log whether checkpoint.ts wants the log begun anew, which has to happen between two transactions
 */
export function openWriter(db: DatabaseSync, log?: LogState): Writer {
  const statements = prepare(db)
  const faces = new Faces(db)
  const sums = openSums(db, faces)
  const open = new Map<string, MerchantRows>()

  return {
    begin() {
      open.clear()
      if (log?.takeTooLong()) beginLogAnew(db)
      db.exec('begin immediate')
    },
    rowsOf(appid) {
      let rows = open.get(appid)
      if (!rows) open.set(appid, (rows = new MerchantRows(statements, faces, appid)))
      return rows
    },
    sumsOf: (appid) => sums((statements.merchant.get(appid) as MerchantRecord | undefined)?.merchant ?? 0),
    save(appid, changes) {
      open.get(appid)!.save(changes)
    },
    commit() {
      db.exec('commit')
    },
    rollback() {
      if (!db.isTransaction) return false
      db.exec('rollback')
      return true
    },
    async close() {
      db.close()
    },
  }
}

/** One merchant's rows in one transaction, and the numbers that stand for its cards and holders. */
class MerchantRows implements RowLoader {
  readonly #do: Statements
  readonly #faces: Faces
  readonly #record: MerchantRecord | undefined
  /** 0 until the merchant is saved. */
  #merchant: number
  readonly #cards = new Map<string, number>()
  readonly #cardIds = new Map<number, string>()
  /** 0 if an openid has no number yet. */
  readonly #holders = new Map<string, number>()
  #lastHolder: number | undefined

  constructor(statements: Statements, faces: Faces, appid: string) {
    this.#do = statements
    this.#faces = faces
    this.#record = statements.merchant.get(appid) as MerchantRecord | undefined
    this.#merchant = this.#record?.merchant ?? 0
  }

  merchant(): MerchantRow | undefined {
    return this.#record && merchantRow(this.#record)
  }

  card(card_id: string): CardRow | undefined {
    const record = this.#do.card.get(this.#merchant, card_id) as CardRecord | undefined
    if (!record) return undefined
    this.#cards.set(card_id, record.card)
    return cardRow(record, this.#faces.of(this.#merchant, record.card, record.version))
  }

  codes(code: string): CodeRow[] {
    return this.#codeRows(this.#do.codes.all(this.#merchant, code))
  }

  codesOfHolder(card_id: string, openid: string): CodeRow[] {
    const card = this.#findCardNumber(card_id)
    const holder = this.#holderNumber(openid)
    if (card === undefined || holder === 0) return []
    return this.#codeRows(this.#do.codesOfHolder.all(this.#merchant, holder, card))
  }

  codeOfGift(gift_ticket: string): CodeRow | undefined {
    return this.#codeRows(this.#do.codeOfGift.all(this.#merchant, gift_ticket))[0]
  }

  #codeRows(records: unknown): CodeRow[] {
    return (records as CodeList[]).map((record) => {
      const [, card, holder, openid] = record
      this.#holders.set(openid, holder)
      return codeRow(record, this.#cardId(card))
    })
  }

  holding(card_id: string, openid: string): HoldingRow | undefined {
    const card = this.#findCardNumber(card_id)
    const holder = this.#holderNumber(openid)
    if (card === undefined || holder === 0) return undefined
    const [codes, received, consumed] = this.#do.holding.get(this.#merchant, card, holder) as unknown as HoldingList
    return holdingRow({ codes, received, consumed }, card_id, openid)
  }

  counted(card_id: string, openid: string): CountedHolding | undefined {
    const card = this.#findCardNumber(card_id)
    const holder = this.#holderNumber(openid)
    if (card === undefined || holder === 0) return undefined
    const record = this.#do.counted.get(this.#merchant, card, holder) as unknown as HoldingList | undefined
    if (!record) return undefined
    const [codes, received, consumed] = record
    return countedRow({ codes, received, consumed }, card_id, openid)
  }

  pooled(card_id: string, code: string): PooledRow | undefined {
    const card = this.#findCardNumber(card_id)
    if (card === undefined) return undefined
    const record = this.#do.pooled.get(this.#merchant, card, code) as PooledRecord | undefined
    return record && { card_id, code: record.code, place: record.place }
  }

  pool(card_id: string, after: number, count: number): PooledRow[] {
    const card = this.#findCardNumber(card_id)
    if (card === undefined) return []
    const records = this.#do.pool.all(this.#merchant, card, after, count) as unknown as PooledRecord[]
    return records.map(({ code, place }) => ({ card_id, code, place }))
  }

  ticket(ticket: string): TicketRow | undefined {
    const record = this.#do.ticket.get(this.#merchant, ticket) as TicketRecord | undefined
    return record && ticketRow(record)
  }

  session(session_hash: string): SessionRow | undefined {
    return this.#do.session.get(this.#merchant, session_hash) as SessionRow | undefined
  }

  reply(key: string): ReplyRow | undefined {
    return this.#do.reply.get(this.#merchant, key) as ReplyRow | undefined
  }

  tokens(): TokenRow[] {
    return (this.#do.tokens.all(this.#merchant) as unknown as TokenRecord[]).map(tokenRow)
  }

  lastFact(): number {
    return last(this.#do.lastFact, this.#merchant)
  }

  save({ merchant, cards, codes, holdings, pool, tickets, facts, tokens, sessions, replies }: Changes): void {
    if (merchant) this.#saveMerchant(merchant)
    for (const card of cards) this.#saveCard(card)
    for (const { code, card_id } of withoutFormerTicket(codes)) {
      this.#do.putGift.run(null, null, this.#merchant, code, this.#cardNumber(card_id))
    }
    for (const code of codes) this.#saveCode(code)
    for (const holding of holdings) this.#saveHolding(holding)
    for (const pooled of pool) this.#savePooled(pooled)
    for (const { row } of tickets) this.#saveTicket(row)
    for (const fact of facts) this.#saveFact(fact)
    for (const change of sessions) this.#saveSessions(change)
    if (replies.put.length > 0) this.#saveReplies(replies)
    for (const { put, drop } of tokens) {
      for (const token of put) this.#saveToken(token)
      for (const token_hash of drop) this.#do.dropToken.run(token_hash)
    }
  }

  #saveMerchant({ row, loaded }: Changed<MerchantRow>): void {
    const { appid, secret_hash, sandbox, clock_offset_s } = row
    const settings = JSON.stringify(row.settings)
    const white_list = JSON.stringify(row.white_list)
    if (loaded) {
      this.#do.updateMerchant.run(secret_hash, clock_offset_s, settings, white_list, this.#merchant)
      return
    }
    const { lastInsertRowid } = this.#do.insertMerchant.run(
      appid,
      secret_hash,
      Number(sandbox),
      clock_offset_s,
      settings,
      white_list,
    )
    this.#merchant = Number(lastInsertRowid)
  }

  #saveCard({ row, loaded }: Changed<CardRow>): void {
    const merchant = this.#merchant
    if (!loaded) this.#cards.set(row.card_id, last(this.#do.lastCard, merchant) + 1)
    const card = this.#cardNumber(row.card_id)
    const { card_id, quantity, total_quantity, deposited, create_time, update_time, refuse_reason, version } = row
    const status = CARD_STATUS.of(row.status)
    if (!loaded) {
      const source = SOURCE.of(row.source)
      this.#do.insertCard.run(
        merchant,
        card,
        card_id,
        status,
        source,
        quantity,
        total_quantity,
        deposited,
        create_time,
        update_time,
        refuse_reason,
        version,
      )
    } else {
      this.#do.updateCard.run(
        status,
        quantity,
        total_quantity,
        deposited,
        update_time,
        refuse_reason,
        version,
        merchant,
        card,
      )
    }
    if (row.version !== loaded?.version) this.#do.putFace.run(merchant, card, JSON.stringify(row.face))
  }

  #saveCode({ row, loaded }: Changed<CodeRow> | Dropped<CodeRow>): void {
    const { code, card_id } = row ?? loaded
    const card = this.#cardNumber(card_id)
    if (!row) {
      this.#do.dropCode.run(this.#merchant, code, card)
      return
    }
    const holder = this.#holderNumberOrNew(row.openid)
    const status = CODE_STATUS.of(row.status)
    const { begin_time, end_time, outer_str, gift_ticket, gift_expire_time, fact } = row
    if (loaded) this.#do.updateCode.run(status, fact, this.#merchant, code, card)
    else this.#do.insertCode.run(this.#merchant, code, card, holder, status, begin_time, end_time, outer_str, fact)
    const { openid, outer_str: channel, gift_ticket: ticket } = loaded ?? { ...row, gift_ticket: null }
    if (row.openid !== openid || outer_str !== channel) {
      this.#do.giveCode.run(holder, outer_str, this.#merchant, code, card)
    }
    if (loaded && (begin_time !== loaded.begin_time || end_time !== loaded.end_time)) {
      this.#do.limitCode.run(begin_time, end_time, this.#merchant, code, card)
    }
    if (gift_ticket !== ticket) {
      this.#do.putGift.run(gift_ticket, gift_expire_time, this.#merchant, code, card)
    }
  }

  #saveHolding({ row, loaded }: Changed<CountedHolding> | Dropped<CountedHolding>): void {
    const { card_id, openid } = row ?? loaded
    const card = this.#cardNumber(card_id)
    const holder = this.#holderNumberOrNew(openid)
    if (!row) {
      this.#do.dropCounted.run(this.#merchant, card, holder)
      return
    }
    const { codes, counted } = row
    this.#do.putCounted.run(this.#merchant, card, holder, codes, counted.received, counted.consumed)
  }

  #savePooled({ row, loaded }: Changed<PooledRow> | Dropped<PooledRow>): void {
    const card = this.#cardNumber((row ?? loaded).card_id)
    if (loaded) this.#do.dropPooled.run(this.#merchant, card, loaded.place)
    if (row) this.#do.insertPooled.run(this.#merchant, card, row.place, row.code)
  }

  #saveTicket({ ticket, expire_time, is_unique_code, used, offers }: TicketRow): void {
    const unique = Number(is_unique_code)
    this.#do.putTicket.run(this.#merchant, ticket, expire_time, unique, Number(used), JSON.stringify(offers))
  }

  #saveSessions({ put, drop, ended_before }: Changes['sessions'][number]): void {
    for (const { session_hash, openid, expires_at } of put) {
      this.#do.insertSession.run(this.#merchant, session_hash, openid, expires_at)
    }
    for (const session_hash of drop) this.#do.dropSession.run(this.#merchant, session_hash)
    this.#do.dropSessions.run({ merchant: this.#merchant, ended_before, most: FORGOTTEN })
  }

  #saveReplies({ put, ended_before }: Changes['replies']): void {
    for (const { key, fingerprint, outcome, expires_at } of put) {
      this.#do.putReply.run(this.#merchant, key, fingerprint, outcome, expires_at)
    }
    this.#do.dropReplies.run({ merchant: this.#merchant, ended_before, most: put.length + FORGOTTEN })
  }

  #saveFact(fact: NumberedFact): void {
    const { card_id, code, openid, begin_time, end_time, quantity, outer_str } = factColumns(fact)
    const card = card_id === null ? null : this.#cardNumber(card_id)
    const holder = openid === null ? null : this.#holderNumberOrNew(openid)
    const detail = 'detail' in fact && fact.detail ? JSON.stringify(fact.detail) : null
    const kind = FACT_KIND.of(fact.kind)
    this.#do.insertFact.run(
      this.#merchant,
      fact.fact,
      fact.at,
      kind,
      fact.previous,
      card,
      code,
      holder,
      begin_time,
      end_time,
      quantity,
      outer_str,
      detail,
    )
  }

  #saveToken({ token_hash, kind, nonce, issued_at, expires_at, superseded, forced }: TokenRow): void {
    this.#do.putToken.run(
      token_hash,
      this.#merchant,
      kind,
      nonce,
      issued_at,
      expires_at,
      Number(superseded),
      Number(forced),
    )
  }

  #cardId(card: number): string {
    let card_id = this.#cardIds.get(card)
    if (card_id === undefined) {
      card_id = (this.#do.cardId.get(this.#merchant, card) as { card_id: string }).card_id
      this.#cardIds.set(card, card_id)
      this.#cards.set(card_id, card)
    }
    return card_id
  }

  #findCardNumber(card_id: string): number | undefined {
    const known = this.#cards.get(card_id)
    if (known !== undefined) return known
    const record = this.#do.card.get(this.#merchant, card_id) as CardRecord | undefined
    if (record) this.#cards.set(card_id, record.card)
    return record?.card
  }

  #cardNumber(card_id: string): number {
    const card = this.#findCardNumber(card_id)
    if (card === undefined) throw new Error(`there is no card ${card_id}`)
    return card
  }

  #holderNumber(openid: string): number {
    let holder = this.#holders.get(openid)
    if (holder === undefined) {
      const record = this.#do.holder.get(this.#merchant, openid) as [holder: number] | undefined
      this.#holders.set(openid, (holder = record?.[0] ?? 0))
    }
    return holder
  }

  #holderNumberOrNew(openid: string): number {
    const known = this.#holderNumber(openid)
    if (known !== 0) return known
    const holder = (this.#lastHolder ?? last(this.#do.lastHolder, this.#merchant)) + 1
    this.#lastHolder = holder
    this.#do.insertHolder.run(this.#merchant, holder, openid)
    this.#holders.set(openid, holder)
    return holder
  }
}

/** The largest number of its kind that the merchant has, 0 if it has none. */
function last(statement: StatementSync, merchant: number): number {
  return (statement.get(merchant) as { last: number | null }).last ?? 0
}

type Statements = ReturnType<typeof prepare>

function prepare(db: DatabaseSync) {
  return {
    merchant: db.prepare(`select ${MERCHANT_COLUMNS} from merchant where appid = ?`),
    card: db.prepare(`select ${CARD_COLUMNS} from card where merchant = ? and card_id = ?`),
    cardId: db.prepare('select card_id from card where merchant = ? and card = ?'),
    codes: asLists(db.prepare(`${selectCode()} where c.merchant = ? and c.code = ?`)),
    // code_of_holder
    codesOfHolder: asLists(db.prepare(`${selectCode()} where c.merchant = ? and c.holder = ? and c.card = ?`)),
    // code_of_gift
    codeOfGift: asLists(db.prepare(`${selectCode()} where c.merchant = ? and c.gift_ticket = ?`)),
    // pool_by_code
    pooled: db.prepare('select code, place from pool where merchant = ? and card = ? and code = ?'),
    pool: db.prepare(
      'select code, place from pool where merchant = ? and card = ? and place > ? order by place limit ?',
    ),
    ticket: db.prepare(`select ${TICKET_COLUMNS} from ticket where merchant = ? and ticket = ?`),
    session: db.prepare('select session_hash, openid, expires_at from session where merchant = ? and session_hash = ?'),
    reply: db.prepare('select key, fingerprint, outcome, expires_at from reply where merchant = ? and key = ?'),
    holder: asLists(db.prepare('select holder from holder where merchant = ? and openid = ?')),
    // The key of counted, or code_of_holder.
    holding: asLists(
      db.prepare(
        `select coalesce((select codes from counted where merchant = ?1 and card = ?2 and holder = ?3),
                         (select count(*) from code where merchant = ?1 and holder = ?3 and card = ?2)),
                (select received from counted where merchant = ?1 and card = ?2 and holder = ?3),
                (select consumed from counted where merchant = ?1 and card = ?2 and holder = ?3)`,
      ),
    ),
    // The key of counted.
    counted: asLists(
      db.prepare('select codes, received, consumed from counted where merchant = ? and card = ? and holder = ?'),
    ),
    tokens: db.prepare(`select ${TOKEN_COLUMNS} from token where merchant = ?`),
    lastFact: db.prepare('select max(fact) as last from fact where merchant = ?'),
    lastCard: db.prepare('select max(card) as last from card where merchant = ?'),
    lastHolder: db.prepare('select max(holder) as last from holder where merchant = ?'),

    insertMerchant: db.prepare(
      'insert into merchant (appid, secret_hash, sandbox, clock_offset_s, settings, white_list) values (?, ?, ?, ?, ?, ?)',
    ),
    updateMerchant: db.prepare(
      'update merchant set secret_hash = ?, clock_offset_s = ?, settings = ?, white_list = ? where merchant = ?',
    ),
    insertCard: db.prepare(`insert into card (merchant, ${CARD_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    updateCard: db.prepare(
      `update card
          set status = ?, quantity = ?, total_quantity = ?, deposited = ?, update_time = ?, refuse_reason = ?, version = ?
        where merchant = ? and card = ?`,
    ),
    putFace: db.prepare('insert or replace into face (merchant, card, face) values (?, ?, ?)'),
    insertHolder: db.prepare('insert into holder (merchant, holder, openid) values (?, ?, ?)'),
    insertCode: db.prepare(
      `insert into code (merchant, code, card, holder, status, begin_time, end_time, outer_str, fact, place)
       values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)`,
    ),
    updateCode: db.prepare('update code set status = ?, fact = ? where merchant = ? and code = ? and card = ?'),
    // Updated separately, since naming a column of an index in an update makes SQLite rewrite that index, changed or
    // not.
    giveCode: db.prepare('update code set holder = ?, outer_str = ? where merchant = ? and code = ? and card = ?'),
    limitCode: db.prepare('update code set begin_time = ?, end_time = ? where merchant = ? and code = ? and card = ?'),
    putGift: db.prepare(
      'update code set gift_ticket = ?, gift_expire_time = ? where merchant = ? and code = ? and card = ?',
    ),
    dropCode: db.prepare('delete from code where merchant = ? and code = ? and card = ?'),
    insertPooled: db.prepare('insert into pool (merchant, card, place, code) values (?, ?, ?, ?)'),
    dropPooled: db.prepare('delete from pool where merchant = ? and card = ? and place = ?'),
    putTicket: db.prepare(`insert or replace into ticket (merchant, ${TICKET_COLUMNS}) values (?, ?, ?, ?, ?, ?)`),
    putReply: db.prepare(
      'insert or replace into reply (merchant, key, fingerprint, outcome, expires_at) values (?, ?, ?, ?, ?)',
    ),
    insertSession: db.prepare('insert into session (merchant, session_hash, openid, expires_at) values (?, ?, ?, ?)'),
    dropSession: db.prepare('delete from session where merchant = ? and session_hash = ?'),
    // session_by_end
    dropSessions: db.prepare(
      `delete from session
        where merchant = :merchant
          and session_hash in (select session_hash from session
                                where merchant = :merchant and expires_at < :ended_before
                                order by expires_at limit :most)`,
    ),
    // reply_by_end
    dropReplies: db.prepare(
      `delete from reply
        where merchant = :merchant
          and key in (select key from reply
                       where merchant = :merchant and expires_at < :ended_before
                       order by expires_at limit :most)`,
    ),
    putCounted: db.prepare(
      'insert or replace into counted (merchant, card, holder, codes, received, consumed) values (?, ?, ?, ?, ?, ?)',
    ),
    dropCounted: db.prepare('delete from counted where merchant = ? and card = ? and holder = ?'),
    insertFact: db.prepare(
      `insert into fact (merchant, fact, at, kind, previous, card, code, holder, begin_time, end_time, quantity, outer_str, detail)
       values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    putToken: db.prepare(`insert or replace into token (${TOKEN_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?)`),
    dropToken: db.prepare('delete from token where token_hash = ?'),
  }
}
