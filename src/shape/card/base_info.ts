import type Type from 'typebox'
import { bool, choice, int, list, object, optional, seconds, text, type TextKeywords } from '../field.ts'

export const COLORS = {
  Color010: '#63b359',
  Color020: '#2c9f67',
  Color030: '#509fc9',
  Color040: '#5885cf',
  Color050: '#9062c0',
  Color060: '#d09a45',
  Color070: '#e4b138',
  Color080: '#ee903c',
  Color081: '#f08500',
  Color082: '#a9d92d',
  Color090: '#dd6549',
  Color100: '#cc463d',
  Color101: '#cf3e36',
  Color102: '#5E6671',
} as const

type Color = keyof typeof COLORS
const COLOR_NAMES = Object.keys(COLORS) as Color[]

export const CODE_TYPES = [
  'CODE_TYPE_TEXT',
  'CODE_TYPE_BARCODE',
  'CODE_TYPE_QRCODE',
  'CODE_TYPE_ONLY_QRCODE',
  'CODE_TYPE_ONLY_BARCODE',
  'CODE_TYPE_NONE',
] as const

/** The largest stock a card may have, over its whole life. */
export const MAX_QUANTITY = 100_000_000

const DAYS = 36_500

/** Validity. Which of its members are required follows from its type: see domain/card/validity.ts. */
const date_info = object(
  {
    type: choice(['DATE_TYPE_FIX_TIME_RANGE', 'DATE_TYPE_FIX_TERM', 'DATE_TYPE_PERMANENT'], {
      aliases: { 1: 'DATE_TYPE_FIX_TIME_RANGE', 2: 'DATE_TYPE_FIX_TERM' },
      refused: 'invalidTime',
      update: 'free',
      about:
        'A fixed range, a number of days from receipt, or for ever (member cards only). 1 and 2 are old names of the first two.',
    }),
    begin_timestamp: optional(seconds({ update: 'free', about: 'First second of a fixed range.' })),
    end_timestamp: optional(
      seconds({
        update: 'free',
        about: 'Last second of a fixed range; with DATE_TYPE_FIX_TERM, a last second for every code.',
      }),
    ),
    fixed_term: optional(
      int(0, DAYS, {
        refused: 'invalidTime',
        fixed: 'invalidDateInfo',
        about: 'Days of validity; 0 counts as the day of receipt.',
      }),
    ),
    fixed_begin_term: optional(
      int(0, DAYS, {
        refused: 'invalidTime',
        fixed: 'invalidDateInfo',
        about: 'Days from receipt until validity begins; 0 by default.',
      }),
    ),
  },
  { update: 'free' },
)

const sku = object({
  quantity: int(0, MAX_QUANTITY, {
    refused: 'invalidQuantity',
    about: 'The stock. 0 is for deposited codes only. total_quantity is reckoned here, and passed over when sent.',
  }),
})

/** The user name and the path of a mini program that a link opens instead of its URL. */
export const appJump = <const Prefix extends string>(prefix: Prefix) =>
  ({
    [`${prefix}_app_brand_user_name`]: optional(text(128, { update: 'free' })),
    [`${prefix}_app_brand_pass`]: optional(text(128, { update: 'free' })),
  }) as Record<`${Prefix}_app_brand_${'user_name' | 'pass'}`, Type.TOptional<Type.TString>>

const freely = (bytes: number, about: string, keywords: TextKeywords = {}): Type.TOptional<Type.TString> =>
  optional(text(bytes, { update: 'free', about, ...keywords }))

/** The fields that cards of every type have. */
export const base_info = object({
  logo_url: text(128, { update: 'review', about: "The merchant's logo, 300×300." }),
  code_type: choice(CODE_TYPES, { refused: 'invalidCodeType', update: 'free', about: 'How a code is shown.' }),
  brand_name: text(36, { about: "The merchant's name." }),
  title: text(27, { about: 'The name of the card.' }),
  sub_title: optional(text(54, { about: 'A second line under the title.' })),
  date_info,
  color: choice(COLOR_NAMES, {
    aliases: Object.fromEntries(COLOR_NAMES.map((name) => [COLORS[name], name])) as Record<string, Color>,
    refused: 'invalidColor',
    update: 'review',
    about: 'Color010 … Color102; card/get answers its hexadecimal value, which is taken too.',
  }),
  notice: text(48, { update: 'review', about: 'What to do at the till.' }),
  service_phone: freely(24, "The merchant's telephone."),
  description: text(3072, { update: 'review', about: 'Terms of use.' }),
  source: optional(text(36, { about: 'Name of the third party that offers the card.' })),
  location_id_list: optional(
    list(int(0, Number.MAX_SAFE_INTEGER, { refused: 'invalidCodeType' }), 10_000, {
      commas: true,
      update: 'free',
      about: 'Numbers of the shops that take the card.',
    }),
  ),
  use_all_locations: optional(bool({ update: 'free', about: 'Every shop takes the card.' })),
  get_limit: optional(
    int(1, MAX_QUANTITY, {
      update: 'free',
      zero_is_absent: true,
      about: 'How many codes one holder may receive; 50 where it is absent or 0.',
    }),
  ),
  use_limit: optional(
    int(1, MAX_QUANTITY, {
      zero_is_absent: true,
      about: 'How many codes one holder may redeem; 50 where it is absent or 0.',
    }),
  ),
  can_share: optional(bool({ update: 'free', about: 'The page of the card may be passed on; true by default.' })),
  can_give_friend: optional(bool({ update: 'free', about: 'A code may be given away; true by default.' })),
  use_custom_code: optional(bool({ about: 'The merchant gives the codes their numbers.' })),
  get_custom_code_mode: optional(
    choice(['GET_CUSTOM_CODE_MODE_DEPOSIT'], {
      about: 'Custom codes are deposited beforehand; the stock begins at 0.',
    }),
  ),
  bind_openid: optional(bool({ about: 'Only for holders the merchant names.' })),
  sku,
  custom_url_name: freely(15, 'Text of the entry under the code.', { update_bytes: 16 }),
  custom_url: freely(128, 'Where that entry leads.'),
  custom_url_sub_title: freely(18, 'Hint at the right of that entry.'),
  ...appJump('custom'),
  promotion_url_name: freely(15, 'Text of the entry for further offers.', { update_bytes: 16 }),
  promotion_url: freely(128, 'Where that entry leads.'),
  promotion_url_sub_title: freely(18, 'Hint at the right of that entry.'),
  ...appJump('promotion'),
  center_title: freely(18, 'Text of the button in the middle.'),
  center_sub_title: freely(24, 'Text under that button.'),
  center_url: freely(128, 'Where that button leads.'),
  ...appJump('center'),
  need_push_on_view: optional(bool({ about: 'Tell the merchant when a holder opens the card.' })),
  use_dynamic_code: optional(bool({ about: 'The code shown changes all the time (member cards).' })),
  pay_info: optional(
    object(
      { swipe_card: optional(object({ is_swipe_card: optional(bool()), is_pay_and_qrcode: optional(bool()) })) },
      { update: 'free', about: 'Paying with the card.' },
    ),
  ),
  is_pay_and_qrcode: optional(bool({ about: 'Paying and showing the code on one page.' })),
  sub_merchant_info: optional(
    object({ merchant_id: int(0, Number.MAX_SAFE_INTEGER) }, { about: 'The sub-merchant the card is made for.' }),
  ),
})

export type BaseInfo = Type.Static<typeof base_info>
