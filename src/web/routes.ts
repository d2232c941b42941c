import { type RouteConfig, route } from '@react-router/dev/routes'
import { adminRoutes } from './admin/routes.ts'
import { portalRoutes } from './portal/routes.ts'
import { storefrontRoutes } from './storefront/routes.ts'

/** Every page of the three faces. Each face lists its own; files are named relative to `src/web`. */
export default [
  ...storefrontRoutes,
  ...portalRoutes,
  ...adminRoutes,
  route('preferences', 'preferences.ts'),
  route('kit', 'kit/gallery.tsx'),
  route('kit/:face', 'kit/plain-face.tsx'),
  route('*', 'not-found.tsx'),
] satisfies RouteConfig
