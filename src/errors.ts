/**
 * Every errcode that leaves this server, in one table: its number, its text, and when it is given.
 *
 * Clients match texts by substring, so each text begins exactly as WeChat's does. The server adds a hint id, which its
 * log carries too, and then what the developer needs to know: the field, the place, the reason.
 */

interface ErrorEntry {
  errcode: number
  errmsg: string
  when: string
}

export const ERRORS = {
  systemError: {
    errcode: -1,
    errmsg: 'system error',
    when: 'The server is busy or stopping, or a rule of its own was broken; the log tells which. Try again later.',
  },
  invalidCredential: {
    errcode: 40001,
    errmsg: 'invalid credential, access_token is invalid or not latest',
    when: 'The access_token is unknown, or a newer one took its place more than five minutes ago.',
  },
  invalidGrantType: { errcode: 40002, errmsg: 'invalid grant_type', when: 'grant_type is not client_credential.' },
  invalidOpenid: {
    errcode: 40003,
    errmsg: 'invalid openid',
    when: 'The openid is absent, longer than 64 bytes, or holds blanks or characters outside ASCII.',
  },
  invalidAppid: { errcode: 40013, errmsg: 'invalid appid', when: 'No merchant has this appid.' },
  invalidCharset: {
    errcode: 40033,
    errmsg: 'invalid charset, please use utf8 encoded text',
    when: 'The body is not UTF-8, or a text in it holds a NUL character or half a surrogate pair.',
  },
  invalidCode: {
    errcode: 40116,
    errmsg: 'invalid code',
    when: 'A code is given for a card whose codes are generated here, or holds blanks or control characters.',
  },
  invalidActionName: {
    errcode: 40052,
    errmsg: 'invalid action name',
    when: 'action_name is not QR_CARD or QR_MULTIPLE_CARD.',
  },
  invalidActionInfo: {
    errcode: 40053,
    errmsg: 'invalid action info, please check document',
    when: 'The cards of a QR code are not where its action_name has them, or one that is bound to a holder names none.',
  },
  invalidSerialCode: {
    errcode: 40056,
    errmsg: 'invalid serial code',
    when: 'No holder has this code: unknown, not received yet, given away, or of another card. A custom code is found only together with its card_id.',
  },
  invalidUrl: { errcode: 40066, errmsg: 'invalid url', when: 'There is no such endpoint.' },
  invalidCardType: {
    errcode: 40071,
    errmsg: 'invalid card type',
    when: 'card_type is not one of the eleven, or the fields stand under the key of another type.',
  },
  invalidCodeType: {
    errcode: 40072,
    errmsg: 'invalid location id',
    when: 'code_type is not one of its values, or a shop number in location_id_list is below 0 or too large. (WeChat gives both this number.)',
  },
  invalidCardId: { errcode: 40073, errmsg: 'invalid card id', when: 'This merchant has no such card.' },
  invalidColor: {
    errcode: 40076,
    errmsg: 'invalid color id',
    when: 'color is not one of the names Color010 … Color102.',
  },
  invalidCardStatus: {
    errcode: 40078,
    errmsg: 'invalid card status',
    when: 'The card is deleted, not approved, or no longer valid.',
  },
  invalidTime: {
    errcode: 40079,
    errmsg: 'invalid time',
    when: 'A validity that cannot be: its type is unknown or not for this card type, it ends before it begins, is over already, or lies beyond 2038-01-19.',
  },
  invalidCardExt: {
    errcode: 40080,
    errmsg: 'invalid card ext',
    when: 'The ticket of a QR code, a gift or a session is unknown, over, used up, or of another card.',
  },
  invalidArgs: { errcode: 40097, errmsg: 'invalid args', when: 'A value outside its limits or its list.' },
  alreadyConsumed: {
    errcode: 40099,
    errmsg: 'invalid code, this code has consumed.',
    when: 'The code was redeemed before. The answer names it in _card and _code.',
  },
  invalidDateInfo: {
    errcode: 40100,
    errmsg:
      'invalid DateInfo, Make Sure OldDateInfoType==NewDateInfoType && NewBeginTime<=OldBeginTime && OldEndTime<= NewEndTime',
    when: 'card/update changes the kind of a validity, or narrows a fixed range.',
  },
  tooManyCodes: { errcode: 40109, errmsg: 'too many code size, must <= 100', when: 'More than 100 codes in one call.' },
  emptyCode: { errcode: 40110, errmsg: 'have empty code', when: 'A code to be deposited, or a new_code, is empty.' },
  sameCode: {
    errcode: 40111,
    errmsg: 'have same code',
    when: 'A custom code that this card has already, given out or deposited.',
  },
  invalidQuantity: {
    errcode: 40122,
    errmsg: 'invalid card quantity',
    when: 'A stock that is not between what is left and 100000000.',
  },
  tooManyCustomFields: {
    errcode: 40124,
    errmsg: 'too many custom field!',
    when: 'A member card with more than three custom fields or cells.',
  },
  invalidSecret: { errcode: 40125, errmsg: 'invalid appsecret', when: "The secret is not this merchant's." },
  invalidUserCardStatus: {
    errcode: 40127,
    errmsg:
      'invalid user-card status! Hint: the card was given to user, but may be deleted or expired or set unavailable !',
    when: 'The code is expired, being given away, deleted, set unavailable or, where check_consume is on, redeemed.',
  },
  bonusTurnedOff: {
    errcode: 40135,
    errmsg: 'invalid not supply bonus, can not change card_id which supply bonus to be not supply',
    when: 'card/update takes the points from a member card.',
  },
  depositOverPool: {
    errcode: 40136,
    errmsg: 'invalid use DepositCodeMode, make sure sku.quantity>DepositCode.quantity',
    when: 'The stock of a card with deposited codes is set above the number of codes deposited.',
  },
  payCellAndCenter: {
    errcode: 40145,
    errmsg:
      'invalid update! Can not both set PayCell and CenterCellInfo(include: center_title, center_sub_title, center_url).',
    when: 'A card gets the button in its middle while it may be paid with, or the other way round.',
  },
  consumeRestricted: {
    errcode: 40147,
    errmsg: 'invalid consume! Consume time overranging restricts.',
    when: 'The code is not valid yet, or its holder has redeemed use_limit codes of this card.',
  },
  ipNotAllowed: {
    errcode: 40164,
    errmsg: 'invalid ip',
    when: "A token is asked for from an address that is not in the merchant's ip_allowlist.",
  },
  missingToken: { errcode: 41001, errmsg: 'access_token missing', when: 'The query carries no access_token.' },
  missingAppid: { errcode: 41002, errmsg: 'appid missing', when: 'A token is asked for without an appid.' },
  missingSecret: { errcode: 41004, errmsg: 'appsecret missing', when: 'A token is asked for without a secret.' },
  missingFields: {
    errcode: 41011,
    errmsg: 'missing required fields! please check document and request json!',
    when: 'A required field is absent, empty or null; the text after the hint names it.',
  },
  missingCardId: { errcode: 41012, errmsg: 'missing card id', when: 'card_id is required here and absent.' },
  missingCode: { errcode: 41013, errmsg: 'missing code', when: 'code is required here and absent.' },
  tokenExpired: {
    errcode: 42001,
    errmsg: 'access_token expired',
    when: 'The access_token has reached the end of its two hours.',
  },
  requirePost: {
    errcode: 43002,
    errmsg: 'require POST method',
    when: 'An endpoint that takes only POST is asked with another method.',
  },
  requirePay: {
    errcode: 43008,
    errmsg: 'require biz pay auth',
    when: "The merchant's setting wechat_pay is off.",
  },
  requireCustomCode: {
    errcode: 43009,
    errmsg: 'can not use custom code, need authorize',
    when: "The merchant's setting custom_code is off.",
  },
  requireBalance: {
    errcode: 43010,
    errmsg: 'can not use balance, need authorize',
    when: "The merchant's setting balance is off.",
  },
  requireLocation: {
    errcode: 43017,
    errmsg: 'require location id!',
    when: 'A card that may be paid with needs a shop.',
  },
  emptyBody: { errcode: 44002, errmsg: 'empty post data', when: 'The body is empty.' },
  tooFrequent: {
    errcode: 45009,
    errmsg: 'reach max api daily quota limit',
    when: 'More than 120 tokens a minute from one address for one merchant, or the twenty-first forced stable token of a day.',
  },
  tooLong: {
    errcode: 45021,
    errmsg: 'some argument may be out of length limit! please check document and request json!',
    when: 'A text over its limit in UTF-8 bytes, a list over its limit, or a body over 1 MiB; the text after the hint names it.',
  },
  bonusOutOfLimit: { errcode: 45022, errmsg: 'bonus is out of limit', when: 'Points below 0 or beyond 2147483647.' },
  balanceOutOfLimit: {
    errcode: 45023,
    errmsg: 'balance is out of limit',
    when: 'A balance below 0 or beyond 2147483647 fen.',
  },
  notSupported: {
    errcode: 45030,
    errmsg: 'limit cardid, not support this function',
    when: 'The card may not be given away, has no custom codes, has no deposited codes, or is no member card: whatever the request needs.',
  },
  stockUsedUp: { errcode: 45031, errmsg: 'stock is out of limit', when: 'Nothing of this card is left.' },
  overGetLimit: {
    errcode: 45033,
    errmsg: 'user get card num is out of get_limit',
    when: 'This holder has received get_limit codes of this card.',
  },
  tooManyCards: { errcode: 45039, errmsg: 'card_list_size out of limit', when: 'A QR code for more than five cards.' },
  cellConflict: {
    errcode: 45046,
    errmsg: 'operate field conflict, CenterCell, PayCell, SelfConsumeCell conflict',
    when: 'A card that holders redeem themselves gets the button in its middle or may be paid with, or the other way round.',
  },
  dataFormat: {
    errcode: 47001,
    errmsg: 'data format error',
    when: 'The body is not JSON, or a field has another type; the text after the hint shows the place, or names the field and the type it has to have.',
  },
  unauthorized: { errcode: 48001, errmsg: 'api unauthorized', when: 'The merchant may not use this.' },
  dateFormat: {
    errcode: 61500,
    errmsg: 'date format error',
    when: 'A date is absent, not written like 2015-06-15, or not in the calendar.',
  },
  dateRange: {
    errcode: 61501,
    errmsg: 'date range error',
    when: 'A report over more than 62 days, that ends before it begins, or of a day that has not begun.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorName = keyof typeof ERRORS

/** A request that is refused for a reason its sender is told. Everything else that is thrown is a fault of ours. */
export class Refusal extends Error {
  readonly reason: ErrorName
  /** Goes after the hint id: a field's place, or a sentence. */
  readonly detail: string
  /** Goes beside errcode and errmsg in the answer. */
  readonly members: Readonly<Record<string, string>>
  /** What the sender wrote, shown to them after the detail. It may hold a secret, so it is never logged. */
  readonly quote: string

  constructor(reason: ErrorName, detail: string, members: Readonly<Record<string, string>>, quote: string) {
    super(ERRORS[reason].errmsg)
    this.name = 'Refusal'
    this.reason = reason
    this.detail = detail
    this.members = members
    this.quote = quote
  }
}

export function refuse(
  reason: ErrorName,
  detail = '',
  members: Readonly<Record<string, string>> = {},
  quote = '',
): Refusal {
  return new Refusal(reason, detail, members, quote)
}
