import { describeJourney } from '../journey.ts'
import { openDesktop } from '../surfaces.ts'

describeJourney('on the desktop', openDesktop)
