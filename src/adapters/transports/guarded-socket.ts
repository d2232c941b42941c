/** Opens the connection to a mail server under the same guard as every other way out: operators type in its address. */
import { connect, type LookupFunction, type Socket } from 'node:net'
import { AddressRefused, systemResolve } from '#platform/http-out/connect.ts'
import { isGlobalUnicast } from '#platform/http-out.ts'

export type AllowPrivate = (address: string, port: number) => boolean

export type OpenedCallback = (error: Error | null, opened?: { connection: Socket }) => void

/** Resolving and connecting together, in milliseconds. */
const connectLimit = 10_000

/**
 * Resolves once, judges every address of the name, connects to exactly those and judges the connection itself: a resolver that
 * answers differently the second time is never asked again. Calls back once, with the error or the open socket.
 */
export function openGuarded(host: string, port: number, allowPrivate: AllowPrivate, done: OpenedCallback): void {
  open(host, port, allowPrivate).then(
    (connection) => done(null, { connection }),
    (error: Error) => done(error),
  )
}

async function open(host: string, port: number, allowPrivate: AllowPrivate): Promise<Socket> {
  const mayReach = (address: string) => isGlobalUnicast(address) || allowPrivate(address, port)
  const found = await systemResolve(host)
  // One private address among public ones is refused too: which one is dialed would be luck.
  if (found.length === 0 || !found.every(({ address }) => mayReach(address))) throw new AddressRefused(host)

  const judged: LookupFunction = (_name, options, callback) => {
    if (options.all) return callback(null, [...found])
    callback(null, found[0]?.address ?? '', found[0]?.family)
  }
  const socket = connect({ host, port, lookup: judged, autoSelectFamily: true })
  await connected(socket)
  if (mayReach(socket.remoteAddress ?? '')) return socket
  socket.destroy()
  throw new AddressRefused(host)
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${connectLimit} ms`)), connectLimit)
    const settle = () => {
      clearTimeout(timer)
      socket.off('error', fail)
    }
    const fail = (error: Error) => {
      settle()
      reject(error)
    }
    socket.once('error', fail)
    socket.once('connect', () => {
      settle()
      resolve()
    })
  })
}
