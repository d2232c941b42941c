import { consoleStray } from '../en/console-stray.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleStray)
