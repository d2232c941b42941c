import { partOf } from './part-of.ts'

/**
 * An element with `data-live="<address>"` is told by server-sent events that its page has something new (any message), or
 * asks every two seconds where there are none, and is then replaced from a fresh copy of the page: the order status that
 * turns into credentials in place. Without a script `<noscript><meta http-equiv="refresh">` does it (`LiveRegion`).
 */
export function keepLive(): void {
  for (const region of document.querySelectorAll<HTMLElement>('[data-live]')) follow(region)
}

function follow(region: HTMLElement): void {
  const address = region.dataset.live
  const id = region.id
  const source = address && 'EventSource' in window ? new EventSource(address) : null
  let timer: ReturnType<typeof setTimeout> | undefined
  let looking = false

  const later = (milliseconds: number) => {
    clearTimeout(timer)
    timer = setTimeout(look, milliseconds)
  }
  const look = async () => {
    if (looking) return later(500)
    looking = true
    const text = await fetch(location.href, { headers: { accept: 'text/html' } }).then(
      (answer) => (answer.ok ? answer.text() : null),
      () => null,
    )
    looking = false
    const fresh = text ? partOf(text, id) : null
    if (fresh) show(fresh)
    // Events may be lost on the way: ask now and then all the same.
    if (!fresh || fresh.dataset.live !== undefined) later(source && source.readyState !== 2 ? 10_000 : 2_000)
  }
  const show = (fresh: HTMLElement) => {
    const old = document.getElementById(id)
    // Somebody may just read or copy what has not changed.
    if (!old || old.dataset.version === fresh.dataset.version) return
    // The region stays and its content changes: only so do screen readers speak it.
    old.replaceChildren(...fresh.childNodes)
    old.dataset.version = fresh.dataset.version ?? ''
    const title = fresh.dataset.title
    if (title) document.title = title
    if (fresh.dataset.live === undefined) source?.close()
  }

  if (source) source.onmessage = () => later(0)
  later(source ? 10_000 : 2_000)
}
