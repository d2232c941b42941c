/** A machine behind a certificate that it signed itself, and the way out that reaches it over the network. */
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { createHttpOut, parseAllowList } from '../../src/platform/http-out.ts'
import { silentLog } from '../../src/platform/log.ts'
import { otherPair, selfSigned } from './tls-pair.ts'

/** All names lead to this machine. */
export const realNetwork = () =>
  createHttpOut({
    allowPrivate: parseAllowList('127.0.0.0/8'),
    log: silentLog,
    resolve: async () => [{ address: '127.0.0.1', family: 4 }],
  })

/** `changes`: from now on it shows another certificate. */
export async function secured(target: string) {
  let asked = 0
  const server = createServer(selfSigned, async (request, response) => {
    asked++
    const body: Buffer[] = []
    for await (const chunk of request) body.push(chunk)
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': request.headers['content-type'] ?? 'text/plain' },
      ...(body.length > 0 ? { body: Buffer.concat(body) } : {}),
    })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' })
    response.end(await answer.text())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => void server.close())
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    asked: () => asked,
    changes() {
      server.setSecureContext(otherPair)
      server.closeAllConnections()
    },
  }
}
