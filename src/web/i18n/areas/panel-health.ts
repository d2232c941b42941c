import { consolePanelHealth } from '../en/console-panel-health.ts'
import { addTexts } from '../translate.ts'

addTexts(consolePanelHealth)
