import type { Endpoint } from '../server/endpoint.ts'
import { batchget } from './card/batchget.ts'
import { checkcode } from './card/code/checkcode.ts'
import { consume } from './card/code/consume.ts'
import { deposit } from './card/code/deposit.ts'
import { get as getCode } from './card/code/get.ts'
import { getdepositcount } from './card/code/getdepositcount.ts'
import { unavailable } from './card/code/unavailable.ts'
import { updateCode } from './card/code/update.ts'
import { create } from './card/create.ts'
import { deleteCard } from './card/delete.ts'
import { get as getCard } from './card/get.ts'
import { getcolors } from './card/getcolors.ts'
import { activate } from './card/membercard/activate.ts'
import { modifystock } from './card/modifystock.ts'
import { setPayCell } from './card/paycell/set.ts'
import { createQrCode } from './card/qrcode/create.ts'
import { setSelfConsumeCell } from './card/selfconsumecell/set.ts'
import { setTestWhiteList } from './card/testwhitelist/set.ts'
import { update } from './card/update.ts'
import { getcardlist } from './card/user/getcardlist.ts'
import { showqrcode } from './cgi-bin/showqrcode.ts'
import { stable_token } from './cgi-bin/stable_token.ts'
import { token } from './cgi-bin/token.ts'
import { getcardbizuininfo } from './datacube/getcardbizuininfo.ts'
import { getcardcardinfo } from './datacube/getcardcardinfo.ts'
import { getcardmembercardinfo } from './datacube/getcardmembercardinfo.ts'

/** The wire API. */
export const wechatEndpoints: readonly Endpoint[] = [
  token,
  stable_token,
  create,
  getCard,
  batchget,
  update,
  deleteCard,
  modifystock,
  setPayCell,
  setSelfConsumeCell,
  setTestWhiteList,
  createQrCode,
  showqrcode,
  getcolors,
  getcardlist,
  getCode,
  consume,
  unavailable,
  updateCode,
  deposit,
  getdepositcount,
  checkcode,
  activate,
  getcardbizuininfo,
  getcardcardinfo,
  getcardmembercardinfo,
]
