export { canonicalJob, runJob, type Bench, type HilJob, type JobListener } from './job';
export { runOnFarm, findBoard, type FarmListener, type FarmRequest } from './client';
export { boardName, emulatedBoard, type Announcement, type FarmBoard } from './boards';
export { serveBoards, type WorkerEvent, type WorkerOptions } from './worker';
export type { Outcome, RunOnBoard } from './serve';
export { farmStatus, type FarmStatus } from './status';
export { connect, redisAddress, type Connection, type RedisAddress } from './redis';
export { JOB_BYTES } from './payload';
export type { Wish } from './names';
