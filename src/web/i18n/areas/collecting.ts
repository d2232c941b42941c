import { consoleCollecting } from '../en/console-collecting.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleCollecting)
