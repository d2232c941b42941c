import { consoleStaff } from '../en/console-staff.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleStaff)
