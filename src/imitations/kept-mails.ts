/** Caught mails on disk, one file each, so that a mailbox that is started again still holds them. */
import { Buffer } from 'node:buffer'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CaughtMail } from './mailbox.ts'

export type KeptMails = { load(): CaughtMail[]; save(mail: CaughtMail): void; forget(id: number): void }

const nameOf = (id: number) => `${String(id).padStart(9, '0')}.json`

/** `null` keeps nothing. */
export function keptMails(folder: string | null): KeptMails {
  if (folder === null) return { load: () => [], save: () => {}, forget: () => {} }
  mkdirSync(folder, { recursive: true })
  return {
    /** Oldest first. */
    load: () =>
      readdirSync(folder)
        .filter((name) => /^\d+\.json$/.test(name))
        .sort()
        .map((name) => fromText(readFileSync(join(folder, name), 'utf8'))),
    /** Written beside and renamed: a killed process leaves a whole mail or none. */
    save(mail) {
      const path = join(folder, nameOf(mail.id))
      writeFileSync(`${path}.part`, toText(mail))
      renameSync(`${path}.part`, path)
    },
    forget: (id) => rmSync(join(folder, nameOf(id)), { force: true }),
  }
}

const toText = (mail: CaughtMail): string =>
  JSON.stringify({ ...mail, receivedAt: mail.receivedAt.toString(), raw: mail.raw.toString('base64') })

function fromText(text: string): CaughtMail {
  const stored = JSON.parse(text) as Omit<CaughtMail, 'receivedAt' | 'raw'> & { receivedAt: string; raw: string }
  return {
    ...stored,
    receivedAt: Temporal.Instant.from(stored.receivedAt),
    raw: Buffer.from(stored.raw, 'base64'),
  }
}
