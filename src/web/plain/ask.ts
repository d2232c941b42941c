/**
 * A field with `data-ask="<address>"` is answered while it is typed: the server gets its value as a parameter of its own name and
 * says a sentence, which goes into the element that `data-answer` names. Without a script a button of the form asks the same.
 */
export function answerFields(): void {
  for (const input of document.querySelectorAll<HTMLInputElement>('input[data-ask]')) {
    let timer: ReturnType<typeof setTimeout> | undefined
    let latest = 0
    input.addEventListener('input', () => {
      clearTimeout(timer)
      say(input, {})
      const turn = ++latest
      if (input.value.trim().length > 0)
        timer = setTimeout(async () => {
          const query = new URLSearchParams({ [input.name]: input.value })
          const answer = await fetch(`${input.dataset.ask}?${query}`).then(
            (found) => (found.ok ? found.json() : {}),
            () => ({}),
          )
          if (turn === latest) say(input, answer)
        }, 400)
    })
  }
}

function say(input: HTMLInputElement, { text = '', verdict = '' }: { text?: string; verdict?: string }): void {
  const place = document.getElementById(input.dataset.answer ?? '')
  if (!place) return
  place.textContent = text
  place.dataset.verdict = verdict
}
