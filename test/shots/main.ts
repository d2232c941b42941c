/**
 * `npm run shots [-- GROUP ...]`: goes through every screen as each kind of person and keeps a picture of each in `shots/`, at 390 and
 * 1440 px, light and dark; every mail too. axe reads each page; what it finds, what scrolls sideways and what is too small for a thumb
 * is printed, and the run fails. `LINEKEEPER_DATA` keeps the houses for the next run; else they live in a folder that is removed.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchChromium } from '../support/chromium.ts'
import { openDemo, openEmpty, type Shown } from './houses.ts'
import { pictureMails } from './mails.ts'
import { type Finding, picture } from './picture.ts'
import { type Group, groups, screens } from './screens.ts'

const folder = join(import.meta.dirname, '../../shots')
const known = [...Object.keys(groups), 'mails'] as (Group | 'mails')[]
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !known.includes(name as Group))
if (unknown.length > 0) {
  process.stderr.write(`Unknown: ${unknown.join(', ')}. Known groups: ${known.join(', ')}.\n`)
  process.exit(1)
}
const wanted = asked.length === 0 ? known : (asked as (Group | 'mails')[])
const ofEmpty: readonly string[] = ['first', 'wizard']

const data = process.env.LINEKEEPER_DATA ?? mkdtempSync(join(tmpdir(), 'linekeeper-shots-'))
mkdirSync(folder, { recursive: true })
const browser = await launchChromium()
const findings: Finding[] = []

async function show(open: typeof openDemo, names: readonly (Group | 'mails')[]): Promise<void> {
  if (names.length === 0) return
  const shown: Shown = await open(browser, data)
  try {
    for (const group of names) {
      const state = group === 'mails' ? undefined : await shown.signIn(groups[group])
      findings.push(
        ...(group === 'mails'
          ? await pictureMails(browser, shown.shop(), folder)
          : await picture(browser, { folder, group, screens: screens[group], state, shown })),
      )
    }
  } finally {
    await shown.close()
  }
}

try {
  await show(
    openDemo,
    wanted.filter((group) => !ofEmpty.includes(group)),
  )
  await show(
    openEmpty,
    wanted.filter((group) => ofEmpty.includes(group)),
  )
} finally {
  await browser.close()
  if (process.env.LINEKEEPER_DATA === undefined) rmSync(data, { recursive: true, force: true })
}
for (const each of findings) process.stdout.write(`${JSON.stringify(each)}\n`)
const summary = findings.length === 0 ? 'Nothing found.' : `${findings.length} findings.`
process.stdout.write(`Pictures are in shots/. ${summary}\n`)
process.exit(findings.length === 0 ? 0 : 1)
