/** `pages`: what the storefront's first page weighs on a phone's line, packed as a browser asks for it, beside its budget. */
import { gzipSync } from 'node:zlib'
import { createRateLimits } from '#modules/people/rate-limits.ts'
import { createSignIn } from '#modules/people/sign-in.ts'
import { createServer } from '../src/server.ts'
import { createWebHandler, ensureBuilt } from '../src/web/handler.ts'
import type { Figure } from './figure.ts'
import { startBench } from './world.ts'

/** KiB packed: HTML, CSS, script (product guide, section 8). */
const budget = { html: 15, css: 12, script: 5 }

export async function pages(): Promise<Figure[]> {
  await ensureBuilt()
  const bench = await startBench()
  try {
    const { app } = bench
    const limits = createRateLimits(app)
    const signIn = createSignIn(app, { sendMagicLink: async () => {}, limits })
    const server = createServer(app, { web: await createWebHandler(), signIn, limits })
    const get = async (path: string) => {
      const answer = await server.fetch(new Request(`http://localhost:3000${path}`))
      if (!answer.ok) throw new Error(`${path} answered ${answer.status}`)
      return answer.text()
    }
    const html = await get('/plans')
    const css = await weigh(get, linked(html, /<link[^>]+href="([^"]+\.css)"/g))
    const script = await weigh(get, linked(html, /<script[^>]+src="([^"]+)"/g))
    const weight = { html: packed(html), css, script }
    const total = weight.html + weight.css + weight.script
    const allowed = budget.html + budget.css + budget.script
    const met = weight.html <= budget.html && weight.css <= budget.css && weight.script <= budget.script
    return [
      {
        figure: 'pages',
        value: total,
        unit: 'KiB',
        beside: { ...weight, budget: allowed },
        ratio: total / allowed,
        target: 1,
        met,
        runs: 1,
      },
    ]
  } finally {
    await bench.close()
  }
}

const packed = (text: string): number => gzipSync(text).length / 1024

const linked = (html: string, pattern: RegExp): string[] =>
  [...html.matchAll(pattern)].flatMap(([, path]) => path ?? [])

async function weigh(get: (path: string) => Promise<string>, paths: readonly string[]): Promise<number> {
  const texts = await Promise.all(paths.map(get))
  return texts.reduce((total, text) => total + packed(text), 0)
}
