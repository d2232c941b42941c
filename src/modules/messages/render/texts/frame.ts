/** The words around every message, per language. */
export type FrameTexts = {
  readonly direction: 'ltr' | 'rtl'
  readonly why: Readonly<Record<'order' | 'plan' | 'account' | 'staff' | 'marketing', (brand: string) => string>>
  readonly support: string
  readonly rights: (legalName: string) => string
  readonly abuse: string
  readonly unsubscribe: string
}

const english: FrameTexts = {
  direction: 'ltr',
  why: {
    order: (brand) => `You get this mail because you ordered at ${brand}.`,
    plan: (brand) => `You get this mail because you have a TV plan at ${brand}.`,
    account: (brand) => `You get this mail because this address was given at ${brand}.`,
    staff: (brand) => `You get this mail because you work on ${brand}.`,
    marketing: (brand) => `You get this mail because you agreed to news from ${brand}.`,
  },
  support: 'Questions? Answer this mail or write to',
  rights: (legalName) => `${legalName} is responsible for the rights to what it distributes.`,
  abuse: 'Report abuse:',
  unsubscribe: 'Unsubscribe',
}

const frameTexts: Readonly<Record<string, FrameTexts>> = { en: english }

/** `pt-BR` falls back to `pt`, and that to English. */
export const frameTextsFor = (language: string): FrameTexts =>
  frameTexts[language] ?? frameTexts[language.split('-')[0] ?? ''] ?? english
