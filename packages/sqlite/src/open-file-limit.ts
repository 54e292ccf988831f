import { readFileSync } from "node:fs";

/** How many databases a process opens where nothing else is said: as many as its limit of open files allows, and at most 128. */
export function defaultOpenFiles(): number {
  return Math.max(1, Math.min(most, Math.floor((openFileLimit() - reserved) / filesOfDatabase)));
}

const most = 128;
/** For the rest of the application. */
const reserved = 64;
/** The database, its write-ahead log and the log's index, and one more while it is opened. */
export const filesOfDatabase = 4;

/** The limit of this process; a usual one where the system does not say. */
function openFileLimit(): number {
  try {
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8")) ?? [];
    return limit === undefined ? usualLimit : Number(limit);
  } catch {
    return usualLimit;
  }
}

const usualLimit = 1024;
