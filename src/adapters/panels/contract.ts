/**
 * What every panel adapter must do, told once. An adapter's test hands in a small world: the adapter opened on an imitation of
 * its provider, a way to break that provider, and a look at what really happened there.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ProviderError } from '#platform/errors.ts'
import type { FoundLine, LineOwner, LineSpec, ListedLine, Panel, PanelCapabilities, Session } from './panel.ts'

/** What the provider really holds. */
export type TrueLine = {
  username: string
  password: string
  enabled: boolean
  banned: boolean
  /** Of the box that signs in, if it is one. */
  mac?: string | null
}

/** A change made by hand on the panel, in our words. */
export type HandEdit = Partial<{
  username: string
  password: string
  enabled: boolean
  banned: boolean
  expiresAt: Temporal.Instant
  maxConnections: number
}>

export type Operation = 'create' | 'edit' | 'suspend' | 'resume' | 'delete' | 'read' | 'find'

export type PanelWorld = {
  panel: Panel
  capabilities: PanelCapabilities
  /** The same panel, opened with a key that is not accepted. */
  withWrongKey: Panel
  /** Secrets of the settings: no error may show them. */
  secrets: string[]
  /** Two packages that differ, both known to the panel. */
  packages: [LineSpec['package'], LineSpec['package']]
  /** Switches a fault of the imitation on; `executes`: what was asked is done before it is answered badly. */
  breaks(fault: string, how?: { on?: Operation; times?: number; executes?: boolean; ms?: number }): Promise<void>
  mends(): Promise<void>
  editsByHand(username: string, edit: HandEdit): Promise<void>
  truth(): Promise<TrueLine[]>
  /** How many changes have taken place there so far. */
  changes(): Promise<number>
  watches(username: string): Promise<void>
  /** The line vanishes there, as after a restored backup. */
  loses(username: string): Promise<void>
  /** Everything that was written to the log since the world began, at its most talkative. */
  logged(): string
  close(): Promise<void>
  /**
   * What this protocol has no words for, or takes from the package. `screens`: a line is one, always; `ends`: it ends by our hand only;
   * `wire`: no network lies between, so nobody asks for a key or is too busy; `starts`: of who watches neither since when nor from where; `players`:
   * nor by what he himself calls his player; `countries`: not from where.
   */
  leavesOut?: readonly (
    | 'outputs'
    | 'connections'
    | 'credits'
    | 'permissions'
    | 'bans'
    | 'ends'
    | 'screens'
    | 'wire'
    | 'players'
    | 'starts'
    | 'countries'
  )[]
  /** What it offers, numbered from one; left out: it has no words for them, or they come with the package. */
  bouquets?: readonly string[]
  /** Whoever is not allowed there is answered with a page or with nothing at all. */
  refusesInSilence?: true
  /** The end of what was sold, and a later one by one term: for panels that are extended by terms. */
  expiries?: readonly [Temporal.Instant, Temporal.Instant]
}

/** A secret as it may stand in an address, a form, a body or a header. */
const formsOf = (secret: string): string[] => [
  secret,
  encodeURIComponent(secret),
  new URLSearchParams({ s: secret }).toString().slice(2),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('base64url'),
  Buffer.from(secret).toString('hex'),
]

/** How far a panel that is extended by terms may be from what was sold. */
const looseMs = 3 * 86_400_000

