import type { RouterContextProvider } from 'react-router'
import { ownOrigin } from '#modules/people/sign-in/auth.ts'
import { refuseCrossSite } from '#modules/people/sign-in/same-origin.ts'
import { webOf } from './context.ts'

/** Refuses forms that were sent by another site's page. Every action calls it, most through `formOf` or `actAs`. */
export function refuseForeign(context: Readonly<RouterContextProvider>, request: Request): void {
  refuseCrossSite(request, ownOrigin(request, webOf(context).app.publicUrl))
}
