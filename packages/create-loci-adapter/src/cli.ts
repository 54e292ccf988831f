#!/usr/bin/env node
/** `npm create loci-adapter`: looks at Node first, since an older one cannot load the rest. */
import manifest from "../package.json" with { type: "json" };

const needed = manifest.engines.node.replace(">=", "");
const [major, minor] = needed.split(".").map(Number) as [number, number];
const [ownMajor = 0, ownMinor = 0] = process.versions.node.split(".").map(Number);

if (ownMajor < major || (ownMajor === major && ownMinor < minor)) {
  console.error(`create-loci-adapter needs Node ${needed} or newer; this is ${process.versions.node}.`);
  process.exitCode = 2;
} else {
  const { main } = await import("./command.ts");
  process.exitCode = await main(process.argv.slice(2));
}
