import type Type from 'typebox'
import { bool, choice, fen, int, object, optional, points, seconds, text } from '../field.ts'
import { appJump } from './base_info.ts'

const LONG = 3072

/** A link that may be changed without review. */
const link = (about: string): Type.TOptional<Type.TString> => optional(text(128, { update: 'free', about }))

/** The mini program that an entry of the merchant's own opens instead of its URL. */
const mini_program = { app_brand_user_name: optional(text(128)), app_brand_pass: optional(text(128)) }

const custom_field = optional(
  object(
    {
      name_type: optional(
        choice(
          [
            'FIELD_NAME_TYPE_LEVEL',
            'FIELD_NAME_TYPE_COUPON',
            'FIELD_NAME_TYPE_STAMP',
            'FIELD_NAME_TYPE_DISCOUNT',
            'FIELD_NAME_TYPE_ACHIEVEMEN',
            'FIELD_NAME_TYPE_MILEAGE',
            'FIELD_NAME_TYPE_SET_POINTS',
            'FIELD_NAME_TYPE_TIMS',
          ],
          { aliases: { FIELD_NAME_TYPE_ACHIEVEMENT: 'FIELD_NAME_TYPE_ACHIEVEMEN' } },
        ),
      ),
      name: optional(text(24)),
      url: optional(text(128)),
      ...mini_program,
    },
    { update: 'free', about: 'A figure of the member shown on the card: name_type, or a name of its own.' },
  ),
)

const custom_cell = optional(
  object(
    { name: text(15), tips: text(18), url: text(128), ...mini_program },
    { update: 'free', about: 'An entry on the card.' },
  ),
)

const bonus_rule = object(
  {
    cost_money_unit: optional(fen({ about: 'For each amount of this much spent, in fen …' })),
    increase_bonus: optional(points({ about: '… a member gets this many points.' })),
    max_increase_bonus: optional(points({ about: 'Most points at one time.' })),
    init_increase_bonus: optional(points({ about: 'Points at activation.' })),
    cost_bonus_unit: optional(points({ about: 'For each lot of this many points …' })),
    reduce_money: optional(fen({ about: '… this much is taken off, in fen.' })),
    least_money_to_use_bonus: optional(fen({ about: 'The least amount spent, in fen.' })),
    least_moneyto_use_bonus: optional(fen({ about: 'The same, as an older library writes it.' })),
    max_reduce_bonus: optional(points({ about: 'Most points used at one time.' })),
  },
  { update: 'free', about: 'How points come and go.' },
)

const member_card = object({
  background_pic_url: link('Picture behind the card.'),
  prerogative: text(LONG, { update: 'review', about: 'What members are entitled to.' }),
  supply_bonus: bool({ update: 'free', about: 'The card has points; an update can only turn them on.' }),
  supply_balance: bool({ about: 'The card holds money.' }),
  bonus_url: link('Page of the points.'),
  balance_url: link('Page of the balance.'),
  ...appJump('bonus'),
  ...appJump('balance'),
  bonus_cleared: optional(text(LONG, { update: 'review', about: 'When points lapse.' })),
  bonus_rules: optional(text(LONG, { update: 'review', about: 'How points are earned.' })),
  balance_rules: optional(text(LONG, { update: 'review', about: 'How money is put on the card.' })),
  auto_activate: optional(bool({ update: 'free', about: 'Active from receipt on.' })),
  wx_activate: optional(bool({ update: 'free', about: 'Activated by a form.' })),
  wx_activate_after_submit: optional(bool({ update: 'free' })),
  wx_activate_after_submit_url: link('Page after that form.'),
  activate_url: link('Page where a member activates the card.'),
  ...appJump('activate'),
  bind_old_card_url: link('Page where an older card is bound.'),
  need_push_on_view: optional(bool({ about: 'Tell the merchant when a holder opens the card.' })),
  custom_field1: custom_field,
  custom_field2: custom_field,
  custom_field3: custom_field,
  custom_cell1: custom_cell,
  custom_cell2: custom_cell,
  custom_cell3: custom_cell,
  bonus_rule: optional(bonus_rule),
  discount: optional(int(0, 100, { update: 'free', about: 'Percent off: 10 is nine tenths of the price.' })),
})

const boarding_pass = object({
  from: text(54, { about: 'Where the flight begins.' }),
  to: text(54, { about: 'Where it ends.' }),
  flight: text(24),
  departure_time: seconds({ update: 'free' }),
  landing_time: seconds({ update: 'free' }),
  air_model: text(24, { about: 'Type of the aircraft.' }),
  check_in_url: optional(text(128, { about: 'Page for checking in.' })),
  gate: optional(text(12, { update: 'free' })),
  boarding_time: optional(seconds({ update: 'free', about: 'Shown as hour and minute only.' })),
})

/** What each card type has besides base_info and advanced_info, under its name in lower case. */
export const TYPE_FIELDS = {
  GROUPON: object({ deal_detail: text(LONG, { about: 'What the group buys.' }) }),
  CASH: object({
    least_cost: fen({ about: 'The least amount spent, in fen; 0 for any amount.' }),
    reduce_cost: fen({ about: 'The amount taken off, in fen.' }),
  }),
  DISCOUNT: object({ discount: int(0, 100, { about: 'Percent off: 30 is seven tenths of the price.' }) }),
  GIFT: object({ gift: text(LONG, { about: 'What is given.' }) }),
  GENERAL_COUPON: object({ default_detail: text(LONG, { about: 'What the coupon is good for.' }) }),
  MEMBER_CARD: member_card,
  SCENIC_TICKET: object({
    ticket_class: optional(text(LONG, { about: 'Class of the ticket.' })),
    guide_url: link('Map of the site.'),
  }),
  MOVIE_TICKET: object({
    detail: optional(text(LONG, { update: 'review', about: 'Film, time and kind of the ticket.' })),
  }),
  BOARDING_PASS: boarding_pass,
  MEETING_TICKET: object({
    meeting_detail: text(LONG, { about: 'What the meeting is about.' }),
    map_url: link('Map of the hall.'),
  }),
  BUS_TICKET: object({}),
} as const

export type CardType = keyof typeof TYPE_FIELDS

export const CARD_TYPES = Object.keys(TYPE_FIELDS) as CardType[]
