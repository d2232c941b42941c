/** How a panel is. */
export const consolePanelHealth = {
  'console.health.certificate': 'Certificate holds until',
  'console.health.lastDay': 'Last 24 hours',
  'console.health.lastDay.none': 'Not asked',
  'console.health.lastDay.times': 'half within {{p50}} ms, nearly all within {{p95}} ms',
  'console.health.lastDay.calls_one': '{{count}} call',
  'console.health.lastDay.calls_other': '{{count}} calls',
  'console.health.lastDay.failed_one': '{{count}} without a good answer',
  'console.health.lastDay.failed_other': '{{count}} without a good answer',
  'console.calls.op.checkConnection': 'Ask to be let in',
  'console.health.creditsLow': 'Tell me below so many credits',
  'console.health.creditsLow.hint': 'Once, in Needs attention. Empty: only when none are left.',
}
