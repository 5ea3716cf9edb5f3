import type { CardRow, CodeRow, HoldingRow, MerchantRow, PooledRow } from '../../domain/rows.ts'
import { CARD_STATUS, CODE_STATUS, FACT_KIND, SOURCE } from '../numbers.ts'
import {
  CARD_COLUMNS,
  CODE_COLUMNS,
  codeRow,
  columnsOf,
  factColumns,
  FORGOTTEN,
  holdingRow,
  MERCHANT_COLUMNS,
  merchantRow,
  TICKET_COLUMNS,
  ticketRow,
  TOKEN_COLUMNS,
  tokenRow,
  type CardRecord,
  type CodeRecord,
  type HoldingRecord,
  type MerchantRecord,
  type TicketRecord,
  type TokenRecord,
} from '../rows.ts'
import {
  UnknownOutcome,
  type Changed,
  type Changes,
  type RemoteTransaction,
  type RemoteWriter,
  type ReplyRow,
} from '../store.ts'
import type { Wanted } from '../wanted.ts'
import { claim } from './claim.ts'
import { all, isNowhere, type Connection, type Database } from './connect.ts'
import { asTold, isRefused } from './failure.ts'
import { Faces } from './faces.ts'
import { cardsIn, HOLDING_COLUMNS, SELECT_HELD_CODES, withHolding, type HeldWithHolding } from './held.ts'
import { KnownRows } from './known-rows.ts'
import { one, perhapsOne } from './lateral.ts'
import { beginSums } from './sums.ts'
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

const SELECT = {
  head: 'select fact, card, holder from head where merchant = $1 for update',
  lastFact: 'select fact from head where merchant = $1',
  merchantOf: 'select merchant from merchant where appid = $1',
  merchant: `select ${MERCHANT_COLUMNS} from merchant where merchant = $1`,
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
  // pool_by_code
  pooled: `select w.card_id, p.code, p.place
             from unnest($2::text[], $3::text[]) w (card_id, code)
             ${one('card k', 'k.card_id = w.card_id')} k
             ${one('pool p', 'p.card = k.card and p.code = w.code')} p`,
  // The key of pool.
  pool: `select p.code, p.place
           from card k join pool p on p.merchant = k.merchant and p.card = k.card
          where k.merchant = $1 and k.card_id = $2 and p.place > $3 order by p.place limit $4`,
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
  // What mostly happens to a code.
  statuses: CODE.update(['status', 'fact']),
  newMerchant: `insert into merchant (merchant, appid, secret_hash, sandbox, clock_offset_s, settings, white_list)
                select coalesce(max(merchant), 0) + 1, $1::text, $2::text, $3::integer, $4::bigint, $5::text, $6::text
                  from merchant
                returning merchant`,
  newHead: 'insert into head (merchant, fact, card, holder) values ($1, 0, 0, 0)',
  merchant:
    'update merchant set secret_hash = $2, clock_offset_s = $3, settings = $4, white_list = $5 where merchant = $1',
  head: 'update head set fact = $2, card = $3, holder = $4 where merchant = $1',
  dropCodes: {
    statement: `delete from code c using unnest($2::text[], $3::integer[]) u (code, card)
                 where c.merchant = $1 and c.code = u.code and c.card = u.card`,
    columns: ['code', 'card'],
  } as const,
  dropCounted: {
    statement: `delete from counted g using unnest($2::integer[], $3::bigint[]) u (card, holder)
                 where g.merchant = $1 and g.card = u.card and g.holder = u.holder`,
    columns: ['card', 'holder'],
  } as const,
  dropPooled: {
    statement: `delete from pool p using unnest($2::integer[], $3::bigint[]) u (card, place)
                 where p.merchant = $1 and p.card = u.card and p.place = u.place`,
    columns: ['card', 'place'],
  } as const,
  dropSessions: 'delete from session where merchant = $1 and session_hash = any($2::text[])',
  putToken: `insert into token (${TOKEN_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (token_hash) do update set superseded = excluded.superseded, expires_at = excluded.expires_at,
               forced = excluded.forced, nonce = excluded.nonce, issued_at = excluded.issued_at, kind = excluded.kind`,
  dropTokens: 'delete from token where token_hash = any($1::text[])',
}

