import assert from 'node:assert/strict'
import type { Answer, Client } from './client.ts'

export type ReportRow = Record<string, number | string>

export type ReportName = 'getcardbizuininfo' | 'getcardcardinfo' | 'getcardmembercardinfo'

/** The rows of a report on what was made by the API, from one date to another. */
export async function report(
  client: Client,
  name: ReportName,
  begin_date: string,
  end_date: string,
  more: object = {},
): Promise<ReportRow[]> {
  const asked = { begin_date, end_date, cond_source: 1, ...more }
  const answer = (await client.post(`/datacube/${name}`, asked)) as Answer & { list: ReportRow[] }
  assert.deepEqual(Object.keys(answer), ['list'], JSON.stringify(answer))
  return answer.list
}

/** Some members of each row, as lists. */
export const columns = (rows: readonly ReportRow[], ...names: string[]): (number | string | undefined)[][] =>
  rows.map((row) => names.map((name) => row[name]))
