import { security } from '../en/security.ts'
import { addTexts } from '../translate.ts'

addTexts(security)
