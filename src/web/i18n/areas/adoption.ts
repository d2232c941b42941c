import { consoleAdoption } from '../en/console-adoption.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleAdoption)
