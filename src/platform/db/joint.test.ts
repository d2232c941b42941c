import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type TestDatabase, testDatabase } from '../../../test/support/database.ts'
import {
  apart,
  asked,
  type Batch,
  byId,
  inSavepoint,
  inTransaction,
  rows,
  sql,
  type Tx,
  table,
  written,
} from '../db.ts'
import { silentLog } from '../log.ts'
import { startLocalRunner } from '../worker/local.ts'
import { alone, aloneBatched } from './alone.ts'
import { type Database, openDatabase } from './connection.ts'
import { inJointTransaction } from './joint.ts'

let database: TestDatabase
let db: Database
beforeAll(async () => {
  database = await testDatabase()
  db = openDatabase({ url: database.url, log: silentLog, max: 4 })
  await db.pool.query(
    'create table notes (id text primary key, text text not null, at xid8 not null default pg_current_xact_id())',
  )
  await db.pool.query('grant select, insert, update on notes to linekeeper_app')
})
afterAll(async () => {
  await db.close()
  await database.drop()
})
beforeEach(() => db.pool.query('truncate notes'))

const scope = { role: 'app', businessId: `biz_${randomBytes(4).toString('hex')}` } as const

type Note = { id: string; text: string }
let statements: number[] = []
beforeEach(() => {
  statements = []
})

const notes: Batch<Note, Note & { at: string }> = {
  keyOf: ({ id }) => id,
  keyOfRow: ({ id }) => id,
  many(inputs) {
    statements.push(inputs.length)
    return sql`insert into notes (id, text) select * from ${table('n', inputs, [
      ['id', 'text', ({ id }) => id],
      ['text', 'text', ({ text }) => text],
    ])} on conflict (id) do update set text = notes.text || excluded.text returning id, text, at::text`
  },
}
const notesById = byId<Note & { at: string }>((ids) => {
  statements.push(ids.length)
  return sql`select id, text, at::text from notes where id = any(${ids}::text[])`
})
const read = async () =>
  (await db.pool.query<Note & { at: string }>('select id, text, at::text from notes order by id')).rows
const joint = <T>(key: string, work: (tx: Tx) => Promise<T>) => inJointTransaction(db, scope, 'joint', key, work)
const ids = (count: number) => Array.from({ length: count }, (_, index) => `n${String(index).padStart(2, '0')}`)

it('works that come while others are on their way share one transaction, and one statement for what is alike', async () => {
  const found = await Promise.all(
    ids(20).map((id) =>
      joint(id, async (tx) => {
        written(tx, notes, { id, text: 'a' })
        const [row] = await asked(tx, notesById, id)
        return row
      }),
    ),
  )
  expect(found.map((row) => row?.id)).toEqual(ids(20))
  // One left at once; nineteen waited for it, and wrote and read together.
  expect(new Set(found.map((row) => row?.at)).size).toBe(2)
  expect(statements.sort((a, b) => b - a)).toEqual([19, 19, 1, 1])
})

it('after a group that had company those who come next leave together, beside a running worker only', async () => {
  const at = (id: string) =>
    joint(id, async (tx) => {
      written(tx, notes, { id, text: 'a' })
      return (await asked(tx, notesById, id))[0]?.at
    })
  const commitsOf = async (two: string[]) => {
    await Promise.all(ids(3).map(at))
    await setImmediate()
    return new Set(await Promise.all(two.map(at))).size
  }
  expect(await commitsOf(['a', 'b'])).toBe(2)
  db.local = startLocalRunner({ handlers: new Map(), concurrency: 1, log: silentLog })
  expect(await commitsOf(['c', 'd'])).toBe(1)
  db.local = null
})

it('two of one key never share: the second sees what the first did', async () => {
  const append = (text: string) =>
    joint('same', async (tx) => {
      const before = (await asked(tx, notesById, 'n'))[0]?.text ?? ''
      written(tx, notes, { id: 'n', text })
      return `${before}${text}`
    })
  await Promise.all([joint('x', async () => {}), joint('y', async () => {}), ...['a', 'b', 'c'].map(append)])
  expect((await read())[0]?.text).toHaveLength(3)
  const at = statements.length
  expect(at).toBe(6)
})

