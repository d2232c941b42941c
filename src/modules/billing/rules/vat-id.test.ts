import { describe, expect, it } from 'vitest'
import { parseVatId } from './vat-id.ts'

describe('a VAT number is read', () => {
  // Numbers that companies print on their own pages, or that the tax offices' papers use as examples.
  it.each([
    ['DE 136.695.976', 'DE136695976', 'DE'],
    ['gr094259216', 'EL094259216', 'GR'],
    ['ATU13585627', 'ATU13585627', 'AT'],
    ['BE0428759497', 'BE0428759497', 'BE'],
    ['IT00743110157', 'IT00743110157', 'IT'],
    ['LU15027442', 'LU15027442', 'LU'],
    ['PL8567346215', 'PL8567346215', 'PL'],
    ['PT501964843', 'PT501964843', 'PT'],
    ['SI50223054', 'SI50223054', 'SI'],
    ['DK13585628', 'DK13585628', 'DK'],
    ['HR33392005961', 'HR33392005961', 'HR'],
    ['NL004495445B01', 'NL004495445B01', 'NL'],
    ['IE6433435F', 'IE6433435F', 'IE'],
    ['SE556188840401', 'SE556188840401', 'SE'],
    ['FR40303265045', 'FR40303265045', 'FR'],
    ['GB980780684', 'GB980780684', 'GB'],
    ['XI980780684', 'XI980780684', 'GB'],
  ])('%s', (typed, full, country) => expect(parseVatId(typed)).toMatchObject({ full, country }))

  it.each([
    '',
    'DE',
    'DE136695977',
    'DE1',
    'FR1',
    'IT00743110158',
    'US123456789',
    'ATX13585627',
    'BE0428759498',
    'PL8567346216',
  ])('and %s is none', (typed) => expect(parseVatId(typed)).toBeNull())
})
