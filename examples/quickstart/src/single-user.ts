import { join } from "node:path";
import { Memory } from "loci";
import { embedder } from "./models.ts";
import { directory, finds, title } from "./narrate.ts";

title("5. The same with one user and no organization, in three lines");
const memory = new Memory({ tenancy: "single", directory: join(directory, "mine"), embedder });
await memory.add("I take my coffee black");
const found = await memory.search("How do I like my coffee?");

finds("I, asking how I like my coffee,", found, ["I take my coffee black"]);
await memory.close();
