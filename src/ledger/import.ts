import { isDeepStrictEqual } from 'node:util'
import { evolve } from '../domain/evolve.ts'
import type { NumberedFact } from '../domain/facts.ts'
import { openFlush, openRemoteStore, openStore, openStoreForWriting, type Place } from '../store/open.ts'
import { TryAgain, UnknownOutcome, type Questions, type RemoteWriter, type Writer } from '../store/store.ts'
import { Wanted } from '../store/wanted.ts'
import { latestFactOf } from './batch.ts'
import { ifLoaded, onRemoteRows } from './remote-rows.ts'
import { WorkingRows } from './working-rows.ts'

/** Brings facts from another store into this one. */
export interface Importer {
  /**
   * Takes facts of one merchant, oldest first, that follow those already here. Facts already here are passed over, so
   * an import that was cut off is simply started again; facts that differ from those here are refused. All are saved,
   * with the rows they make, or none. Resolves once they are on the disk.
   *
   * @returns how many were new
   */
  bringIn(appid: string, facts: readonly NumberedFact[]): Promise<number>
  close(): Promise<void>
}

export async function openImporter(place: Place): Promise<Importer> {
  const { data_dir, database_url } = place
  if (database_url === undefined) {
    const writer = openStoreForWriting(data_dir)
    const flush = openFlush(data_dir)
    const store = await openStore(place)
    return {
      bringIn: passingOver(
        store,
        (appid) => writer.rowsOf(appid).lastFact(),
        async (appid, facts) => {
          bringInHere(writer, appid, facts)
          await flush()
        },
      ),
      async close() {
        store.close()
        await writer.close()
        await flush.close()
      },
    }
  }
  const writer = await openRemoteStore(database_url)
  const store = await openStore(place)
  return {
    bringIn: passingOver(
      store,
      (appid) => writer.lastFact(appid),
      (appid, facts) => bringInThere(writer, appid, facts),
    ),
    async close() {
      store.close()
      await writer.close()
    },
  }
}

/** Looks up once how far a merchant's facts reach, so that no rows are asked for on account of facts already here. */
function passingOver(
  store: Questions,
  lastFact: (appid: string) => number | Promise<number>,
  bringIn: (appid: string, facts: readonly NumberedFact[]) => Promise<void>,
): Importer['bringIn'] {
  const reached = new Map<string, number>()
  return async (appid, facts) => {
    if (!reached.has(appid)) reached.set(appid, await lastFact(appid))
    const isThere = ({ fact }: NumberedFact): boolean => fact <= reached.get(appid)!
    await checkSame(store, appid, facts.findLast(isThere))
    const fresh = facts.filter((fact) => !isThere(fact))
    const last = fresh.at(-1)
    if (!last) return 0
    await bringIn(appid, fresh)
    reached.set(appid, last.fact)
    return fresh.length
  }
}

/**
 * Two histories that differ somewhere differ ever after, since codes are random and time goes on: checking one fact is
 * enough.
 */
async function checkSame(store: Questions, appid: string, fact: NumberedFact | undefined): Promise<void> {
  if (!fact || isDeepStrictEqual(fact, asLine(await store.fact(appid, fact.fact)))) return
  throw new Error(`${appid}: fact ${fact.fact} is another one here: something else has happened here than there`)
}

/** A fact as `kaquan export` writes it and `kaquan import` reads it. */
const asLine = (fact: NumberedFact | undefined): unknown => fact && JSON.parse(JSON.stringify(fact))

function bringInHere(writer: Writer, appid: string, facts: readonly NumberedFact[]): void {
  writer.begin()
  try {
    const rows = new WorkingRows(writer.rowsOf(appid))
    replay(appid, facts, rows)
    writer.save(appid, rows.changes())
    writer.commit()
  } catch (error) {
    writer.rollback()
    throw error
  }
}

async function bringInThere(writer: RemoteWriter, appid: string, facts: readonly NumberedFact[]): Promise<void> {
  try {
    await onRemoteRows(writer, appid, wantedByFacts(facts), (rows) => ifLoaded(() => replay(appid, facts, rows)))
  } catch (error) {
    if (!(error instanceof TryAgain || error instanceof UnknownOutcome)) throw error
    throw new Error(`DATABASE_URL: ${error.message}: begin the import anew, it passes over what is there`, {
      cause: error,
    })
  }
}

/** The rows that replaying these facts asks for. */
function wantedByFacts(facts: readonly NumberedFact[]): Wanted {
  const wanted = new Wanted()
  for (const fact of facts) {
    if ('card_id' in fact) wanted.cards.add(fact.card_id)
    if ('code' in fact) wanted.codes.add(fact.code)
    if ('card_id' in fact && 'openid' in fact) wanted.holding(fact.card_id, fact.openid)
    switch (fact.kind) {
      case 'codes_deposited':
        for (const code of fact.detail.codes) wanted.deposited(fact.card_id, code)
        break
      case 'code_received':
        wanted.deposited(fact.card_id, fact.code)
        break
      case 'code_changed':
        wanted.codes.add(fact.detail.new_code)
        break
      case 'gift_accepted':
        wanted.holding(fact.card_id, fact.detail.friend)
        wanted.holder(fact.card_id, fact.detail.friend)
        if (fact.detail.new_code === undefined) wanted.holder(fact.card_id, fact.openid)
        else wanted.codes.add(fact.detail.new_code)
        break
      case 'ticket_used':
        wanted.tickets.add(fact.detail.ticket)
        break
      default:
    }
  }
  return wanted
}

function replay(appid: string, facts: readonly NumberedFact[], rows: WorkingRows): void {
  for (const fact of facts) {
    const next = rows.nextFact()
    if (fact.fact < next) throw new Error(`${appid}: fact ${fact.fact} came from elsewhere meanwhile: begin anew`)
    if (fact.fact > next) throw new Error(`${appid}: fact ${next} is missing, ${fact.fact} follows`)
    const previous = latestFactOf(rows, fact)
    if (fact.previous !== previous) {
      throw new Error(`${appid}: fact ${next} follows ${fact.previous} in the history of its code, not ${previous}`)
    }
    evolve(appid, rows, fact)
    rows.addFact(fact)
  }
}