it('while a group is on its way a whole next one goes beside it, fewer wait, and two of one key are never both on the way', async () => {
  const [onTheWay, most] = [new Map<string, number>(), { groups: 0, ofOneKey: 0 }]
  const begun = new Set<string>()
  const slow = (key: string) =>
    joint(key, async (tx) => {
      onTheWay.set(key, (onTheWay.get(key) ?? 0) + 1)
      most.ofOneKey = Math.max(most.ofOneKey, onTheWay.get(key) ?? 0)
      const [row] = await rows(tx, sql<{ at: string }>`select pg_current_xact_id()::text as at from pg_sleep(0.002)`)
      begun.add(String(row?.at))
      most.groups = Math.max(most.groups, begun.size)
      await rows(tx, sql`select pg_sleep(0.002)`)
      begun.delete(String(row?.at))
      onTheWay.set(key, (onTheWay.get(key) ?? 1) - 1)
    })
  await Promise.all(ids(20).map(slow))
  expect(most).toEqual({ groups: 1, ofOneKey: 1 })
  await Promise.all([...ids(90), ...ids(90)].map(slow))
  expect(most).toEqual({ groups: 2, ofOneKey: 1 })
})

it('one that comes in the very moment in which the last one ends is not left behind', async () => {
  for (let pauses = 0; pauses < 30; pauses++) {
    const first = joint('a', async () => 'first')
    const second = first.then(async () => {
      for (let pause = 0; pause < pauses; pause++) await null
      return joint('b', async () => 'second')
    })
    expect(await second).toBe('second')
  }
})

it('one that fails takes no other with it, and what it wrote is undone', async () => {
  const done = await Promise.allSettled(
    ids(8).map((id, index) =>
      joint(id, async (tx) => {
        written(tx, notes, { id, text: 'a' })
        await asked(tx, notesById, id)
        if (index === 5) throw new Error('bad event')
        if (index === 6) await rows(tx, sql`select 1 / 0`)
      }),
    ),
  )
  expect(done.map(({ status }) => status === 'fulfilled')).toEqual([true, true, true, true, true, false, false, true])
  expect(done.flatMap((each) => (each.status === 'rejected' ? [String(each.reason.message)] : []))).toEqual([
    'bad event',
    'division by zero',
  ])
  expect((await read()).map(({ id }) => id)).toEqual(ids(8).filter((_, index) => index !== 5 && index !== 6))
})

it('after the commit each is told once, also when it had to be done by itself', async () => {
  const told: string[] = []
  await Promise.allSettled(
    ids(5).map((id, index) =>
      joint(id, async (tx) => {
        tx.afterCommit(() => told.push(id))
        await asked(tx, notes, { id, text: 'a' })
        if (index === 4) throw new Error('bad event')
      }),
    ),
  )
  expect(told.sort()).toEqual(ids(4))
})

it('what fails after the commit is told, and not done again', async () => {
  let times = 0
  const failing = joint('late', async (tx) => {
    times += 1
    written(tx, notes, { id: 'n', text: 'a' })
    tx.afterCommit(() => {
      throw new Error('nobody to tell')
    })
  })
  await expect(failing).rejects.toThrow('nobody to tell')
  const late = joint('later', async (tx) => {
    times += 1
    tx.late(asked(tx, notes, { id: 'm', text: 'a' }).then(() => rows(tx, sql`select 1`)))
  })
  await expect(late).rejects.toThrow('after the end of its transaction')
  expect(times).toBe(2)
  expect((await read()).map(({ id, text }) => [id, text])).toEqual([
    ['m', 'a'],
    ['n', 'a'],
  ])
})

it('a write is seen by whatever is asked after it, and two of one key are done one after the other', async () => {
  const seen = await inTransaction(db, scope, 'writes', async (tx) => {
    written(tx, notes, { id: 'n', text: 'a' })
    written(tx, notes, { id: 'm', text: 'a' })
    written(tx, notes, { id: 'n', text: 'b' })
    return rows<Note>(tx, sql`select id, text from notes order by id`)
  })
  expect(seen).toEqual([
    { id: 'm', text: 'a' },
    { id: 'n', text: 'ab' },
  ])
})

