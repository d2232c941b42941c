import { consoleComparison } from '../en/console-comparison.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleComparison)
