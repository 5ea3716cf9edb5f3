/** What the tests use of wechat-card, which comes without types. Errors are plain objects: `{ code, msg }`. */
declare module 'wechat-card' {
  type Done<Result> = (error: { code: number; msg: string } | null, result: Result) => void

  interface Card {
    card_type: string
    base_info: Record<string, unknown>
    special_info: Record<string, unknown>
  }

  interface CodeInfo {
    card_id: string
    openid: string
  }

  const wechatCard: {
    /** For the whole process. */
    setConfig(config: { appId: string; appSecret: string }): void
    basic: {
      getAccessToken: (done: Done<string>) => void
    }
    card: {
      createCard: (card: Card, done: Done<string>) => void
      getCardDetail: (cardId: string, done: Done<Card>) => void
      getCardIdList: (offset: number, count: number, done: Done<string[]>) => void
      /** @param number more, or below zero: less */
      modifyCardStock: (cardId: string, number: number, done: Done<void>) => void
      deleteCard: (cardId: string, done: Done<void>) => void
    }
    code: {
      consumeCode: (code: string, cardId: string, done: Done<CodeInfo>) => void
      getCodeDetail: (code: string, done: Done<CodeInfo & { begin_time: number; end_time: number }>) => void
      setCodeExpire: (code: string, done: Done<void>) => void
    }
  }
  export default wechatCard
}

declare module 'wechat-card/libs/config.js' {
  const config: {
    /** The address of each endpoint, by a name of its own. */
    api: Record<string, string>
  }
  export default config
}
