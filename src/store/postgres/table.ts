/** A statement that saves any number of rows of one table. Parameters: the merchant's number, then a list for each of these columns. */
export interface Saving<Column extends string> {
  statement: string
  columns: readonly Column[]
}

export interface Table<Column extends string> {
  insert: Saving<Column>
  /** The same; a row that is there already is changed. */
  put: Saving<Column>
  /** Changes some columns of rows that are there. */
  update(columns: readonly Column[]): Saving<Column>
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
    insert: { statement: insert, columns: names },
    put: {
      statement: `${insert} on conflict (merchant, ${key.join(', ')}) do update set ${others.join(', ')}`,
      columns: names,
    },
    update(changed) {
      const given = [...key, ...changed]
      return {
        statement: `update ${name} t set ${changed.map((column) => `${column} = u.${column}`).join(', ')}
                      from ${unnested(given)} (${given.join(', ')})
                     where t.merchant = $1 and ${key.map((column) => `t.${column} = u.${column}`).join(' and ')}`,
        columns: given,
      }
    },
  }
}

/** A list for each column. */
export const listsOf = <Column extends string>(
  columns: readonly Column[],
  records: readonly Readonly<Record<Column, unknown>>[],
): unknown[][] => columns.map((column) => records.map((record) => record[column]))
