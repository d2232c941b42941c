/**
 * One server for the whole run, with one migrated database in it that each test file copies; see `database-server.ts`.
 */
import type { TestProject } from 'vitest/node'
import { makeTemplate, ownServer, query } from './database-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A server where databases may be made. */
    serverUrl: string
    /** The migrated database that `testDatabase` copies. */
    templateName: string
    /** Why there is none: told by each test that asks for a database, so that the others still run. */
    templateFault: string | null
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await ownServer()
  const templateName = `linekeeper_template_${process.pid}`
  const fault = await makeTemplate(server.url, templateName).then(
    () => null,
    (error: Error) => error.message,
  )
  project.provide('serverUrl', server.url)
  project.provide('templateName', templateName)
  project.provide('templateFault', fault)
  return async () => {
    await query(server.url, `drop database ${templateName} with (force)`)
    await server.stop()
  }
}
