/**
 * Keeps the latest 200 answers of a pure function of a text: a house has a few dozen templates, each with a few
 * outcomes of its conditions. A thrown error is not kept.
 */
export function remember<T>(make: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const made = make(text)
    if (known.size >= 200) known.delete(known.keys().next().value as string)
    known.set(text, made)
    return made
  }
}
