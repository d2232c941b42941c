/** Lines and boxes of one panel as one: which of its actions a login is asked about by, a box is asked about by its kind's. */
import type { DeviceKind, FoundLine, LineOwner, LineRef, LineSpec, Panel } from '../panel.ts'
import { deviceKinds, kindOf, openBoxes } from './boxes.ts'
import type { Call } from './call.ts'
import { type Look, openLook } from './look.ts'

type Change = {
  create(spec: LineSpec): Promise<FoundLine>
  update(ref: LineRef, spec: LineSpec): Promise<FoundLine>
  switchOff(ref: LineRef, owner: LineOwner): Promise<void>
  remove: Panel['deleteLine']
}

/** `openChange`: how what is of that kind is written, which differs by the key that a panel is managed with. */
export function openSorts(call: Call, zone: string, openChange: (look: Look, kind?: DeviceKind) => Change) {
  const look = openLook(call, zone)
  const sorts = { line: { look, change: openChange(look) }, mag: boxesOf('mag'), enigma: boxesOf('enigma') }
  const at = (ref: LineRef) => sorts[kindOf(ref)]

  function boxesOf(kind: DeviceKind) {
    const boxes = openBoxes(call, zone, kind)
    return { look: boxes, change: openChange(boxes, kind) }
  }

  return {
    at,
    lines: {
      async findLine(username, marker, password, _former, device) {
        const found = device
          ? await sorts[device.kind].look.find(device.mac, marker)
          : await look.find(username, marker, password)
        return found?.line ?? null
      },
      readLine: async (ref) => (await at(ref).look.read(ref))?.line ?? null,
      createLine: (spec) => sorts[spec.device?.kind ?? 'line'].change.create(spec),
      updateLine: (ref, spec) => at(ref).change.update(ref, spec),
      switchOff: (ref, owner) => at(ref).change.switchOff(ref, owner),
      deleteLine: (ref, owner) => at(ref).change.remove(ref, owner),
      // Boxes are few, and stand behind the lines: they are listed again.
      async *listLines(skip) {
        yield* look.list(skip)
        for (const kind of deviceKinds) yield* sorts[kind].look.list()
      },
    } satisfies Pick<
      Panel,
      'findLine' | 'readLine' | 'createLine' | 'updateLine' | 'switchOff' | 'deleteLine' | 'listLines'
    >,
  }
}
