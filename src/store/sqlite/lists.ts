import type { StatementSync } from 'node:sqlite'

/** Records as lists of their columns, which costs a third less than objects where they are read by the thousand. */
export function asLists(statement: StatementSync): StatementSync {
  statement.setReturnArrays(true)
  return statement
}
