import type { RouteConfigEntry } from '@react-router/dev/routes'

/** The pages of the storefront: plain pages under `/`. */
export const storefrontRoutes: RouteConfigEntry[] = []
