import { setTimeout as sleep } from 'node:timers/promises'

/** Asks every half second, for at most a hundred seconds. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await isSo()) return
    await sleep(500)
  }
  throw new Error(`This did not happen: ${what}.`)
}
