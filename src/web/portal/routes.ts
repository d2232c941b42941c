import type { RouteConfigEntry } from '@react-router/dev/routes'

/** The pages of the portal: plain pages under `/account`, and signing in. */
export const portalRoutes: RouteConfigEntry[] = []
