import { afterAll, describe, expect, it } from 'vitest'
import { createTemplateEngine, TemplateError, type Variables } from './engine.ts'

const engine = createTemplateEngine()
afterAll(() => engine.close())

const samples: Variables = {
  customer_name: 'Ana',
  line_url: 'https://example.net/a?b=1&c=2',
  paid: true,
  note: 'first\nsecond',
  steps: ['one', 'two'],
}
const render = (body: string, variables: Variables = samples) => engine.render({ subject: 'Hello', body }, variables)
const codes = async (text: string) => (await engine.check(text, samples)).map((fault) => fault.code)

describe('what an operator may write', () => {
  it('fills in values, conditions and short lists', async () => {
    const { html, text } = await render(
      'Dear {{ customer_name }},\n{% if paid %}\nthank you.\n{% endif %}\n\n{% for step in steps %}\n- {{ step }}\n{% endfor %}',
    )
    expect(html).toContain('<p>Dear Ana,<br />thank you.</p>')
    expect(html.match(/<li>/g)).toHaveLength(2)
    expect(text).toBe('Dear Ana,\nthank you.\n\n- one\n- two\n')
  })

  it('draws a table without a heading as facts, in which absent rows leave no gap', async () => {
    const body =
      '| | |\n|-|-|\n| Name | `{{ customer_name }}` |\n{% if note == "x" %}\n| Note | {{ note }} |\n{% endif %}\n| Address | {{ line_url }} |\n'
    const { html, text } = await render(body)
    expect(html).toContain('<table class="facts"><tr><td>Name</td><td><code>Ana</code></td></tr><tr><td>Address</td>')
    expect(text).toBe('Name: Ana\nAddress: https://example.net/a?b=1&c=2\n')
  })

  it('keeps the line breaks of a value', async () => {
    const { html, text } = await render('{{ note }}')
    expect(html.trim()).toBe('<p>first<br>second</p>')
    expect(text).toBe('first\nsecond\n')
  })

  it('makes buttons and links, in text as label and address', async () => {
    const { html, text } = await render('[Set up]({{ line_url }} "button")')
    expect(html).toContain('<a href="https://example.net/a?b=1&amp;c=2" class="button">Set up</a>')
    expect(text).toBe('Set up: https://example.net/a?b=1&c=2\n')
  })

  it('says the same of a text that ships with us, rendered where it is wanted', async () => {
    const texts = { subject: '{{ note }}', body: '{% if paid %}**{{ customer_name }}**{% endif %} [a]({{ line_url }})' }
    const hostile = { ...samples, customer_name: '<b>Ana</b>', line_url: 'javascript:alert(1)' }
    expect(await engine.render(texts, hostile, true)).toEqual(await engine.render(texts, hostile))
    await expect(engine.render({ subject: '', body: '{{ nobody }}' }, {}, true)).rejects.toThrow(TemplateError)
  })

  it('answers anew when only the values changed', async () => {
    const names = await Promise.all(
      ['Ana', 'Ben', 'Ana'].map(async (name) => (await render('Hi {{ customer_name }}', { customer_name: name })).text),
    )
    expect(names).toEqual(['Hi Ana\n', 'Hi Ben\n', 'Hi Ana\n'])
  })
})

describe('what a template cannot reach', () => {
  it.each([
    ['{{constructor}}', 'unknown_variable', 'constructor'],
    ['{{ __proto__ }}', 'unknown_variable', '__proto__'],
    ['{{ customer_name.constructor }}', 'unknown_variable', 'customer_name.constructor'],
    ['{{ customer_name["__proto__"] }}', 'unknown_variable', 'customer_name.__proto__'],
    ['{{ panel.password }}', 'unknown_variable', 'panel.password'],
    ['{% if secret_key %}x{% endif %}', 'unknown_variable', 'secret_key'],
    ['{{ "a" | append: secret_key }}', 'unknown_variable', 'secret_key'],
    ["{% include '/etc/passwd' %}", 'unknown_tag', 'include'],
    ["{% render '../x' %}", 'unknown_tag', 'render'],
    ["{% layout 'x' %}", 'unknown_tag', 'layout'],
    ['{% capture x %}{% endcapture %}', 'unknown_tag', 'capture'],
    ['{{ customer_name | raw }}', 'unknown_filter', 'raw'],
    ['{{ customer_name | base64_encode }}', 'unknown_filter', 'base64_encode'],
  ])('%s', async (text, code, name) => {
    expect(await engine.check(text, samples)).toMatchObject([{ code, name, line: 1 }])
    await expect(render(text)).rejects.toThrow(TemplateError)
  })

  it('tells line and name of every unknown variable at once', async () => {
    const faults = await engine.check('{% if paid %}\nx\n{% endif %}\n{{ nope }}\n{{ neither }}', samples)
    expect(faults).toMatchObject([
      { name: 'nope', line: 4 },
      { name: 'neither', line: 5 },
    ])
  })

  it.each(['{% if paid %}', '{{ customer_name', '{% endif %}', '{% for %}{% endfor %}'])(
    '%s is a fault of syntax',
    async (text) => {
      expect(await codes(text)).toEqual([expect.stringMatching(/^(syntax|unknown_tag)$/)])
    },
  )

  it('finds nothing wrong with a good text', async () => {
    expect(await engine.check('Hi {{ customer_name | upcase | default: "you" }}', samples)).toEqual([])
  })
})

