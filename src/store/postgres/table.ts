/** How many rows of one table are saved by one statement: a list for each column goes in. */
export interface Table {
  /** Parameters: the merchant's number, then a list for each column. */
  insert: string
  /** The same; a row that is there already is changed. */
  put: string
  /** A list for each column, of rows that are lists of columns. */
  lists(rows: readonly (readonly unknown[])[]): unknown[][]
}

/**
 * @param columns with their types, the merchant's number left out
 * @param key the columns that name a row within its merchant
 */
export function tableOf(name: string, columns: Readonly<Record<string, string>>, key: readonly string[]): Table {
  const names = Object.keys(columns)
  const lists = Object.values(columns).map((type, place) => `$${place + 2}::${type}[]`)
  const insert = `insert into ${name} (merchant, ${names.join(', ')}) select $1::integer, u.* from unnest(${lists.join(', ')}) u`
  const others = names.filter((column) => !key.includes(column)).map((column) => `${column} = excluded.${column}`)
  return {
    insert,
    put: `${insert} on conflict (merchant, ${key.join(', ')}) do update set ${others.join(', ')}`,
    lists: (rows) => names.map((_, place) => rows.map((row) => row[place])),
  }
}
