import { describe, expect, test } from 'vitest'
import { type FormReader, formReader } from './form-reader.server.ts'

const read = (fields: Record<string, string>): FormReader => {
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) form.append(name, value)
  return formReader(form)
}

describe('what is refused, with its sentence', () => {
  test.each<[string, (reader: FormReader) => unknown, Record<string, string>, RegExp]>([
    ['nothing', (r) => r.text('a'), {}, /fill this in/],
    ['spaces', (r) => r.text('a'), { a: '   ' }, /fill this in/],
    ['too long', (r) => r.text('a', { most: 3 }), { a: 'abcd' }, /at most 3/],
    ['two lines', (r) => r.text('a'), { a: 'a\nb' }, /one line/],
    ['no number', (r) => r.whole('a', { from: 1, to: 9 }), { a: 'x' }, /whole number from 1 to 9/],
    ['a fraction', (r) => r.whole('a', { from: 1, to: 9 }), { a: '1.5' }, /whole number/],
    ['out of range', (r) => r.whole('a', { from: 1, to: 9 }), { a: '10' }, /whole number/],
    ['another choice', (r) => r.choice('a', ['x', 'y']), { a: 'z' }, /choose/],
    ['an unknown box', (r) => r.choices('a', ['x', 'y']), { a: 'z' }, /choose/],
    ['no address', (r) => r.email('a'), { a: 'ana@' }, /e-mail/],
    ['two addresses', (r) => r.email('a'), { a: 'a@b.c,d@e.f' }, /e-mail/],
    ['too many decimals', (r) => r.money('a', 'EUR'), { a: '1.999' }, /EUR, like 12\.99/],
    ['decimals of a currency without', (r) => r.money('a', 'JPY'), { a: '1.5' }, /JPY, like 1299/],
    ['less than nothing', (r) => r.money('a', 'EUR'), { a: '-1' }, /amount/],
    ['nothing to be paid', (r) => r.money('a', 'EUR', { positive: true }), { a: '0' }, /amount/],
    ['an amount in no currency', (r) => r.money('a', r.raw('currency')), { a: '1' }, /in which currency/],
    ['no amount', (r) => r.money('a', 'EUR', { required: true }), {}, /amount/],
  ])('%s', (_, use, fields, sentence) => {
    const reader = read(fields)
    use(reader)
    expect(reader.failed).toBe(true)
    expect(reader.errors.a).toMatch(sentence)
  })
})

test('what is right is read', () => {
  const reader = read({
    name: ' Family ',
    count: '3',
    kind: 'mag',
    on: 'on',
    mail: 'a@b.example',
    price: '12,99',
    text: 'a\r\nb',
  })
  expect(reader.text('name')).toBe('Family')
  expect(reader.text('text', { lines: true })).toBe('a\nb')
  expect(reader.whole('count', { from: 1, to: 50 })).toBe(3)
  expect(reader.choice('kind', ['line', 'mag'])).toBe('mag')
  expect([reader.flag('on'), reader.flag('off')]).toEqual([true, false])
  expect(reader.email('mail')).toBe('a@b.example')
  expect(reader.email('none', { required: false })).toBeNull()
  expect(reader.money('price', 'EUR')).toEqual({ minor: 1299n, currency: 'EUR' })
  expect(reader.money('none', 'EUR')).toBeNull()
  expect(reader.failed).toBe(false)
})
