import { expect, it } from 'vitest'
import { launchChromium } from './chromium.ts'

it('starts a browser that runs a page', async () => {
  const browser = await launchChromium()
  try {
    const page = await browser.newPage()
    await page.setContent('<title>before</title><script>document.title = [1, 2].map((n) => n * 2).join()</script>')
    expect(await page.title()).toBe('2,4')
  } finally {
    await browser.close()
  }
})
