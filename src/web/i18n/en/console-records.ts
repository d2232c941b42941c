/** Texts of the console's records: overview, orders, customers, subscriptions, lines, panels, activity. */
export const consoleRecords = {
  'console.overview.title': 'Overview',
} as const