/** Registers the suite; `setup` makes a fresh, empty panel for each test. */
export function panelContract(name: string, setup: () => Promise<PanelWorld>): void {
  describe(`the panel contract: ${name}`, () => {
    let world: PanelWorld
    let panel: Panel
    let expiry: Temporal.Instant
    let later: Temporal.Instant
    beforeEach(async () => {
      world = await setup()
      panel = world.panel
      expiry = world.expiries?.[0] ?? Temporal.Instant.from('2026-07-31T21:59:59Z')
      later = world.expiries?.[1] ?? Temporal.Instant.from('2027-01-15T10:30:00Z')
    })
    afterEach(async () => {
      await world.close()
      const logged = world.logged()
      for (const secret of [...world.secrets, ...told, 'Other5Pass'])
        for (const form of formsOf(secret)) expect(logged, 'a log line that carries a secret').not.toContain(form)
      told.clear()
    })

    /** Passwords and addresses of boxes, of whomever, that the panel was told in this test. */
    const told = new Set<string>()
    const tells = (wanted: LineSpec): LineSpec => {
      for (const each of [wanted.password, wanted.device?.mac, wanted.box?.mac])
        if (each !== undefined && each.length > 5) told.add(each)
      return wanted
    }

    const spec = (more: Partial<LineSpec> = {}): LineSpec =>
      tells({
        username: 'lk7f3k9q2m',
        password: 'Vb8nQ2xZ71',
        marker: 'ref:line_01k0000000000000000000001',
        enabled: true,
        expiresAt: expiry,
        maxConnections: 2,
        package: world.packages[0],
        ...more,
      })
    const other = (username: string, more: Partial<LineSpec> = {}) =>
      spec({ username, password: `${username}Pass9`, marker: `ref:line_of_${username}`, ...more })

    const leavesOut = (what: NonNullable<PanelWorld['leavesOut']>[number]) => world.leavesOut?.includes(what) ?? false
    /** As the product asks: it always tells the login that it knows. */
    const find = ({ username, marker, password }: LineSpec = spec()) => panel.findLine(username, marker, password)
    const read = (ref: string, owner: LineOwner = spec()) => panel.readLine(ref, owner)
    /** A line whose login was `was` until now. */
    const after = (was: LineSpec, more: Partial<LineSpec>): LineSpec => ({
      ...was,
      ...more,
      former: [{ username: was.username, password: was.password }],
    })
    /** Deleted, or off for good where the panel cannot delete. */
    async function expectGone(username: string) {
      const left = await named(username)
      expect(left.map((line) => line.enabled)).toEqual(world.capabilities.canDelete ? [] : left.map(() => false))
    }

    /** Awaits the failure, and checks that it tells no secret. */
    async function failure(promise: Promise<unknown>): Promise<ProviderError> {
      const error = await promise.then(
        (value) => expect.unreachable(`it did not fail: ${JSON.stringify(value)}`),
        (reason: unknown) => reason,
      )
      expect(error).toBeInstanceOf(ProviderError)
      const told = `${(error as Error).message} ${JSON.stringify(error)}`
      for (const secret of [...world.secrets, spec().password]) expect(told).not.toContain(secret)
      return error as ProviderError
    }

    function expectAsWanted(found: FoundLine | null, wanted: LineSpec) {
      expect(found).toMatchObject({
        ...(wanted.device ? { mac: wanted.device.mac } : { username: wanted.username, password: wanted.password }),
        marker: wanted.marker,
        enabled: wanted.enabled,
        ...(wanted.device || leavesOut('connections') ? {} : { maxConnections: wanted.maxConnections }),
      })
      expect(new Set(found?.bouquets)).toEqual(new Set(wanted.package.bouquets))
      if (!leavesOut('outputs') && !wanted.device)
        expect(new Set(found?.outputs)).toEqual(new Set(wanted.package.outputs))
      if (leavesOut('ends')) return
      const off = (found?.expiresAt?.epochMilliseconds ?? 0) - wanted.expiresAt.epochMilliseconds
      if (world.capabilities.absoluteExpiry) expect(Math.abs(off)).toBeLessThanOrEqual(60_000)
      else expect(off).toBeGreaterThanOrEqual(-looseMs)
    }

    const named = async (username: string) => (await world.truth()).filter((line) => line.username === username)

    describe('connecting', () => {
      test('a good key is told in a sentence', async () => {
        expect((await panel.checkConnection()).detail).toMatch(/\S/)
      })
      test('a wrong key is auth_failed, whatever is asked', async () => {
        if (leavesOut('wire')) return expect(world.secrets).not.toContain('')
        expect(await failure(world.withWrongKey.checkConnection())).toMatchObject({ kind: 'auth_failed' })
        expect(await failure(world.withWrongKey.createLine(spec()))).toMatchObject({ kind: 'auth_failed' })
        expect(await failure(world.withWrongKey.findLine('x', 'ref:x', 'y'))).toMatchObject({ kind: 'auth_failed' })
        expect(await world.truth()).toEqual([])
      })
      test('bouquets are told with ids and names, or there are none', async () => {
        const named = (world.bouquets ?? []).map((name, index) => ({ id: index + 1, name }))
        expect(await panel.listBouquets()).toEqual(named)
      })
    })

    describe('creating', () => {
      test('the line is as wanted, once, and is found by ref and by name', async () => {
        const made = await panel.createLine(spec())
        expectAsWanted(made, spec())
        expect(made.banned).toBe(false)
        expect(await read(made.ref)).toEqual(made)
        expect(await find()).toEqual(made)
        expect(await named(spec().username)).toHaveLength(1)
      })
      test('a line can begin suspended', async () => {
        const wanted = spec({ enabled: false, package: world.packages[1], maxConnections: 1 })
        expectAsWanted(await panel.createLine(wanted), wanted)
      })
      test.each([
        '2026-03-29T00:59:59Z',
        '2026-03-29T01:00:00Z',
        '2026-10-25T00:30:00Z',
        '2026-10-25T01:30:00.750Z',
        '2028-02-29T23:59:59Z',
        '2039-01-01T00:00:00Z',
      ])('the expiry %s arrives to the minute', async (instant) => {
        if (!world.capabilities.absoluteExpiry) return expect(world.expiries).toHaveLength(2) // Told by its own tests.
        const wanted = spec({ expiresAt: Temporal.Instant.from(instant) })
        expectAsWanted(await panel.createLine(wanted), wanted)
      })
      test('characters that have a meaning in addresses arrive as they are', async () => {
        const wanted = spec({ password: 'a+b&c=d%20"é[] ' })
        const made = await panel.createLine(wanted)
        expectAsWanted(made, wanted)
        const edited = { ...wanted, maxConnections: 4 }
        expectAsWanted(await panel.updateLine(made.ref, edited), edited)
      })
      test("somebody else's user name is refused and stays theirs", async () => {
        const theirs = other(spec().username)
        await panel.createLine(theirs)
        expect(await failure(panel.createLine(spec()))).toMatchObject({ kind: 'rejected', code: 'username_taken' })
        expect(await named(spec().username)).toMatchObject([{ password: theirs.password }])
      })
      test('no credits left', async () => {
        if (leavesOut('credits')) return expect(world.capabilities.chargesEachExtension).toBe(false)
        await world.breaks('credits_out', { on: 'create' })
        expect(await failure(panel.createLine(spec()))).toMatchObject({
          kind: 'rejected',
          code: 'insufficient_credits',
        })
        expect(await world.truth()).toEqual([])
      })
      test('a missing right', async () => {
        if (leavesOut('permissions')) return expect(world.secrets).not.toContain('')
        await world.breaks('no_permission', { on: 'create' })
        expect(await failure(panel.createLine(spec()))).toMatchObject({ kind: 'rejected', code: 'no_permission' })
      })
    })

    describe('looking up', () => {
      test('nothing is null', async () => {
        expect(await panel.findLine('nobody', 'ref:none', 'x')).toBeNull()
        expect(await read('999999')).toBeNull()
      })
      test('look-alikes are not it', async () => {
        const alike = ['abc1x', 'xabc1', 'ABC1', 'abc12', 'a_c1', 'a%1']
        for (const username of alike) await panel.createLine(other(username))
        await panel.createLine(other('decoy1', { password: 'abc1', marker: 'ref:abc1' }))
        expect(await find(other('abc1'))).toBeNull()
        for (const username of alike) expect((await find(other(username)))?.username).toBe(username)
      })
      test('a stranger of that name is shown with his own marker', async () => {
        await panel.createLine(other(spec().username))
        const found = await find()
        if (world.capabilities.findsByLoginOnly) expect(found).toBeNull()
        else expect(found).toMatchObject({ marker: other(spec().username).marker })
      })
    })

    describe('changing', () => {
      const changes: [string, () => Partial<LineSpec>][] = [
        ['expiry', () => ({ expiresAt: later })],
        ['password', () => ({ password: 'Other5Pass' })],
        ['connections', () => ({ maxConnections: 5 })],
        ['package', () => ({ package: world.packages[1] })],
        ['user name', () => ({ username: 'renamed4us' })],
        [
          'everything at once',
          () => ({
            expiresAt: later,
            password: 'Other5Pass',
            maxConnections: 1,
            // Nothing is bought for a line that is off.
            enabled: world.capabilities.chargesEachExtension,
            package: world.packages[1],
          }),
        ],
      ]
      test.each(changes)('%s, and nothing else', async (_, change) => {
        const made = await panel.createLine(spec())
        const wanted = after(spec(), change())
        expectAsWanted(await panel.updateLine(made.ref, wanted), wanted)
        expectAsWanted(await read(made.ref, wanted), wanted)
        const so_far = await world.changes()
        expectAsWanted(await panel.updateLine(made.ref, wanted), wanted)
        expect(await world.changes(), 'a line that is as wanted is left alone').toBe(so_far)
      })
      test('suspending and resuming, each twice', async () => {
        const { ref } = await panel.createLine(spec())
        for (const enabled of [false, false, true, true]) {
          expectAsWanted(await panel.updateLine(ref, spec({ enabled })), spec({ enabled }))
          expect(await named(spec().username)).toMatchObject([{ enabled, password: spec().password }])
        }
      })
      test('what somebody did by hand is seen and set right', async () => {
        const { findsByLoginOnly, hidesPassword } = world.capabilities
        const password = findsByLoginOnly || hidesPassword ? {} : { password: 'byhand123' }
        const connections = leavesOut('screens') ? {} : { maxConnections: 9 }
        const end = leavesOut('ends') ? {} : { expiresAt: later }
        const { ref } = await panel.createLine(spec())
        await world.editsByHand(spec().username, {
          enabled: false,
          ...end,
          ...connections,
          ...password,
        })
        expect(await read(ref)).toMatchObject({ enabled: false, ...connections, ...end, ...password })
        expectAsWanted(await panel.updateLine(ref, spec()), spec())
      })
      test('a login changed by hand is set right, or out of reach where it is all that leads to the line', async () => {
        const { ref } = await panel.createLine(spec())
        if (world.capabilities.hidesPassword) {
          await world.editsByHand(spec().username, { username: 'byhand123' })
          return expectAsWanted(await panel.updateLine(ref, spec()), spec())
        }
        await world.editsByHand(spec().username, { password: 'byhand123' })
        if (!world.capabilities.findsByLoginOnly) return expectAsWanted(await panel.updateLine(ref, spec()), spec())
        expect(await read(ref)).toBeNull()
        expect(await failure(panel.updateLine(ref, spec()))).toMatchObject({ kind: 'rejected', code: 'not_found' })
        expect(await failure(panel.createLine(spec()))).toMatchObject({ kind: 'rejected', code: 'username_taken' })
        expect(await named(spec().username)).toMatchObject([{ password: 'byhand123' }])
      })
      test("a new user name that is somebody else's is refused, and both lines stay as they are", async () => {
        const { ref } = await panel.createLine(spec())
        const theirs = other('stranger1')
        await panel.createLine(theirs)
        const renamed: LineSpec = {
          ...spec(),
          username: theirs.username,
          former: [{ username: spec().username, password: spec().password }],
        }
        expect(await failure(panel.updateLine(ref, renamed))).toMatchObject({
          kind: 'rejected',
          code: 'username_taken',
        })
        expect(await named(spec().username)).toMatchObject([{ password: spec().password, enabled: true }])
        expect(await named(theirs.username)).toMatchObject([{ password: theirs.password, enabled: true }])
      })
      test('no credits left for an extension: nothing is changed, and with credits it is done', async () => {
        if (!world.capabilities.chargesEachExtension) return expect(panel.charges).toBeUndefined()
        const { ref } = await panel.createLine(spec())
        await world.breaks('credits_out', { on: 'edit' })
        const so_far = await world.changes()
        expect(await failure(panel.updateLine(ref, spec({ expiresAt: later })))).toMatchObject({
          kind: 'rejected',
          code: 'insufficient_credits',
        })
        expect(await world.changes()).toBe(so_far)
        await world.mends()
        expectAsWanted(await panel.updateLine(ref, spec({ expiresAt: later })), spec({ expiresAt: later }))
      })
      test("a ban is the panel administrator's, and stays", async () => {
        const { ref } = await panel.createLine(spec())
        if (leavesOut('bans')) return expect((await read(ref))?.banned).toBe(false)
        await world.editsByHand(spec().username, { banned: true })
        for (const change of [{ expiresAt: later }, { enabled: false }, { enabled: true, maxConnections: 3 }]) {
          expect(await panel.updateLine(ref, spec({ expiresAt: later, ...change }))).toMatchObject({ banned: true })
          expect(await named(spec().username)).toMatchObject([{ banned: true }])
        }
      })
      test('a line that is gone is not_found', async () => {
        const { ref } = await panel.createLine(spec())
        await world.loses(spec().username)
        expect(await failure(panel.updateLine(ref, spec()))).toMatchObject({ kind: 'rejected', code: 'not_found' })
      })
      test("a ref that leads to somebody else's line changes nothing", async () => {
        const theirs = await panel.createLine(other('stranger1'))
        expect(await failure(panel.updateLine(theirs.ref, spec({ enabled: false })))).toMatchObject({
          kind: 'rejected',
          code: world.capabilities.findsByLoginOnly ? 'not_found' : 'not_ours',
        })
        expect(await read(theirs.ref, other('stranger1'))).toEqual(theirs)
      })
    })

    describe('deleting', () => {
      test('is safe to repeat', async () => {
        const { ref } = await panel.createLine(spec())
        await panel.createLine(other('stranger1'))
        for (let n = 0; n < 3; n++) await panel.deleteLine(ref, spec())
        if (world.capabilities.canDelete) expect(await read(ref)).toBeNull()
        await expectGone(spec().username)
        expect(await named('stranger1')).toMatchObject([{ enabled: true }])
      })
      test("somebody else's line is left alone", async () => {
        const { ref } = await panel.createLine(other('stranger1'))
        if (world.capabilities.findsByLoginOnly) await panel.deleteLine(ref, spec())
        else expect(await failure(panel.deleteLine(ref, spec()))).toMatchObject({ kind: 'rejected', code: 'not_ours' })
        expect(await named('stranger1')).toMatchObject([{ enabled: true }])
      })
    })

    describe('switching off what nobody here sold', () => {
      test('everything else of the line stays; repeated, it is right, also after an answer that never came', async () => {
        if (!world.capabilities.canSwitchOff) return expect(panel.switchOff).toBeUndefined()
        const theirs = await panel.createLine(other('stranger1'))
        await panel.createLine(other('stranger2'))
        await world.breaks('timeout_after', { on: 'suspend', times: 1 })
        const owner = { username: 'stranger1', marker: 'ref:line_of_stranger1' }
        expect(await failure(panel.switchOff?.(theirs.ref, owner) ?? Promise.resolve())).toMatchObject({
          kind: 'ambiguous',
        })
        for (let n = 0; n < 2; n++) await panel.switchOff?.(theirs.ref, owner)
        expect(await read(theirs.ref, other('stranger1'))).toEqual({ ...theirs, enabled: false })
        expect(await named('stranger1')).toMatchObject([{ enabled: false, password: 'stranger1Pass9' }])
        expect(await named('stranger2')).toMatchObject([{ enabled: true }])
      })
      test("a ref that leads to another line, or to none, switches nobody's off", async () => {
        if (!world.capabilities.canSwitchOff) return
        const theirs = await panel.createLine(other('stranger1'))
        expect(await failure(panel.switchOff?.(theirs.ref, spec()) ?? Promise.resolve())).toMatchObject({
          kind: 'rejected',
          code: 'not_ours',
        })
        expect(await named('stranger1')).toMatchObject([{ enabled: true }])
        await world.loses('stranger1')
        expect(
          await failure(
            panel.switchOff?.(theirs.ref, { username: 'stranger1', marker: 'ref:line_of_stranger1' }) ??
              Promise.resolve(),
          ),
        ).toMatchObject({ kind: 'rejected', code: 'not_found' })
      })
    })

    describe('an answer that never came', () => {
      test('a create that happened is adopted by looking it up, not made twice', async () => {
        await world.breaks('timeout_after', { on: 'create', times: 1 })
        expect(await failure(panel.createLine(spec()))).toMatchObject({ kind: 'ambiguous' })
        const found = await find()
        expectAsWanted(found, spec())
        expectAsWanted(await panel.updateLine(found?.ref ?? '', spec()), spec())
        expect(await named(spec().username)).toHaveLength(1)
      })
      test('a create that did not happen is not there', async () => {
        await world.breaks('timeout_before', { on: 'create', times: 1 })
        expect(await failure(panel.createLine(spec()))).toMatchObject({ kind: 'ambiguous' })
        expect(await find()).toBeNull()
        expectAsWanted(await panel.createLine(spec()), spec())
      })
      test.each(['timeout_before', 'timeout_after'])(
        '%s on an extension, a new login, another package, a suspension, a resumption, a delete: repeated, it is right',
        async (fault) => {
          const { ref } = await panel.createLine(spec())
          const extended = spec({ expiresAt: later })
          const renewed = after(extended, { password: 'Other5Pass' })
          const moved = { ...renewed, package: world.packages[1] }
          for (const [on, wanted] of [
            ...(leavesOut('ends') ? [] : [['edit', extended] as const]),
            ['edit', renewed],
            ['edit', moved],
            ['suspend', { ...moved, enabled: false }],
            ['resume', moved],
          ] as const) {
            await world.breaks(fault, { on, times: 1 })
            expect(await failure(panel.updateLine(ref, wanted))).toMatchObject({ kind: 'ambiguous' })
            expectAsWanted(await panel.updateLine(ref, wanted), wanted)
          }
          await world.breaks(fault, { on: 'delete', times: 1 })
          expect(await failure(panel.deleteLine(ref, moved))).toMatchObject({ kind: 'ambiguous' })
          await panel.deleteLine(ref, moved)
          await expectGone(spec().username)
        },
      )
      test('a look-up that failed is never "nothing there"', async () => {
        const { ref } = await panel.createLine(spec())
        for (const fault of [
          'timeout_after',
          'timeout_before',
          'http_500',
          'http_502',
          'html',
          'null',
          'empty',
          'truncated',
        ]) {
          await world.breaks(fault)
          const kind = world.refusesInSilence && ['html', 'empty'].includes(fault) ? 'auth_failed' : 'unavailable'
          expect(await failure(find()), fault).toMatchObject({ kind })
          expect(await failure(read(ref)), fault).toMatchObject({ kind })
          await world.mends()
        }
      })
    })

    describe('bad answers', () => {
      test.each(['http_500', 'http_502', 'http_504', 'html', 'null', 'empty', 'truncated'])(
        '%s after a create that happened',
        async (fault) => {
          await world.breaks(fault, { on: 'create', times: 1, executes: true })
          expect(await failure(panel.createLine(spec()))).toMatchObject({ kind: 'ambiguous' })
          expectAsWanted(await find(), spec())
        },
      )
      test.each(['http_500', 'html', 'null', 'empty', 'truncated'])(
        '%s after a suspension that happened',
        async (fault) => {
          const { ref } = await panel.createLine(spec())
          await world.breaks(fault, { on: 'suspend', times: 1, executes: true })
          expect(await failure(panel.updateLine(ref, spec({ enabled: false })))).toMatchObject({ kind: 'ambiguous' })
          expectAsWanted(await panel.updateLine(ref, spec({ enabled: false })), spec({ enabled: false }))
        },
      )
      test.each(['http_500', 'html', 'null', 'empty', 'truncated'])(
        '%s after an extension, another package, a suspension, a resumption, a delete that happened: repeated, it is right',
        async (fault) => {
          const { ref } = await panel.createLine(spec())
          const extended = spec({ expiresAt: later })
          const moved = { ...extended, package: world.packages[1] }
          for (const [on, wanted] of [
            ...(leavesOut('ends') ? [] : [['edit', extended] as const]),
            ['edit', moved],
            ['suspend', { ...moved, enabled: false }],
            ['resume', moved],
          ] as const) {
            await world.breaks(fault, { on, times: 1, executes: true })
            expect(await failure(panel.updateLine(ref, wanted)), on).toMatchObject({ kind: 'ambiguous' })
            expectAsWanted(await panel.updateLine(ref, wanted), wanted)
          }
          await world.breaks(fault, { on: 'delete', times: 1, executes: true })
          expect(await failure(panel.deleteLine(ref, moved))).toMatchObject({ kind: 'ambiguous' })
          await panel.deleteLine(ref, moved)
          await expectGone(spec().username)
        },
      )
      test('a notice printed before each answer: extended, another package, suspended, resumed and deleted, each once', async () => {
        const { ref } = await panel.createLine(spec())
        await world.breaks('notice')
        const moved = spec({ expiresAt: later, package: world.packages[1] })
        for (const wanted of [spec({ expiresAt: later }), moved, { ...moved, enabled: false }, moved])
          expectAsWanted(await panel.updateLine(ref, wanted), wanted)
        await panel.deleteLine(ref, moved)
        await expectGone(spec().username)
      })
      const refusals = [
        ['down', 'unavailable'],
        ['http_429', 'unavailable'],
        ['http_503', 'unavailable'],
        ['http_401', 'auth_failed'],
      ] as const
      test.each(refusals)('%s on a change, a suspension or a delete: surely not done', async (fault, kind) => {
        if (leavesOut('wire')) return expect(world.secrets).not.toContain('')
        const { ref } = await panel.createLine(spec())
        const before = await world.changes()
        // The panel as a whole, and the very call.
        for (const [on, ask] of [
          ['edit', () => panel.updateLine(ref, spec({ expiresAt: later, package: world.packages[1] }))],
          ['suspend', () => panel.updateLine(ref, spec({ enabled: false }))],
          ['delete', () => panel.deleteLine(ref, spec())],
        ] as const)
          for (const where of fault === 'down' ? [{}] : [{}, { on }]) {
            await world.breaks(fault, where)
            expect(await failure(ask()), `${on} ${JSON.stringify(where)}`).toMatchObject({ kind })
            await world.mends()
          }
        expect(await world.changes()).toBe(before)
        expectAsWanted(await read(ref), spec())
      })
      test.each(refusals)('%s on a listing is a failure, not an empty list', async (fault, kind) => {
        if (!world.capabilities.canList) return expect(panel.listLines).toBeUndefined()
        if (leavesOut('wire')) return expect(world.secrets).not.toContain('')
        await panel.createLine(spec())
        await world.breaks(fault)
        const all = async () => {
          for await (const _page of panel.listLines?.() ?? []);
        }
        expect(await failure(all())).toMatchObject({ kind })
      })
      test('a change that cannot be read back is not known to be done', async () => {
        const { ref } = await panel.createLine(spec())
        await world.breaks('slow', { on: 'read', times: 1, ms: 1 }) // The read before the change is well.
        await world.breaks('http_500', { on: 'read', times: 1 })
        expect(await failure(panel.updateLine(ref, spec({ enabled: false })))).toMatchObject({ kind: 'ambiguous' })
      })
      test('a notice printed before the answer is passed over', async () => {
        await world.breaks('notice')
        const made = await panel.createLine(spec())
        expectAsWanted(await find(), spec())
        expectAsWanted(await panel.updateLine(made.ref, spec({ enabled: false })), spec({ enabled: false }))
        expect((await panel.checkConnection()).detail).toMatch(/\S/)
      })
      test('a slow panel is waited for', async () => {
        await world.breaks('slow', { ms: 150 })
        expectAsWanted(await panel.createLine(spec()), spec())
      })
      test.each(['http_429', 'http_503'])('%s: surely not done, with the time to wait', async (fault) => {
        if (leavesOut('wire')) return expect(world.secrets).not.toContain('')
        await world.breaks(fault)
        expect(await failure(panel.createLine(spec()))).toMatchObject({ kind: 'unavailable', retryAfterSeconds: 1 })
        await world.mends()
        expect(await world.truth()).toEqual([])
      })
      test.each(['http_401', 'http_403'])('%s: our key or our address is not accepted', async (fault) => {
        if (leavesOut('wire')) return expect(world.secrets).not.toContain('')
        await world.breaks(fault)
        expect(await failure(panel.createLine(spec()))).toMatchObject({ kind: 'auth_failed' })
        expect(await failure(panel.checkConnection())).toMatchObject({ kind: 'auth_failed' })
      })
      test('a login page where the API should be is told to the operator', async () => {
        if (leavesOut('wire')) return expect(world.secrets).not.toContain('')
        await world.breaks('html')
        expect(await failure(panel.checkConnection())).toMatchObject({ kind: 'auth_failed', code: 'misconfigured' })
      })
      test('down: surely nothing was done', async () => {
        await world.breaks('down')
        expect(await failure(panel.createLine(spec()))).toMatchObject({ kind: 'unavailable' })
        expect(await failure(read('1'))).toMatchObject({ kind: 'unavailable' })
        await world.mends()
        expectAsWanted(await panel.createLine(spec()), spec())
      })
    })

    describe('listing', () => {
      async function listed(): Promise<ListedLine[]> {
        const pages: ListedLine[][] = []
        for await (const page of panel.listLines?.() ?? []) pages.push(page)
        return pages.flat()
      }
      test('every line once, with its state', async () => {
        if (!world.capabilities.canList) return expect(panel.listLines).toBeUndefined()
        expect(await listed()).toEqual([])
        for (let n = 0; n < 25; n++)
          await panel.createLine(other(`many${n}`, { enabled: n !== 3, maxConnections: n + 1 }))
        if (!leavesOut('bans')) await world.editsByHand('many5', { banned: true })
        const lines = await listed()
        expect(lines.map((line) => line.username)).toEqual(Array.from({ length: 25 }, (_, n) => `many${n}`))
        expect(lines[3]).toMatchObject({
          enabled: false,
          ...(leavesOut('connections') ? {} : { maxConnections: 4 }),
          marker: 'ref:line_of_many3',
          ...(leavesOut('ends') ? {} : { expiresAt: expiry }),
        })
        const banned = lines.filter((line) => line.banned).map((line) => line.username)
        expect(banned).toEqual(leavesOut('bans') ? [] : ['many5'])
      })
      test('one that broke off goes on behind what was listed, or begins at the start', async () => {
        if (!world.capabilities.canList) return expect(panel.listLines).toBeUndefined()
        for (let n = 0; n < 5; n++) await panel.createLine(other(`many${n}`))
        const rest: ListedLine[] = []
        for await (const page of panel.listLines?.(3) ?? []) rest.push(...page)
        const names = ['many0', 'many1', 'many2', 'many3', 'many4'].slice(world.capabilities.canResumeList ? 3 : 0)
        expect(rest.map((line) => line.username)).toEqual(names)
      })
      test.each(['null', 'empty', 'truncated', 'html', 'http_500'])(
        '%s is a failure, not an empty list',
        async (fault) => {
          if (!world.capabilities.canList) return expect(panel.listLines).toBeUndefined()
          await panel.createLine(spec())
          await world.breaks(fault)
          expect(await failure(listed())).toMatchObject({ kind: 'unavailable' })
        },
      )
    })

    describe('who watches', () => {
      async function watching(): Promise<Session[]> {
        const pages: Session[][] = []
        for await (const page of panel.sessions?.() ?? []) pages.push(page)
        return pages.flat()
      }
      test('each session once, and since when', async () => {
        if (!world.capabilities.tellsUsage) return expect(panel.sessions).toBeUndefined()
        expect(await watching()).toEqual([])
        for (const one of [spec(), other('stranger1')]) await panel.createLine(one)
        for (const username of [spec().username, 'stranger1']) await world.watches(username)
        const found = await watching()
        expect(found.map(({ username }) => username).sort()).toEqual([spec().username, 'stranger1'].sort())
        for (const { startedAt, country, agent } of found) {
          if (leavesOut('starts')) expect([startedAt, country]).toEqual([null, null])
          else expect(startedAt).not.toBeNull()
          if (!leavesOut('starts') && !leavesOut('countries')) expect(country).toMatch(/^[A-Z]{2}$/)
          if (!leavesOut('players')) expect(agent).toContain('TV & Radio')
        }
      })
      test.for(['http_500', 'html', 'null'])('%s is a failure, not nobody', async (fault) => {
        if (!world.capabilities.tellsUsage) return expect(panel.sessions).toBeUndefined()
        await world.breaks(fault)
        expect(await failure(watching())).toMatchObject({ kind: 'unavailable' })
      })
    })

    describe.each(['mag', 'enigma'] as const)('boxes: %s', (kind) => {
      const mac = '00:1A:79:12:34:56'
      const another = '00:1A:79:AB:CD:EF'
      const isKnown = () => world.capabilities.devices?.includes(kind) ?? false
      /** For panels that know no such boxes there is nothing to keep. */
      const onlyWhereKnown = (body: () => Promise<void>) => async () =>
        isKnown() ? body() : expect(world.capabilities.devices ?? []).not.toContain(kind)
      const box = (more: Partial<LineSpec> = {}): LineSpec =>
        spec({ maxConnections: 1, device: { kind, mac }, ...more })
      const findBox = ({ username, marker, password, device }: LineSpec = box()) =>
        panel.findLine(username, marker, password, [], device)
      const boxes = async () => (await world.truth()).filter((line) => line.mac)

      test(
        'made once, found by ref and by address, and listed',
        onlyWhereKnown(async () => {
          expect(await findBox()).toBeNull()
          const made = await panel.createLine(box())
          expectAsWanted(made, box())
          expect(await read(made.ref, box())).toEqual(made)
          expect(await findBox()).toEqual(made)
          expect(await boxes()).toMatchObject([{ mac, enabled: true }])
          const listed: ListedLine[] = []
          for await (const page of panel.listLines?.() ?? []) listed.push(...page)
          if (world.capabilities.canList) expect(listed).toMatchObject([{ ref: made.ref, mac, marker: box().marker }])
        }),
      )
      test(
        'changed, suspended and resumed, each twice; what is as wanted is left alone',
        onlyWhereKnown(async () => {
          const { ref } = await panel.createLine(box({ enabled: false }))
          for (const more of [
            { enabled: false },
            { enabled: true },
            { enabled: true, expiresAt: later },
            { enabled: true, expiresAt: later, package: world.packages[1] },
            { enabled: false, expiresAt: later, package: world.packages[1] },
          ]) {
            expectAsWanted(await panel.updateLine(ref, box(more)), box(more))
            const so_far = await world.changes()
            expectAsWanted(await panel.updateLine(ref, box(more)), box(more))
            expect(await world.changes()).toBe(so_far)
            expect(await boxes()).toMatchObject([{ mac, enabled: more.enabled }])
          }
        }),
      )
      test(
        'moved to another address, also when the answer is lost',
        onlyWhereKnown(async () => {
          const { ref } = await panel.createLine(box())
          const moved = box({ device: { kind, mac: another, former: [mac] } })
          await world.breaks('timeout_after', { on: 'edit', times: 1 })
          expect(await failure(panel.updateLine(ref, moved))).toMatchObject({ kind: 'ambiguous' })
          const found = await read(ref, moved)
          expectAsWanted(await panel.updateLine(found?.ref ?? ref, moved), moved)
          expect(await boxes()).toMatchObject([{ mac: another }])
        }),
      )
      test(
        'a create whose answer was lost is found by its address',
        onlyWhereKnown(async () => {
          await world.breaks('timeout_after', { on: 'create', times: 1 })
          expect(await failure(panel.createLine(box()))).toMatchObject({ kind: 'ambiguous' })
          expectAsWanted(await findBox(), box())
          expect(await boxes()).toHaveLength(1)
        }),
      )
      test(
        "somebody else's address is refused and stays theirs",
        onlyWhereKnown(async () => {
          const theirs = other('stranger1', { maxConnections: 1, device: { kind, mac } })
          const made = await panel.createLine(theirs)
          expect(await failure(panel.createLine(box()))).toMatchObject({ kind: 'rejected', code: 'mac_taken' })
          expect((await findBox())?.marker).toBe(theirs.marker)
          expect(await failure(panel.updateLine(made.ref, box({ enabled: false })))).toMatchObject({
            kind: 'rejected',
            code: 'not_ours',
          })
          expect(await failure(panel.deleteLine(made.ref, box()))).toMatchObject({ kind: 'rejected', code: 'not_ours' })
          expect(await boxes()).toMatchObject([{ mac, enabled: true }])
        }),
      )
      test(
        'deleting is safe to repeat',
        onlyWhereKnown(async () => {
          const { ref } = await panel.createLine(box())
          for (let n = 0; n < 3; n++) await panel.deleteLine(ref, box())
          expect(await boxes()).toMatchObject(world.capabilities.canDelete ? [] : [{ mac, enabled: false }])
          // The address is free for another line.
          const next = other('second', { maxConnections: 1, device: { kind, mac } })
          expect(await findBox(next)).toBeNull()
          expectAsWanted(await panel.createLine(next), next)
          expect(await boxes()).toMatchObject([{ mac, enabled: true }])
        }),
      )
      test(
        'a look-up that failed is never "nothing there"',
        onlyWhereKnown(async () => {
          await panel.createLine(box())
          for (const fault of ['timeout_after', 'http_500', 'html', 'null', 'empty', 'truncated']) {
            await world.breaks(fault)
            const told = world.refusesInSilence && ['html', 'empty'].includes(fault) ? 'auth_failed' : 'unavailable'
            expect(await failure(findBox()), fault).toMatchObject({ kind: told })
            await world.mends()
          }
        }),
      )
    })

    describe.each(['mag', 'enigma'] as const)('a login with a box, as one: %s', (kind) => {
      const mac = '00:1A:79:12:34:56'
      const another = '00:1A:79:AB:CD:EF'
      const onlyWhereSold = (body: () => Promise<void>) => async () =>
        world.capabilities.pairs?.includes(kind) ? body() : expect(world.capabilities.pairs ?? []).not.toContain(kind)
      const pair = (more: Partial<LineSpec> = {}): LineSpec => spec({ box: { kind, mac }, ...more })
      const findPair = ({ username, marker, password, box }: LineSpec = pair()) =>
        panel.findLine(username, marker, password, [], undefined, box)
      const boxes = async () => (await world.truth()).filter((line) => line.mac)
      const shown = (found: FoundLine | null) => ({ ...found, activeConnections: null, notes: null })

      /** Both of them, found and in truth. */
      async function expectBoth(found: FoundLine | null, wanted: LineSpec) {
        expectAsWanted(found, wanted)
        expect(found?.mac).toBe(wanted.box?.mac)
        const { beside } = found ?? {}
        if (beside !== undefined) {
          expect(beside).toMatchObject({ mac: wanted.box?.mac, enabled: wanted.enabled })
          expect(new Set(beside?.bouquets)).toEqual(new Set(wanted.package.bouquets))
          const off = (beside?.expiresAt?.epochMilliseconds ?? 0) - wanted.expiresAt.epochMilliseconds
          expect(Math.abs(off)).toBeLessThanOrEqual(60_000)
        }
        expect(await named(wanted.username)).toMatchObject([{ enabled: wanted.enabled }])
        expect(await boxes()).toMatchObject([{ mac: wanted.box?.mac, enabled: wanted.enabled }])
      }

      test(
        'made, found by ref and by name, and listed under one marker',
        onlyWhereSold(async () => {
          expect(await findPair()).toBeNull()
          const made = await panel.createLine(pair())
          await expectBoth(made, pair())
          expect(shown(await read(made.ref, pair()))).toEqual(shown(made))
          expect(shown(await findPair())).toEqual(shown(made))
          const listed: ListedLine[] = []
          for await (const page of panel.listLines?.() ?? []) listed.push(...page)
          if (world.capabilities.canList) {
            expect(listed.some((row) => row.ref === made.ref)).toBe(true)
            expect(listed.some((row) => row.mac === mac)).toBe(true)
            for (const row of listed) expect(row.marker).toBe(pair().marker)
          }
        }),
      )
      test(
        'changed, suspended and resumed as one, each twice; what is as wanted is left alone',
        onlyWhereSold(async () => {
          const { ref } = await panel.createLine(pair({ enabled: false }))
          for (const more of [
            { enabled: false },
            { enabled: true },
            { enabled: true, expiresAt: later },
            { enabled: true, expiresAt: later, package: world.packages[1] },
            { enabled: false, expiresAt: later, package: world.packages[1] },
          ]) {
            await expectBoth(await panel.updateLine(ref, pair(more)), pair(more))
            const so_far = await world.changes()
            await expectBoth(await panel.updateLine(ref, pair(more)), pair(more))
            expect(await world.changes()).toBe(so_far)
          }
        }),
      )
      test(
        'whichever answer is lost, repeated it is both, once',
        onlyWhereSold(async () => {
          await world.breaks('timeout_after', { on: 'create', times: 1 })
          expect(await failure(panel.createLine(pair()))).toMatchObject({ kind: 'ambiguous' })
          const found = await findPair()
          expect(found?.username).toBe(pair().username)
          // Where the box is made by itself its answer is lost, too.
          await world.breaks('timeout_after', { on: 'create', times: 1 })
          await panel.updateLine(found?.ref ?? '', pair()).catch((error: ProviderError) => {
            expect(error.kind).toBe('ambiguous')
          })
          await world.mends()
          await expectBoth(await panel.updateLine(found?.ref ?? '', pair()), pair())
          const stopped = pair({ enabled: false })
          for (const on of ['suspend', 'edit', 'delete'] as const) {
            await world.breaks('timeout_after', { on, times: 1 })
            const next = on === 'edit' ? pair({ enabled: false, expiresAt: later }) : stopped
            const asked =
              on === 'delete' ? panel.deleteLine(found?.ref ?? '', stopped) : panel.updateLine(found?.ref ?? '', next)
            await asked.catch((error: ProviderError) => expect(error.kind).toBe('ambiguous'))
            await world.mends()
            if (on !== 'delete') await expectBoth(await panel.updateLine(found?.ref ?? '', next), next)
          }
          const left = await findPair()
          if (left !== null) await panel.deleteLine(left.ref, stopped)
          await expectGone(pair().username)
          expect(await boxes()).toMatchObject(world.capabilities.canDelete ? [] : [{ enabled: false }])
        }),
      )
      test(
        'the login is gone from the panel and the box is not: both are made right, or removed',
        onlyWhereSold(async () => {
          await panel.createLine(pair())
          await world.loses(pair().username)
          const left = await findPair()
          await expectBoth(await (left ? panel.updateLine(left.ref, pair()) : panel.createLine(pair())), pair())
          await world.loses(pair().username)
          const again = await findPair()
          if (again !== null) await panel.deleteLine(again.ref, pair())
          expect(await boxes()).toMatchObject(world.capabilities.canDelete ? [] : again ? [{ enabled: false }] : [])
        }),
      )
      test(
        'the box is moved to another address, also when the answer is lost',
        onlyWhereSold(async () => {
          const { ref } = await panel.createLine(pair())
          const moved = pair({ box: { kind, mac: another, former: [mac] } })
          await world.breaks('timeout_after', { on: 'edit', times: 1 })
          expect(await failure(panel.updateLine(ref, moved))).toMatchObject({ kind: 'ambiguous' })
          await expectBoth(await panel.updateLine(ref, moved), moved)
        }),
      )
      test(
        "somebody else's address is refused before anything is made",
        onlyWhereSold(async () => {
          const theirs = other('stranger1', { maxConnections: 1, device: { kind, mac } })
          await panel.createLine(theirs)
          expect(await failure(panel.createLine(pair()))).toMatchObject({ kind: 'rejected', code: 'mac_taken' })
          expect(await named(pair().username)).toEqual([])
          expect(await boxes()).toMatchObject([{ mac, enabled: true }])
        }),
      )
      test(
        'deleting removes both, and is safe to repeat',
        onlyWhereSold(async () => {
          const { ref } = await panel.createLine(pair())
          for (let n = 0; n < 3; n++) await panel.deleteLine(ref, pair())
          await expectGone(pair().username)
          expect(await boxes()).toMatchObject(world.capabilities.canDelete ? [] : [{ mac, enabled: false }])
        }),
      )
    })

    test('what is playing can be ended, and of this line only', async () => {
      if (!world.capabilities.canDropConnections) return expect(panel.dropConnections).toBeUndefined()
      const mine = await panel.createLine(spec())
      const theirs = await panel.createLine(other('stranger1'))
      for (const username of [spec().username, spec().username, 'stranger1']) await world.watches(username)
      const before = await world.changes()
      await panel.dropConnections?.(mine.ref)
      expect((await world.changes()) - before).toBe(2)
      await panel.dropConnections?.(mine.ref)
      expect((await world.changes()) - before).toBe(2)
      await panel.dropConnections?.(theirs.ref)
      expect((await world.changes()) - before).toBe(3)
    })
  })
}
