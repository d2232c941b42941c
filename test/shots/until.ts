import { setTimeout as sleep } from 'node:timers/promises'

/** Asks every half second, for at most a minute. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 120; tries++) {
    if (await isSo()) return
    await sleep(500)
  }
  throw new Error(`This did not happen: ${what}.`)
}
