/** Ports and keys of the demo's machines, remembered beside its data, so that a TV login of yesterday still answers today. */

import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { randomToken } from '#platform/crypto.ts'
import type { DemoMachines } from './imitations.ts'

export type DemoFile = {
  machines: DemoMachines
  /** Set once the past is made. */
  made: { businessId: string; panelIds: readonly string[]; sandboxId: string; publicUrl: string } | null
}

const pathOf = (folder: string) => join(folder, 'demo.json')

export async function readDemoFile(folder: string): Promise<DemoFile | null> {
  const text = await readFile(pathOf(folder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  return text === null ? null : (JSON.parse(text) as DemoFile)
}

export async function writeDemoFile(folder: string, file: DemoFile): Promise<void> {
  const path = pathOf(folder)
  await writeFile(`${path}.part`, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 })
  await rename(`${path}.part`, path)
}

/** New keys, and the ports after the house's own where they are free. */
export async function newMachines(housePort: number): Promise<DemoMachines> {
  const ports = await panelPorts(housePort, [])
  return {
    panels: ports.map((port) => ({ port, apiKey: randomBytes(16).toString('hex') })),
    sandbox: { apiKey: randomToken(24), noticeSecret: randomToken(32) },
  }
}

/** The same machines, on other ports where somebody else has taken theirs. */
export async function onFreePorts(machines: DemoMachines, housePort: number): Promise<DemoMachines> {
  const ports = await panelPorts(
    housePort,
    machines.panels.map(({ port }) => port),
  )
  return {
    ...machines,
    panels: machines.panels.map((panel, index) => ({ ...panel, port: ports[index] ?? panel.port })),
  }
}

async function panelPorts(housePort: number, wished: readonly number[]): Promise<[number, number]> {
  const first = await freePort([wished[0], housePort + 1], [])
  return [first, await freePort([wished[1], housePort + 2, housePort + 3], [first])]
}

async function freePort(wished: readonly (number | undefined)[], not: readonly number[]): Promise<number> {
  for (const port of wished)
    if (port !== undefined && port <= 65_535 && !not.includes(port) && (await tryPort(port)) !== null) return port
  const any = await tryPort(0)
  if (any === null) throw new Error('no port is free')
  return any
}

/** On every interface, as the house itself: a port that is taken on one of them is not free. */
const tryPort = (port: number): Promise<number | null> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(null))
    probe.listen(port, () => {
      const address = probe.address()
      probe.close(() => resolve(address === null || typeof address === 'string' ? null : address.port))
    })
  })
