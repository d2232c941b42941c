import { data } from 'react-router'

export const handle = { plain: true }

/** Every address without a page: the error page of the face it lies in, with status 404. */
export function loader(): never {
  throw data({ code: 'not_found', message: null }, { status: 404 })
}

export default function NotFound() {
  return null
}
