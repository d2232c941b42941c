import { consoleOrphans } from '../en/console-orphans.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleOrphans)
