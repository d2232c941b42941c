/** Texts of the papers of a customer: his statement of account, his credit notes. */
export const papers = {
  'papers.statement': 'Statement of account',
  'papers.statement.lead': 'What was charged, paid and given back between two days.',
  'papers.statement.from': 'From',
  'papers.statement.to': 'Until',
  'papers.statement.currency': 'Currency',
  'papers.statement.show': 'Show',
  'papers.statement.pdf': 'Statement as PDF',
  'papers.po': 'Purchase order',
  'papers.po.hint': 'The buyer’s own number. It stands on each invoice that is issued from now on.',
  'papers.language': 'Language of papers',
  'papers.language.hint': 'Of invoices, credit notes and statements. Mails too, where you wrote your own texts in it.',
  'papers.language.shop':
    'Invoices, credit notes and statements of new customers are printed in it. Mails too, once you wrote your own texts.',
  'papers.credits': 'Credit notes',
  'papers.credits.number': 'Number',
  'papers.credits.of': 'For invoice',
  'papers.credits.date': 'Date',
  'papers.credits.sum': 'Sum',
  'papers.credits.pdf': 'PDF',
  'papers.credits.electronic': 'Electronic',
}
