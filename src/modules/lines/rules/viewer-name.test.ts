import { expect, test } from 'vitest'
import type { ConnectionDetails } from '#adapters/panels/panel.ts'
import { atHost } from './viewer-name.ts'

const details: ConnectionDetails = {
  serverUrl: 'http://line.example:80',
  host: 'line.example',
  port: 80,
  username: 'ana',
  password: 'p&q',
  m3uUrl: 'http://line.example:80/get.php?username=ana&password=p%26q&type=m3u_plus',
  epgUrl: 'http://line.example/xmltv.php?username=ana',
  portalUrl: null,
}

test('each address at the panel’s host is at the other one; scheme, port and login stay letter by letter', () => {
  expect(atHost(details, 'tv.south.example')).toEqual({
    ...details,
    serverUrl: 'http://tv.south.example:80',
    host: 'tv.south.example',
    m3uUrl: 'http://tv.south.example:80/get.php?username=ana&password=p%26q&type=m3u_plus',
    epgUrl: 'http://tv.south.example/xmltv.php?username=ana',
  })
})

test.each([
  ['http://line.example', 'http://tv.example'],
  ['https://line.example?token=1', 'https://tv.example?token=1'],
  ['http://line.example.org/c/', 'http://line.example.org/c/'],
  ['http://guide.example/line.example', 'http://guide.example/line.example'],
  ['http://other.example/?next=http://line.example/', 'http://other.example/?next=http://line.example/'],
])('%s becomes %s', (from, to) => expect(atHost({ ...details, epgUrl: from }, 'tv.example').epgUrl).toBe(to))
