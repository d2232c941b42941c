/** A reseller's own host names for viewers, one for each panel of a supplier. */
import { listViewerNames, lookAtViewerName, saveViewerName, type ViewerName } from '#modules/lines/viewer-names.ts'
import { type Call, route } from './route.ts'
import { atOr, id, resource, text, time, z } from './schemas.ts'

const shape = {
  panel_id: z.string(),
  panel_name: z.string(),
  panel_url: z.string().openapi({ description: "The panel's own address for viewers, to which the name must lead." }),
  host: z.string().nullable().openapi({ description: "Null: viewers are told the panel's own." }),
  in_use: z.boolean().openapi({ description: 'It answered as the panel does, and customers are told it.' }),
  fault: z.string().nullable().openapi({ description: 'What the last look found wrong.' }),
  looked_at: time.nullable(),
}
const ViewerHost = resource('ViewerHost', shape)
const ViewerHosts = resource('ViewerHosts', { hosts: z.array(z.strictObject(shape)) })

const show = (name: ViewerName) => ({
  panel_id: name.panelId,
  panel_name: name.panelName,
  panel_url: name.panelUrl,
  host: name.host,
  in_use: name.inUse,
  fault: name.fault,
  looked_at: atOr(name.lookedAt),
})
const shown = (call: Call, name: ViewerName) => ({ ...show(name), livemode: call.shop.livemode })

export const viewerHosts = [
  route({
    method: 'get',
    path: '/settings/viewer_hosts',
    scope: 'settings:read',
    summary: 'Reads the own host names for viewers, one for each panel of a supplier that is sold on.',
    answer: ViewerHosts,
    handle: async (call) => ({
      hosts: (await call.read((tx) => listViewerNames(tx, call.shop))).map(show),
      livemode: call.shop.livemode,
    }),
  }),
  route({
    method: 'put',
    path: '/settings/viewer_hosts',
    scope: 'settings:write',
    summary: 'Sets the host name for one panel and looks whether it leads there; null: none any more.',
    description: 'A name that does not lead to the panel is kept with its `fault`, and told to nobody.',
    body: z.strictObject({ panel_id: id('pan'), host: text(253).nullable() }),
    answer: ViewerHost,
    refuses: ['conflict'],
    handle: async (call) => shown(call, await saveViewerName(call.shop, call.body.panel_id, call.body.host)),
  }),
  route({
    method: 'post',
    path: '/settings/viewer_hosts/verify',
    scope: 'settings:write',
    summary: 'Looks now whether the host name for a panel leads there.',
    body: z.strictObject({ panel_id: id('pan') }),
    answer: ViewerHost,
    refuses: ['conflict'],
    again: true,
    handle: async (call) => shown(call, await lookAtViewerName(call.shop, call.body.panel_id)),
  }),
]
