import { consoleTwin } from '../en/console-twin.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleTwin)
