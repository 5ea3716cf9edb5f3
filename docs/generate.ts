import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import type { TSchema } from 'typebox'
import { SETTINGS } from '../src/config.ts'
import { ERRORS } from '../src/errors.ts'
import { advanced_info } from '../src/shape/card/advanced_info.ts'
import { base_info } from '../src/shape/card/base_info.ts'
import { TYPE_FIELDS } from '../src/shape/card/types.ts'
import type { FieldSchema } from '../src/shape/field.ts'

/** Writes docs/reference from the tables of the program; with --check it only tells whether what is there is current. */

const HEAD = '<!-- Written by `npm run docs` from the program. Change the program, not this page. -->'

const row = (...cells: (string | number)[]): string => `| ${cells.join(' | ')} |`

const table = (head: string[], rows: string[]): string =>
  [row(...head), row(...head.map(() => '---')), ...rows].join('\n')

function errorsPage(): string {
  const entries = Object.values(ERRORS).toSorted((a, b) => a.errcode - b.errcode)
  const rows = entries.map(({ errcode, errmsg, when }) => row(errcode, `\`${errmsg}\``, when))
  return `# Errors\n\n${table(['errcode', 'errmsg begins', 'when'], rows)}\n`
}

function settingsPage(): string {
  const rows = SETTINGS.map(({ name, default: usual, meaning }) =>
    row(`\`${name}\``, usual ? `\`${usual}\`` : 'unset', meaning),
  )
  return `# Settings\n\n${table(['setting', 'default', 'meaning'], rows)}\n`
}

function fieldsPage(): string {
  const types = Object.entries(TYPE_FIELDS).map(([card_type, fields]) => section(`\`${card_type}\``, fields))
  const sections = [section('`base_info`', base_info), section('`advanced_info`', advanced_info), ...types]
  const legend =
    'M: required. Update: whether `card/update` may change it, and whether that sends the card to review. Bytes are UTF-8; a Chinese character has three.'
  return `# Fields of a card\n\n${legend}\n\n${sections.join('\n\n')}\n`
}

function section(title: string, fields: TSchema): string {
  const rows = fieldRows(fields, '')
  const body = rows.length > 0 ? table(['field', 'M', 'type', 'update', 'about'], rows) : 'No fields of its own.'
  return `## ${title}\n\n${body}`
}

function fieldRows({ properties = {}, required = [] }: FieldSchema, prefix: string): string[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const path = prefix + name
    const update = field.update === 'review' ? 'yes, review' : field.update === 'free' ? 'yes' : ''
    const own = row(`\`${path}\``, required.includes(name) ? 'M' : '', typeOf(field), update, field.about ?? '')
    const inside = field.type === 'array' ? fieldRows(field.items!, `${path}[].`) : fieldRows(field, `${path}.`)
    return [own, ...inside]
  })
}

function typeOf({ type, bytes, update_bytes, enum: values, minimum, maximum, items, maxItems }: FieldSchema): string {
  if (values) return `one of ${values.map((value) => `\`${value}\``).join(', ')}`
  if (type === 'string') return `text(${bytes})${update_bytes === undefined ? '' : `, ${update_bytes} in an update`}`
  if (type === 'integer') return `int ${minimum} … ${maximum}`
  if (type === 'array') return `list of up to ${maxItems}: ${typeOf(items!)}`
  return type === 'boolean' ? 'bool' : 'object'
}

const PAGES = { errors: errorsPage(), settings: settingsPage(), fields: fieldsPage() }

for (const [name, text] of Object.entries(PAGES)) {
  const file = join(import.meta.dirname, 'reference', `${name}.md`)
  const page = `${HEAD}\n\n${text}`
  if (!argv.includes('--check')) writeFileSync(file, page)
  else if (readFileSync(file, 'utf8') !== page) throw new Error(`docs/reference/${name}.md is old: run npm run docs`)
}
