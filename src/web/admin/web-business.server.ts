import type { Business } from '#modules/people/business.ts'
import type { WebBusiness } from '#web/context.ts'

/** The business as pages know it: no key, no secret. */
export const webBusinessOf = (business: Business): WebBusiness => ({
  id: business.id,
  slug: business.slug,
  name: business.name,
  brandColor: business.brand.color ?? null,
  logoUrl: business.brand.logo ?? null,
  timeZone: business.zone,
  currency: business.currency,
  language: business.language,
  followsVisitors: business.followsVisitors,
  supportEmail: business.supportEmail,
  abuseContact: business.abuseEmail,
  mode: business.mode,
})
