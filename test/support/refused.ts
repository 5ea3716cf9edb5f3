import assert from 'node:assert/strict'
import type { Answer } from './client.ts'

/** The texts of WeChat's errcodes, which clients compare with, as the contract gives them. */
const ERRMSG: Record<number, string> = {
  40001: 'invalid credential, access_token is invalid or not latest',
  40002: 'invalid grant_type',
  40003: 'invalid openid',
  40013: 'invalid appid',
  40052: 'invalid action name',
  40053: 'invalid action info, please check document',
  40056: 'invalid serial code',
  40071: 'invalid card type',
  40072: 'invalid location id',
  40073: 'invalid card id',
  40076: 'invalid color id',
  40078: 'invalid card status',
  40079: 'invalid time',
  40080: 'invalid card ext',
  40097: 'invalid args',
  40099: 'invalid code, this code has consumed.',
  40100:
    'invalid DateInfo, Make Sure OldDateInfoType==NewDateInfoType && NewBeginTime<=OldBeginTime && OldEndTime<= NewEndTime',
  40109: 'too many code size, must <= 100',
  40110: 'have empty code',
  40111: 'have same code',
  40116: 'invalid code',
  40122: 'invalid card quantity',
  40124: 'too many custom field!',
  40127:
    'invalid user-card status! Hint: the card was given to user, but may be deleted or expired or set unavailable !',
  40135: 'invalid not supply bonus, can not change card_id which supply bonus to be not supply',
  40136: 'invalid use DepositCodeMode, make sure sku.quantity>DepositCode.quantity',
  40145:
    'invalid update! Can not both set PayCell and CenterCellInfo(include: center_title, center_sub_title, center_url).',
  40147: 'invalid consume! Consume time overranging restricts.',
  41001: 'access_token missing',
  41011: 'missing required fields! please check document and request json!',
  41012: 'missing card id',
  41013: 'missing code',
  43002: 'require POST method',
  43008: 'require biz pay auth',
  43009: 'can not use custom code, need authorize',
  43010: 'can not use balance, need authorize',
  43017: 'require location id!',
  44002: 'empty post data',
  45021: 'some argument may be out of length limit! please check document and request json!',
  45030: 'limit cardid, not support this function',
  45031: 'stock is out of limit',
  45033: 'user get card num is out of get_limit',
  45039: 'card_list_size out of limit',
  45046: 'operate field conflict, CenterCell, PayCell, SelfConsumeCell conflict',
  47001: 'data format error',
  48001: 'api unauthorized',
  61500: 'date format error',
  61501: 'date range error',
}

const WITH_HINT = /^(.+?),? hint: \[([\w.-]{10,16}!?)\](?: (.*))?$/su

/**
 * Asserts that a request was refused: with this errcode, its text, and a hint id.
 *
 * @param after what follows the hint id: the place of a field, or the text that does not make sense
 */
export function assertRefused(answer: Answer, errcode: number, after?: string | RegExp): void {
  assert.equal(answer.errcode, errcode, answer.errmsg)
  const [, text, , detail = ''] = WITH_HINT.exec(answer.errmsg) ?? assert.fail(`no hint id: ${answer.errmsg}`)
  if (ERRMSG[errcode] !== undefined) assert.equal(text, ERRMSG[errcode])
  if (typeof after === 'string') assert.equal(detail, after)
  else if (after) assert.match(detail, after)
}

/** How WeChat names a field of a card: `base_info.title` is `m_data.base_info().title`. What it should be may follow. */
export function placeOf(path: string): RegExp {
  const names = path.split('.').filter((name) => !/^\d+$/.test(name))
  const quoted = names.map((name) => name.replaceAll('.', '\\.'))
  return new RegExp(`^m_data\\.${quoted.join('\\(\\)\\.')}(\\(\\))?( is not an? [\\w ]+)?$`, 'u')
}
