import { consoleLogins } from '../en/console-logins.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleLogins)
