import type Type from 'typebox'
import { bool, choice, fen, int, list, object, optional, text } from '../field.ts'

const WEEKDAYS = ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY', 'HOLIDAY'] as const

const SERVICES = [
  'BIZ_SERVICE_DELIVER',
  'BIZ_SERVICE_FREE_PARK',
  'BIZ_SERVICE_WITH_PET',
  'BIZ_SERVICE_FREE_WIFI',
] as const

/** What a card shows beyond its fields. All of it is for display: none of it is enforced at redemption. */
export const advanced_info = object({
  use_condition: optional(
    object({
      accept_category: optional(text(512, { about: 'Goods that the card is for.' })),
      reject_category: optional(text(512, { about: 'Goods that it is not for (cash).' })),
      least_cost: optional(fen({ about: 'Least amount, in fen (cash, gift).' })),
      object_use_for: optional(text(512, { about: 'What has to be bought (gift).' })),
      can_use_with_other_discount: optional(bool({ about: 'Together with other offers; true by default.' })),
    }),
  ),
  abstract: optional(
    object({
      abstract: text(24, { about: 'Text of the cover.' }),
      icon_url_list: list(text(128), 1, { about: 'Picture of the cover, 850×350.' }),
    }),
  ),
  text_image_list: optional(
    list(object({ image_url: text(128), text: text(512) }), 100, { about: 'Pictures with texts.' }),
  ),
  time_limit: optional(
    list(
      object({
        type: choice(WEEKDAYS),
        begin_hour: optional(int(0, 23)),
        begin_minute: optional(int(0, 59)),
        end_hour: optional(int(0, 24)),
        end_minute: optional(int(0, 59)),
      }),
      100,
      { about: 'Hours of the week.' },
    ),
  ),
  business_service: optional(list(choice(SERVICES), SERVICES.length, { about: 'Services of the shop.' })),
  consume_share_card_list: optional(list(object({ card_id: text(32), amount: optional(int(0, 1000)) }), 100)),
  share_friends: optional(bool()),
})

export type AdvancedInfo = Type.Static<typeof advanced_info>
