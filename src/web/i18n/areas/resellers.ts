import { consoleResellers } from '../en/console-resellers.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleResellers)
