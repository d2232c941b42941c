import { consolePolicy } from '../en/console-policy.ts'
import { addTexts } from '../translate.ts'

addTexts(consolePolicy)
