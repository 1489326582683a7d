export { deviceSchema, readDevice, parseDevice, findUsbPort, type DeviceDescription } from './description';
export { resumingDevice, type ResumeOptions } from './resume';
export { hil, verdictOf, type BoardUnderTest, type HilRequest, type Verdict } from './hil';
export { junitOf } from './junit';
