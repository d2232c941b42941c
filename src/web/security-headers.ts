/** What the security headers of a page depend on. */
export type PageSecurity = {
  nonce: string
  /** The site is reached over https: browsers are told to stay there. */
  https: boolean
  /** Origins besides our own where a form of the page may end, following redirects: a gateway's payment page. */
  formTargets: readonly string[]
}

/**
 * Headers of every page. Scripts run only with the request's nonce; no inline handler, no other host. Style *attributes*
 * are allowed (a bar's width is one), style sheets are not, except with the nonce.
 */
export function securityHeaders({ nonce, https, formTargets }: PageSecurity): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}'`,
    `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: https:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    `form-action ${["'self'", ...formTargets].join(' ')}`,
  ]
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    // Signed links and searches stay out of other hosts' logs; our own forms keep their Origin.
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
    ...(https ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  }
}
