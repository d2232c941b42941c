import { consolePriceCampaigns } from '../en/console-price-campaigns.ts'
import { addTexts } from '../translate.ts'

addTexts(consolePriceCampaigns)