describe('limits', () => {
  const nested = (depth: number, inner: string) =>
    `${'{% for a in steps %}'.repeat(depth)}${inner}${'{% endfor %}'.repeat(depth)}`

  it('refuses a template of a megabyte unread', async () => {
    expect(await codes('x'.repeat(1_000_000))).toEqual(['too_long'])
  })

  it('refuses ranges and strings that would fill the memory', async () => {
    expect(await codes('{% for i in (1..1000000000) %}x{% endfor %}')).toEqual(['too_large'])
    const doubling = `{% assign a = 'xxxxxxxxxx' %}${'{% assign a = a | append: a %}'.repeat(60)}{{ a }}`
    expect(await codes(doubling)).toEqual(['too_large'])
  })

  it('refuses an output too long for a mail', async () => {
    expect(await codes(nested(12, 'a word or two, and some more of them, again and again ').repeat(3))).toEqual([
      'too_large',
    ])
  })

  it('ends a loop that does not end, and goes on with the next message', async () => {
    const single = createTemplateEngine(1)
    const list = Array.from({ length: 100 }, (_, index) => `${index}`)
    const endless = single.check(nested(6, ''), { steps: list })
    const next = single.render({ subject: 's', body: 'still here' }, {})
    expect(await endless).toMatchObject([{ code: 'too_slow' }])
    expect((await next).text).toBe('still here\n')
    await single.close()
    await expect(single.render({ subject: 's', body: 'b' }, {})).rejects.toThrow('closed')
  })
})

describe('values are text, wherever they come from', () => {
  const hostile =
    '<script>alert(1)</script><img src=x onerror=alert(1)> **bold** [x](https://evil.example) `c` | a | & "q"'

  it('shows a hostile name as it was typed', async () => {
    const { html, text } = await render('Dear **{{ customer_name }}**,\n\n| | |\n|-|-|\n| a | {{ customer_name }} |', {
      customer_name: hostile,
    })
    expect(html).not.toMatch(/<script|<img|<a |<code/)
    expect(html.match(/<strong>/g)).toHaveLength(1)
    expect(html.match(/<td>/g)).toHaveLength(2)
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    expect(text).toContain(hostile)
  })

  it('cannot break out of an address, and links only to the web and to mailboxes', async () => {
    const { html } = await render('[a]({{ u }})', { u: 'https://x.example/"><script>alert(1)</script>' })
    expect(html).toContain('<a href="https://x.example/&quot;&gt;&lt;script&gt;')
    for (const u of [
      'javascript:alert(1)',
      ' javascript:alert(1)',
      'data:text/html,x',
      '//evil.example',
      'vbscript:x',
      '/relative',
    ]) {
      expect((await render('[a]({{ u }})', { u })).html.trim()).toBe('<p><a>a</a></p>')
    }
  })

  it('is not markup by being part of HTML that the operator wrote', async () => {
    const { html } = await render('<b title="{{ x }}">a</b><a href="{{ x }}">l</a>', {
      x: '"><script>alert(1)</script>',
    })
    expect(html).not.toContain('<script')
  })

  it('loses control characters and marks that turn the direction', async () => {
    expect((await render('{{ x }}', { x: 'a\u0000b\u001b[31m\u202ec\u2066d' })).text).toBe('ab[31mcd\n')
  })

  it('drops script, style, handlers and pictures of the operator too', async () => {
    const { html } = await render(
      '<script>x</script><style>p{}</style><p onclick="x" style="x">t</p><iframe src="x"></iframe>![p](https://e.example/p.png)',
    )
    expect(html).not.toMatch(/script|style|onclick|iframe|img/)
    expect(html).toContain('<p>t</p>')
  })
})

describe('subject', () => {
  const subject = async (text: string, variables: Variables) =>
    (await engine.render({ subject: text, body: '' }, variables)).subject

  it('is one line of plain text', async () => {
    expect(await subject('Hi {{ n }}\r\nBcc: x@example.net', { n: 'A\r\nBcc: y@example.net <b>' })).toBe(
      'Hi A Bcc: y@example.net <b> Bcc: x@example.net',
    )
  })

  it('has a bounded length', async () => {
    expect((await subject('{{ n }}', { n: 'x'.repeat(5000) })).length).toBe(200)
  })
})
