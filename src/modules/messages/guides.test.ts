import { describe, expect, it } from 'vitest'
import { type ConnectionDetails, deviceKinds, devicesIn, guideFor, isDeviceKind } from './guides.ts'

const details: ConnectionDetails = {
  server: 'http://line.example.net',
  port: '8080',
  username: 'ana84',
  password: 'k7mw-p3xq',
  m3uUrl: 'http://line.example.net:8080/get.php?username=ana84',
  epgUrl: 'http://line.example.net:8080/xmltv.php?username=ana84',
  portalUrl: 'http://line.example.net:8080/c/',
  macAddress: '00:1A:79:12:34:56',
}
const fieldsOf = (guide: ReturnType<typeof guideFor>) => guide.steps.flatMap((step) => step.fields)

describe('device guides', () => {
  it('has one for every device of the picker', () => {
    expect(devicesIn('en').map(({ device }) => device)).toEqual([...deviceKinds])
    for (const device of deviceKinds) expect(guideFor(device, 'en').steps.length).toBeGreaterThanOrEqual(4)
  })

  it.each(deviceKinds.filter((device) => device !== 'mag'))(
    '%s shows the whole TV login, the password as a secret',
    (device) => {
      const fields = fieldsOf(guideFor(device, 'en', details))
      expect(fields).toContainEqual({ label: 'Server', value: 'http://line.example.net:8080', secret: false })
      expect(fields).toContainEqual({ label: 'User name', value: 'ana84', secret: false })
      expect(fields).toContainEqual({ label: 'TV login password', value: 'k7mw-p3xq', secret: true })
    },
  )

  it('asks nothing of a MAG box but its portal', () => {
    expect(fieldsOf(guideFor('mag', 'en', details)).map(({ value }) => value)).toEqual([
      details.macAddress,
      details.portalUrl,
    ])
  })

  it('names the fields and knows nothing when nobody is signed in', () => {
    const fields = fieldsOf(guideFor('tv_stick', 'en'))
    expect(fields.map(({ label }) => label)).toEqual(['Server', 'User name', 'TV login password'])
    expect(fields.every(({ value }) => value === null)).toBe(true)
  })

  it('tells a device from other words of an address', () => {
    expect(isDeviceKind('phone')).toBe(true)
    expect(isDeviceKind('constructor')).toBe(false)
  })
})
