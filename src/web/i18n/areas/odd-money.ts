import { consoleOddMoney } from '../en/console-odd-money.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleOddMoney)
