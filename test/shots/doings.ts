/** What is done on a page before its picture: the word behind the `#` of a screen. */
import type { Page } from 'playwright-core'

export const doings: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  /** The page's form is sent with nothing in it. */
  async errors(page) {
    await page.locator('main [required]').evaluateAll((all) => {
      for (const each of all) each.removeAttribute('required')
    })
    const button = page.locator('main form[method=post] button:not([type=button]):visible')
    await button.last().click()
    await page.locator('[aria-invalid=true]').first().waitFor()
  },
  async begin(page) {
    await page.locator('main form button:visible').last().click()
    await page.waitForLoadState()
  },
  async navigation(page) {
    const opener = page.locator('[popovertarget=navigation]')
    if (await opener.isVisible()) await opener.click()
  },
  async dialog(page) {
    await page.locator('[command=show-modal]').first().click()
    await page.locator('dialog[open]').waitFor()
  },
}
