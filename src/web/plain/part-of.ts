/**
 * A part of a page that was fetched again. The page's own style block is left out: a parsed document is under the policy of the
 * page that parses it, where its nonce is a stranger's.
 */
export const partOf = (html: string, id: string): HTMLElement | null =>
  new DOMParser().parseFromString(html.replace(/<style[\s\S]*?<\/style>/g, ''), 'text/html').getElementById(id)
