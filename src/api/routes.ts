/** The one table of routes: what is not in it does not exist. */
import type { Route } from './route.ts'

export const routes: readonly Route[] = []
