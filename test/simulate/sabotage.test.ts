/** A sabotage is a place in the product written differently: when the place moves, it moves along or this says so. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sabotaged, sabotages } from './sabotage.ts'

const textOf = (file: string) => readFileSync(join(import.meta.dirname, '..', '..', file), 'utf8')

describe.each(Object.entries(sabotages))('%s', (_, { changes }) => {
  it.each(changes)('fits one place of $file', (change) => {
    expect(sabotaged(textOf(change.file), change)).not.toBe(textOf(change.file))
  })
})

it('says so when its place is gone', () => {
  expect(() => sabotaged('const a = 1', { file: 'src/a.ts', from: /const b/, to: '' })).toThrow('fits 0 places')
})
