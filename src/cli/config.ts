import { Command } from 'commander'
import { readConfig, SETTINGS, settingsIn } from '../config.ts'
import { JSON_OPTION, print, type CommonOptions } from './session.ts'

export const configCommand = (): Command =>
  new Command('config')
    .description('print each setting with its default, its present value and its meaning')
    .option(...JSON_OPTION)
    .action((options: CommonOptions) => {
      const values = settingsIn(process.env)
      const settings = SETTINGS.map((setting) => ({ ...setting, value: values.get(setting.name) }))
      const lines = settings.map(
        ({ name, value, default: usual, meaning }) => `${name}=${value}\n    ${meaning} Default: ${usual || 'unset'}.`,
      )
      print(options, { settings }, lines.join('\n'))
      readConfig(process.env)
    })
