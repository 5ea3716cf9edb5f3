import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeposited } from '../domain/card/codes.ts'
import { isRedundant } from '../domain/holder/holding.ts'
import { evolve } from '../domain/evolve.ts'
import type { NumberedFact } from '../domain/facts.ts'
import type { CardRow } from '../domain/rows.ts'
import { openScratchSnapshot, openScratchStore, openStoreSnapshot, type Place } from '../store/open.ts'
import { ReadingEnded, type Snapshot, type Stream, type Writer } from '../store/store.ts'
import { latestFactOf } from './batch.ts'
import { WorkingRows } from './working-rows.ts'

/** What verify has found. */
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
 * Proves that nothing was lost and nothing made up: replays every fact into an empty store by the rules that served,
 * compares the resulting rows with those in the tables, then checks what must hold between them. Reads one moment of
 * the store, so a server may run beside it. While it runs it takes disk space for a second set of tables.
 *
 * @param tell hears each difference as it is found
 * @throws ReadingEnded if the store could not be read to its end: nothing is proved then
 */
export async function verify(place: Place, tell: (difference: string) => void = () => {}): Promise<Proof> {
  const proof: Proof = { merchants: 0, facts: 0, rows: 0, differences: [] }
  const differ = (difference: string): void => {
    if (proof.differences.length < KEPT_DIFFERENCES) proof.differences.push(difference)
    tell(difference)
  }
  const snapshot = await openStoreSnapshot(place)
  const folder = mkdtempSync(join(tmpdir(), 'kaquan-verify-'))
  const scratch = openScratchStore(folder)
  /** Data that cannot even be read is a difference too, and no reason to leave the rest unread. */
  const attempt = async (appid: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (error instanceof ReadingEnded) throw error
      differ(`${appid}: ${(error as Error).message}`)
    }
  }
  try {
    const appids = (await snapshot.merchants()).map(({ appid }) => appid)
    proof.merchants = appids.length
    for (const stray of await snapshot.strays()) differ(stray)
    for (const appid of appids) await attempt(appid, () => replay(appid, snapshot, scratch, proof, differ))
    const replayed = openScratchSnapshot(folder)
    for (const appid of appids) {
      for (const kind of KINDS) await attempt(appid, () => compareRows(appid, kind, snapshot, replayed, proof, differ))
      await attempt(appid, () => checkInvariants(appid, snapshot, differ))
    }
    replayed.close()
    return proof
  } finally {
    await snapshot.close()
    await scratch.close()
    rmSync(folder, { recursive: true })
  }
}

type Differ = (difference: string) => void

async function replay(appid: string, snapshot: Snapshot, scratch: Writer, proof: Proof, differ: Differ): Promise<void> {
  let expected = 1
  let rows: WorkingRows | undefined
  const flush = (): void => {
    if (!rows) return
    const changes = rows.changes()
    rows = undefined
    try {
      scratch.save(appid, { ...changes, facts: [] })
      scratch.commit()
    } catch (error) {
      scratch.rollback()
      differ(`${appid}: the facts before ${expected} make rows that cannot be saved: ${(error as Error).message}`)
    }
  }
  try {
    for await (const fact of snapshot.facts(appid)) {
      proof.facts++
      if (fact.fact !== expected) differ(`${appid}: fact ${expected} is missing, ${fact.fact} follows`)
      expected = fact.fact + 1
      if (!rows) {
        scratch.begin()
        rows = new WorkingRows(scratch.rowsOf(appid))
      }
      replayOne(appid, rows, fact, differ)
      if (expected % CHUNK === 0) flush()
    }
  } finally {
    flush()
  }
}

function replayOne(appid: string, rows: WorkingRows, fact: NumberedFact, differ: Differ): void {
  const name = `${appid}: fact ${fact.fact}, ${fact.kind}`
  const previous = latestFactOf(rows, fact)
  if (fact.previous !== previous)
    differ(`${name}: follows ${fact.previous} in the history of its code, not ${previous}`)
  try {
    evolve(appid, rows, fact)
  } catch (error) {
    differ(`${name}: ${(error as Error).message}`)
  }
}

type Keyed = { key: string; row: object }

/** Every kind of row, each with a key whose parts are joined by NUL, in the order of these keys. */
const KINDS: { what: string; of: (snapshot: Snapshot, appid: string) => AsyncIterable<Keyed> }[] = [
  {
    what: 'merchant',
    async *of(snapshot, appid) {
      for (const row of await snapshot.merchants()) if (row.appid === appid) yield { key: appid, row }
    },
  },
  { what: 'card', of: (snapshot, appid) => keyed(snapshot.cards(appid), (row) => row.card_id) },
  { what: 'code', of: (snapshot, appid) => keyed(snapshot.codes(appid), (row) => `${row.code}\0${row.card_id}`) },
  {
    what: 'holding',
    of: (snapshot, appid) => keyed(snapshot.holdings(appid), (row) => `${row.card_id}\0${row.openid}`),
  },
  {
    what: 'deposited code',
    of: (snapshot, appid) => keyed(snapshot.pool(appid), (row) => `${row.card_id}\0${row.code}`),
  },
  { what: 'ticket', of: (snapshot, appid) => keyed(snapshot.tickets(appid), (row) => row.ticket) },
]

