const accents: Record<string, string> = {
  a: 'á',
  e: 'é',
  i: 'í',
  o: 'ó',
  u: 'ú',
  c: 'ç',
  n: 'ñ',
  y: 'ý',
  A: 'Á',
  E: 'É',
  I: 'Í',
  O: 'Ó',
  U: 'Ú',
  C: 'Ç',
  N: 'Ñ',
}

/** English in disguise, 40 % longer and in brackets: text without brackets was never in a catalogue, text without its end overflows. */
export function pseudo(text: string): string {
  const accented = text.replace(/[a-zA-Z]/g, (letter) => accents[letter] ?? letter)
  return `[${accented}${'~'.repeat(Math.ceil(text.length * 0.4))}]`
}
