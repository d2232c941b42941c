/** What another machine said, as it is (redacted before it gets here). Scrolls inside itself, also by keyboard. */
export function JsonView({ label, value }: { label: string; value: unknown }) {
  const text =
    typeof value === 'string'
      ? value
      : JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? each.toString() : each), 2)
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="max-h-96 overflow-auto rounded-control border border-line bg-sunken p-4"
    >
      <pre className="code text-sm whitespace-pre-wrap">{text}</pre>
    </section>
  )
}
