import { randomUUID } from 'node:crypto'
import { MERCHANT_COLUMNS } from '../rows.ts'
import type { MerchantState, Tip } from './merchant-state.ts'
import type { Statement } from './statements.ts'

/** Parameters: the merchant's number. */
export const SELECT_MERCHANT = `select ${MERCHANT_COLUMNS} from merchant where merchant = $1`
export const SELECT_TIP = 'select fact, card, holder, batch from tip where merchant = $1'
export const LOCK_TIP = `${SELECT_TIP} for update`
export const ADD_TIP = `insert into tip (merchant, fact, card, holder, batch) values ($1, 0, 0, 0, '00000000-0000-0000-0000-000000000000')`

/** Parameters: the merchant's number, and a name that differs from that of every batch. */
export const RENAME_TIP = 'update tip set batch = $2 where merchant = $1'

const MOVE = 'update tip set fact = $2, card = $3, holder = $4, batch = $5 where merchant = $1'

/**
 * Divides by zero if another batch was committed since, as no other statement does: nothing sent after it is done then.
 */
const NONE_SINCE = (parameter: string): string => `1 / (batch = ${parameter}::uuid)::integer = 1`

const MOVE_ON = `${MOVE} and ${NONE_SINCE('$6')}`
const CHECK = `select fact from tip where merchant = $1 and ${NONE_SINCE('$2')}`

/**
 * Gives a state whose numbers have moved on a batch of its own.
 *
 * @returns what saves it, where nobody else can come between
 */
export function moveTip({ merchant, tip }: MerchantState): Statement {
  tip.batch = randomUUID()
  return [MOVE, [merchant, ...valuesOf(tip)]]
}

/** The same where others may have come between since the batch `from` left the state. */
export function moveTipFrom(from: string, { merchant, tip }: MerchantState): Statement {
  tip.batch = randomUUID()
  return [MOVE_ON, [merchant, ...valuesOf(tip), from]]
}

/** Makes sure that nothing was committed since this state. */
export const checkTip = ({ merchant, tip }: MerchantState): Statement => [CHECK, [merchant, tip.batch]]

const valuesOf = ({ fact, card, holder, batch }: Tip): unknown[] => [fact, card, holder, batch]
