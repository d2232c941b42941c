/** Configuration is read once from the environment; all faults are told together, in one sentence each. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { StartError } from './errors.ts'

export type Role = 'all' | 'web' | 'worker'

export type Config = {
  port: number
  host: string
  /** Origin for links in mails and redirects: `https://shop.example`. Null: `http://localhost:<port>`. */
  publicUrl: string | null
  databaseUrl: string | null
  /** For migrations, LISTEN, the worker and its lock, when `databaseUrl` goes through PgBouncer. */
  databaseDirectUrl: string | null
  /** Through PgBouncer in transaction mode statements are unnamed unless it keeps track of them. */
  namedStatements: boolean
  dataFolder: string
  secretKey: string | null
  smtpUrl: string | null
  role: Role
  allowPrivateHosts: string
  /** `address[:port]` of name servers; empty: the system's. */
  dnsServers: string[]
  plugins: string[]
  logLevel: string
  trustProxy: boolean
  production: boolean
}

type Environment = Record<string, string | undefined>

/** Every setting of the environment with its meaning; `docs/configuring.md` lists the same names (a test compares). */
export const environmentSettings = [
  'PORT',
  'HOST',
  'PUBLIC_URL',
  'DATABASE_URL',
  'DATABASE_DIRECT_URL',
  'DATABASE_NAMED_STATEMENTS',
  'LINEKEEPER_DATA',
  'LINEKEEPER_SECRET_KEY',
  'SMTP_URL',
  'LINEKEEPER_ROLE',
  'LINEKEEPER_ALLOW_PRIVATE_HOSTS',
  'LINEKEEPER_DNS',
  'LINEKEEPER_PLUGINS',
  'LOG_LEVEL',
  'TRUST_PROXY',
  'NODE_ENV',
] as const

/** Throws one `StartError` that names every fault. */
export function readConfig(environment: Environment): Config {
  const { config, faults } = parseConfig(environment)
  if (faults.length > 0) throw configFaults(faults)
  return config
}

/** `faults` are clauses of one sentence. */
export const configFaults = (faults: readonly string[]): StartError =>
  new StartError(`These settings cannot work: ${faults.join('; ')}.`)

/** For whoever finds further faults; with any of them `config` is not to be used. */
export function parseConfig(environment: Environment): { config: Config; faults: string[] } {
  const faults: string[] = []
  const value = (name: (typeof environmentSettings)[number]) => environment[name]?.trim() || null
  const oneOf = <T extends string>(
    name: (typeof environmentSettings)[number],
    allowed: readonly T[],
    otherwise: T,
  ): T => {
    const text = value(name)
    if (text === null) return otherwise
    if ((allowed as readonly string[]).includes(text)) return text as T
    faults.push(`${name} is "${text}", but must be one of ${allowed.join(', ')}`)
    return otherwise
  }
  const url = (name: (typeof environmentSettings)[number], protocols: string[]): string | null => {
    const text = value(name)
    if (text === null) return null
    if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return text
    faults.push(`${name} is not an address that begins with ${protocols.map((each) => `${each}//`).join(' or ')}`)
    return null
  }
  const port = Number(value('PORT') ?? '3000')
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    faults.push(`PORT is "${value('PORT')}", but must be a number from 0 to 65535`)

  const databaseUrl = url('DATABASE_URL', ['postgres:', 'postgresql:'])
  const publicUrl = url('PUBLIC_URL', ['http:', 'https:'])
  const secretKey = value('LINEKEEPER_SECRET_KEY')
  if (secretKey !== null && Buffer.from(secretKey, 'base64').length !== 32)
    faults.push('LINEKEEPER_SECRET_KEY must be 32 bytes in base64, as `openssl rand -base64 32` makes them')

  const dnsServers = (value('LINEKEEPER_DNS') ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter(Boolean)
  for (const each of dnsServers)
    if (isIP(each.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1')) === 0)
      faults.push(`LINEKEEPER_DNS names "${each}", which is no address like 9.9.9.9 or 127.0.0.1:5353`)

  const config: Config = {
    port,
    host: value('HOST') ?? '0.0.0.0',
    publicUrl: publicUrl === null ? null : new URL(publicUrl).origin,
    databaseUrl,
    databaseDirectUrl: url('DATABASE_DIRECT_URL', ['postgres:', 'postgresql:']) ?? databaseUrl,
    namedStatements: value('DATABASE_NAMED_STATEMENTS') === '1' || value('DATABASE_DIRECT_URL') === null,
    dataFolder: resolve(value('LINEKEEPER_DATA') ?? './data'),
    secretKey,
    smtpUrl: url('SMTP_URL', ['smtp:', 'smtps:']),
    role: oneOf('LINEKEEPER_ROLE', ['all', 'web', 'worker'], 'all'),
    allowPrivateHosts: value('LINEKEEPER_ALLOW_PRIVATE_HOSTS') ?? '',
    dnsServers,
    plugins: (value('LINEKEEPER_PLUGINS') ?? '')
      .split(',')
      .map((each) => each.trim())
      .filter(Boolean),
    logLevel: oneOf('LOG_LEVEL', ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], 'info'),
    trustProxy: value('TRUST_PROXY') === '1' || value('TRUST_PROXY') === 'true',
    production: value('NODE_ENV') === 'production',
  }
  return { config, faults }
}

/** The master key: from the environment, else made once in the data folder and readable by its owner only. */
export function masterKey(config: Pick<Config, 'secretKey' | 'dataFolder'>): Uint8Array {
  if (config.secretKey !== null) return Buffer.from(config.secretKey, 'base64')
  const path = join(config.dataFolder, 'secret.key')
  if (!existsSync(path)) {
    writableFolder(config.dataFolder)
    writeFileSync(path, `${randomBytes(32).toString('base64')}\n`, { mode: 0o600, flag: 'wx' })
  }
  const key = Buffer.from(readFileSync(path, 'utf8').trim(), 'base64')
  if (key.length !== 32)
    throw new StartError(
      `The secret key in ${path} is damaged: restore it from a backup, or nothing stored can be decrypted.`,
    )
  return key
}

/** Makes the folder, or says in one sentence why it cannot be used. */
export function writableFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
    const probe = join(folder, `.probe-${process.pid}`)
    writeFileSync(probe, '', { flag: 'w' })
    rmSync(probe, { force: true })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StartError(
      `The data folder ${folder} cannot be written (${reason}): set LINEKEEPER_DATA to a folder that can.`,
    )
  }
}
