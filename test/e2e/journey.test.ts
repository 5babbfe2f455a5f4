import { describeJourney } from './journey.ts'
import { openHeadless } from './surfaces.ts'

describeJourney('in a browser', openHeadless)
