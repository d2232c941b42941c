import { PageHeader } from '../ui/page-header.tsx'
import { Narrow, Store } from './frame.tsx'

/** The operator's text as he wrote it: paragraphs, and headings that begin with `#`. No markup of his reaches the page. */
export function Legal({ title, text, seller }: { title: string; text: string; seller: readonly string[] }) {
  return (
    <Store>
      <Narrow>
        <PageHeader title={title} />
        <div className="flex max-w-prose flex-col gap-4">
          {partsOf(text).map((part, index) =>
            part.startsWith('#') ? (
              // biome-ignore lint/suspicious/noArrayIndexKey: a fixed text
              <h2 key={index} className="mt-4 text-xl font-semibold">
                {part.replace(/^#+\s*/, '')}
              </h2>
            ) : (
              // biome-ignore lint/suspicious/noArrayIndexKey: a fixed text
              <p key={index} className="whitespace-pre-line">
                {part}
              </p>
            ),
          )}
        </div>
        {seller.length > 0 ? (
          <address className="border-t border-line pt-4 text-muted not-italic">
            {seller.map((line) => (
              <span key={line} className="block">
                {line}
              </span>
            ))}
          </address>
        ) : null}
      </Narrow>
    </Store>
  )
}

/** A heading is its line alone, whether or not an empty line follows it. */
const partsOf = (text: string): string[] =>
  text
    .replace(/^(#.*)$/gm, '\n\n$1\n\n')
    .split(/\n\s*\n/)
    .map((part) => part.trim())
    .filter(Boolean)