async function* keyed<Row extends object>(rows: Stream<Row>, key: (row: Row) => string): AsyncGenerator<Keyed> {
  for await (const row of rows) yield { key: key(row), row }
}

async function compareRows(
  appid: string,
  { what, of }: (typeof KINDS)[number],
  snapshot: Snapshot,
  replayed: Snapshot,
  proof: Proof,
  differ: Differ,
): Promise<void> {
  for await (const { key, left, right } of pairs(of(snapshot, appid), of(replayed, appid))) {
    proof.rows++
    const name = `${appid}: ${what} ${key.replace('\0', ' of ')}`
    if (!left) differ(`${name} follows from the facts and is not in its table`)
    else if (!right) differ(`${name} is in its table and follows from no fact`)
    else if (JSON.stringify(left) !== JSON.stringify(right)) {
      differ(`${name} is ${JSON.stringify(left)}, by the facts ${JSON.stringify(right)}`)
    }
  }
}

interface Pair {
  key: string
  left: object | undefined
  right: object | undefined
}

/** Walks two lists in the order of their keys, side by side. */
async function* pairs(lefts: AsyncIterable<Keyed>, rights: AsyncIterable<Keyed>): AsyncGenerator<Pair> {
  const left = lefts[Symbol.asyncIterator]()
  const right = rights[Symbol.asyncIterator]()
  let l = await left.next()
  let r = await right.next()
  while (!l.done || !r.done) {
    const order = l.done ? 1 : r.done ? -1 : compareKeys(l.value.key, r.value.key)
    const { key } = (order <= 0 ? l.value : r.value) as Keyed
    yield { key, left: order <= 0 ? l.value?.row : undefined, right: order >= 0 ? r.value?.row : undefined }
    if (order <= 0) l = await left.next()
    if (order >= 0) r = await right.next()
  }
}

/** In the byte order that the store sorts by. */
const compareKeys = (a: string, b: string): number => (a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b)))

interface Tally {
  card: CardRow
  /** Its codes, without the numbers that were given away: for each of those the friend has another code. */
  issued: number
  pooled: number
  given: number
  /** How many more codes holders have received than they have. */
  received_more: number
}

/** What must hold between the rows of a card, whatever happened: what was issued never exceeds what was offered. */
async function checkInvariants(appid: string, snapshot: Snapshot, differ: Differ): Promise<void> {
  const tallies = new Map<string, Tally>()
  for await (const card of snapshot.cards(appid)) {
    tallies.set(card.card_id, { card, issued: 0, pooled: 0, given: 0, received_more: 0 })
  }
  for await (const { card_id, status } of snapshot.codes(appid)) {
    const tally = tallies.get(card_id)
    if (!tally) continue
    if (status === 'GIFT_SUCC') tally.given++
    else tally.issued++
  }
  for await (const { card_id, openid, codes, counted, found } of snapshot.holdings(appid)) {
    const name = `${appid}: holder ${openid} of ${card_id}`
    if (codes !== found.codes) differ(`${name} has ${found.codes} codes, and not ${codes}`)
    if (counted.consumed !== found.consumed)
      differ(`${name} redeemed ${counted.consumed}, but ${found.consumed} codes are CONSUMED`)
    if (isRedundant(codes, counted)) differ(`${name} has counts that the codes tell by themselves`)
    const tally = tallies.get(card_id)
    if (tally) tally.received_more += counted.received - codes
  }
  for await (const { card_id } of snapshot.pool(appid)) {
    const tally = tallies.get(card_id)
    if (tally) tally.pooled++
  }
  for (const { card, issued, pooled, given, received_more } of tallies.values()) {
    const { card_id, quantity, total_quantity, deposited } = card
    const taken = total_quantity - quantity
    if (taken !== issued) differ(`${appid}: card ${card_id} issued ${taken} of its stock, but has ${issued} codes`)
    if (isDeposited(card.face) && (pooled !== deposited - issued || quantity > pooled)) {
      differ(
        `${appid}: card ${card_id} has ${pooled} of ${deposited} deposited codes left, ${issued} codes and a stock of ${quantity}`,
      )
    }
    // Each code was received once, and givers keep the numbers they gave away: holders have exactly that many more than
    // they received.
    if (given + received_more !== 0) {
      const received = issued + given + received_more
      differ(`${appid}: holders of ${card_id} received ${received}, but it has ${issued} codes`)
    }
  }
}
