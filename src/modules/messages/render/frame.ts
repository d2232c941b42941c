/** The one frame around every message: brand on top, the text, and who sent it and why below. Nothing in it is loaded from elsewhere but the logo. */
import { escapeHtml, isSafeLink } from '#platform/templates/sanitize.ts'
import { darkRules, palette, styled } from './styles.ts'
import { type FrameTexts, frameTextsFor } from './texts/frame.ts'

/** How a business shows itself in its messages. `color` is `#rrggbb`. */
export type Brand = {
  readonly name: string
  readonly legalName: string
  readonly color: string
  readonly logoUrl: string | null
  readonly siteUrl: string
  readonly supportEmail: string | null
  readonly postalAddress: string | null
  readonly abuseEmail: string | null
}

export type Framed = {
  readonly brand: Brand
  readonly language: string
  readonly subject: string
  /** Sanitized fragment. */
  readonly html: string
  readonly text: string
  readonly why: keyof FrameTexts['why']
  readonly unsubscribeUrl: string | null
}

/** The complete HTML page. */
export function frameHtml({ brand, language, subject, html, text, why, unsubscribeUrl }: Framed): string {
  const colors = palette(brand.color)
  const { light } = colors
  const { direction, unsubscribe } = frameTextsFor(language)
  const small = `margin:0 0 8px;color:${light.muted};font-size:13px;line-height:20px;`
  const footer = footerLines(brand, why, language).map(
    (line) => `<p class="lk-muted" style="${small}">${mailLinks(line, small)}</p>`,
  )
  if (unsubscribeUrl)
    footer.push(
      `<p class="lk-muted" style="${small}"><a class="lk-muted" href="${escapeHtml(unsubscribeUrl)}" style="color:${light.muted};">${unsubscribe}</a></p>`,
    )

  return `<!doctype html>
<html lang="${escapeHtml(language)}" dir="${direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no,url=no">
<title>${escapeHtml(subject)}</title>
<style>:root{color-scheme:light dark}@media (prefers-color-scheme:dark){${darkRules(colors)}}@media (max-width:480px){.lk-card{padding:24px 20px 8px!important}.lk-edge{padding:16px 8px!important}}</style>
</head>
<body class="lk-bg" style="margin:0;padding:0;background-color:${light.bg};-webkit-text-size-adjust:100%;">
<div style="display:none;max-height:0;overflow:hidden;">${escapeHtml(preheader(text))}</div>
<div role="article" aria-roledescription="email" aria-label="${escapeHtml(subject)}" lang="${escapeHtml(language)}"><table role="presentation" class="lk-bg" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:${light.bg};"><tr><td class="lk-edge" align="center" style="padding:32px 16px;">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:600px;font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:24px;text-align:start;">
<tr><td style="padding:0 8px 16px;">${logo(brand, light.ink)}</td></tr>
<tr><td class="lk-card lk-surface lk-line" style="padding:32px 32px 16px;background-color:${light.surface};border:1px solid ${light.line};border-radius:12px;">
${styled(html, colors).trim()}
</td></tr>
<tr><td style="padding:24px 8px 0;">
${footer.join('\n')}
</td></tr>
</table>
</td></tr></table></div>
</body>
</html>
`
}

/** The plain-text part. */
export function frameText({ brand, language, text, why, unsubscribeUrl }: Framed): string {
  const lines = [...footerLines(brand, why, language)]
  if (unsubscribeUrl) lines.push(`${frameTextsFor(language).unsubscribe}: ${unsubscribeUrl}`)
  return `${text.trim()}\n\n-- \n${brand.name}\n${lines.join('\n')}\n`
}

/** What a mail program shows beside the subject: the first paragraph that says something, not the greeting, not the login. */
function preheader(text: string): string {
  const paragraphs = text.split('\n\n').map((each) => each.replace(/\s+/g, ' ').trim())
  const first = paragraphs.find((each) => each !== '' && !/[,،]$/.test(each)) ?? ''
  return first.length > 120 ? `${first.slice(0, 119)}…` : first
}

function footerLines(
  { name, legalName, supportEmail, postalAddress, abuseEmail }: Brand,
  why: Framed['why'],
  language: string,
): string[] {
  const texts = frameTextsFor(language)
  const rights = why === 'staff' ? null : texts.rights(legalName) + (abuseEmail ? ` ${texts.abuse} ${abuseEmail}` : '')
  return [
    texts.why[why](name),
    supportEmail && why !== 'staff' ? `${texts.support} ${supportEmail}.` : null,
    [legalName, ...(postalAddress ? postalAddress.split('\n') : [])].join(', '),
    rights,
  ].filter((line) => line !== null)
}

/** Addresses in the footer can be tapped. */
function mailLinks(line: string, style: string): string {
  const color = /color:[^;]+;/.exec(style)?.[0] ?? ''
  return escapeHtml(line).replace(
    /[^\s,;&<>]+@[^\s,;&<>]+[^\s,;&<>.]/g,
    (address) => `<a class="lk-muted" href="mailto:${address}" style="${color}">${address}</a>`,
  )
}

function logo({ name, logoUrl, siteUrl }: Brand, ink: string): string {
  const style = `color:${ink};font-size:18px;font-weight:600;text-decoration:none;`
  const inner =
    logoUrl && isSafeLink(logoUrl)
      ? `<img src="${escapeHtml(logoUrl)}" alt="${escapeHtml(name)}" height="32" style="display:block;border:0;height:32px;max-width:240px;${style}">`
      : escapeHtml(name)
  return isSafeLink(siteUrl)
    ? `<a class="lk-ink" href="${escapeHtml(siteUrl)}" style="${style}">${inner}</a>`
    : `<span class="lk-ink" style="${style}">${inner}</span>`
}
