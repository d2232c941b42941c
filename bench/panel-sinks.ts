/** Empty panels in a process of their own, each at a port of its own: `panel-sinks.ts COUNT MS`, every answer so many milliseconds late. Ends with its parent. */
import { systemClock } from '#platform/clock.ts'
import { serveImitation } from '../src/imitations/kit.ts'
import { xui } from '../src/imitations/panels/xui.ts'

const [count, ms] = process.argv.slice(2).map(Number)
const urls: string[] = []
for (let number = 0; number < (count ?? 0); number++) {
  const panel = await serveImitation(xui, { port: 0, folder: null, now: () => systemClock.now() })
  if (ms) {
    const answer = await fetch(`${panel.url}/__faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ fault: 'slow', ms }),
    })
    if (!answer.ok) throw new Error(`the panel could not be made slow: ${answer.status}`)
  }
  urls.push(panel.url)
}
process.on('disconnect', () => process.exit(0))
process.send?.(urls)
