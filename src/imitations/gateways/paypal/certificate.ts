/** A certificate authority of the imitation's own, and the certificate with which it signs notices: X.509 written by hand, byte by byte. */
import { createHash, createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'

export type Signer = { sign(text: string): string; chain: string; name: string }

export type CertificateWish = {
  /** Whom the signing certificate names. */
  commonName: string
  from: Temporal.Instant
  until: Temporal.Instant
  /** An authority that nobody shows: the chain ends in the air. */
  hidesAuthority?: boolean
}

let keys: { authority: Pair; leaf: Pair } | null = null
type Pair = { publicKey: KeyObject; privateKey: KeyObject }
const pair = (): Pair => generateKeyPairSync('rsa', { modulusLength: 2048 })

/** The keys are made once per process: making them takes longer than everything else here. */
export function makeSigner({ commonName, from, until, hidesAuthority = false }: CertificateWish): Signer {
  keys ??= { authority: pair(), leaf: pair() }
  const { authority, leaf } = keys
  const issuer = 'Imitated PayPal Authority'
  const root = certificate({ issuer, subject: issuer, key: authority, by: authority, from, until, isAuthority: true })
  const own = certificate({ issuer, subject: commonName, key: leaf, by: authority, from, until, isAuthority: false })
  return {
    sign: (text) => createSign('sha256').update(text).sign(leaf.privateKey, 'base64'),
    chain: [own, ...(hidesAuthority ? [] : [root])].map(pem).join(''),
    name: `CERT-${createHash('sha256').update(own).digest('hex').slice(0, 24)}`,
  }
}

type Fields = {
  issuer: string
  subject: string
  key: Pair
  by: Pair
  from: Temporal.Instant
  until: Temporal.Instant
  isAuthority: boolean
}

function certificate({ issuer, subject, key, by, from, until, isAuthority }: Fields): Buffer {
  const serial = createHash('sha256').update(`${issuer}/${subject}/${from}`).digest().subarray(0, 8)
  serial[0] = (serial[0] ?? 0) & 0x7f || 1 // A positive number, without a zero in front.
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    algorithm,
    named(issuer),
    sequence(time(from), time(until)),
    named(subject),
    key.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(extension(isAuthority))),
  )
  const signature = createSign('sha256').update(body).sign(by.privateKey)
  return sequence(body, algorithm, tagged(0x03, Buffer.concat([Buffer.from([0]), signature])))
}

function tagged(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const size = content.length
  const head = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff]
  return Buffer.concat([Buffer.from([tag, ...head]), content])
}

const sequence = (...parts: Buffer[]): Buffer => tagged(0x30, ...parts)
const integer = (value: Buffer): Buffer => tagged(0x02, value)
const id = (hex: string): Buffer => tagged(0x06, Buffer.from(hex, 'hex'))

/** sha256WithRSAEncryption. */
const algorithm = sequence(id('2a864886f70d01010b'), tagged(0x05))
/** The common name alone. */
const named = (name: string): Buffer => sequence(tagged(0x31, sequence(id('550403'), tagged(0x0c, Buffer.from(name)))))
/** `20260301120000Z` */
const time = (at: Temporal.Instant): Buffer =>
  tagged(0x18, Buffer.from(`${at.round('second').toString().replace(/\D/g, '')}Z`))
/** Basic constraints: whether it may sign others. */
const extension = (isAuthority: boolean): Buffer =>
  sequence(
    id('551d13'),
    tagged(0x01, Buffer.from([0xff])),
    tagged(0x04, sequence(...(isAuthority ? [tagged(0x01, Buffer.from([0xff]))] : []))),
  )

const pem = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
