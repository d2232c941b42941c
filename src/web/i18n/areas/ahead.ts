import { consoleAhead } from '../en/console-ahead.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleAhead)
