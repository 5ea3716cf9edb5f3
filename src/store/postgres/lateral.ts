/**
 * Rows of one merchant, $1, joined to each row before. The `offset 0` keeps the planner from looking for them in
 * another order, by another index, while it still believes a growing table to be empty.
 */
const lateral = (table: string, condition: string, columns = '*'): string =>
  `lateral (select ${columns} from ${table} where ${table.split(' ')[1]}.merchant = $1 and ${condition} offset 0)`

/** @param table with its short name, such as `code c` */
export const one = (table: string, condition: string, columns?: string): string =>
  `cross join ${lateral(table, condition, columns)}`

/** To be followed by a name and `on true`. */
export const perhapsOne = (table: string, condition: string): string => `left join ${lateral(table, condition)}`