it('an error of a write is the error of the transaction, whoever noticed it first', async () => {
  const failed = inTransaction(db, scope, 'writes', async (tx) => {
    written(tx, notes, { id: 'n', text: null as never })
    await rows(tx, sql`select 1`)
  })
  await expect(failed).rejects.toThrow('null value in column "text"')
  await expect(
    inTransaction(db, scope, 'writes', async (tx) => written(tx, notes, { id: 'n', text: null as never })),
  ).rejects.toThrow('null value in column "text"')
})

it('a savepoint that is undone takes what was gathered in it, and nothing that was gathered beside it', async () => {
  const errors: string[] = []
  await inTransaction(db, scope, 'savepoint', async (tx) => {
    const beside = asked(tx, notes, { id: 'beside', text: 'a' }).then(() =>
      tx.withCommit(notes, { id: 'beside-last', text: 'a' }),
    )
    const done = await inSavepoint(
      tx,
      beside,
      async () => {
        written(tx, notes, { id: 'inside', text: 'a' })
        tx.withCommit(notes, { id: 'inside-last', text: 'a' })
        written(tx, notes, { id: 'bad', text: null as never })
      },
      (error) => errors.push(String((error as Error).message)),
    )
    expect(done).toBe(false)
    written(tx, notes, { id: 'later', text: 'a' })
  })
  expect(errors[0]).toContain('null value in column "text"')
  expect((await read()).map(({ id }) => id)).toEqual(['beside', 'beside-last', 'later'])
})

it('what comes after the end never reaches the next user of the connection', async () => {
  let late: Tx | undefined
  await inTransaction(db, scope, 'late', async (tx) => {
    late = tx
    await rows(tx, sql`select 1`)
  })
  await expect(asked(late as Tx, notes, { id: 'late', text: 'a' })).rejects.toThrow('after the end of its transaction')
  await expect(rows(late as Tx, sql`select 1`)).rejects.toThrow('after the end of its transaction')
  expect(await read()).toEqual([])
})

it('statements that are a transaction of their own become one, each with its own answer', async () => {
  const answers = await Promise.all(
    ids(10).map((id) => aloneBatched(db, scope, 'alone', notes, { id, text: id.slice(1) })),
  )
  expect(answers.map(([row]) => row?.text)).toEqual(ids(10).map((id) => id.slice(1)))
  expect(statements.sort((a, b) => b - a)).toEqual([9, 1])
})

it('what is done apart is no part of the transaction: it sees nothing of it, and outlives its end', async () => {
  const seen = Promise.withResolvers<string[]>()
  const gone = joint('a', async (tx) => {
    await asked(tx, notes, { id: 'a', text: 'never kept' })
    const look = () =>
      inTransaction(db, scope, 'look', async (other) =>
        (await rows(other, sql<Note>`select id, text from notes`)).map(({ id }) => id),
      )
    await expect(look()).rejects.toThrow('opened inside')
    apart(look).then(seen.resolve, seen.reject)
    throw new Error('undone')
  })
  await expect(gone).rejects.toThrow('undone')
  expect(await seen.promise).toEqual([])
  expect(await read()).toEqual([])
})

it('what is no id of a business is refused to each who asks, and keeps no connection', async () => {
  const nobody = { role: 'app', businessId: "x'; select 1" } as const
  const asks = [
    () => inJointTransaction(db, nobody, 'joint', 'a', async () => {}),
    () => inTransaction(db, nobody, 'single', async () => {}),
    () => alone(db, nobody, 'alone', sql`select 1`),
    () => aloneBatched(db, nobody, 'alone', notesById, 'n'),
  ]
  // More often than there are connections; the first of a group, and those who wait behind it.
  for (const ask of asks)
    for (let round = 0; round < 3; round++)
      for (const { status, reason } of (await Promise.allSettled([ask(), ask(), ask()])) as PromiseRejectedResult[])
        expect([status, String(reason)]).toEqual(['rejected', expect.stringContaining('a business is named by its id')])
  // A connection that was given to one of these would stay away for ever; one of the test before may still be on its way home.
  await expect.poll(() => db.pool.totalCount - db.pool.idleCount).toBe(0)
  expect(await joint('n', async () => 'done')).toBe('done')
})
