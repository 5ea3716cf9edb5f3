import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { databasePath } from '../src/store/open.ts'
import type { Seeded } from './seed.ts'

/** Bytes for each code, which is the same as megabytes for a million. */
export interface Disk {
  /** Everything but the facts. */
  rows: number
  /** The same in a copy without the room that pages keep free. */
  rows_vacuumed: number
  facts: number
  /** The whole folder: all of that, and the log that the stopped store left behind. */
  files: number
  /** By table, each with its indexes, the largest first. */
  tables: Sizes
}

type Sizes = Record<string, number>

/** Adds up the pages of each table and its indexes. */
export function measureDisk({ data_dir, codes }: Seeded, folder: string): Disk {
  const files = readdirSync(data_dir).map((file) => statSync(join(data_dir, file)).size / codes)
  const copy = join(folder, 'vacuumed.db')
  const tables = sizesIn(databasePath(data_dir), codes, (db) => db.prepare('vacuum into ?').run(copy))
  return {
    rows: sumOfRows(tables),
    rows_vacuumed: sumOfRows(sizesIn(copy, codes)),
    facts: tables['fact']!,
    files: sum(files),
    tables,
  }
}

const sumOfRows = (tables: Sizes): number => sum(Object.values(tables)) - tables['fact']!

const sum = (sizes: readonly number[]): number => sizes.reduce((total, size) => total + size, 0)

function sizesIn(path: string, codes: number, before: (db: DatabaseSync) => void = () => {}): Sizes {
  const db = new DatabaseSync(path, { readOnly: true })
  before(db)
  const pages = db.prepare(
    `select coalesce(tbl_name, d.name) as "table", sum(pgsize) as bytes
       from dbstat d left join sqlite_schema s on s.name = d.name
      where d.aggregate = true
      group by 1 order by 2 desc`,
  )
  const sizes = (pages.all() as { table: string; bytes: number }[]).map(({ table, bytes }) => [table, bytes / codes])
  db.close()
  return Object.fromEntries(sizes) as Sizes
}
