/** A set of eight-byte keys that knows which of them were seen: about twenty bytes for each, and nothing else for any line. */
import type { Hash64 } from './database-hash.ts'

export type KeySet = {
  /** Whether it is there; from now on it was seen. */
  see(key: Hash64): boolean
  unseen(): bigint[]
}

const [empty, there, wasSeen] = [0, 1, 2]

/** Of keys one after the other, as the database writes them: big-endian. */
export function keySetOf(bytes: Uint8Array): KeySet {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = bytes.byteLength / 8
  const size = 2 ** Math.ceil(Math.log2(Math.max(8, count * 2)))
  // The halves of a key beside each other: the memory is asked once for both.
  const [halves, states] = [new Int32Array(2 * size), new Uint8Array(size)]
  /** Where the key is, or would be. */
  const placeOf = (high: number, low: number): number => {
    let place = low & (size - 1)
    while (states[place] !== empty && (halves[2 * place] !== high || halves[2 * place + 1] !== low))
      place = (place + 1) & (size - 1)
    return place
  }
  for (let at = 0; at < count; at++) {
    const [high, low] = [view.getInt32(at * 8), view.getInt32(at * 8 + 4)]
    const place = placeOf(high, low)
    halves[2 * place] = high
    halves[2 * place + 1] = low
    states[place] = there
  }
  return {
    see({ high, low }) {
      const place = placeOf(high, low)
      if (states[place] === empty) return false
      states[place] = wasSeen
      return true
    },
    unseen() {
      const keys: bigint[] = []
      for (let place = 0; place < size; place++)
        if (states[place] === there)
          keys.push((BigInt(halves[2 * place] ?? 0) << 32n) | BigInt((halves[2 * place + 1] ?? 0) >>> 0))
      return keys
    },
  }
}

/** Each key as the database writes it. */
export function eachKey(bytes: Uint8Array, tell: (key: Hash64) => void): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = 0; at + 8 <= bytes.byteLength; at += 8) tell({ high: view.getInt32(at), low: view.getInt32(at + 4) })
}
