/** What the tests use of co-wechat-api, which comes without types. */
declare module 'co-wechat-api' {
  import type { RequestOptions } from 'node:https'

  interface Token {
    accessToken: string
    /** In milliseconds. */
    expireTime: number
  }

  interface Ok {
    errcode: 0
    errmsg: string
  }

  /** Every method rejects with an Error whose `code` is the errcode. */
  export default class WechatAPI {
    constructor(
      appid: string,
      appsecret: string,
      getToken?: () => Promise<Token | null>,
      saveToken?: (token: Token | null) => Promise<void>,
    )
    /** Options for every request; handed on to httpx. */
    setOpts(options: { beforeRequest: (options: RequestOptions) => RequestOptions }): void
    getAccessToken(): Promise<Token>
    createCard(card: object): Promise<Ok & { card_id: string }>
    getCard(cardId: string): Promise<Ok & { card: Record<string, unknown> }>
    getCards(
      offset: number,
      count: number,
      status_list?: readonly string[],
    ): Promise<Ok & { card_id_list: string[]; total_num: number }>
    getCardList(openid: string, cardId?: string): Promise<Ok & { card_list: { code: string; card_id: string }[] }>
    getCode(
      code: string,
      cardId?: string,
    ): Promise<Ok & { openid: string; can_consume: boolean; user_card_status: string }>
    consumeCode(code: string, cardId?: string): Promise<Ok & { card: { card_id: string }; openid: string }>
    unavailableCode(code: string, cardId?: string): Promise<Ok>
    updateCardStock(cardId: string, num: number): Promise<Ok>
    deleteCard(cardId: string): Promise<Ok>
  }
}
