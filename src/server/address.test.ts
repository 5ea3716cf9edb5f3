import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findBadAddress, isAllowedAddress } from './address.ts'

test('an empty list allows every address', () => {
  for (const list of ['', ' ', ',', ' , ']) {
    assert.equal(isAllowedAddress('203.0.113.9', list), true)
    assert.equal(isAllowedAddress('2001:db8::1', list), true)
  }
})

test('an address is allowed where it is listed, and no other is', () => {
  const list = '203.0.113.9, 2001:db8::1'
  assert.equal(isAllowedAddress('203.0.113.9', list), true)
  assert.equal(isAllowedAddress('203.0.113.10', list), false)
  assert.equal(isAllowedAddress('2001:db8::1', list), true)
  assert.equal(isAllowedAddress('2001:0db8:0:0:0:0:0:1', list), true)
  assert.equal(isAllowedAddress('2001:db8::2', list), false)
})

test('a network allows its addresses, from the first to the last', () => {
  const list = '10.20.0.0/16,2001:db8:1::/48'
  assert.equal(isAllowedAddress('10.20.0.0', list), true)
  assert.equal(isAllowedAddress('10.20.255.255', list), true)
  assert.equal(isAllowedAddress('10.21.0.0', list), false)
  assert.equal(isAllowedAddress('10.19.255.255', list), false)
  assert.equal(isAllowedAddress('2001:db8:1:ffff::1', list), true)
  assert.equal(isAllowedAddress('2001:db8:2::1', list), false)
})

test('an IPv4 address that arrives in the clothes of IPv6 is still itself', () => {
  assert.equal(isAllowedAddress('::ffff:10.20.3.4', '10.20.0.0/16'), true)
  assert.equal(isAllowedAddress('::ffff:10.21.3.4', '10.20.0.0/16'), false)
})

test('an IPv4 network has the addresses that its bits say', () => {
  const number = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  fc.assert(
    fc.property(fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.ipV4(), (network, bits, address) => {
      const size = 2 ** (32 - bits)
      const same = Math.floor(number(network) / size) === Math.floor(number(address) / size)
      assert.equal(isAllowedAddress(address, `${network}/${bits}`), same)
      assert.equal(isAllowedAddress(network, `192.0.2.1, ${network}/${bits}`), true)
    }),
    { numRuns: 1000 },
  )
})

test('a list of addresses and networks is taken', () => {
  for (const list of ['', '203.0.113.9', '10.0.0.0/8, ::1,2001:db8::/32 ', '0.0.0.0/0', '::/0']) {
    assert.equal(findBadAddress(list), undefined, list)
  }
})

// A slip in such a list would open the door to everyone, or to nobody.
for (const bad of [
  'localhost',
  '10.0.0',
  '10.0.0.256',
  '10.0.0.0/33',
  '10.0.0.0/-1',
  '10.0.0.0/8.5',
  '10.0.0.0/x',
  '10.0.0.0/',
  '10.0.0.0/8/9',
  '2001:db8::/129',
  '/8',
  '10.0.0.1;10.0.0.2',
]) {
  test(`${bad} is neither an address nor a network`, () => {
    assert.equal(findBadAddress(`127.0.0.1, ${bad}`), bad)
  })
}

test('a list that passed can be asked about any address, without an error', () => {
  const entry = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.string(),
    fc.tuple(fc.ipV6(), fc.string()).map((parts) => parts.join('/')),
  )
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 4 }), fc.oneof(fc.ipV4(), fc.ipV6()), (entries, address) => {
      const list = entries.join(',')
      if (findBadAddress(list) === undefined) assert.equal(typeof isAllowedAddress(address, list), 'boolean')
    }),
    { numRuns: 1000 },
  )
})
