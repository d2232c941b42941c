/** What a quote asks for: in the console and in the shop. */
export const quoteTexts = {
  'quotes.piece': '{{count}} × {{name}}',
  'quotes.each': '{{amount}} each',
  'quotes.alone': 'one alone {{amount}}',
  'quotes.instead': 'instead of',
  'quotes.discount': 'Discount of {{off}}',
  'quotes.discount.always': 'For as long as it renews.',
  'quotes.discount.periods_one': 'Of the first period.',
  'quotes.discount.periods_other': 'Of the first {{count}} periods.',
  'quotes.setup': 'Set-up, once',
  'quotes.today': 'To pay today',
  'quotes.saved': 'Less than the list price',
  'quotes.then': 'Each renewal',
  'quotes.then.full': 'After the discount {{amount}}.',
  'quotes.until': 'Holds until',
  'quotes.locked': 'The rate was locked when the offer was made, and the price stays for each renewal.',
}
