/**
 * Envelope encryption: each business has a data key, wrapped by LINEKEEPER_SECRET_KEY, which lives outside the database.
 * A ciphertext is bound to its place (business and purpose), so that it does not decrypt when moved to another row.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

/** 32 bytes. */
export type Key = Uint8Array

const version = 1

/** AES-256-GCM with a random 96-bit nonce: version byte, nonce, tag, ciphertext, in base64url. `place` is authenticated, not stored. */
export function seal(key: Key, place: string, text: string): string {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
  cipher.setAAD(Buffer.from(place))
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.of(version), nonce, cipher.getAuthTag(), body]).toString('base64url')
}

/** Throws when the key is another, the text was altered, or the ciphertext comes from another place. */
export function unseal(key: Key, place: string, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < 29 || bytes[0] !== version) throw new Error('not a sealed text')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 13), { authTagLength: 16 })
  decipher.setAAD(Buffer.from(place))
  decipher.setAuthTag(bytes.subarray(13, 29))
  return Buffer.concat([decipher.update(bytes.subarray(29)), decipher.final()]).toString('utf8')
}

/** A new data key for a business, wrapped for storage. */
export function newDataKey(master: Key, businessId: string): { key: Key; wrapped: string } {
  const key = randomBytes(32)
  return { key, wrapped: seal(master, `data-key/${businessId}`, key.toString('base64')) }
}

export const openDataKey = (master: Key, businessId: string, wrapped: string): Key =>
  Buffer.from(unseal(master, `data-key/${businessId}`, wrapped), 'base64')

/** A key for one purpose, derived from the master: signed links, cursors, sign-in. */
export const deriveKey = (master: Key, purpose: string): Key =>
  new Uint8Array(hkdfSync('sha256', master, new Uint8Array(0), `linekeeper/${purpose}`, 32))

export const sha256 = (text: string | Uint8Array): Buffer => createHash('sha256').update(text).digest()

export const hmac = (key: Key | string, text: string | Uint8Array): Buffer =>
  createHmac('sha256', key).update(text).digest()

/** Compares without telling by time where two texts differ; unequal lengths are simply unequal. */
export function equalSecrets(a: string | Uint8Array, b: string | Uint8Array): boolean {
  const [left, right] = [sha256(a), sha256(b)]
  return timingSafeEqual(left, right)
}

/** `bytes` of chance in base64url: tokens, passwords of machines. */
export const randomToken = (bytes = 32): string => randomBytes(bytes).toString('base64url')

/** Letters and digits that survive a TV remote: no 0/O, 1/l/I, no capitals. 10 characters hold 49 bits. */
export function readablePassword(length = 10): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
  return Array.from({ length }, () => letters.charAt(unbiased(letters.length))).join('')
}

function unbiased(limit: number): number {
  const ceiling = Math.floor(256 / limit) * limit
  for (;;) {
    const byte = randomBytes(1)[0] ?? 0
    if (byte < ceiling) return byte % limit
  }
}
