import { describe, expect, test } from 'vitest'
import { StartError } from '../errors.ts'
import { isGlobalUnicast, mayReach, parseAllowList } from './addresses.ts'

/** As the URL parser hands it to the connector: every spelling of an IPv4 address becomes dotted decimal there. */
const hostOf = (spelling: string) => new URL(`http://${spelling}/`).hostname.replace(/^\[|\]$/g, '')

describe('addresses that are not public, however they are spelled', () => {
  test.each([
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '0177.1',
    '017700000001',
    '0x7f.0x0.0x0.0x1',
    '127.0.0.1.',
    '127.255.255.254',
    '１２７.０.０.１',
    '%31%32%37.0.0.1',
    '127。0。0。1',
    '0.0.0.0',
    '0',
    '0.1.2.3',
    '10.0.0.1',
    '0xa000001',
    '100.64.0.1',
    '100.100.100.200',
    '100.127.255.255',
    '168.63.129.16',
    '169.254.169.254',
    '0xa9fea9fe',
    '2852039166',
    '0251.0376.0251.0376',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.7',
    '203.0.113.9',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '[::]',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:8.8.8.8]',
    '[::127.0.0.1]',
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b::8.8.8.8]',
    '[64:ff9b:1::1]',
    '[100::1]',
    '[2001::1]',
    '[2001:0:7f00:1::]',
    '[2001:20::1]',
    '[2001:db8::1]',
    '[2002:7f00:1::]',
    '[2002:808:808::1]',
    '[3fff::1]',
    '[5f00::1]',
    '[fc00::1]',
    '[fd00:ec2::254]',
    '[fe80::1]',
    '[febf::1]',
    '[fec0::1]',
    '[ff02::1]',
  ])('%s', (spelling) => {
    expect(isGlobalUnicast(hostOf(spelling))).toBe(false)
  })
})

test.each([
  '8.8.8.8',
  '1.1.1.1',
  '134744072',
  '100.63.255.255',
  '100.128.0.1',
  '172.32.0.1',
  '192.1.0.1',
  '223.255.255.254',
  '[2606:4700::1111]',
  '[2a00:1450:4001::1]',
  '[2001:4860:4860::8888]',
  '[2003::1]',
])('%s is public', (spelling) => expect(isGlobalUnicast(hostOf(spelling))).toBe(true))

test.each(['', 'localhost', '127.0.0.1:80', 'fe80::1%eth0x', '1.2.3.4.5'])('%j is no public address', (text) => {
  expect(isGlobalUnicast(text)).toBe(false)
})

describe('the allow-list', () => {
  const allowed = parseAllowList(
    ' 127.0.0.1:9001, 10.1.0.0/16 ,192.168.0.0/24:443, ::1, [fd00::1]:8080, [fd01::/16]:81, [fd02::]/16:82, fd03::/16:83',
  )

  test.each([
    ['127.0.0.1', 9001, true],
    ['127.0.0.1', 9002, false],
    ['127.0.0.2', 9001, false],
    ['10.1.255.1', 1, true],
    ['10.2.0.1', 1, false],
    ['192.168.0.9', 443, true],
    ['192.168.0.9', 80, false],
    ['::1', 5, true],
    ['fd00::1', 8080, true],
    ['fd00::1', 8081, false],
    ['fd01::9', 81, true],
    ['fd01::9', 80, false],
    ['fd02::9', 82, true],
    ['fd03::9', 83, true],
    ['fd03::9', 84, false],
    ['::ffff:10.1.0.1', 1, false], // A mapped address is another way round the list: not through it.
    ['8.8.8.8', 1, true],
  ])('%s port %i: %s', (address, port, expected) => {
    expect(mayReach(address, port, allowed)).toBe(expected)
  })

  test('an empty text allows nothing', () => expect(parseAllowList(' , ')).toEqual([]))

  test('every fault is named at once', () => {
    const faulty = [
      'localhost',
      '10.0.0.0/33',
      '10.0.0.1:0',
      '10.0.0.1:65536',
      '::1/129',
      '10.0.0',
      '[::1',
      '1.2.3.4/8:',
    ]
    const read = () => parseAllowList(`10.0.0.0/8,${faulty.join(',')}`)
    expect(read).toThrow(StartError)
    for (const entry of faulty) expect(read).toThrow(`"${entry}"`)
  })
})
