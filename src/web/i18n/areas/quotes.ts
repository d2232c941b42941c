import { quoteTexts } from '../en/quotes.ts'
import { addTexts } from '../translate.ts'

addTexts(quoteTexts)
