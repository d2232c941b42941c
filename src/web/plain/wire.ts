/**
 * Small comforts on top of pages that work without them, wired by `data-` attributes on the document, once: copy, format a MAC
 * address, open a dialog where the browser does not do so by itself, close menus. Plain pages and the console share it.
 */
export function wire(): void {
  document.addEventListener('click', ({ target }) => {
    if (!(target instanceof Element)) return
    const copy = target.closest<HTMLElement>('[data-copy]')
    if (copy) void copyFrom(copy)
    const opener = target.closest('[commandfor]')
    if (opener && !('command' in HTMLButtonElement.prototype)) obey(opener)
    for (const menu of openMenus()) if (!menu.contains(target) || target.closest('a')) menu.open = false
  })
  document.addEventListener('input', ({ target }) => {
    if (target instanceof HTMLInputElement && 'mac' in target.dataset) formatMac(target)
  })
  document.addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape') return
    for (const menu of openMenus()) {
      menu.open = false
      menu.querySelector('summary')?.focus()
    }
  })
}

/** Menus are `details`: they open by themselves, and close on Escape and on a click elsewhere. */
const openMenus = () => document.querySelectorAll<HTMLDetailsElement>('details[data-menu][open]')

/** `001a79123456` becomes `00:1A:79:12:34:56` while it is typed. */
export const macText = (typed: string): string =>
  (
    typed
      .toUpperCase()
      .replace(/[^0-9A-F]/g, '')
      .slice(0, 12)
      .match(/.{1,2}/g) ?? []
  ).join(':')

function formatMac(input: HTMLInputElement): void {
  // In the middle of the text the cursor would jump; there the server's leniency is enough.
  if (input.selectionStart !== input.value.length) return
  input.value = macText(input.value)
}

async function copyFrom(button: HTMLElement): Promise<void> {
  const text = button.dataset.copy ?? ''
  await (navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'))).catch(() =>
    copyOldWay(text),
  )
  const label = button.querySelector<HTMLElement>('[data-copy-text]') ?? button
  const before = label.textContent
  if (before === button.dataset.copied) return
  label.textContent = button.dataset.copied ?? ''
  setTimeout(() => (label.textContent = before), 2_000)
}

/** Without https there is no clipboard to write to. */
function copyOldWay(text: string): void {
  const area = document.createElement('textarea')
  area.value = text
  document.body.append(area)
  area.select()
  document.execCommand('copy')
  area.remove()
}

function obey(button: Element): void {
  const dialog = document.getElementById(button.getAttribute('commandfor') ?? '')
  if (!(dialog instanceof HTMLDialogElement)) return
  if (button.getAttribute('command') === 'close') dialog.close()
  else dialog.showModal()
}
