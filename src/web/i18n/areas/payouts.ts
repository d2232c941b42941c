import { consolePayouts } from '../en/console-payouts.ts'
import { addTexts } from '../translate.ts'

addTexts(consolePayouts)
