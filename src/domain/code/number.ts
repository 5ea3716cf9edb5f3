/** The specification gives a code 20 bytes; only card/code/update lets one grow. */
const CODE_BYTES = 20
export const CHANGED_CODE_BYTES = 64

const BLANK_OR_CONTROL = /[\s\p{C}]/u

/** Can a till read it and a client send it? */
export const isReadable = (code: string): boolean => code !== '' && !BLANK_OR_CONTROL.test(code)

export const isShort = (code: string): boolean => Buffer.byteLength(code) <= CODE_BYTES

/** May a custom code be this? */
export const isCodeNumber = (code: string): boolean => isReadable(code) && isShort(code)
