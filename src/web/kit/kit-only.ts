import { data, type RouterContextProvider } from 'react-router'
import { webOf } from '#web/context.ts'

/** Outside development and tests the gallery is no page at all. */
export function kitOnly(context: Readonly<RouterContextProvider>): void {
  if (!webOf(context).showKit) throw data({ code: 'not_found', message: null }, { status: 404 })
}
