import type { NumberedFact } from '../domain/facts.ts'
import type { CardRow, ChangingRows, CodeRow, HoldingRow, MerchantRow, TokenRow } from '../domain/rows.ts'
import type { Changed, Changes, RowLoader } from '../store/store.ts'

type TokenChange = Changes['tokens'][number]

/** A row as it was loaded, and as it is now. Rows are never altered in place, so a row that has changed is another one. */
interface Kept<Row> {
  row: Row | undefined
  readonly loaded: Row | undefined
}

/**
 * The rows of one merchant during one transaction: each is loaded when it is first asked for, and what facts make of it
 * is seen by the commands that follow.
 */
export class WorkingRows implements ChangingRows {
  readonly #load: RowLoader
  #merchant: Kept<MerchantRow> | undefined
  readonly #cards = new Map<string, Kept<CardRow>>()
  readonly #codes = new Map<string, Changed<CodeRow>[]>()
  readonly #holdings = new Map<string, Kept<HoldingRow>>()
  #tokens: readonly TokenRow[] | undefined
  readonly #tokenChanges: TokenChange[] = []
  readonly #facts: NumberedFact[] = []
  #lastFact: number | undefined

  constructor(load: RowLoader) {
    this.#load = load
  }

  merchant(): MerchantRow | undefined {
    this.#merchant ??= asLoaded(this.#load.merchant())
    return this.#merchant.row
  }

  card(card_id: string): CardRow | undefined {
    return this.#cardOf(card_id).row
  }

  codes(code: string): readonly CodeRow[] {
    return this.#codesOf(code).map(({ row }) => row)
  }

  holding(card_id: string, openid: string): HoldingRow {
    return this.#holdingOf(card_id, openid).row ?? { card_id, openid, received: 0, consumed: 0 }
  }

  tokens(): readonly TokenRow[] {
    return (this.#tokens ??= this.#load.tokens())
  }

  /** The number that the merchant's next fact will have. */
  nextFact(): number {
    return (this.#lastFact ??= this.#load.lastFact()) + 1
  }

  putMerchant(row: MerchantRow): void {
    this.merchant()
    this.#merchant!.row = row
  }

  putCard(row: CardRow): void {
    this.#cardOf(row.card_id).row = row
  }

  putCode(row: CodeRow): void {
    const codes = this.#codesOf(row.code)
    const place = codes.find((one) => one.row.card_id === row.card_id)
    if (place) place.row = row
    else codes.push({ row, loaded: undefined })
  }

  putHolding(row: HoldingRow): void {
    this.#holdingOf(row.card_id, row.openid).row = row
  }

  changeTokens(change: TokenChange): void {
    const gone = new Set([...change.drop, ...change.put.map(({ token_hash }) => token_hash)])
    this.#tokens = [...this.tokens().filter(({ token_hash }) => !gone.has(token_hash)), ...change.put]
    this.#tokenChanges.push(change)
  }

  addFact(fact: NumberedFact): void {
    this.#facts.push(fact)
    this.#lastFact = fact.fact
  }

  changes(): Changes {
    const merchant = this.#merchant
    return {
      ...(merchant && isChanged(merchant) && { merchant }),
      cards: [...this.#cards.values()].filter(isChanged),
      codes: [...this.#codes.values()].flat().filter(isChanged),
      holdings: [...this.#holdings.values()].filter(isChanged),
      facts: this.#facts,
      tokens: this.#tokenChanges,
    }
  }

  #cardOf(card_id: string): Kept<CardRow> {
    let kept = this.#cards.get(card_id)
    if (!kept) this.#cards.set(card_id, (kept = asLoaded(this.#load.card(card_id))))
    return kept
  }

  #codesOf(code: string): Changed<CodeRow>[] {
    let kept = this.#codes.get(code)
    if (!kept) this.#codes.set(code, (kept = this.#load.codes(code).map((row) => ({ row, loaded: row }))))
    return kept
  }

  #holdingOf(card_id: string, openid: string): Kept<HoldingRow> {
    const key = `${card_id} ${openid}`
    let kept = this.#holdings.get(key)
    if (!kept) this.#holdings.set(key, (kept = asLoaded(this.#load.holding(card_id, openid))))
    return kept
  }
}

const asLoaded = <Row>(row: Row | undefined): Kept<Row> => ({ row, loaded: row })

const isChanged = <Row>(kept: Kept<Row>): kept is Changed<Row> => kept.row !== kept.loaded
