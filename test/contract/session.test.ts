import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { createCard, receive } from '../support/acts.ts'
import { together } from '../support/answers.ts'
import { connect } from '../support/client.ts'
import { assertRefused } from '../support/refused.ts'
import { makeMerchant, startServer } from '../support/server.ts'
import { assertClean } from '../support/verify.ts'

const server = await startServer({ PUBLIC_URL: 'https://cards.example.com' })
after(() => server.stop())
const client = await connect(server.url, await makeMerchant(server, '--sandbox'))

/** The link as a browser on this machine reaches it. */
async function linkFor(openid: string): Promise<string> {
  const { url } = await client.ok('/wallet/session', { openid })
  assert.match(String(url), /^https:\/\/cards\.example\.com\/wallet\/open\?session=[\w.-]+$/)
  return String(url).replace('https://cards.example.com', server.url)
}

async function open(url: string, language = 'zh-CN'): Promise<string> {
  const response = await fetch(url, { headers: { 'accept-language': language } })
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8')
  return response.text()
}

/** A code's number, as people read it aloud. */
const readAloud = (code: string): string => code.replaceAll(/\d{4}(?=\d)/g, '$& ')

const isOver = (page: string): boolean => page.includes('链接已失效')

test('the link opens the wallet of its holder, with the codes that are in it and no others', async () => {
  const card_id = await createCard(client, 'GROUPON', { title: '<b>&"双人\'' })
  const code = await receive(client, card_id, 'guest')
  const other = await receive(client, card_id, 'somebody-else')
  const page = await open(await linkFor('guest'))
  assert.ok(page.includes(readAloud(code)), 'the number of the code')
  assert.ok(page.includes('&lt;b&gt;&amp;&quot;双人&#39;'), 'a title is text, never a tag')
  assert.ok(!page.includes(other) && !page.includes(readAloud(other)), 'nothing of other holders')
  assert.match(await open(await linkFor('guest'), 'en-GB,en'), /<html lang="en">[\s\S]*Ready to use/)
})

test('the link is good once, also where two open it at once', async () => {
  const url = await linkFor('guest')
  const pages = await together(8, () => open(url))
  assert.equal(pages.filter((page) => !isOver(page)).length, 1)
  assert.ok(isOver(await open(url)))
})

test('the link is good for five minutes', async () => {
  const [soon, late] = [await linkFor('guest'), await linkFor('guest')]
  await client.ok('/sandbox/clock', { advance: 290 })
  assert.ok(!isOver(await open(soon)))
  await client.ok('/sandbox/clock', { advance: 20 })
  assert.ok(isOver(await open(late)))
})

test('a link that was made up, or is none, opens nothing', async () => {
  for (const query of [
    '',
    '?session=',
    '?session=made.up',
    '?ticket=made.up',
    '?gift_ticket=x',
    '?session=a&session=b',
    '?session=%00.up',
    '?session=made.%00',
    '?ticket=%00.up',
    '?ticket=made.%00',
    '?gift_ticket=%00',
  ]) {
    assert.ok(isOver(await open(`${server.url}/wallet/open${query}`)), query)
  }
})

test('a link of one merchant opens nothing of another who has the same holder', async () => {
  const other = await connect(server.url, await makeMerchant(server))
  const card_id = await createCard(other)
  await receive(other, card_id, 'shared')
  assert.match(await open(await linkFor('shared')), /还没有卡券/)
})

test('a gift’s link shows the card, and neither its number nor its holder, until it is taken', async () => {
  const card_id = await createCard(client)
  const code = await receive(client, card_id, 'giver-of-this')
  const { url, gift_ticket } = await client.ok('/wallet/gift', { code, openid: 'giver-of-this' })
  const here = String(url).replace('https://cards.example.com', server.url)
  const page = await open(here)
  assert.ok(page.includes('双人套餐'))
  assert.ok(!page.includes(code) && !page.includes(code.slice(0, 4)) && !page.includes('giver-of-this'))
  await client.ok('/wallet/gift/accept', { gift_ticket, openid: 'friend' })
  assert.ok(isOver(await open(here)))
})

test('a session is for an openid: 40003 without', async () => {
  assertRefused(await client.post('/wallet/session', {}), 40003)
})

test('after all that, the facts and the tables agree', () => assertClean(server))
