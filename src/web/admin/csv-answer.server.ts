/** A table for a spreadsheet, saved under `name`; it is nobody else's, and no cache keeps it. */
export const csvAnswer = (body: BodyInit, name: string): Response =>
  new Response(body, {
    headers: {
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'private, no-store',
    },
  })
