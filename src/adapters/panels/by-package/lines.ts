/**
 * Lines on panels that sell time by the package and tell no more of a line than a list does: look, at most one charged call, look again.
 * What a protocol calls these things, its `Words` say.
 */
import { ProviderError } from '#platform/errors.ts'
import {
  type FoundLine,
  isOurLine,
  type LineOwner,
  type LineRef,
  type LineSpec,
  type ListedLine,
  type Login,
} from '../panel.ts'
import type { Trouble } from '../xtream-family/trouble.ts'
import type { Package } from './package.ts'
import type { Quotes } from './quotes.ts'
import type { Shelf } from './shelf.ts'

export type Words = {
  /** All lines; with a user name those whose name may be this one. What counts is compared here. */
  pages(username?: string): AsyncIterable<FoundLine[]>
  /** Charged. Gives the new line's ref where the panel tells it. */
  create(spec: LineSpec, wanted: Package): Promise<LineRef | null>
  /** Charged: one more term of the package. */
  extend(line: FoundLine, wanted: Package): Promise<void>
  rename(line: FoundLine, spec: LineSpec): Promise<void>
  turn(line: FoundLine, on: boolean): Promise<void>
  remove(line: FoundLine): Promise<void>
}

export function openLines(words: Words, { refused, unsure, afterWriting }: Trouble, shelf: Shelf, quotes: Quotes) {
  const search = async (username: string): Promise<FoundLine[]> => (await Array.fromAsync(words.pages(username))).flat()

  /** Where no call reads one line: by each name it may have, then through the whole list. */
  async function read(ref: LineRef, owner?: LineOwner): Promise<FoundLine | null> {
    const logins: readonly Pick<Login, 'username'>[] = owner ? [owner, ...(owner.former ?? [])] : []
    for (const username of new Set(logins.map((each) => each.username))) {
      const found = (await search(username)).find((each) => each.ref === ref)
      if (found) return found
    }
    for await (const page of words.pages()) {
      const found = page.find((each) => each.ref === ref)
      if (found) return found
    }
    return null
  }

  async function find(username: string, marker: string, password?: string): Promise<FoundLine | null> {
    const exact = (await search(username)).filter((each) => each.username === username)
    if (exact.length <= 1) return exact[0] ?? null
    const ours = exact.find((each) => each.marker === marker || (password !== undefined && each.password === password))
    if (ours) return ours
    throw refused('username_taken', 'several lines have this user name and none is ours')
  }

  /** Null when it is gone; refuses a ref that leads to somebody else's line. */
  async function own(ref: LineRef, owner: LineOwner): Promise<FoundLine | null> {
    const found = await read(ref, owner)
    if (found && !isOurLine(found, owner)) throw refused('not_ours', `${ref} is not our line any more`)
    return found
  }

  async function create(spec: LineSpec): Promise<FoundLine> {
    const wanted = await shelf.packageNamed(spec.package.packageId)
    const ref = await words.create(spec, wanted)
    const made = await afterWriting('create', () =>
      ref === null ? find(spec.username, spec.marker, spec.password) : read(ref, spec),
    )
    // It was paid for, so its own word is not enough.
    if (!made || !isOurLine(made, spec)) throw unsure('create', 'the line is not there when read back')
    return verified('create', spec.enabled ? made : await switched(made, spec, false), spec)
  }

  async function update(ref: LineRef, spec: LineSpec): Promise<FoundLine> {
    const wanted = await shelf.packageNamed(spec.package.packageId)
    let line = await own(ref, spec)
    if (!line) throw refused('not_found', 'the line is not on the panel')
    // Off comes first, so that a refused edit keeps nobody watching; on comes last, when everything else is right.
    if (!spec.enabled && line.enabled) line = await switched(line, spec, false)
    if (quotes.isDue(line, spec, wanted)) line = await extended(line, spec, wanted)
    if (hasOtherLogin(line, spec)) {
      await words.rename(line, spec)
      line = await readBack('edit', line, spec)
    }
    if (spec.enabled && !line.enabled) line = await switched(line, spec, true)
    return verified('edit', line, spec)
  }

  /** Charged each time. The term is added to what the line has, so the panel's clock must have moved on. */
  async function extended(line: FoundLine, spec: LineSpec, wanted: Package): Promise<FoundLine> {
    await words.extend(line, wanted)
    const after = await readBack('extend', line, spec)
    const moved = after.expiresAt?.epochMilliseconds !== line.expiresAt?.epochMilliseconds
    if (moved || after.packageId !== line.packageId) return after
    throw unsure('extend', 'the panel said yes, and the line ends when it did before', 'not_as_asked')
  }

  /** Repeating it may answer failure although all is well: what counts is what is read back. */
  async function switched(line: FoundLine, spec: LineOwner, on: boolean): Promise<FoundLine> {
    const refusal = await refusalOf(words.turn(line, on))
    const after = await readBack(on ? 'enable' : 'disable', line, spec)
    if (after.enabled === on) return after
    throw refusal ?? unsure(on ? 'enable' : 'disable', 'the panel said yes and did not', 'not_as_asked')
  }

  async function switchOff(ref: LineRef, owner: LineOwner): Promise<void> {
    const line = await own(ref, owner)
    if (!line) throw refused('not_found', 'the line is not on the panel')
    if (line.enabled) await switched(line, owner, false)
  }

  async function remove(ref: LineRef, owner?: LineOwner): Promise<void> {
    const line = owner ? await own(ref, owner) : await read(ref)
    if (!line) return
    const refusal = await refusalOf(words.remove(line))
    if (await afterWriting('delete', () => read(ref, { ...line, marker: line.marker ?? '' })))
      throw refusal ?? unsure('delete', 'the line is still there')
  }

  async function readBack(action: string, { ref, username }: FoundLine, spec: LineOwner): Promise<FoundLine> {
    const owner = { ...spec, former: [{ username, password: '' }, ...(spec.former ?? [])] }
    const found = await afterWriting(action, () => read(ref, owner))
    if (!found) throw unsure(action, 'the line is not there when read back')
    return found
  }

  /** Only what every call here can bring about: how much time there is, `quote` tells. */
  function verified(action: string, line: FoundLine, spec: LineSpec): FoundLine {
    const wrong = [hasOtherLogin(line, spec) ? 'login' : '', line.enabled === spec.enabled ? '' : 'enabled'].filter(
      Boolean,
    )
    if (wrong.length > 0) throw unsure(action, `not as asked: ${wrong.join(', ')}`, 'not_as_asked')
    return line
  }

  async function* list(): AsyncGenerator<ListedLine[]> {
    for await (const page of words.pages())
      yield page.map(({ ref, username, marker, enabled, banned, expiresAt, maxConnections }) => ({
        ref,
        username,
        marker,
        enabled,
        banned,
        expiresAt,
        maxConnections,
      }))
  }

  return { read, find, create, update, switchOff, remove, list }
}

const hasOtherLogin = (line: FoundLine, spec: LineSpec): boolean =>
  line.username !== spec.username || line.password !== spec.password

async function refusalOf(asked: Promise<void>): Promise<ProviderError | null> {
  try {
    await asked
    return null
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'rejected') return error
    throw error
  }
}

/** Staff may write around our reference; it is found among their words. */
export const markerIn = (notes: string | null): string | null => /(?:^|\s)(ref:[\w-]+)/.exec(notes ?? '')?.[1] ?? null
