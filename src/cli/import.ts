import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { Command } from 'commander'
import { readConfig } from '../config.ts'
import type { NumberedFact } from '../domain/facts.ts'
import { openImporter, type Importer } from '../ledger/import.ts'
import { JSON_OPTION, print, type CommonOptions } from './session.ts'

/** At most this many facts are saved in one transaction; one that deposits codes counts as many as these. */
const PAGE = 2000

/** How many facts go by between reports of progress. */
const TOLD_AFTER = 100_000

export function importCommand(): Command {
  const command = new Command('import').description('bring in what was written by export')
  command
    .command('facts [FILE]')
    .description('facts of all merchants, from a file or standard input; may be cut off and begun anew')
    .option(...JSON_OPTION)
    .action((file: string | undefined, options: CommonOptions) => importFacts(file, options))
  return command
}

interface Line {
  appid: string
  fact: NumberedFact
}

async function importFacts(file: string | undefined, options: CommonOptions): Promise<void> {
  const importer = await openImporter(readConfig(process.env))
  try {
    const { facts, added } = await bringIn(importer, file === undefined ? process.stdin : createReadStream(file))
    print(options, { facts, added }, `${facts} facts, ${added} of them new: now let \`kaquan verify\` prove them`)
  } finally {
    await importer.close()
  }
}

async function bringIn(importer: Importer, input: NodeJS.ReadableStream): Promise<{ facts: number; added: number }> {
  let [facts, added] = [0, 0]
  let page: Line[] = []
  let size = 0
  const flush = async (): Promise<void> => {
    if (page.length === 0) return
    added += await importer.bringIn(
      page[0]!.appid,
      page.map(({ fact }) => fact),
    )
    page = []
    size = 0
  }
  for await (const text of createInterface({ input })) {
    const line = readLine(text, ++facts)
    if (size + sizeOf(line) > PAGE || (page[0] && page[0].appid !== line.appid)) await flush()
    page.push(line)
    size += sizeOf(line)
    if (facts % TOLD_AFTER === 0) process.stderr.write(`${facts} facts, ${added} of them new\n`)
  }
  await flush()
  return { facts, added }
}

const sizeOf = ({ fact }: Line): number => (fact.kind === 'codes_deposited' ? fact.detail.codes.length : 1)

function readLine(text: string, number: number): Line {
  try {
    const line = JSON.parse(text) as Partial<Line> | null
    if (typeof line?.appid === 'string' && typeof line.fact?.fact === 'number' && typeof line.fact.kind === 'string') {
      return line as Line
    }
  } catch {
    // Reported below, like anything else that is not a fact.
  }
  throw new Error(`line ${number} is not a fact as \`kaquan export facts\` writes it`)
}
