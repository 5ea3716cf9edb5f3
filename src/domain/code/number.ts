import { refuse } from '../../errors.ts'

/** The specification gives a code 20 bytes; only card/code/update lets one grow. */
const CODE_BYTES = 20
export const CHANGED_CODE_BYTES = 64

const BLANK_OR_CONTROL = /[\s\p{C}]/u

/** Can a till read it and a client send it? */
const isReadable = (code: string): boolean => code !== '' && !BLANK_OR_CONTROL.test(code)

const isShort = (code: string): boolean => Buffer.byteLength(code) <= CODE_BYTES

/** May a custom code be this? */
export const isCodeNumber = (code: string): boolean => isReadable(code) && isShort(code)

export function checkCodeNumber(code: string): void {
  if (!isShort(code)) throw refuse('tooLong', 'code')
  checkReadable(code)
}

export function checkReadable(code: string): void {
  if (!isReadable(code)) throw refuse('invalidCode', 'a code holds no blanks and no control characters')
}
