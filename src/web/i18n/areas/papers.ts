import { papers } from '../en/papers.ts'
import { addTexts } from '../translate.ts'

addTexts(papers)
