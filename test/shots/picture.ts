/** Takes the pictures of a group, and reads each page for what a picture may not show. */
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { doings } from './doings.ts'
import type { Shown } from './houses.ts'
import { nameOf, pathOf } from './screens.ts'

export type Finding = { screen: string; width: number; theme: string; rule: string; where: string }
export type State = Awaited<ReturnType<BrowserContext['storageState']>>

type Job = { folder: string; group: string; screens: readonly string[]; state: State | undefined; shown: Shown }

/** All four are looked at; the checks, which take their time, read each width once and each theme once. */
export const looks = [
  { width: 390, theme: 'dark', checked: true },
  { width: 1440, theme: 'light', checked: true },
  { width: 390, theme: 'light', checked: false },
  { width: 1440, theme: 'dark', checked: false },
] as const

export async function picture(browser: Browser, job: Job): Promise<Finding[]> {
  const found: Finding[] = []
  for (const { width, theme, checked } of looks) {
    const context = await browser.newContext({
      viewport: { width, height: width === 390 ? 844 : 900 },
      colorScheme: theme,
      hasTouch: width === 390,
      ...(job.state === undefined ? {} : { storageState: job.state }),
    })
    const page = await context.newPage()
    for (const screen of job.screens) {
      const [path, doing] = [pathOf(screen, job.shown.facts), /#(\w+)$/.exec(screen)?.[1]]
      const answer = await page.goto(job.shown.url + path)
      if (doing !== undefined) await doings[doing]?.(page)
      const name = `${job.group}-${nameOf(screen)}`
      await page.screenshot({
        path: join(job.folder, `${name}-${width}-${theme}.png`),
        fullPage: doing !== 'navigation' && doing !== 'dialog',
      })
      const faults = [
        ...(checked ? await read(page, width) : []),
        ...((answer?.status() ?? 500) >= 500 ? [['status', String(answer?.status())]] : []),
      ]
      found.push(...faults.map(([rule = '', where = '']) => ({ screen: name, width, theme, rule, where })))
    }
    await context.close()
  }
  return found
}

/** Rule and place of whatever is wrong with the page as it stands. */
export async function read(page: Page, width: number, not: readonly string[] = []): Promise<[string, string][]> {
  const { violations } = await new AxeBuilder({ page })
    .exclude('iframe[sandbox]') // A mail as its reader sees it: no script runs in there, axe's own neither, and it would wait for ever. Mails are read by themselves.
    .disableRules([...not])
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
    .analyze()
  const found = violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, any }): [string, string] => [id, `${html.slice(0, 160)} ${any[0]?.message ?? ''}`]),
  )
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  if (wide > 0) found.push(['scrolls sideways', `by ${wide} px`])
  if (width < 768) found.push(...(await tooSmall(page)).map((html): [string, string] => ['less than 44 px high', html]))
  return found
}

/**
 * Controls that a thumb must hit. A link within a sentence or a cell of a table is as high as its line, and a box or switch counts with its label.
 */
const tooSmall = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('button, summary, select, textarea, input:not([type=hidden])')]
      .map((each) => (each.matches('[type=checkbox], [type=radio]') ? (each.closest('label') ?? each) : each))
      .filter((each) => {
        const { width, height } = each.getBoundingClientRect()
        return (
          each.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
          width > 1 &&
          height > 1 &&
          height < 43.5
        )
      })
      .map((each) => `${each.getBoundingClientRect().height} ${each.outerHTML.slice(0, 140)}`),
  )
