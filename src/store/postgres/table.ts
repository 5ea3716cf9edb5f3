/** How many rows of one table are saved by one statement: a list for each column goes in. */
export interface Table<Column extends string> {
  /** Parameters: the merchant's number, then a list for each column. */
  insert: string
  /** The same; a row that is there already is changed. */
  put: string
  /** Changes some columns of rows that are there. Parameters: the merchant's number, then a list for each column of the key, and for each of these. */
  update(columns: readonly Column[]): string
}

/**
 * @param columns with their types, the merchant's number left out
 * @param key the columns that name a row within its merchant
 */
export function tableOf<Column extends string>(
  name: string,
  columns: Readonly<Record<Column, string>>,
  key: readonly NoInfer<Column>[],
): Table<Column> {
  const names = Object.keys(columns) as Column[]
  const unnested = (some: readonly Column[]): string =>
    `unnest(${some.map((column, place) => `$${place + 2}::${columns[column]}[]`).join(', ')}) u`
  const insert = `insert into ${name} (merchant, ${names.join(', ')}) select $1::integer, u.* from ${unnested(names)}`
  const others = names.filter((column) => !key.includes(column)).map((column) => `${column} = excluded.${column}`)
  return {
    insert,
    put: `${insert} on conflict (merchant, ${key.join(', ')}) do update set ${others.join(', ')}`,
    update(changed) {
      const given = [...key, ...changed]
      return `update ${name} t set ${changed.map((column) => `${column} = u.${column}`).join(', ')}
                from ${unnested(given)} (${given.join(', ')})
               where t.merchant = $1 and ${key.map((column) => `t.${column} = u.${column}`).join(' and ')}`
    },
  }
}

/** A list for each column, of rows that are lists of columns; for no rows one list, which is empty. */
export const listsOf = (rows: readonly (readonly unknown[])[]): unknown[][] =>
  (rows[0] ?? [undefined]).map((_, place) => rows.map((row) => row[place]))
