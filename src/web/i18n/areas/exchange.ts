import { consoleExchange } from '../en/console-exchange.ts'
import { addTexts } from '../translate.ts'

addTexts(consoleExchange)
