import fc from 'fast-check'
import { expect, test } from 'vitest'
import { brandCss, brandTokens, contrastOf } from './brand.ts'

const color = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`)

test('whatever color an operator enters, every text on it and in it can be read, in both themes', () => {
  fc.assert(
    fc.property(color, (hex) => {
      const { light, dark } = brandTokens(hex)
      for (const [shades, page, surface] of [
        [light, '#f8f9fb', '#ffffff'],
        [dark, '#0c0f14', '#141921'],
      ] as const) {
        expect(contrastOf(shades.brand, page)).toBeGreaterThanOrEqual(4.5)
        expect(contrastOf(shades.brand, surface)).toBeGreaterThanOrEqual(4.5)
        expect(contrastOf(shades.brand, shades.brandSoft)).toBeGreaterThanOrEqual(4.5)
        expect(contrastOf(shades.onBrand, shades.brand)).toBeGreaterThanOrEqual(4.5)
        expect(contrastOf(shades.onBrand, shades.brandHover)).toBeGreaterThanOrEqual(4.5)
      }
    }),
  )
})

test('a color that can be read is kept as it is; a light one is darkened and told', () => {
  expect(brandTokens('#0d6a75')).toMatchObject({ adjusted: false, light: { brand: '#0d6a75' } })
  const yellow = brandTokens('#ffd400')
  expect(yellow.adjusted).toBe(true)
  expect(contrastOf(yellow.light.brand, '#ffffff')).toBeGreaterThanOrEqual(4.5)
})

test('what is not a color never reaches a style sheet', () => {
  expect(() => brandTokens('red;}body{display:none')).toThrow(RangeError)
  expect(brandCss(brandTokens('#123456'))).toContain('--brand:#123456')
})
