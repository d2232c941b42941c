/**
 * One color is entered by the operator; all shades are computed on the server. A color too light for white text is
 * darkened until its buttons can be read, and `adjusted` says so, so that the operator can be told.
 */
export type BrandShades = { brand: string; brandHover: string; onBrand: string; brandSoft: string }
export type BrandTokens = { light: BrandShades; dark: BrandShades; adjusted: boolean }

type Rgb = readonly [number, number, number]

const readable = 4.5
const surfaces = { light: '#ffffff', dark: '#141921' }
const pages = { light: '#f8f9fb', dark: '#0c0f14' }

export const isHexColor = (text: string): boolean => /^#[0-9a-f]{6}$/i.test(text)

/** `hex` is `#rrggbb`; anything else throws. Every pair below reaches 4.5:1 (brand on page and soft, text on brand and its hover). */
export function brandTokens(hex: string): BrandTokens {
  if (!isHexColor(hex)) throw new RangeError(`not a color: ${hex}`)
  const given = toRgb(hex)

  const soft = mix(given, toRgb('#ffffff'), 0.88)
  const brand = darkenUntil(
    given,
    (color) =>
      contrast(color, toRgb('#ffffff')) >= readable &&
      contrast(color, soft) >= readable &&
      contrast(color, toRgb(pages.light)) >= readable,
  )
  const light = { brand, brandHover: mix(brand, [0, 0, 0], 0.2), onBrand: toRgb('#ffffff'), brandSoft: soft }

  const darkSoft = mix(given, toRgb(surfaces.dark), 0.8)
  const bright = lightenUntil(
    given,
    (color) => contrast(color, darkSoft) >= readable && contrast(color, toRgb(surfaces.dark)) >= 5.5,
  )
  const dark = {
    brand: bright,
    brandHover: mix(bright, [255, 255, 255], 0.25),
    onBrand: mix(bright, [0, 0, 0], 0.86),
    brandSoft: darkSoft,
  }

  return { light: shades(light), dark: shades(dark), adjusted: toHex(brand) !== toHex(given) }
}

/** The style sheet that puts a brand over the tokens, for light, dark and the system's choice. */
export function brandCss({ light, dark }: BrandTokens): string {
  return `:root{${variables(light)}}:root[data-theme="dark"]{${variables(dark)}}@media(prefers-color-scheme:dark){:root:not([data-theme="light"]){${variables(dark)}}}`
}

/** WCAG contrast ratio of two `#rrggbb` colors, 1 to 21. */
export const contrastOf = (a: string, b: string): number => contrast(toRgb(a), toRgb(b))

const variables = ({ brand, brandHover, onBrand, brandSoft }: BrandShades): string =>
  `--brand:${brand};--brand-hover:${brandHover};--on-brand:${onBrand};--brand-soft:${brandSoft}`

function shades(colors: Record<keyof BrandShades, Rgb>): BrandShades {
  const { brand, brandHover, onBrand, brandSoft } = colors
  return { brand: toHex(brand), brandHover: toHex(brandHover), onBrand: toHex(onBrand), brandSoft: toHex(brandSoft) }
}

const darkenUntil = (color: Rgb, enough: (color: Rgb) => boolean): Rgb => shiftUntil(color, [0, 0, 0], enough)
const lightenUntil = (color: Rgb, enough: (color: Rgb) => boolean): Rgb => shiftUntil(color, [255, 255, 255], enough)

/** As little as needed, in steps of 2 %. What is tested is what is written: whole numbers. */
function shiftUntil(color: Rgb, towards: Rgb, enough: (color: Rgb) => boolean): Rgb {
  for (let part = 0; part < 1; part += 0.02) {
    const shifted = mix(color, towards, part)
    if (enough(shifted)) return shifted
  }
  return towards
}

const mix = (a: Rgb, b: Rgb, part: number): Rgb => [
  Math.round(a[0] + (b[0] - a[0]) * part),
  Math.round(a[1] + (b[1] - a[1]) * part),
  Math.round(a[2] + (b[2] - a[2]) * part),
]

function contrast(a: Rgb, b: Rgb): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

function luminance([r, g, b]: Rgb): number {
  const linear = (value: number) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

const toRgb = (hex: string): Rgb => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb
const toHex = (rgb: Rgb): string => `#${rgb.map((value) => value.toString(16).padStart(2, '0')).join('')}`
