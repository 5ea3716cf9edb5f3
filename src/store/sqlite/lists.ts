import type { StatementSync } from 'node:sqlite'

/** Gives records as lists of their columns, which costs a third less than objects when they are read by the thousand. */
export function asLists(statement: StatementSync): StatementSync {
  statement.setReturnArrays(true)
  return statement
}
