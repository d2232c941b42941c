/** What the page of an incident shows: its facts, what it would give or gave, and to whom. */
import { type Shop, transaction } from '#app.ts'
import { customersById, staffById } from '#modules/analytics/names.ts'
import { compensationsOf, givenFor, listShares, previewCompensation } from '#modules/dunning/compensation.ts'
import { readIncident, stateOf } from '#modules/lines/incidents.ts'
import { plusSeconds } from '#platform/time.ts'
import { shownIncident } from './incident-form.server.ts'

/** The figures above the list count all. */
const shown = 200

export const readIncidentRecord = (shop: Shop, id: string) =>
  transaction(shop, 'read-incident', async (tx) => {
    const now = shop.now()
    const incident = await readIncident(tx, id)
    const state = stateOf(incident, now)
    const open = incident.decision === null
    // Planned ones reach nobody yet.
    const preview = open && state !== 'planned' ? await previewCompensation(tx, shop, incident, now) : null
    const rows =
      preview === null
        ? await compensationsOf(tx, { incidentId: id }, shown)
        : (await listShares(tx, shop, incident, now, shown)).map((share) => ({
            ...share,
            endsAfter: plusSeconds(share.endsBefore, share.seconds),
          }))
    const names = await customersById(
      tx,
      rows.map(({ customerId }) => customerId),
    )
    const staff = await staffById(tx)
    const nameOf = (actor: string | null) =>
      actor === null ? null : (staff.get(actor.replace(/^staff:/, '')) ?? actor)
    const { subscriptions, customers, seconds, worth } = preview ?? (await givenFor(tx, id))
    return {
      zone: shop.zone,
      fields: shownIncident(shop.zone, incident),
      incident: {
        id,
        name: incident.name,
        target: incident.target,
        sentence: incident.sentence,
        state,
        starts: incident.starts.toString(),
        ends: incident.ends?.toString() ?? null,
        by: nameOf(incident.declaredBy),
        decidedAt: incident.decidedAt?.toString() ?? null,
        decidedBy: nameOf(incident.decidedBy),
      },
      totals: { subscriptions, customers, days: Math.round((seconds / 86_400) * 10) / 10, worth },
      preview: preview === null ? null : { fingerprint: preview.fingerprint, left: preview.left },
      rows: rows.map((row) => ({
        id: row.subscriptionId,
        customer: names.get(row.customerId)?.name || names.get(row.customerId)?.email || '',
        outcome: row.outcome,
        outSeconds: row.outSeconds,
        seconds: row.seconds,
        worth: row.worth,
        endsAfter: row.endsAfter.toString(),
      })),
    }
  })

export type IncidentRecord = Awaited<ReturnType<typeof readIncidentRecord>>
