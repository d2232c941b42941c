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
  'papers.language': 'Language',
  'papers.language.hint':
    'Of pages, mails, invoices, credit notes and statements. The customer can change it himself at the foot of each page.',
  'papers.language.business': 'Language of the shop',
  'papers.language.shop':
    'Shop, customer accounts and mails speak it to who asked for no other: English, German, French, Spanish, Portuguese and Arabic. In Italian, Dutch, Polish, Turkish and Hebrew there are invoices, and mails once you wrote your own texts; pages are English then. Your texts and plan names stay as you wrote them.',
  'papers.language.visitors': 'Speak the language of the visitor’s browser',
  'papers.language.visitors.hint':
    'Where it is one of those that pages have. Otherwise visitors choose at the foot of each page.',
  'papers.credits': 'Credit notes',
  'papers.credits.number': 'Number',
  'papers.credits.of': 'For invoice',
  'papers.credits.date': 'Date',
  'papers.credits.sum': 'Sum',
  'papers.credits.pdf': 'PDF',
  'papers.credits.electronic': 'Electronic',
}
