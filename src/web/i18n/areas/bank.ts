import { consoleBank } from '../en/console-bank.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleBank)
