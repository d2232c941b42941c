import { consoleTax } from '../en/console-tax.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleTax)
