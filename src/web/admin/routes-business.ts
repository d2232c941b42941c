import type { RouteConfigEntry } from '@react-router/dev/routes'

/** Pages inside the console's layout about the shop itself: `route('plans', 'admin/plans.tsx')` is `/admin/plans`. */
export const businessRoutes: RouteConfigEntry[] = []
