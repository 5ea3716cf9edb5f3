import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, getCard } from '../support/acts.ts'
import { connect, getJson } from '../support/client.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'

const server = await startServer()
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server))

/** As the live service shows them. */
const COLORS = [
  { name: 'Color010', value: '#63b359' },
  { name: 'Color020', value: '#2c9f67' },
  { name: 'Color030', value: '#509fc9' },
  { name: 'Color040', value: '#5885cf' },
  { name: 'Color050', value: '#9062c0' },
  { name: 'Color060', value: '#d09a45' },
  { name: 'Color070', value: '#e4b138' },
  { name: 'Color080', value: '#ee903c' },
  { name: 'Color081', value: '#f08500' },
  { name: 'Color082', value: '#a9d92d' },
  { name: 'Color090', value: '#dd6549' },
  { name: 'Color100', value: '#cc463d' },
  { name: 'Color101', value: '#cf3e36' },
  { name: 'Color102', value: '#5E6671' },
]

const url = `${server.url}/card/getcolors`

test('the fourteen colours are there for whoever has a token, by GET and by POST', async () => {
  const mine = `${url}?access_token=${client.access_token}`
  for (const answer of [await getJson(mine), await getJson(mine, ''), await getJson(mine, '{}')]) {
    assert.deepEqual(answer, { errcode: 0, errmsg: 'ok', colors: COLORS })
  }
})

test('a card may have each of them, and shows its value', async () => {
  for (const { name, value } of COLORS) {
    const card_id = await createCard(client, 'GROUPON', { color: name })
    assert.equal((await getCard(client, card_id)).base_info['color'], value)
  }
})

test('without a token they are 41001, with one that is none 40001', async () => {
  assertRefused(await getJson(url), 41001)
  assertRefused(await getJson(`${url}?access_token=`), 41001)
  assertRefused(await getJson(`${url}?access_token=nobody`), 40001)
})
