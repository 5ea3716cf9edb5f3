import { Command } from 'commander'
import { ERRORS, Refusal } from '../errors.ts'
import { cardCommand } from './card.ts'
import { codeCommand } from './code.ts'
import { configCommand } from './config.ts'
import { exportCommand } from './export.ts'
import { importCommand } from './import.ts'
import { merchantCommand } from './merchant.ts'
import { serveCommand } from './serve.ts'
import { statisticsCommand } from './statistics.ts'
import { verifyCommand } from './verify.ts'

/** Runs one command line. The exit code is 0 only if what was asked was done. */
export async function run(argv: readonly string[]): Promise<void> {
  const program = new Command('kaquan')
    .description('Coupons, tickets, gift and membership cards on a server of your own; speaks the WeChat card API.')
    .showHelpAfterError()
  for (const command of [
    serveCommand(),
    merchantCommand(),
    cardCommand(),
    codeCommand(),
    statisticsCommand(),
    exportCommand(),
    importCommand(),
    verifyCommand(),
    configCommand(),
  ]) {
    program.addCommand(command)
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever reads the output may have seen enough.
    if (error.code !== 'EPIPE') process.stderr.write(`kaquan: ${error.message}\n`)
    process.exit(1)
  })
  try {
    await program.parseAsync(argv)
  } catch (error) {
    process.exitCode = 1
    report(error, argv.includes('--json'))
  }
}

function report(error: unknown, json: boolean): void {
  const message = messageOf(error)
  if (json) process.stdout.write(`${JSON.stringify(message)}\n`)
  process.stderr.write(`kaquan: ${message.errmsg}\n`)
}

function messageOf(error: unknown): { errcode: number; errmsg: string } {
  if (error instanceof Refusal) {
    const { errcode, errmsg } = ERRORS[error.reason]
    return { errcode, errmsg: error.detail ? `${errmsg}: ${error.detail}` : errmsg }
  }
  return { errcode: -1, errmsg: error instanceof Error ? error.message : String(error) }
}
