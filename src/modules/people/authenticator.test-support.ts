import { createOTP } from '@better-auth/utils/otp'

/** The app on somebody's phone: shows codes for a secret in base 32, as its QR code or its text hands it over. */
export function authenticator(secret: string): { raw: string; code(): Promise<string> } {
  const bits = [...secret].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  )
  const bytes = (bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2))
  const raw = Buffer.from(bytes).toString()
  const otp = createOTP(raw)
  return { raw, code: () => otp.totp() }
}

export const secretOf = (uri: string): string => new URL(uri).searchParams.get('secret') ?? ''
