import type { RouteConfigEntry } from '@react-router/dev/routes'

/** The pages of the console: pages under `/admin`. */
export const adminRoutes: RouteConfigEntry[] = []
