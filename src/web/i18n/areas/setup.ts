import { consoleSetup } from '../en/console-setup.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleSetup)
