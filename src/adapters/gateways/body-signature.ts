/** Notices signed by an HMAC over their raw bytes and nothing else: no time is signed, so what was seen before is known by its key. */
import { createHmac } from 'node:crypto'
import { equalSecrets } from '#platform/crypto.ts'
import { NoticeError } from './gateway.ts'

/** `signature` is hexadecimal. Returns when it fits one of the active secrets; throws `NoticeError` otherwise. */
export function checkBodySignature(
  algorithm: 'sha256' | 'sha512',
  body: Uint8Array | string,
  signature: string | undefined,
  secrets: readonly string[],
): void {
  if (secrets.length === 0) throw new NoticeError('cannot_verify_now', 'no signing secret is set for this account')
  if (signature === undefined || !/^[0-9a-fA-F]{64,128}$/.test(signature))
    throw new NoticeError('forged', 'the signature is missing or cannot be read')
  const given = signature.toLowerCase()
  const fits = secrets.some((secret) => equalSecrets(createHmac(algorithm, secret).update(body).digest('hex'), given))
  if (!fits) throw new NoticeError('forged', 'the signature does not fit')
}
