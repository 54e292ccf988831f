/** `npm run backends -- list | install [NAME ...] | start NAME`. */
import { once } from "node:events";
import { say } from "./backend.ts";
import { backends } from "./backends.ts";
import { missing } from "./find-server.ts";

const [task = "list", ...names] = process.argv.slice(2);
const known = backends.map(({ name }) => name);
const unknown = names.filter((name) => !known.includes(name));
if (
  !["list", "install", "start"].includes(task) ||
  unknown.length > 0 ||
  (task === "start" && names.length !== 1)
) {
  console.error(`Usage: npm run backends -- list | install [NAME ...] | start NAME, of ${known.join(", ")}.`);
  process.exit(2);
}
const chosen = backends.filter(({ name }) => names.length === 0 || names.includes(name));

for (const backend of chosen) {
  if (task === "list") console.log(`${backend.name.padEnd(14)} ${missing(backend) ?? "there"}`);
  if (task !== "install") continue;
  if (backend.isInstalled()) say(`${backend.title} is installed.`);
  else {
    say(`Installing ${backend.title}: ${backend.brings}.`);
    backend.install();
  }
}

if (task === "start") {
  for (const backend of chosen) {
    if (!backend.isInstalled()) {
      say(`Installing ${backend.title}: ${backend.brings}.`);
      backend.install();
    }
    say(`Starting ${backend.title}.`);
    const server = await backend.start();
    console.log(`${backend.variable}=${server.url}`);
    say("Ctrl-C ends it, and removes what it stored.");
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    await server.stop();
    process.exit(0);
  }
}
