import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { evolve } from '../domain/evolve.ts'
import type { NumberedFact } from '../domain/facts.ts'
import type { CardRow } from '../domain/rows.ts'
import { openScratchStore, openStoreSnapshot } from '../store/open.ts'
import type { Snapshot, Writer } from '../store/store.ts'
import { WorkingRows } from './working-rows.ts'

/** What was proved, or not. */
export interface Proof {
  merchants: number
  facts: number
  rows: number
  /** One sentence each; only the first thousand are kept. */
  differences: string[]
}

const CHUNK = 5000
const KEPT_DIFFERENCES = 1000

/**
 * Proves that nothing was lost and nothing made up: replays every fact into an empty store, by the same rules that
 * served, and compares the rows with those in the tables; then checks what must hold between them. Reads one moment of
 * the store, so a server may be at work beside it. Takes disk for a second set of tables while it runs.
 *
 * @param tell hears each difference as it is found
 */
export function verify(data_dir: string, tell: (difference: string) => void = () => {}): Proof {
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-verify-'))
  const proof: Proof = { merchants: 0, facts: 0, rows: 0, differences: [] }
  const differ = (difference: string): void => {
    if (proof.differences.length < KEPT_DIFFERENCES) proof.differences.push(difference)
    tell(difference)
  }
  const told = openStoreSnapshot(data_dir)
  const scratch = openScratchStore(folder)
  try {
    for (const { appid } of told.merchants()) {
      proof.merchants++
      proof.facts += replay(appid, told.facts(appid), scratch, differ)
    }
    const replayed = openStoreSnapshot(folder)
    for (const { appid } of told.merchants()) proof.rows += compareRows(appid, told, replayed, differ)
    replayed.close()
    for (const { appid } of told.merchants()) checkInvariants(appid, told, differ)
    return proof
  } finally {
    told.close()
    scratch.close()
    rmSync(folder, { recursive: true })
  }
}

type Differ = (difference: string) => void

/** @returns the number of facts */
function replay(appid: string, facts: Iterable<NumberedFact>, scratch: Writer, differ: Differ): number {
  let count = 0
  let expected = 1
  let rows: WorkingRows | undefined
  const flush = (): void => {
    if (!rows) return
    scratch.save(appid, { ...rows.changes(), facts: [] })
    scratch.commit()
    rows = undefined
  }
  for (const fact of facts) {
    count++
    if (fact.fact !== expected) differ(`${appid}: fact ${expected} is missing, ${fact.fact} follows`)
    expected = fact.fact + 1
    if (!rows) {
      scratch.begin()
      rows = new WorkingRows(scratch.rowsOf(appid))
    }
    try {
      evolve(appid, rows, fact)
    } catch (error) {
      differ(`${appid}: fact ${fact.fact}, ${fact.kind}: ${(error as Error).message}`)
    }
    if (count % CHUNK === 0) flush()
  }
  flush()
  return count
}

/** @returns the number of rows compared */
function compareRows(appid: string, told: Snapshot, replayed: Snapshot, differ: Differ): number {
  let count = 0
  const compare = <Row>(what: string, of: (snapshot: Snapshot) => Iterable<Row>, key: (row: Row) => string): void => {
    for (const { name, left, right } of pairs(of(told), of(replayed), key)) {
      count++
      if (left === undefined) differ(`${appid}: ${what} ${name} follows from the facts and is not in its table`)
      else if (right === undefined) differ(`${appid}: ${what} ${name} is in its table and follows from no fact`)
      else if (JSON.stringify(left) !== JSON.stringify(right)) {
        differ(`${appid}: ${what} ${name} is ${JSON.stringify(left)}, by the facts ${JSON.stringify(right)}`)
      }
    }
  }
  compare(
    'merchant',
    (snapshot) => snapshot.merchants().filter((row) => row.appid === appid),
    (row) => row.appid,
  )
  compare(
    'card',
    (snapshot) => snapshot.cards(appid),
    (row) => row.card_id,
  )
  compare(
    'code',
    (snapshot) => snapshot.codes(appid),
    (row) => `${row.code}\0${row.card_id}`,
  )
  compare(
    'holding',
    (snapshot) => snapshot.holdings(appid),
    (row) => `${row.card_id}\0${row.openid}`,
  )
  return count
}

interface Pair<Row> {
  name: string
  left: Row | undefined
  right: Row | undefined
}

/** Walks two lists in the order of their keys, whose parts are joined by NUL, side by side. */
function* pairs<Row>(lefts: Iterable<Row>, rights: Iterable<Row>, key: (row: Row) => string): Generator<Pair<Row>> {
  const left = lefts[Symbol.iterator]()
  const right = rights[Symbol.iterator]()
  let l = left.next()
  let r = right.next()
  while (!l.done || !r.done) {
    const order = l.done ? 1 : r.done ? -1 : compareKeys(key(l.value), key(r.value))
    const name = key((order <= 0 ? l.value : r.value) as Row).replace('\0', ' of ')
    yield { name, left: order <= 0 ? (l.value as Row) : undefined, right: order >= 0 ? (r.value as Row) : undefined }
    if (order <= 0) l = left.next()
    if (order >= 0) r = right.next()
  }
}

/** In the byte order that the store sorts by. */
const compareKeys = (a: string, b: string): number => (a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b)))

interface Tally {
  card: CardRow
  codes: number
  consumed: number
  holders_received: number
  holders_consumed: number
}

/** What must hold between the rows of a card, whatever happened: what was issued never exceeds what was offered. */
function checkInvariants(appid: string, told: Snapshot, differ: Differ): void {
  const tallies = new Map<string, Tally>()
  for (const card of told.cards(appid)) {
    tallies.set(card.card_id, { card, codes: 0, consumed: 0, holders_received: 0, holders_consumed: 0 })
  }
  for (const { card_id, status } of told.codes(appid)) {
    const tally = tallies.get(card_id)!
    tally.codes++
    if (status === 'CONSUMED') tally.consumed++
  }
  for (const { card_id, received, consumed } of told.holdings(appid)) {
    const tally = tallies.get(card_id)!
    tally.holders_received += received
    tally.holders_consumed += consumed
  }
  for (const { card, codes, consumed, holders_received, holders_consumed } of tallies.values()) {
    const { card_id, quantity, total_quantity } = card
    const issued = total_quantity - quantity
    if (issued !== codes) differ(`${appid}: card ${card_id} issued ${issued} of its stock, but has ${codes} codes`)
    if (holders_received !== codes)
      differ(`${appid}: holders of ${card_id} received ${holders_received}, but it has ${codes} codes`)
    if (holders_consumed !== consumed) {
      differ(`${appid}: holders of ${card_id} redeemed ${holders_consumed}, but ${consumed} codes are CONSUMED`)
    }
  }
}
