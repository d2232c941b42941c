import { index, type RouteConfigEntry, route } from '@react-router/dev/routes'
import { businessRoutes } from './routes-business.ts'

/** The pages of the console: pages under `/admin`. Those of the shop's own affairs (plans, money, settings) are in `routes-business.ts`. */
export const adminRoutes: RouteConfigEntry[] = [
  route('admin/sign-in', 'admin/sign-in.tsx'),
  route('admin/sign-in/code', 'admin/sign-in-code.tsx'),
  route('admin/sign-in/:token', 'admin/sign-in-link.tsx'),
  route('admin/sign-out', 'admin/sign-out.ts'),
  route('admin/choose', 'admin/choose.tsx'),
  route('admin/confirm', 'admin/confirm.tsx'),
  route('admin', 'admin/layout.tsx', [index('admin/overview.tsx'), ...businessRoutes]),
]
