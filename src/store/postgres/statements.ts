import pg from 'pg'

/** Every big integer here is one that JavaScript holds exactly: seconds, counts, and numbers of rows. */
pg.types.setTypeParser(pg.types.builtins.INT8, Number)

/** Parameters are numbers, texts, bytes, lists of these, or null. */
export type Statement = readonly [text: string, parameters?: readonly unknown[]]

/** What the driver lets queries send, beyond its types. */
interface Wire {
  stream: { cork(): void; uncork(): void }
  parse(message: { name: string; text: string }): void
  bind(message: { statement: string; values: readonly (string | Buffer | null)[] }): void
  describe(message: { type: 'P' }): void
  execute(): void
  sync(): void
}

type TypeNumber = Parameters<typeof pg.types.getTypeParser>[0]

interface Column {
  name: string
  read: (text: string) => unknown
}

/** Names under which each connection parses and plans statements once. */
const names = new Map<string, string>()

function nameOf(text: string): string {
  let name = names.get(text)
  if (name === undefined) names.set(text, (name = `kaquan${names.size + 1}`))
  return name
}

/**
 * Statements that give no rows, as a server once said. Others are described each time, since a page of a cursor has the
 * columns of its cursor.
 */
const givesNoRows = new Set<string>()

/**
 * Statements that are sent in one packet and answered in one, where each of the driver's own queries takes packets of
 * its own. If the server refuses one, the rest are not carried out. Whether they form one transaction is up to BEGIN
 * and COMMIT.
 */
export class Statements extends pg.Query {
  readonly #statements: readonly { text: string; values: (string | Buffer | null)[] }[]
  /** What this connection has parsed. */
  readonly #parsed: Set<string>
  readonly #asLists: boolean
  readonly #settled = Promise.withResolvers<unknown[][]>()
  readonly #answers: unknown[][] = []
  #columns: readonly Column[] = []
  #rows: unknown[] = []
  /** Did some have to be parsed first? After a refusal nobody knows which of them were. */
  hasNew = false

  constructor(statements: readonly Statement[], parsed: Set<string>, asLists: boolean) {
    super('')
    // Before anything is sent: a value that cannot be written must not leave half a packet behind.
    this.#statements = statements.map(([text, parameters = []]) => ({ text, values: parameters.map(asText) }))
    this.#parsed = parsed
    this.#asLists = asLists
    // The driver's types declare it as a property, which a method cannot override.
    this.submit = (connection) => this.#send(connection as unknown as Wire)
  }

  /** The rows of each statement. */
  get answers(): Promise<unknown[][]> {
    return this.#settled.promise
  }

  /** @returns null, which the driver takes for success */
  #send(wire: Wire): null {
    wire.stream.cork()
    for (const { text, values } of this.#statements) {
      const name = nameOf(text)
      if (!this.#parsed.has(text)) {
        wire.parse({ name, text })
        this.#parsed.add(text)
        this.hasNew = true
      }
      wire.bind({ statement: name, values })
      if (!givesNoRows.has(text)) wire.describe({ type: 'P' })
      wire.execute()
    }
    wire.sync()
    wire.stream.uncork()
    return null
  }

  get #text(): string {
    return this.#statements[this.#answers.length]!.text
  }

  handleRowDescription({ fields }: { fields: readonly { name: string; dataTypeID: TypeNumber }[] }): void {
    this.#columns = fields.map(({ name, dataTypeID }) => ({ name, read: pg.types.getTypeParser(dataTypeID, 'text') }))
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    const columns = this.#columns
    const values = fields.map((text, place) => (text === null ? null : columns[place]!.read(text)))
    this.#rows.push(this.#asLists ? values : rowOf(columns, values))
  }

  handleCommandComplete(): void {
    if (this.#columns.length === 0) givesNoRows.add(this.#text)
    this.#answers.push(this.#rows)
    this.#columns = []
    this.#rows = []
  }

  handleError(error: Error): void {
    this.#settled.reject(error)
    this.#endTimeout()
  }

  handleReadyForQuery(): void {
    this.#settled.resolve(this.#answers)
    this.#endTimeout()
  }

  /** If the address sets a query_timeout, the driver waits for this call. */
  #endTimeout(): void {
    const { callback } = this as { callback?: () => void }
    callback?.()
  }
}

function rowOf(columns: readonly Column[], values: readonly unknown[]): object {
  const row: Record<string, unknown> = {}
  for (let place = 0; place < columns.length; place++) row[columns[place]!.name] = values[place]
  return row
}

type Value = number | string | Buffer | null | undefined

/** Writes a parameter as PostgreSQL reads it. */
function asText(parameter: unknown): string | Buffer | null {
  const value = parameter as Value | readonly Value[]
  if (value === null || value === undefined) return null
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string' || Buffer.isBuffer(value)) return value
  return `{${value.map(inList).join(',')}}`
}

const ESCAPED = /["\\]/g

function inList(value: Value): string {
  if (value === null || value === undefined) return 'NULL'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string') return `"${value.replace(ESCAPED, '\\$&')}"`
  return `"\\\\x${value.toString('hex')}"`
}
