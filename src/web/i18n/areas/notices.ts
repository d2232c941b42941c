import { noticeTexts } from '../en/notices.ts'
import { addTexts } from '../translate.ts'

addTexts(noticeTexts)