export function openWriter(db: Database): RemoteWriter {
  /** A merchant keeps its number for ever. */
  const merchants = new Map<string, number>()
  const faces = new Faces()

  async function numberOf(connection: Connection | Database, appid: string): Promise<number> {
    const known = merchants.get(appid)
    if (known !== undefined) return known
    if (isNowhere(appid)) return 0
    const [record] = await connection.ask<{ merchant: number }>(SELECT.merchantOf, [appid])
    if (record) merchants.set(appid, record.merchant)
    return record?.merchant ?? 0
  }

  return {
    async begin(appid, wanted) {
      const connection = await reserve(db)
      const transaction = new Transaction(connection, faces)
      try {
        await transaction.open(await numberOf(connection, appid), wanted)
      } catch (error) {
        await transaction.rollback()
        throw asTold(error)
      }
      return transaction
    },
    async lastFact(appid) {
      try {
        const [head] = await db.ask<{ fact: number }>(SELECT.lastFact, [await numberOf(db, appid)])
        return head?.fact ?? 0
      } catch (error) {
        throw asTold(error)
      }
    },
    async beginSums(appid) {
      const connection = await reserve(db)
      try {
        const merchant = await numberOf(connection, appid)
        if (merchant !== 0) return await beginSums(connection, merchant)
      } catch (error) {
        connection.release()
        throw error
      }
      connection.release()
      return undefined
    },
    async claim(appid, job, seconds) {
      const merchant = await numberOf(db, appid)
      return merchant !== 0 && claim(db, merchant, job, seconds)
    },
    close: () => db.end(),
  }
}

interface HolderRecord {
  openid: string
  holder: number
}

interface Head {
  fact: number
  card: number
  holder: number
}

type WantedHolding = HoldingRecord & {
  card_id: string
  openid: string
  holder: number | null
}

class Transaction implements RemoteTransaction {
  readonly #connection: Connection
  readonly #faces: Faces
  /** 0 until the merchant is saved. */
  #merchant = 0
  #head: Head = { fact: 0, card: 0, holder: 0 }
  #rows = new KnownRows(undefined, 0)
  readonly #cards = new Map<string, number>()
  readonly #cardIds = new Map<number, string>()
  readonly #holders = new Map<string, number>()
  /** Openids that are known to have no number yet. */
  readonly #strangers = new Set<string>()
  #open = true

  constructor(connection: Connection, faces: Faces) {
    this.#connection = connection
    this.#faces = faces
  }

  get rows(): KnownRows {
    return this.#rows
  }

  /** The merchant's head is locked first: whatever is read after that stays as it is until the end. */
  async open(merchant: number, wanted: Wanted): Promise<void> {
    this.#merchant = merchant
    const begun = this.#ask('begin isolation level read committed')
    const [, heads, records, load] = await all([
      begun,
      this.#ask<Head>(SELECT.head, [merchant]),
      this.#ask<MerchantRecord>(SELECT.merchant, [merchant]),
      this.#fetch(wanted),
    ])
    if (heads[0]) this.#head = { ...heads[0] }
    this.#rows = new KnownRows(records[0] && merchantRow(records[0]), this.#head.fact)
    this.#rows.expect(wanted)
    await load()
  }

  async loadMissing(): Promise<boolean> {
    const missing = this.#rows.takeMissing()
    if (!missing) return false
    try {
      const load = await this.#fetch(missing)
      this.#rows.expect(missing)
      await load()
    } catch (error) {
      throw asTold(error)
    }
    return true
  }

