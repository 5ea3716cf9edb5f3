import { Command } from 'commander'
import { verify } from '../ledger/verify.ts'
import { existingPlace, JSON_OPTION, print, type CommonOptions } from './session.ts'

export const verifyCommand = (): Command =>
  new Command('verify')
    .description('replay all facts, compare with the tables, check the invariants; exit 1 on any difference')
    .option(...JSON_OPTION)
    .action(async (options: CommonOptions) => {
      const { merchants, facts, rows, differences } = await verify(existingPlace(), (difference) => {
        if (!options.json) process.stdout.write(`${difference}\n`)
      })
      const clean = differences.length === 0
      print(
        options,
        { clean, merchants, facts, rows, differences },
        `${facts} facts of ${merchants} merchants, ${rows} rows: ${clean ? 'clean' : `${differences.length} differences`}`,
      )
      if (!clean) process.exitCode = 1
    })
