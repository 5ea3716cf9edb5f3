import { keyOf, type Face } from './card.ts'
import { advanced_info } from './advanced_info.ts'
import { base_info, COLORS } from './base_info.ts'
import { TYPE_FIELDS } from './types.ts'

/** What a card has besides its face. */
interface Present {
  appid: string
  card_id: string
  status: string
  quantity: number
  total_quantity: number
  create_time: number
  update_time: number
}

/**
 * The JSON of a card in answers: `{ card_type, <card_type in lower case>: { base_info, …, advanced_info } }`. A field
 * that was not given is left out; lists are shown even if empty; the colour is shown as its hexadecimal value.
 */
export function showCard(face: Face, present: Present): Record<string, unknown> {
  const shown_base_info = {
    id: present.card_id,
    appid: present.appid,
    ...pick(base_info.properties, face.base_info),
    color: COLORS[face.base_info.color],
    location_id_list: face.base_info.location_id_list ?? [],
    area_code_list: [],
    status: present.status,
    sku: { quantity: present.quantity, total_quantity: present.total_quantity },
    create_time: present.create_time,
    update_time: present.update_time,
    ...(face.cells?.pay && { pay_cell: { is_open: true } }),
    ...(face.cells?.self_consume && { self_consume_cell: { is_open: true, ...face.cells.self_consume } }),
  }
  const shown_advanced_info = {
    time_limit: [],
    text_image_list: [],
    business_service: [],
    consume_share_card_list: [],
    share_friends: false,
    ...pick(advanced_info.properties, face.advanced_info ?? {}),
  }
  return {
    card_type: face.card_type,
    [keyOf(face.card_type)]: {
      base_info: shown_base_info,
      ...pick(TYPE_FIELDS[face.card_type].properties, face.fields),
      advanced_info: shown_advanced_info,
    },
  }
}

/** Those of a table's fields that are present, in the table's order. */
function pick(table: object, values: object): Record<string, unknown> {
  const given = values as Record<string, unknown>
  return Object.fromEntries(
    Object.keys(table)
      .filter((name) => given[name] !== undefined)
      .map((name) => [name, given[name]]),
  )
}
