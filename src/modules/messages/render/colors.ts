/** An operator enters one brand color; these make it readable wherever it stands. Colors are `#rrggbb`. */

const fallback = '#0d6a75'
/** WCAG AA for text of normal size. */
const enough = 4.5

/** The color itself, or our own when it is none. It also keeps anything but a color out of a style attribute. */
export const colorOf = (text: string): string => (/^#[0-9a-f]{6}$/i.test(text) ? text.toLowerCase() : fallback)

/** The nearest shade of `color` that has at least `ratio` to `background`. */
export function readableOn(color: string, background: string, ratio = enough): string {
  const target = luminance(background) > 0.18 ? '#000000' : '#ffffff'
  for (let percent = 0; percent < 100; percent += 4) {
    const shade = mix(color, target, percent / 100)
    if (contrast(shade, background) >= ratio) return shade
  }
  return target
}

/** White where it can be read on `color`, else nearly black. */
export const inkOn = (color: string): string => (contrast('#ffffff', color) >= enough ? '#ffffff' : '#06262a')

/** Between 1 (the same) and 21 (black and white), as WCAG 2 defines it. */
export function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((one, other) => other - one) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

const channels = (color: string): number[] => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16))

function luminance(color: string): number {
  const [red, green, blue] = channels(color).map((channel) => {
    const share = channel / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function mix(color: string, target: string, share: number): string {
  const to = channels(target)
  const mixed = channels(color).map((channel, index) => Math.round(channel + ((to[index] ?? 0) - channel) * share))
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`
}
