import pg from 'pg'

/** Every number that is kept is one that JavaScript holds exactly. */
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/** A connection to a PostgreSQL, for whoever looks behind the program's back. */
export async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client(url)
  await client.connect()
  return client
}

/** Runs a statement, or a script, on a connection of its own. */
export async function askPostgres<Row extends object>(url: string, statement: string): Promise<Row[]> {
  const client = await connectTo(url)
  try {
    const results = (await client.query<Row>(statement)) as pg.QueryResult<Row> | pg.QueryResult<Row>[]
    return [results].flat().at(-1)!.rows
  } finally {
    await client.end()
  }
}
