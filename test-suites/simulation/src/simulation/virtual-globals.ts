import { createCipheriv, createDecipheriv } from "node:crypto";

/** What a simulated process has instead of the machine's clocks, timers and random numbers. */
export interface VirtualMachine {
  wall(): number;
  steady(): number;
  random(): number;
  setTimer(task: () => void, milliseconds: number, repeats: boolean): number;
  clearTimer(timer: number): void;
}

let running: VirtualMachine | undefined;

/**
 * Says which process runs from now on, none at the end. The scheduler wakes one process at a time, and lets it run until it
 * waits, so that everything that asks for the time meanwhile belongs to it.
 */
export function runAs(machine: VirtualMachine | undefined): void {
  running = machine;
}

let isInstalled = false;

/**
 * Puts clocks, timers, random numbers and WebCrypto of the running process in the place of the global ones. Outside of a
 * process, they are as they were. WebCrypto would answer from another thread, in an order that no seed decides.
 */
export function installVirtualGlobals(): void {
  if (isInstalled) return;
  isInstalled = true;
  const real = {
    Date,
    now: Date.now,
    steady: performance.now.bind(performance),
    random: Math.random,
    setTimeout: globalThis.setTimeout,
    setInterval: globalThis.setInterval,
    setImmediate: globalThis.setImmediate,
    clearTimeout: globalThis.clearTimeout,
    fill: crypto.getRandomValues.bind(crypto),
    uuid: crypto.randomUUID.bind(crypto),
    importKey: crypto.subtle.importKey.bind(crypto.subtle),
    encrypt: crypto.subtle.encrypt.bind(crypto.subtle),
    decrypt: crypto.subtle.decrypt.bind(crypto.subtle),
  };
  Date.now = () => (running ? Math.floor(running.wall()) : real.now());
  globalThis.Date = new Proxy(real.Date, {
    construct: (target, given: [], created) =>
      Reflect.construct(target, given.length === 0 ? [Date.now()] : given, created) as Date,
  });
  replace(performance, "now", () => (running ? running.steady() : real.steady()));
  Math.random = () => (running ? running.random() : real.random());
  const timer =
    (original: typeof setTimeout | typeof setInterval, repeats: boolean) =>
    (task: (...given: unknown[]) => void, milliseconds = 0, ...given: unknown[]) =>
      running
        ? running.setTimer(() => task(...given), milliseconds, repeats)
        : (original as typeof setTimeout)(task, milliseconds, ...given);
  const clear = (handle: unknown) =>
    running && typeof handle === "number" ? running.clearTimer(handle) : real.clearTimeout(handle as never);
  Object.assign(globalThis, {
    setTimeout: timer(real.setTimeout, false),
    setInterval: timer(real.setInterval, true),
    // Time stands still while a process runs, so that its work never lasts too long for a turn of the event loop.
    setImmediate: (task: () => void) => (running ? queueMicrotask(task) : real.setImmediate(task)),
    clearTimeout: clear,
    clearInterval: clear,
  });
  replace(crypto, "getRandomValues", (array: Uint8Array | Uint32Array) => {
    if (!running) return real.fill(array as Uint8Array<ArrayBuffer>);
    const size = 2 ** (8 * array.BYTES_PER_ELEMENT);
    for (let index = 0; index < array.length; index++) array[index] = Math.floor(running.random() * size);
    return array;
  });
  replace(crypto, "randomUUID", () => {
    if (!running) return real.uuid();
    const digits = Array.from({ length: 32 }, () => Math.floor(Math.random() * 16).toString(16)).join("");
    return digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
  });
  replace(crypto.subtle, "importKey", async (...given: Parameters<typeof real.importKey>) =>
    running ? new VirtualKey(given[1] as Uint8Array) : real.importKey(...given),
  );
  replace(crypto.subtle, "encrypt", async (...given: Parameters<typeof real.encrypt>) => {
    const [algorithm, key, data] = given as unknown as [Sealing, unknown, Uint8Array];
    if (!(key instanceof VirtualKey)) return real.encrypt(...given);
    const cipher = createCipheriv("aes-256-gcm", key.bytes, algorithm.iv).setAAD(algorithm.additionalData);
    return Uint8Array.from(Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()])).buffer;
  });
  replace(crypto.subtle, "decrypt", async (...given: Parameters<typeof real.decrypt>) => {
    const [algorithm, key, data] = given as unknown as [Sealing, unknown, Uint8Array];
    if (!(key instanceof VirtualKey)) return real.decrypt(...given);
    const decipher = createDecipheriv("aes-256-gcm", key.bytes, algorithm.iv).setAAD(
      algorithm.additionalData,
    );
    decipher.setAuthTag(data.subarray(-tagBytes));
    return Uint8Array.from(Buffer.concat([decipher.update(data.subarray(0, -tagBytes)), decipher.final()]))
      .buffer;
  });
}

const tagBytes = 16;

/** A key of the running process, which opens what it has sealed as WebCrypto would. */
class VirtualKey {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = Uint8Array.from(bytes);
  }
}

interface Sealing {
  readonly iv: Uint8Array;
  readonly additionalData: Uint8Array;
}

function replace(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}
