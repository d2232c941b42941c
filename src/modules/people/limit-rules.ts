/** What a business may do, as it is stored and as it is asked. */
import type { BusinessLimits } from '#app.ts'

/** As it is stored: what is not named is unlimited. */
export type StoredLimits = {
  requests_per_minute?: number
  mails_per_day?: number
  lines_per_day?: number
  trials_per_day?: number
}

export const limitsFrom = (stored: StoredLimits): BusinessLimits => ({
  requestsPerMinute: stored.requests_per_minute ?? null,
  mailsPerDay: stored.mails_per_day ?? null,
  linesPerDay: stored.lines_per_day ?? null,
  trialsPerDay: stored.trials_per_day ?? null,
})
