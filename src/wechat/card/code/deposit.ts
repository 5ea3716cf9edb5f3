import { endpointReading } from '../../../server/endpoint.ts'
import { readCodes } from './codes.ts'

/** 导入code */
export const deposit = endpointReading({
  path: '/card/code/deposit',
  read: readCodes,
  handle: (body, { commit }) => commit('depositCodes', body),
})