  async commit(changes: Changes): Promise<void> {
    const isNew = this.#merchant === 0
    let newHolders
    try {
      if (isNew && changes.merchant) await this.#saveNewMerchant(changes.merchant.row)
      newHolders = await this.#numberHolders(changes)
    } catch (error) {
      throw asTold(error)
    }
    const saving = this.#save(changes, isNew, newHolders)
    const committing = this.#ask('commit')
    const [saved, committed] = await Promise.all([settle(all(saving)), settle(committing)])
    if ('error' in saved) {
      if (isRefused(saved.error)) throw asTold(saved.error)
      throw new UnknownOutcome('the connection broke while a batch was saved', { cause: saved.error })
    }
    if ('error' in committed) throw new UnknownOutcome('the connection broke at a commit', { cause: committed.error })
    this.#release()
  }

  async rollback(): Promise<void> {
    if (!this.#open) return
    await settle(this.#ask('rollback'))
    this.#release()
  }

  #release(): void {
    this.#open = false
    this.#connection.release()
  }

  #ask<Row extends object = object>(statement: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.#connection.ask<Row>(statement, parameters)
  }

  /** Sends all questions at once. Resolves to what brings the answers into the rows. */
  async #fetch(wanted: Wanted): Promise<() => Promise<void>> {
    const merchant = this.#merchant
    const holdings = [...wanted.holdings.values()]
    const ofHolders = [...wanted.codesOfHolder.values()]
    const pooled = [...wanted.pooled.values()]
    const pools = [...wanted.pools.values()]
    const ask = <Row extends object>(statement: string, ...lists: unknown[][]): Promise<Row[]> =>
      lists[0]!.length === 0 ? Promise.resolve([]) : this.#ask<Row>(statement, [merchant, ...lists])

    const [cards, codes, ofHolder, gifts, holds, pooledRecords, tickets, sessions, replies, tokens, ...pages] =
      await all([
        ask<CardRecord>(SELECT.cards, [...wanted.cards]),
        // Rules that ask for a code ask for its card next, and for what its holder has of it.
        ask<HeldWithHolding>(SELECT_HELD_CODES, [...wanted.codes]),
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
        wanted.tokens ? this.#ask<TokenRecord>(SELECT.tokens, [merchant]) : Promise.resolve([]),
        ...pools.map(({ card_id, after, count }) =>
          this.#ask<{ code: string; place: number }>(SELECT.pool, [merchant, card_id, after, count]),
        ),
      ] as const)

