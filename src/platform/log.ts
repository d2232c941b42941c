/** Structured logs, one JSON object a line, without secrets: what may not be seen is wrapped in `Secret` and prints as `[redacted]`. */
import { pino } from 'pino'
import { withoutCardData } from './card-data.ts'

export type Log = {
  debug(event: string, fields?: Record<string, unknown>): void
  info(event: string, fields?: Record<string, unknown>): void
  warn(event: string, fields?: Record<string, unknown>): void
  error(event: string, fields?: Record<string, unknown>): void
  child(fields: Record<string, unknown>): Log
}

/** Names that never carry a readable value into a log, whatever their depth. The type `Secret` is the first guard, this the second. */
const redacted = ['password', 'secret', 'token', 'api_key', 'apiKey', 'authorization', 'cookie', 'signature', 'mac']

/** `level` is one of pino's: fatal, error, warn, info, debug, trace, silent. */
export function createLog(level: string, destination: NodeJS.WritableStream = process.stderr): Log {
  const paths = redacted.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
  const root = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths, censor: '[redacted]' } },
    destination as pino.DestinationStream,
  )
  return wrap(root)
}

/** Discards everything: for command line tools whose output is data. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLog }

function wrap(logger: pino.Logger): Log {
  return {
    debug: (event, fields) => logger.debug(plain(fields), event),
    info: (event, fields) => logger.info(plain(fields), event),
    warn: (event, fields) => logger.warn(plain(fields), event),
    error: (event, fields) => logger.error(plain(fields), event),
    child: (fields) => wrap(logger.child(fields)),
  }
}

/** JSON has no bigint; errors print as name, message and stack. A card number in somebody's words goes nowhere. */
function plain(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, printed(value)]))
}

function printed(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value === 'string') return withoutCardData(value)
  if (value instanceof Error)
    return {
      name: value.name,
      message: withoutCardData(value.message),
      stack: value.stack && withoutCardData(value.stack),
    }
  if (Array.isArray(value)) return value.map(printed)
  const isPlain = typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  return isPlain ? plain(value as Record<string, unknown>) : value
}
