/** Check digits of ISO 7064 (97-10), as in an IBAN: a slip of somebody's finger is noticed. */

/** A number modulo 97, letters counted as 10 to 35. */
export function remainder97(text: string): number {
  let rest = 0
  for (const character of text) {
    const value = Number.parseInt(character, 36)
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97
  }
  return rest
}

/** The two digits that belong behind `text`. */
export const checkDigits = (text: string): string => String(98 - remainder97(`${text}00`)).padStart(2, '0')
