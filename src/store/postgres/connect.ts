import postgres from 'postgres'

/** Everything here is a number that JavaScript holds exactly: seconds, counts, and numbers of rows. */
const BIGINT = {
  to: 20,
  from: [20],
  serialize: (value: number) => String(value),
  parse: (text: string) => Number(text),
}

export type Database = postgres.Sql<{ bigint: number }>

/**
 * For statements that name few rows by their keys: a plan that reads a table as a whole is never the right one, however few rows the
 * server believes to be there.
 */
export const FOR_SHORT_STATEMENTS = { enable_seqscan: 'off', enable_hashjoin: 'off', enable_mergejoin: 'off' }

/** Connections are made when they are needed. @param most so many at a time */
export const connect = (database_url: string, most: number, settings: Record<string, string> = {}): Database =>
  postgres(database_url, {
    max: most,
    types: { bigint: BIGINT },
    onnotice: () => {},
    connection: { application_name: 'kaquan', synchronous_commit: 'on', ...settings },
    connect_timeout: 10,
    ...(database_url.includes(',') && { target_session_attrs: 'primary' as const }),
  })

/** One connection, whose statements are sent without waiting for the answers of those before. */
export type Connection = Awaited<ReturnType<Database['reserve']>>

/** PostgreSQL holds no text with a NUL, and cannot even be asked for one: whoever asks finds nothing, as in SQLite. */
export const isNowhere = (key: unknown): boolean => typeof key === 'string' && key.includes('\0')

/** Statements are parsed and planned once for each connection. */
export const PREPARED = { prepare: true } as const

/**
 * Sends a statement after those sent before. Left to itself, the driver sends one only when somebody waits for its answer, and so in
 * an order that is not the one in which they stand in the code.
 */
export function send<Row extends object>(
  connection: Connection,
  statement: string,
  parameters: readonly unknown[],
): Promise<Row[]> {
  const query = connection.unsafe<Row[]>(statement, parameters as never[], PREPARED)
  void query.execute()
  return query
}

/** Like Promise.all, but for statements that were all sent: none of them may reject unseen. */
export async function all<const Sent extends readonly unknown[]>(
  sent: Sent,
): Promise<{ -readonly [Place in keyof Sent]: Awaited<Sent[Place]> }> {
  const settled = await Promise.allSettled(sent)
  const failed = settled.find(({ status }) => status === 'rejected')
  if (failed) throw (failed as PromiseRejectedResult).reason
  return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as never
}
