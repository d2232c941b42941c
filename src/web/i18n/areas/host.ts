import { consoleHost } from '../en/console-host.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleHost)
