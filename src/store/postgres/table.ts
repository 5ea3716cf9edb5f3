import { one } from './lateral.ts'

/**
 * A statement that saves any number of rows of one table. Parameters: the merchant's number, then a list for each of
 * these columns.
 */
export interface Saving<Column extends string> {
  statement: string
  columns: readonly Column[]
}

export interface Table<Column extends string, Key extends Column> {
  insert: Saving<Column>
  /** The same, but a row that exists is changed. */
  put: Saving<Column>
  /** Changes some columns of existing rows. */
  update(columns: readonly Column[]): Saving<Column>
  /** Removes rows. */
  drop: Saving<Key>
}

/**
 * To be followed by the key's columns of `u`: the rows `t` that they name. These are looked up first, as in lateral.ts:
 * when a table to be changed is joined by its key, the planner may read all of a merchant's rows while it believes them
 * to be few.
 */
const named = (table: string, key: readonly string[]): string => `
  ${one(`${table} c`, key.map((column) => `c.${column} = u.${column}`).join(' and '), 'c.merchant, c.ctid as tuple')} c
  where t.merchant = c.merchant and t.ctid = c.tuple`

/**
 * @param columns with their types, without the merchant's number
 * @param key the columns that name a row within its merchant
 */
export function tableOf<Column extends string, Key extends NoInfer<Column>>(
  name: string,
  columns: Readonly<Record<Column, string>>,
  key: readonly Key[],
): Table<Column, Key> {
  const names = Object.keys(columns) as Column[]
  const unnested = (some: readonly Column[]): string =>
    `unnest(${some.map((column, place) => `$${place + 2}::${columns[column]}[]`).join(', ')}) u (${some.join(', ')})`
  const insert = `insert into ${name} (merchant, ${names.join(', ')}) select $1::integer, u.* from ${unnested(names)}`
  const keys = new Set<string>(key)
  const others = names.filter((column) => !keys.has(column)).map((column) => `${column} = excluded.${column}`)
  return {
    insert: { statement: insert, columns: names },
    put: {
      statement: `${insert} on conflict (merchant, ${key.join(', ')}) do update set ${others.join(', ')}`,
      columns: names,
    },
    update(changed) {
      const given: Column[] = [...key, ...changed]
      return {
        statement: `update ${name} t set ${changed.map((column) => `${column} = u.${column}`).join(', ')}
                      from ${unnested(given)} ${named(name, key)}`,
        columns: given,
      }
    },
    drop: { statement: `delete from ${name} t using ${unnested(key)} ${named(name, key)}`, columns: key },
  }
}

/** A list for each column. */
export const listsOf = <Column extends string>(
  columns: readonly Column[],
  records: readonly Readonly<Record<Column, unknown>>[],
): unknown[][] => columns.map((column) => records.map((record) => record[column]))