    return async () => {
      await this.#addCards([...cards, ...cardsIn(codes)])
      await this.#addCardsOf([...ofHolder, ...gifts])
      for (const record of codes) {
        const row = this.#codeRow(record)
        const { card_id, openid } = row
        this.#rows.addCode(row)
        this.#rows.addHolding(holdingRow(record, card_id, openid))
      }
      for (const record of ofHolder) this.#rows.addCodeOfHolder(this.#codeRow(record))
      for (const record of gifts) this.#rows.addCodeOfGift(this.#codeRow(record))
      for (const record of holds) {
        const { card_id, openid, holder } = record
        if (holder === null) this.#strangers.add(openid)
        else this.#holders.set(openid, holder)
        this.#rows.addHolding(holdingRow(record, card_id, openid))
      }
      for (const record of pooledRecords) this.#rows.addPooled({ ...record })
      for (const record of tickets) this.#rows.addTicket(ticketRow(record))
      for (const record of sessions) this.#rows.addSession({ ...record })
      for (const record of replies) this.#rows.addReply({ ...record })
      for (const record of tokens) this.#rows.addToken(tokenRow(record))
      pools.forEach(({ card_id, after }, place) => {
        const page = (pages as { code: string; place: number }[][])[place]!
        this.#rows.addPool(
          card_id,
          after,
          page.map((record) => ({ card_id, code: record.code, place: record.place })),
        )
      })
    }
  }

  /** The cards of codes that were found by something else than their number. */
  async #addCardsOf(codes: readonly CodeRecord[]): Promise<void> {
    const unknown = new Set(codes.map(({ card }) => card).filter((card) => !this.#cardIds.has(card)))
    if (unknown.size === 0) return
    await this.#addCards(await this.#ask<CardRecord>(SELECT.cardsByNumber, [this.#merchant, [...unknown]]))
  }

  async #addCards(records: readonly CardRecord[]): Promise<void> {
    for (const [number, card] of await this.#faces.cardsOf(this.#connection, this.#merchant, records)) {
      this.#cards.set(card.card_id, number)
      this.#cardIds.set(number, card.card_id)
      this.#rows.addCard(card)
    }
  }

  #codeRow(record: CodeRecord): CodeRow {
    this.#holders.set(record.openid, record.holder)
    return codeRow(record, this.#cardIds.get(record.card)!)
  }

  async #saveNewMerchant(row: MerchantRow): Promise<void> {
    const { appid, secret_hash, sandbox, clock_offset_s, settings, white_list } = row
    const [record] = await this.#ask<{ merchant: number }>(SAVE.newMerchant, [
      appid,
      secret_hash,
      Number(sandbox),
      clock_offset_s,
      JSON.stringify(settings),
      JSON.stringify(white_list),
    ])
    this.#merchant = record!.merchant
    await this.#ask(SAVE.newHead, [this.#merchant])
  }

  /** Finds the numbers of openids that no row that was fetched has told. Resolves to those of openids that are new. */
  async #numberHolders({ holdings, codes, facts }: Changes): Promise<HolderRecord[]> {
    const openids = new Set<string>()
    const note = (openid: string | null | undefined): void => {
      if (typeof openid === 'string' && !this.#holders.has(openid)) openids.add(openid)
    }
    for (const { row } of codes) note(row?.openid)
    for (const { row } of holdings) note(row?.openid)
    for (const fact of facts) note(factColumns(fact).openid)
    const unknown = [...openids].filter((openid) => !this.#strangers.has(openid))
    if (unknown.length > 0) {
      for (const { openid, holder } of await this.#ask<HolderRecord>(SELECT.holders, [this.#merchant, unknown])) {
        this.#holders.set(openid, holder)
        openids.delete(openid)
      }
    }
    const added = [...openids].map((openid) => ({ openid, holder: ++this.#head.holder }))
    for (const { openid, holder } of added) this.#holders.set(openid, holder)
    return added
  }

  /** Sends one statement a table. */
  #save(changes: Changes, isNew: boolean, newHolders: readonly HolderRecord[]): Promise<unknown>[] {
    const merchant = this.#merchant
    const { cards, codes, holdings, pool, tickets, facts, tokens, sessions, replies } = changes
    const sent: Promise<unknown>[] = []
    const send = (statement: string, ...parameters: unknown[]): void => void sent.push(this.#ask(statement, parameters))
    const put = <Column extends string>(
      { statement, columns }: Saving<Column>,
      records: readonly Readonly<Record<Column, unknown>>[],
    ): void => {
      if (records.length > 0) send(statement, merchant, ...listsOf(columns, records))
    }

    if (changes.merchant && !isNew) {
      const { secret_hash, clock_offset_s, settings, white_list } = changes.merchant.row
      send(SAVE.merchant, merchant, secret_hash, clock_offset_s, JSON.stringify(settings), JSON.stringify(white_list))
    }
    put(HOLDER.insert, newHolders)
    const [newCards, knownCards] = byNovelty(cards)
    for (const { row } of newCards) this.#cards.set(row.card_id, ++this.#head.card)
    put(
      CARD.insert,
      newCards.map(({ row }) => this.#cardRecord(row)),
    )
    put(
      SAVE.cards,
      knownCards.map(({ row }) => this.#cardRecord(row)),
    )
    const newFaces = cards.filter(({ row, loaded }) => row.version !== loaded?.version)
    put(
      FACE.put,
      newFaces.map(({ row }) => ({ card: this.#cards.get(row.card_id), face: JSON.stringify(row.face) })),
    )

    const dropped = codes.flatMap(({ row, loaded }) => (row ? [] : [loaded]))
    put(
      SAVE.dropCodes,
      dropped.map(({ code, card_id }) => ({ code, card: this.#cards.get(card_id) })),
    )
    const [newCodes, knownCodes] = byNovelty(codes.flatMap(({ row, loaded }) => (row ? [{ row, loaded }] : [])))
    put(
      CODE.insert,
      newCodes.map(({ row }) => this.#codeRecord(row)),
    )
    const { changed = [], moved = [] } = Object.groupBy(knownCodes, (code) =>
      hasNewStatusOnly(code) ? 'moved' : 'changed',
    )
    put(
      SAVE.codes,
      changed.map(({ row }) => this.#codeRecord(row)),
    )
    put(
      SAVE.statuses,
      moved.map(({ row }) => this.#codeRecord(row)),
    )

    put(
      COUNTED.put,
      holdings.flatMap(({ row }) => (row ? { ...this.#ofHolder(row), codes: row.codes, ...row.counted } : [])),
    )
    put(
      SAVE.dropCounted,
      holdings.flatMap(({ row, loaded }) => (row ? [] : this.#ofHolder(loaded))),
    )
    const pooledRecord = ({ card_id, place, code }: PooledRow) => ({ card: this.#cards.get(card_id), place, code })
    put(
      SAVE.dropPooled,
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
      facts.map((fact) => this.#factRecord(fact)),
    )
    // Cards and holders never get a number without a fact.
    const latest = facts.at(-1)
    if (latest) send(SAVE.head, merchant, latest.fact, this.#head.card, this.#head.holder)

    for (const { put: added, drop, ended_before } of sessions) {
      put(SESSION.put, added)
      if (drop.length > 0) send(SAVE.dropSessions, merchant, [...drop])
      send(FORGET.sessions, merchant, ended_before, FORGOTTEN)
    }
    if (replies.put.length > 0) {
      put(REPLY.put, replies.put)
      send(FORGET.replies, merchant, replies.ended_before, replies.put.length + FORGOTTEN)
    }
    for (const { put: added, drop } of tokens) {
      for (const { token_hash, kind, nonce, issued_at, expires_at, superseded, forced } of added) {
        const flags = [Number(superseded), Number(forced)]
        send(SAVE.putToken, token_hash, merchant, kind, nonce, issued_at, expires_at, ...flags)
      }
      if (drop.length > 0) send(SAVE.dropTokens, [...drop])
    }
    return sent
  }

  #cardRecord(row: CardRow) {
    return {
      ...row,
      card: this.#cards.get(row.card_id),
      status: CARD_STATUS.of(row.status),
      source: SOURCE.of(row.source),
    }
  }

  #codeRecord(row: CodeRow) {
    return {
      ...row,
      card: this.#cards.get(row.card_id),
      holder: this.#holders.get(row.openid),
      status: CODE_STATUS.of(row.status),
      place: row.fact,
    }
  }

  #ofHolder({ card_id, openid }: HoldingRow) {
    return { card: this.#cards.get(card_id), holder: this.#holders.get(openid) }
  }

  #factRecord(fact: Changes['facts'][number]) {
    const { card_id, openid, ...columns } = factColumns(fact)
    return {
      ...columns,
      fact: fact.fact,
      at: fact.at,
      kind: FACT_KIND.of(fact.kind),
      previous: fact.previous,
      card: card_id === null ? null : this.#cards.get(card_id),
      holder: openid === null ? null : this.#holders.get(openid),
      detail: 'detail' in fact && fact.detail ? JSON.stringify(fact.detail) : null,
    }
  }
}

/** Those that were not there before, and those that were. */
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

const settle = async (promise: Promise<unknown>): Promise<object | { error: unknown }> => {
  try {
    await promise
    return {}
  } catch (error) {
    return { error }
  }
}

async function reserve(db: Database): Promise<Connection> {
  try {
    return await db.reserve()
  } catch (error) {
    throw asTold(error)
  }
}
