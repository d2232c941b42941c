import { consoleAffiliates } from '../en/console-affiliates.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleAffiliates)
