/** A name server on this machine that knows text records, over UDP as resolvers ask it. */
import { createSocket } from 'node:dgram'

export type NameServer = Awaited<ReturnType<typeof startNameServer>>

/** `texts`: what it answers, by name. */
export async function startNameServer() {
  const texts = new Map<string, string[]>()
  const socket = createSocket('udp4')
  socket.on('message', (question, { port, address }) => {
    socket.send(answerTo(question, texts), port, address)
  })
  await new Promise<void>((ready) => socket.bind(0, '127.0.0.1', ready))
  return {
    address: `127.0.0.1:${socket.address().port}`,
    texts,
    close: () => new Promise<void>((done) => socket.close(() => done())),
  }
}

const headerBytes = 12

function answerTo(question: Buffer, texts: ReadonlyMap<string, string[]>): Buffer {
  const { name, end } = nameIn(question)
  const found = texts.get(name)
  const asked = question.subarray(headerBytes, end + 4) // The name, its type and its class.
  const header = Buffer.alloc(headerBytes)
  question.copy(header, 0, 0, 2)
  header.writeUInt16BE(found === undefined ? 0x81_83 : 0x81_80, 2) // An answer; 3: there is no such name.
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(found?.length ?? 0, 6)
  return Buffer.concat([header, asked, ...(found ?? []).map(textRecord)])
}

function nameIn(question: Buffer): { name: string; end: number } {
  const labels: string[] = []
  let at = headerBytes
  for (let length = question[at] ?? 0; length > 0; length = question[at] ?? 0) {
    labels.push(question.toString('latin1', at + 1, at + 1 + length))
    at += 1 + length
  }
  return { name: labels.join('.').toLowerCase(), end: at + 1 }
}

/** The name is a pointer to the one that was asked for; type TXT, class IN, a minute. */
function textRecord(text: string): Buffer {
  const head = Buffer.from([0xc0, headerBytes, 0, 16, 0, 1, 0, 0, 0, 60])
  const length = Buffer.alloc(2)
  length.writeUInt16BE(text.length + 1)
  return Buffer.concat([head, length, Buffer.from([text.length]), Buffer.from(text, 'latin1')])
}
