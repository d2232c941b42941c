/** MAC addresses of boxes: every usual spelling in, one form out. */

/** What is wrong with an address that somebody typed. */
export type MacFault = 'not_hex' | 'length' | 'not_a_device'

/** Ministra's own users type the Cyrillic letters that look alike. */
const lookAlikes: Record<string, string> = { А: 'A', В: 'B', С: 'C', Е: 'E' }

/**
 * The one form in which an address is kept, compared and shown: `00:1A:79:12:34:56`. Takes colons, dashes, dots, spaces or nothing
 * between the pairs, in any case. Addresses that no single device has (all zero, broadcast, multicast) are faults.
 */
export function parseMac(text: string): { mac: string } | { fault: MacFault } {
  const digits = text
    .toUpperCase()
    .replaceAll(/[АВСЕ]/g, (letter) => lookAlikes[letter] ?? letter)
    .replaceAll(/[\s:.\-_]/g, '')
  if (!/^[0-9A-F]*$/.test(digits)) return { fault: 'not_hex' }
  if (digits.length !== 12) return { fault: 'length' }
  const isGroup = (Number.parseInt(digits.slice(0, 2), 16) & 1) === 1
  if (isGroup || /^0+$/.test(digits)) return { fault: 'not_a_device' }
  return { mac: (digits.match(/../g) ?? []).join(':') }
}

/** Sentences for whoever typed it. */
export const macFaults: Record<MacFault, string> = {
  not_hex:
    'A MAC address has only the digits 0 to 9 and the letters A to F, like 00:1A:79:12:34:56. Watch for O and 0, B and 8.',
  length: 'A MAC address has 6 pairs, like 00:1A:79:12:34:56. It is printed below the box and shown in its settings.',
  not_a_device: 'No box has this MAC address. It is printed below the box and shown in its settings.',
}

/** MAG boxes have a prefix of Infomir's. Other boxes and apps do not, so it is a hint and no wall. */
export const looksLikeMag = (mac: string): boolean => mac.startsWith('00:1A:79:') || mac.startsWith('10:27:BE:')
