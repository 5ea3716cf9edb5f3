import { Command } from 'commander'
import { readConfig } from '../config.ts'
import { serveUntilStopped } from '../main.ts'

export const serveCommand = (): Command =>
  new Command('serve')
    .description('serve the wire API and the wallet until SIGTERM or SIGINT; settings come from the environment')
    .action(() => serveUntilStopped(readConfig(process.env)))
