import { moneyTexts } from '../en/money.ts'
import { addTexts } from '../translate.ts'

addTexts(moneyTexts)
