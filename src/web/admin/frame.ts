import { useRouteLoaderData } from 'react-router'
import type { Permission } from '#modules/people/permissions.ts'
import type { loader } from './layout.tsx'

export type ConsoleFrame = Awaited<ReturnType<typeof loader>>

/** What the console's layout loaded. */
export const useConsoleFrame = (): ConsoleFrame | undefined => useRouteLoaderData<typeof loader>('admin/layout')

/** `const may = useMay()`, then `may('orders:change') ? … : null`: hides what the server would refuse. */
export function useMay(): (right: Permission) => boolean {
  const rights = useConsoleFrame()?.rights ?? []
  return (right) => rights.includes(right)
}
